namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>One case of a property: a plan that is carried out and judged.</summary>
internal interface IPlayedCase
{
    /// <summary>Carries the plan out.</summary>
    /// <returns>What broke the property; empty when it held.</returns>
    Task<IReadOnlyCollection<string>> PlayAsync();

    /// <summary>Lets go of what hangs, so that the session can go on with other cases.</summary>
    void GiveUp();

    /// <summary>Says where the case hangs.</summary>
    string Describe();
}
