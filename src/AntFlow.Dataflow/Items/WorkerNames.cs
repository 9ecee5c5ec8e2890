using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Builds the names of workers.</summary>
internal static class WorkerNames
{
    public static string Of(string stage, int index) => string.Create(CultureInfo.InvariantCulture, $"{stage}-W{index}");
}
