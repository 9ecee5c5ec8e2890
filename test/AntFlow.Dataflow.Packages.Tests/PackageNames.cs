namespace AntFlow.Dataflow.Packages.Tests;

internal static class PackageNames
{
    /// <summary>One for each folder of src/, in the order of their names.</summary>
    public static string[] All { get; } =
        [.. Directory.EnumerateDirectories(Path.Combine(Workplace.Root, "src")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];
}
