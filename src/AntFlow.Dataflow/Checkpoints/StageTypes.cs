namespace AntFlow.Dataflow;

/// <summary>Looks at the types of a pipeline before anything of it runs.</summary>
internal static class StageTypes
{
    /// <summary>Finds what would be lost.</summary>
    /// <param name="stages">The stages.</param>
    /// <param name="plan">What their checkpoints are made of.</param>
    /// <param name="log">Told of what may be lost with some values.</param>
    /// <exception cref="PipelineConfigurationException">Something would be; tells all of it.</exception>
    public static void Check(IReadOnlyList<Stage> stages, CheckpointPlan plan, ICheckpointLog log)
    {
        List<string> faults = [];
        Dictionary<string, string> doubts = new(StringComparer.Ordinal);
        if (plan.Options.PersistInput)
            Judge(stages[0].InputType, $"Stage '{stages[0].Name}': its input, a {TypeNames.Of(stages[0].InputType)}, cannot be stored by checkpoints (PersistInput)", plan.Serializer, faults, doubts);
        foreach (Stage stage in stages)
            Judge(stage.OutputType, $"Stage '{stage.Name}': its result, a {TypeNames.Of(stage.OutputType)}, cannot be stored by checkpoints", plan.Serializer, faults, doubts);
        if (faults.Count > 0)
            throw new PipelineConfigurationException(faults);
        foreach ((string type, string what) in doubts)
            log.Doubtful(type, what);
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
            // The name of the type is part of the description, whoever writes its values.
            faults.Add($"{what}: it is of an anonymous type, to which the compiler gives another name with every change of the code. Use a record or a tuple.");
        }
    }
}
