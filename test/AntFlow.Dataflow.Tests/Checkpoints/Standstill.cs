using System.Text;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>A place where the first thread that comes stands still until it is released.</summary>
internal sealed class Standstill
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _released = new();

    public Task Reached => _reached.Task;

    public void Release() => _released.Set();

    public void Stand()
    {
        _reached.TrySetResult();
        _released.Wait();
    }
}

/// <summary>A serializer of texts, user code that does something else, too.</summary>
internal sealed class TextSerializer(Action onSerialize) : IPayloadSerializer
{
    public ReadOnlyMemory<byte> Serialize<T>(T value)
    {
        onSerialize();
        return Encoding.UTF8.GetBytes((string)(object)value!);
    }

    public T Deserialize<T>(ReadOnlyMemory<byte> bytes) => (T)(object)Encoding.UTF8.GetString(bytes.Span);

    public string Describe<T>() => typeof(T).Name;
}

/// <summary>A clock that stands still when a thread looks at it that has been chosen before.</summary>
internal sealed class StandingClock(TimeProvider time, Standstill locks) : TimeProvider
{
    private int _thread;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);

    /// <summary>The next look of this thread at the clock.</summary>
    public void ChooseThisThread() => Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);

    public override long GetTimestamp()
    {
        if (Interlocked.CompareExchange(ref _thread, 0, Environment.CurrentManagedThreadId) == Environment.CurrentManagedThreadId)
            locks.Stand();
        return time.GetTimestamp();
    }
}
