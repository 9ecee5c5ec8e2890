using System.Text;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>A serializer of texts that stands still in the middle of the first one until it is released.</summary>
internal sealed class HeldSerializer : IPayloadSerializer
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _released = new();

    public Task Entered => _entered.Task;

    public void Release() => _released.Set();

    public ReadOnlyMemory<byte> Serialize<T>(T value)
    {
        _entered.TrySetResult();
        _released.Wait();
        return Encoding.UTF8.GetBytes((string)(object)value!);
    }

    public T Deserialize<T>(ReadOnlyMemory<byte> bytes) => (T)(object)Encoding.UTF8.GetString(bytes.Span);

    public string Describe<T>() => typeof(T).Name;
}
