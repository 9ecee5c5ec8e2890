namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What can be said of a type before there is a value of it.</summary>
/// <param name="Faults">Why its values cannot be stored, or would lose something, a sentence each with what to do.</param>
/// <param name="Doubts">Types in it of which some values come back as they are and others do not, each with its members in question. Values that do not come back fail their item.</param>
internal sealed record TypeVerdict(IReadOnlyList<string> Faults, IReadOnlyList<TypeDoubt> Doubts);

/// <summary>A type of which some values come back as they are and others do not.</summary>
/// <param name="Type">The type.</param>
/// <param name="What">Its members in question, and why.</param>
internal sealed record TypeDoubt(string Type, string What);
