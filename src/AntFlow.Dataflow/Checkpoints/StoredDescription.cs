namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The description of the pipeline in the store: it grows by the shapes of the answers of <c>OnceAsync</c> calls.</summary>
/// <remarks>May be used from any thread. One lock guards all fields; no other code is called under it.</remarks>
internal sealed class StoredDescription
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, string> _answers = [];
    private readonly HashSet<uint> _durable = [];
    private readonly PipelineDescription _pipeline;

    public StoredDescription(PipelineDescription pipeline)
    {
        _pipeline = pipeline;
        foreach (AnswerContract answer in pipeline.Answers ?? [])
        {
            _answers.TryAdd(answer.Contract, answer.Shape);
            _durable.Add(answer.Contract);
        }
    }

    /// <summary>Returns the text, with all answers added so far. Called when a batch is built, so that the text written last contains all of them.</summary>
    public string ToText()
    {
        lock (_lock)
            return (_pipeline with { Answers = _answers.Count == 0 ? null : [.. _answers.OrderBy(answer => answer.Key).Select(answer => new AnswerContract(answer.Key, answer.Value))] }).ToText();
    }

    /// <summary>Returns the shape of the answers with a contract; null if it is unknown.</summary>
    public string? FindAnswer(uint contract)
    {
        lock (_lock)
            return _answers.GetValueOrDefault(contract);
    }

    /// <summary>Adds the shape of an answer that is about to be written.</summary>
    /// <returns>Whether the description has to be written as well, because the store may not have it with this shape yet.</returns>
    public bool AddAnswer(uint contract, string shape)
    {
        lock (_lock)
        {
            _answers.TryAdd(contract, shape);
            return !_durable.Contains(contract);
        }
    }

    /// <summary>Records that the store has the description with the shape of that answer.</summary>
    public void OnAnswerStored(uint contract)
    {
        lock (_lock)
            _durable.Add(contract);
    }
}
