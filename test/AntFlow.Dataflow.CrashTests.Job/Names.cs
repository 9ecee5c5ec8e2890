namespace AntFlow.Dataflow.CrashTests.Job;

internal static class Names
{
    /// <summary>The id as stores have it, so that all lines of an item name it alike.</summary>
    public static string ToStored(this ItemId id) => $"n:{id}";
}
