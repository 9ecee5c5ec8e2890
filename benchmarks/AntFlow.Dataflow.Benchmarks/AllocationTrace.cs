using System.Diagnostics.Tracing;

namespace AntFlow.Dataflow.Benchmarks;

/// <summary>Listens to the allocations of this process until it is disposed of: the runtime reports one in about 100 KB, with its type and what was allocated since the last one.</summary>
internal sealed class AllocationTrace : EventListener
{
    private const EventKeywords Collector = (EventKeywords)0x1;
    private const string Tick = "GCAllocationTick";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _bytes = new(StringComparer.Ordinal);

    /// <summary>The bytes of each type so far.</summary>
    public IReadOnlyDictionary<string, long> Bytes
    {
        get
        {
            lock (_lock)
                return new Dictionary<string, long>(_bytes, StringComparer.Ordinal);
        }
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
            EnableEvents(eventSource, EventLevel.Verbose, Collector);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith(Tick, StringComparison.Ordinal) != true)
            return;
        string type = (string)eventData.Payload![eventData.PayloadNames!.IndexOf("TypeName")]!;
        long bytes = (long)(ulong)eventData.Payload[eventData.PayloadNames.IndexOf("AllocationAmount64")]!;
        // The base class calls this from its constructor, before the fields of this one are there.
        if (_lock is null)
            return;
        lock (_lock)
            _bytes[type] = _bytes.GetValueOrDefault(type) + bytes;
    }
}
