namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Checks the types of a pipeline before anything runs.</summary>
internal static class StageTypes
{
    /// <summary>Finds types whose values would lose data.</summary>
    /// <param name="graph">The stages.</param>
    /// <param name="codecs">Their codecs.</param>
    /// <param name="plan">The parts of their checkpoints.</param>
    /// <param name="log">Receives the types of which some values may lose data.</param>
    /// <exception cref="PipelineConfigurationException">Some types would lose data; the message lists all of them.</exception>
    public static void Check(StageGraph graph, IReadOnlyList<StageCodec> codecs, CheckpointPlan plan, ICheckpointLog log)
    {
        List<string> faults = [];
        Dictionary<string, string> doubts = new(StringComparer.Ordinal);
        if (plan.Options.PersistInput)
        {
            int index = graph.Shape.First;
            Stage first = graph.Stages[index];
            Judge(first.InputType, $"Stage '{first.Name}': its input, a {TypeNames.Of(first.InputType)}, cannot be stored by checkpoints (PersistInput)", () => codecs[index].InputContract);
        }

        foreach ((Stage stage, StageCodec codec) in graph.Stages.Zip(codecs))
        {
            if (stage.Settings.IsStored)
                Judge(stage.OutputType, $"Stage '{stage.Name}': its result, a {TypeNames.Of(stage.OutputType)}, cannot be stored by checkpoints", () => codec.OutputContract);
        }

        if (faults.Count > 0)
            throw new PipelineConfigurationException(faults);
        foreach ((string type, string what) in doubts)
            log.Doubtful(type, what);

        void Judge(Type type, string what, Func<string> describe)
        {
            int count = faults.Count;
            StageTypes.Judge(type, what, plan.Serializer, faults, doubts);
            if (count == faults.Count && TryDescribe(describe) is { } error)
                faults.Add($"{what}: it cannot be described: {ErrorText.Of(error)}");
        }
    }

    // The user's own serializer may throw.
    private static Exception? TryDescribe(Func<string> describe)
    {
        try
        {
            return describe() is null ? new InvalidOperationException("IPayloadSerializer.Describe returned null.") : null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    private static void Judge(Type type, string what, IPayloadSerializer serializer, List<string> faults, Dictionary<string, string> doubts)
    {
        if (serializer is JsonPayloads json)
        {
            TypeVerdict verdict = json.Judge(type);
            faults.AddRange(verdict.Faults.Select(fault => $"{what}: {fault}"));
            foreach (TypeDoubt doubt in verdict.Doubts)
                doubts.TryAdd(doubt.Type, doubt.What);
        }
        else if (TypeNames.IsUnspeakable(type))
        {
            // The name of the type is part of the description, whatever serializer writes its values.
            faults.Add($"{what}: it is of an anonymous type, whose name the compiler may change whenever the code changes. Use a record or a tuple.");
        }
    }
}
