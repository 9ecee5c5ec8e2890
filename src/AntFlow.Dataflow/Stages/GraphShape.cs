namespace AntFlow.Dataflow;

/// <summary>Which stage passes its items on to which. Stages are numbered in the order of their declaration, in which no stage comes before one that passes items on to it. Immutable.</summary>
/// <remarks>
/// <para>Code that needs the next stage, the one before or the last one asks this class, and does no arithmetic of its own. Comparing two numbers asks which stage was declared first, and needs
/// nothing from this class.</para>
/// <para>A value is identified by a step, the number of the stage that made it; the value an item was fed as has the step <see cref="Input"/>.</para>
/// </remarks>
internal sealed class GraphShape
{
    /// <summary>The step of the value an item was fed as.</summary>
    public const int Input = -1;

    private readonly int[][] _targets;
    private readonly int[][] _predecessors;

    /// <summary>Makes a line.</summary>
    /// <param name="count">The number of stages.</param>
    public GraphShape(int count)
        : this([.. Enumerable.Range(1, count).Select(next => (int[])[next])])
    {
    }

    /// <param name="targets">For each stage, the stages to which its links lead; the number of stages for a link to the results.</param>
    public GraphShape(IReadOnlyList<IReadOnlyList<int>> targets)
    {
        _targets = [.. targets.Select(links => links.ToArray())];
        _predecessors = [.. Enumerable.Range(0, targets.Count + 1).Select(place => Enumerable.Range(0, targets.Count).Where(stage => _targets[stage].Contains(place)).ToArray())];
        IsLine = Array.TrueForAll(_targets, links => links.Length == 1) && Enumerable.Range(0, targets.Count).All(stage => _targets[stage][0] == stage + 1);
    }

    public int Count => _targets.Length;

    /// <summary>Whether each stage passes all its items on to the one declared after it.</summary>
    public bool IsLine { get; }

    /// <summary>The stage that receives the input of the pipeline.</summary>
    public int First { get; }

    /// <summary>Used in place of a stage: where an item stands that has passed all its stages.</summary>
    public int End => _targets.Length;

    /// <summary>The stages that make results of the pipeline.</summary>
    public IReadOnlyList<int> Exits => _predecessors[End];

    /// <summary>Returns where the links of a stage lead, in their order; <see cref="End"/> for the results.</summary>
    public IReadOnlyList<int> TargetsOf(int stage) => _targets[stage];

    /// <summary>Returns whether some output of a stage is a result of the pipeline.</summary>
    public bool IsExit(int stage) => _targets[stage].Contains(End);

    /// <summary>Returns whether a stage decides over which of several links an item leaves.</summary>
    public bool IsSwitch(int stage) => _targets[stage].Length > 1;

    /// <summary>Returns the stage that receives what a stage passes on over one of its links, or what was fed; <see cref="End"/> for the results.</summary>
    public int NextOf(int step, int link = 0) => step == Input ? First : _targets[step][link];

    /// <summary>Returns the number of the link from one stage to another, or to the results.</summary>
    public int LinkBetween(int from, int to) => Math.Max(0, Array.IndexOf(_targets[from], to));

    /// <summary>Returns the stages that pass their items on to a stage.</summary>
    public IReadOnlyList<int> PredecessorsOf(int stage) => _predecessors[stage];

    /// <summary>Returns a stage and all stages from which items can reach it, directly or not, in their order.</summary>
    public IEnumerable<int> UpTo(int stage)
    {
        var reached = new bool[stage + 1];
        reached[stage] = true;
        // Predecessors are declared before: one pass is enough.
        for (int later = stage; later >= First; later--)
        {
            if (!reached[later])
                continue;
            foreach (int before in _predecessors[later])
                reached[before] = true;
        }

        return Enumerable.Range(First, stage + 1).Where(at => reached[at]);
    }

    /// <summary>Returns the step whose type is that of the values which a stage receives: that of the last of the stages before it, or the input; for <see cref="End"/>, the last exit; for
    /// <see cref="Input"/>, a number below all steps.</summary>
    public int StepInto(int stage) => stage == Input ? Input - 1 : stage == First ? Input : _predecessors[stage][^1];
}
