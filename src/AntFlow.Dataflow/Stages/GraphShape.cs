namespace AntFlow.Dataflow;

/// <summary>Which stage hands on to which. Stages are known by their numbers in the order of their declaration, in which none comes before one that hands on to it. Immutable.</summary>
/// <remarks>
/// <para>Whoever needs the next stage, the one before or the last one asks here, and does no arithmetic of its own: a line is what all pipelines are today, and this is the one place that says so.
/// To compare two numbers is to ask which stage was declared first, and needs nothing from here.</para>
/// <para>A value is known as a step, by the number of the stage that has made it; the one an item was fed as is <see cref="Input"/>.</para>
/// </remarks>
/// <param name="count">How many stages there are.</param>
internal sealed class GraphShape(int count)
{
    /// <summary>The step of what an item was fed as.</summary>
    public const int Input = -1;

    public int Count => count;

    /// <summary>The stage that gets what the pipeline gets.</summary>
    public int First => NextOf(Input);

    /// <summary>The stage that makes what the pipeline makes.</summary>
    public int Exit => count - 1;

    /// <summary>In place of a stage: where an item stands that has passed all it has to pass.</summary>
    public int End => count;

    /// <summary>Whether what a stage hands on is a result.</summary>
    public bool IsExit(int stage) => stage == Exit;

    /// <summary>The stage that gets what a stage has made, or what was fed; <see cref="End"/> after an exit.</summary>
    public int NextOf(int step) => IsExit(step) ? End : step + 1;

    /// <summary>The stages that hand on to a stage.</summary>
    public IEnumerable<int> PredecessorsOf(int stage) => stage == First ? [] : [stage - 1];

    /// <summary>A stage and all those from which items come to it, over whatever others.</summary>
    public IEnumerable<int> UpTo(int stage) => Enumerable.Range(First, stage + 1);

    /// <summary>The step a stage gets, of an item that has passed the stages before it; of <see cref="End"/>, the last one. Of <see cref="Input"/>, a number below all steps.</summary>
    public int StepInto(int stage) => stage == End ? Exit : stage - 1;

    /// <summary>The stage in which an item is, or has been last, that stands at a stage or at the <see cref="End"/>.</summary>
    public int StageAt(int place) => Math.Min(place, Exit);
}
