namespace AntFlow.Dataflow;

/// <summary>How long an attempt may take.</summary>
/// <param name="Due">The time; zero or less if it is already over.</param>
/// <param name="IsOfItem">Whether this is the time for all attempts of the item in the stage, which ends before that of this attempt.</param>
internal readonly record struct TimeLeft(TimeSpan Due, bool IsOfItem);
