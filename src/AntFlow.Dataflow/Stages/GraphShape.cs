namespace AntFlow.Dataflow;

/// <summary>Which stage passes its items on to which. Stages are numbered in the order of their declaration, in which no stage comes before one that passes items on to it. Immutable.</summary>
/// <remarks>
/// <para>Code that needs the next stage, the one before or the last one asks this class, and does no arithmetic of its own: today all pipelines are a line, and only this class relies on it.
/// Comparing two numbers asks which stage was declared first, and needs nothing from this class.</para>
/// <para>A value is identified by a step, the number of the stage that made it; the value an item was fed as has the step <see cref="Input"/>.</para>
/// </remarks>
/// <param name="count">The number of stages.</param>
internal sealed class GraphShape(int count)
{
    /// <summary>The step of the value an item was fed as.</summary>
    public const int Input = -1;

    public int Count => count;

    /// <summary>The stage that receives the input of the pipeline.</summary>
    public int First => NextOf(Input);

    /// <summary>The stage that makes the output of the pipeline.</summary>
    public int Exit => count - 1;

    /// <summary>Used in place of a stage: where an item stands that has passed all its stages.</summary>
    public int End => count;

    /// <summary>Returns whether the output of a stage is a result of the pipeline.</summary>
    public bool IsExit(int stage) => stage == Exit;

    /// <summary>Returns the stage that receives the output of a stage, or what was fed; <see cref="End"/> after an exit.</summary>
    public int NextOf(int step) => IsExit(step) ? End : step + 1;

    /// <summary>Returns the stages that pass their items on to a stage.</summary>
    public IEnumerable<int> PredecessorsOf(int stage) => stage == First ? [] : [stage - 1];

    /// <summary>Returns a stage and all stages from which items can reach it, directly or not.</summary>
    public IEnumerable<int> UpTo(int stage) => Enumerable.Range(First, stage + 1);

    /// <summary>Returns the step that a stage receives, of an item that has passed the stages before it; for <see cref="End"/>, the last step; for <see cref="Input"/>, a number below all steps.</summary>
    public int StepInto(int stage) => stage == End ? Exit : stage - 1;

    /// <summary>Returns the stage in which an item is, or was last, that stands at a stage or at the <see cref="End"/>.</summary>
    public int StageAt(int place) => Math.Min(place, Exit);
}
