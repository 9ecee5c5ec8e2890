namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The description of the pipeline as the store has it, or is to have it: it grows by the shapes of the answers of what items do once.</summary>
/// <remarks>Any number of threads. One lock guards all fields; nothing foreign is called under it.</remarks>
internal sealed class StoredDescription
{
    private readonly Lock _gate = new();
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

    /// <summary>The text, with all answers added so far. Asked for when a batch is put together: then the last text written knows all of them.</summary>
    public string ToText()
    {
        lock (_gate)
            return (_pipeline with { Answers = _answers.Count == 0 ? null : [.. _answers.OrderBy(answer => answer.Key).Select(answer => new AnswerContract(answer.Key, answer.Value))] }).ToText();
    }

    /// <summary>The shape of the answers that name a contract; null if it is not known.</summary>
    public string? FindAnswer(uint contract)
    {
        lock (_gate)
            return _answers.GetValueOrDefault(contract);
    }

    /// <summary>Adds the shape of an answer that is about to be written.</summary>
    /// <returns>Whether the description has to be written along, since the store may not have it with this shape yet.</returns>
    public bool AddAnswer(uint contract, string shape)
    {
        lock (_gate)
        {
            _answers.TryAdd(contract, shape);
            return !_durable.Contains(contract);
        }
    }

    /// <summary>The store has the description with the shape of that answer.</summary>
    public void OnAnswerStored(uint contract)
    {
        lock (_gate)
            _durable.Add(contract);
    }
}
