namespace AntFlow.Dataflow.Faults.Tests;

/// <summary>A fault, and the test that has to fail while it is on.</summary>
/// <param name="Name">What the seam calls it.</param>
/// <param name="Group">What of the engine it breaks.</param>
/// <param name="Test">The test: its fixture with the namespace behind that of the project, and its method.</param>
/// <param name="Rules">The rules of docs/architecture.md that it breaks: a heading, and the begin of one of its items.</param>
internal sealed record KilledFault(string Name, string Group, string Test, params string[] Rules)
{
    /// <summary>The test project.</summary>
    public string Project { get; init; } = "AntFlow.Dataflow.Tests";

    /// <summary>Whether something is waited for that does not happen, so that the test fails once its patience is over.</summary>
    public bool IsHang { get; init; }

    /// <summary>The full name of the test.</summary>
    public string FullName => $"{Project}.{Test}";

    /// <summary>What selects the test, of all fixtures where there are several with arguments of their own.</summary>
    public string Filter => $"(FullyQualifiedName~{FullName[..FullName.LastIndexOf('.')]}&FullyQualifiedName~{FullName[FullName.LastIndexOf('.')..]})";

    public override string ToString() => Name;
}
