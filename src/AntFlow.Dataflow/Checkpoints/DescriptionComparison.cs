namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Compares a pipeline with the one that stored a run. Pure.</summary>
internal sealed class DescriptionComparison
{
    private readonly List<string> _differences = [];
    private readonly Func<int, string> _firstOf;
    private readonly PipelineDescription _stored;

    public DescriptionComparison(PipelineDescription now, PipelineDescription stored, Func<int, string> firstOf)
    {
        _stored = stored;
        _firstOf = firstOf;
        FirstChanged = now.Stages.Count;
        PipelineDescription merged = MergeInput(now);
        List<StageDescription> stages = [];
        for (int i = 0; i < Math.Max(now.Stages.Count, stored.Stages.Count); i++)
        {
            StageDescription? old = i < stored.Stages.Count ? stored.Stages[i] : null;
            StageDescription? current = i < now.Stages.Count ? now.Stages[i] : null;
            IReadOnlyList<EarlierContract>? earlier = null;
            string? difference = Describe(i + 1, old, current);
            if (difference is null && Merge(i, current!.Contract, old!.Contract, old.Earlier, current.Type, out earlier, out _) is { } changed)
                difference = $"the result of stage '{current.Name}' ({current.Type}) {changed}";
            if (difference is not null)
                Add(i, difference);
            // Results of the stages after the first change are computed again.
            if (current is not null)
                stages.Add(FirstChanged <= i ? current : current with { Earlier = earlier });
        }

        Merged = merged with { Stages = stages, Answers = stored.Answers };
    }

    /// <summary>The differences from the stored pipeline, one phrase each.</summary>
    public IReadOnlyList<string> Differences => _differences;

    /// <summary>The index of the first stage that differs; the number of stages if none does.</summary>
    public int FirstChanged { get; private set; }

    /// <summary>The pipeline, with everything the store needs to know about earlier versions.</summary>
    public PipelineDescription Merged { get; }

    private void Add(int stage, string difference)
    {
        FirstChanged = Math.Min(FirstChanged, stage);
        _differences.Add(difference);
    }

    private string? Describe(int number, StageDescription? old, StageDescription? now)
    {
        if (old is null)
            return $"stage {number} '{now!.Name}' is new";
        if (now is null)
            return $"stage {number} '{old.Name}' was removed";
        if (!Same(now.Name, old.Name))
            return $"stage {number} was '{old.Name}' and is '{now.Name}'";
        if (!Same(now.Version, old.Version))
            return $"the Version of stage '{now.Name}' was {Quote(old.Version)} and is {Quote(now.Version)}";
        if (!Same(now.Kind, old.Kind))
            return $"stage '{now.Name}' was a {old.Kind ?? "stage of tasks"} and is a {now.Kind ?? "stage of tasks"}";
        if (!(now.Links ?? [number]).SequenceEqual(old.Links ?? [number]))
            return $"stage '{now.Name}' passed its items on to other stages";
        return Same(_stored.Format == ContractFormat.First ? now.FirstType : now.Type, old.Type) ? null : $"the result of stage '{now.Name}' was {old.Type} and is {now.Type}";
    }

    private PipelineDescription MergeInput(PipelineDescription now)
    {
        bool isFirst = _stored.Format == ContractFormat.First;
        // If the input is no longer stored, its shape is not compared but kept: it may be stored again later.
        if (now.Input is null)
        {
            return now with
            {
                Input = isFirst ? null : _stored.Input,
                EarlierInputs = isFirst ? [new EarlierContract(ContractFormat.First, _stored.Input!)] : _stored.EarlierInputs,
                LostInputs = _stored.LostInputs,
            };
        }

        if (Merge(-1, now.Input, _stored.Input, _stored.EarlierInputs, "input", out IReadOnlyList<EarlierContract>? earlier, out List<EarlierContract> lost) is { } difference)
            Add(0, $"the input {difference}");
        // Compared once: an input that can no longer be read is no difference the next time. An input that can be read again no longer counts as lost.
        List<EarlierContract> allLost = [.. lost.Concat((_stored.LostInputs ?? []).Except(lost)).Where(contract => contract.Format == ContractFormat.First || !Same(contract.Text, now.Input))];
        return now with { EarlierInputs = earlier, LostInputs = allLost.Count > 0 ? allLost : null };
    }

    /// <summary>Finds the shapes other than the current one with which values of a step may have been stored: the shapes that can be read as the current type, and those that cannot.</summary>
    /// <returns>The difference if one of them cannot be read as the current type; null if all can.</returns>
    private string? Merge(int step, string now, string? stored, IReadOnlyList<EarlierContract>? known, string name, out IReadOnlyList<EarlierContract>? earlier, out List<EarlierContract> lost)
    {
        string? first = null;
        lost = [];
        List<EarlierContract> merged = [.. known ?? []];
        if (stored is not null)
            merged.Insert(0, new EarlierContract(_stored.Format, stored));
        merged.RemoveAll(contract => contract.Format == ContractFormat.Current && Same(contract.Text, now));
        foreach (EarlierContract contract in merged)
        {
            string? difference = contract.Format == ContractFormat.First ? DifferFromFirst(step, stored, contract.Text) : Differ(now, contract.Text, name);
            if (difference is null)
                continue;
            first ??= difference;
            lost.Add(contract);
        }

        merged.RemoveAll(lost.Contains);
        earlier = merged.Count > 0 ? merged : null;
        return first;
    }

    // If there is a later description, it was found equal to the first one, and the later one is compared.
    private string? DifferFromFirst(int step, string? stored, string text) =>
        (_stored.Format == ContractFormat.First || stored is null) && _firstOf(step) is var first && !Same(first, text) ? $"was {text} and is {first}" : null;

    private static string? Differ(string now, string stored, string name)
    {
        if (!TypeShape.TryParse(now, out TypeShape shape) || !TypeShape.TryParse(stored, out TypeShape old))
            return $"was {stored} and is {now}";
        IReadOnlyList<string> differences = shape.Compare(old, name);
        return differences.Count == 0 ? null : $"has changed: {string.Join(", ", differences)}";
    }

    private static bool Same(string? left, string? right) => string.Equals(left, right, StringComparison.Ordinal);

    private static string Quote(string? version) => version is null ? "not set" : $"'{version}'";
}
