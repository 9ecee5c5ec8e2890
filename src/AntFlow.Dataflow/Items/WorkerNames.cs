using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>How workers are named.</summary>
internal static class WorkerNames
{
    public static string Of(string stage, int index) => string.Create(CultureInfo.InvariantCulture, $"{stage}-W{index}");
}
