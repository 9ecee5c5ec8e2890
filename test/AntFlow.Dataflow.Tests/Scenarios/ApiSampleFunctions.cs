namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>The user functions of the samples.</summary>
public sealed partial class ApiSamples
{
    private static async Task<string> UploadAsync(Batch batch, CancellationToken ct)
    {
        await Task.Yield();
        ct.ThrowIfCancellationRequested();
        return $"{batch.Name} uploaded";
    }

    private static async Task<string> CheckAsync(string upload, StageContext context)
    {
        await Task.Yield();
        context.SetStatus("polling 1/1", TimeSpan.FromSeconds(1));
        return $"{upload} checked";
    }

    private static async ValueTask<string> DownloadAsync(string checkedUpload, CancellationToken ct)
    {
        await Task.Yield();
        ct.ThrowIfCancellationRequested();
        return $"{checkedUpload} downloaded";
    }

    private static async Task<Receipt> SaveAsync(string text)
    {
        await Task.Yield();
        return new Receipt(text);
    }

    private static Order Validate(Order order) => new(order.Number + 10);

    private static async Task<Order> FetchAsync(Order order, CancellationToken ct)
    {
        await Task.Yield();
        ct.ThrowIfCancellationRequested();
        return new Order(order.Number + 100);
    }

    private static async Task SaveOrderAsync(Order order) => await Task.Yield();

    private static async Task<Page> FetchPageAsync(string url, CancellationToken ct)
    {
        await Task.Yield();
        ct.ThrowIfCancellationRequested();
        return new Page($"<{url}>");
    }

    private static Doc Parse(Page page) => new(page.Text);

    private static async Task<int> ProcessAsync(int x)
    {
        await Task.Yield();
        return x + 1;
    }

    private static async IAsyncEnumerable<string> Later(string[] items)
    {
        foreach (string item in items)
        {
            await Task.Yield();
            yield return item;
        }
    }

    private sealed record Batch(string Name);

    private sealed record Receipt(string Text);

    private sealed record Order(int Number);

    private sealed record Page(string Text);

    private sealed record Doc(string Text);
}
