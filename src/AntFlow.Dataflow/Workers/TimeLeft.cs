namespace AntFlow.Dataflow;

/// <summary>How long an attempt may take.</summary>
/// <param name="Due">The time; zero or less if it is over already.</param>
/// <param name="IsOfItem">Whether it is the time for all attempts of the item in the stage that ends first, not that of this one.</param>
internal readonly record struct TimeLeft(TimeSpan Due, bool IsOfItem);
