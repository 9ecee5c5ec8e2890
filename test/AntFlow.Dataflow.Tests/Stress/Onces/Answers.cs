namespace AntFlow.Dataflow.Tests.Stress.Onces;

/// <summary>What the provider has created. A price that is no number cannot be stored.</summary>
internal sealed record Creation(string Id, double Price, string Padding);

/// <summary>The program's own type of what was created, which may be another one in the next run.</summary>
internal abstract class Answers
{
    public static Answers Of(AnswerType type) => type switch
    {
        AnswerType.Plain => new Answers<Batch>(c => new Batch(c.Id, c.Price, c.Padding), batch => batch.Id),
        AnswerType.Renamed => new Answers<Order>(c => new Order(c.Id, c.Price, c.Padding), order => order.Id),
        AnswerType.Noted => new Answers<NotedBatch>(c => new NotedBatch(c.Id, c.Price, c.Padding, "noted"), batch => batch.Id),
        AnswerType.Owned => new Answers<OwnedBatch>(c => new OwnedBatch(c.Id, c.Price, c.Padding, "us"), batch => batch.Id),
        _ => new Answers<ShortBatch>(c => new ShortBatch(c.Id, c.Price), batch => batch.Id),
    };

    /// <summary>Has something created once.</summary>
    /// <returns>The id of what was created.</returns>
    public abstract Task<string> OnceAsync(StageContext context, string key, Func<Task<Creation>> create, Func<Task<Creation?>>? find);

    /// <summary>The id in an answer that could not be stored.</summary>
    public abstract string? IdOf(object? answer);

    private sealed record Batch(string Id, double Price, string Padding);

    private sealed record Order(string Id, double Price, string Padding);

    private sealed record NotedBatch(string Id, double Price, string Padding, string? Note = null);

    private sealed record OwnedBatch(string Id, double Price, string Padding, string Owner);

    private sealed record ShortBatch(string Id, double Price);
}

/// <inheritdoc/>
internal sealed class Answers<T>(Func<Creation, T> make, Func<T, string> idOf) : Answers
    where T : class
{
    public override async Task<string> OnceAsync(StageContext context, string key, Func<Task<Creation>> create, Func<Task<Creation?>>? find) =>
        idOf(await context.OnceAsync(key, async _ => make(await create()), find is null ? null : async _ => await find() is { } found ? make(found) : null));

    public override string? IdOf(object? answer) => answer is T own ? idOf(own) : null;
}
