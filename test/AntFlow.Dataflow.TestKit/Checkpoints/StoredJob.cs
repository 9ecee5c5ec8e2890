using System.Collections.Concurrent;
using System.Globalization;

namespace AntFlow.Dataflow.TestKit.Checkpoints;

/// <summary>The pipeline of the stores under <c>test/data/stores</c>. It uses the public API only, and nothing of a test framework, so that <c>test/data/stores/Maker</c> can compile it
/// against the assemblies of any version.</summary>
/// <param name="label">Begins the labels that <see cref="Ship"/> creates: tells what was created by whom.</param>
public sealed class StoredJob(string label)
{
    public const string Read = "Read", Price = "Price", Lines = "Lines", Ship = "Ship";

    /// <summary>The run whose items are fed again.</summary>
    public const string Nightly = "nightly";

    /// <summary>The run that stores its input.</summary>
    public const string Service = "service";

    /// <summary>The stages, in their order.</summary>
    public static readonly IReadOnlyList<string> Stages = [Read, Price, Lines, Ship];

    /// <summary>The items of <see cref="Nightly"/>; each is named after where it stands in the store.</summary>
    public static readonly IReadOnlyList<string> Items =
    [
        "through", "failed in Price", "waiting in Lines", "in Price", "in Ship", "answered", "begun", "untold", "crashed in Lines", "crashed in Read", "after Read", "large", "marked",
    ];

    /// <summary>The only item of <see cref="Service"/>.</summary>
    public const string Kept = "kept";

    private const int LargeLength = 300_000;

    /// <summary>Which task ran for which item.</summary>
    public ConcurrentQueue<(string Stage, string Item)> Calls { get; } = new();

    /// <summary>For which items the body of <c>OnceAsync</c> ran.</summary>
    public ConcurrentQueue<string> Bodies { get; } = new();

    /// <summary>For which items the provider was asked whether there is an answer.</summary>
    public ConcurrentQueue<string> Finds { get; } = new();

    /// <summary>For which items <c>OnSuccess</c> of <see cref="Read"/> was called.</summary>
    public ConcurrentQueue<string> Told { get; } = new();

    /// <summary>What a task does before it returns: its stage and its item. Default: nothing.</summary>
    public Func<string, string, CancellationToken, Task> Body { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>What <c>OnSuccess</c> of <see cref="Read"/> does. Default: nothing.</summary>
    public Func<string, Task> OnRead { get; set; } = _ => Task.CompletedTask;

    /// <summary>What the body of <c>OnceAsync</c> does before it answers. Default: nothing.</summary>
    public Func<string, Task> OnBody { get; set; } = _ => Task.CompletedTask;

    /// <summary>What the last stage makes of an item whose label was created by somebody.</summary>
    public static string ResultOf(string item, string label) => $"{label}-{item}: {PriceOf(OrderOf(item)).ToString(CultureInfo.InvariantCulture)}, net";

    public Pipeline<string, string> Make(ICheckpointStore store, CheckpointOptions? options = null) => PipelineBuilder
        .StageWithContext<string, StoredOrder>(
            Read,
            async (item, context) =>
            {
                await CallAsync(Read, context);
                return OrderOf(item);
            },
            workers: 16,
            stage => stage.OnSuccess = async (done, _) =>
            {
                Told.Enqueue(done.Input);
                await OnRead(done.Input);
            })
        .ThenWithContext(
            Price,
            async (order, context) =>
            {
                await CallAsync(Price, context);
                return PriceOf(order);
            },
            workers: 16,
            stage => stage.Retry = RetryPolicy.None)
        .ThenWithContext(
            Lines,
            async (price, context) =>
            {
                await CallAsync(Lines, context);
                return new List<string> { price.ToString(CultureInfo.InvariantCulture), "net" };
            },
            workers: 16,
            stage => stage.Retry = RetryPolicy.Fixed(attempts: 2, TimeSpan.FromSeconds(30)))
        .ThenWithContext(
            Ship,
            async (lines, context) =>
            {
                string item = NameOf(context);
                await CallAsync(Ship, context);
                StoredLabel created = await context.OnceAsync("label", _ => CreateAsync(item), _ => FindAsync(item));
                await Body("shipped", item, context.CancellationToken);
                return $"{created.Id}: {string.Join(", ", lines)}";
            },
            workers: 16)
        .IdentifyBy(item => item)
        .WithCheckpoints(store, options)
        .Build();

    private static string NameOf(StageContext context) => context.ItemId.ToString();

    private static StoredOrder OrderOf(string item) => new(
        item,
        item.Length,
        item.Length % 2 == 0 ? 3 : null,
        (StoredKind)(item.Length % 3),
        item.Length % 2 == 0 ? null : StoredKind.Express,
        item == "large" ? new string('x', LargeLength) : null);

    private static int PriceOf(StoredOrder order) =>
        (order.Amount * 10) - (order.Discount ?? 0) + ((int)order.Kind * 1_000) + ((int?)order.Before ?? 100) + (order.Note?.Length ?? 0);

    private async Task CallAsync(string stage, StageContext context)
    {
        Calls.Enqueue((stage, NameOf(context)));
        await Body(stage, NameOf(context), context.CancellationToken);
    }

    private async Task<StoredLabel> CreateAsync(string item)
    {
        Bodies.Enqueue(item);
        await OnBody(item);
        return new StoredLabel($"{label}-{item}", StoredKind.Express, null);
    }

    private Task<StoredLabel?> FindAsync(string item)
    {
        Finds.Enqueue(item);
        return Task.FromResult<StoredLabel?>(new StoredLabel($"found-{item}", StoredKind.Normal, DateTimeOffset.UnixEpoch));
    }
}

/// <summary>How an order is sent.</summary>
public enum StoredKind
{
    Normal,
    Express,
    Gift,
}

/// <summary>What <see cref="StoredJob.Read"/> makes.</summary>
public sealed record StoredOrder(string Name, int Amount, int? Discount, StoredKind Kind, StoredKind? Before, string? Note);

/// <summary>What <see cref="StoredJob.Ship"/> creates once.</summary>
public sealed record StoredLabel(string Id, StoredKind Kind, DateTimeOffset? At);
