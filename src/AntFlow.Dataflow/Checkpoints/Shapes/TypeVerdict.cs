namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The verdict on a type before there is a value of it.</summary>
/// <param name="Faults">Why its values cannot be stored or would lose data: one sentence each, with the remedy.</param>
/// <param name="Doubts">Types in it of which only some values come back unchanged, each with the members in question. Values that do not come back unchanged fail their item.</param>
internal sealed record TypeVerdict(IReadOnlyList<string> Faults, IReadOnlyList<TypeDoubt> Doubts);

/// <summary>A type of which only some values come back unchanged.</summary>
/// <param name="Type">The type.</param>
/// <param name="What">The members in question, and why.</param>
internal sealed record TypeDoubt(string Type, string What);
