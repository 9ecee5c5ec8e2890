using System.Text.Json.Nodes;

namespace BatchApi.Server;

internal sealed class BatchStore(Seeded chance, BatchLife life, ServerOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<Batch> _batches = []; // oldest first
    private readonly Dictionary<string, int> _copies = [];

    /// <returns>The batch, and its JSON before it was started: the answer to its creation always has the status <c>validating</c>.</returns>
    public (Batch Batch, JsonObject Created) Create(StoredFile input, string endpoint, JsonObject? metadata)
    {
        BatchInput content = BatchInput.Read(input.Content.Span, endpoint);
        Batch batch;
        lock (_lock)
        {
            int copy = _copies[input.Id] = _copies.GetValueOrDefault(input.Id) + 1;
            BatchPlan plan = BatchPlan.For(chance, _batches.Count, input.Fingerprint, options);
            string id = "batch_" + chance.Id("batch", input.Id, $"{copy}");
            batch = new Batch(id, _batches.Count, plan, input, content, endpoint, metadata, time);
            _batches.Add(batch);
        }

        JsonObject created = batch.ToJson();
        life.Begin(batch);
        return (batch, created);
    }

    public Batch? Find(string id)
    {
        lock (_lock)
            return _batches.Find(batch => batch.Id == id);
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<Batch> All()
    {
        lock (_lock)
            return [.. Enumerable.Reverse(_batches)];
    }
}
