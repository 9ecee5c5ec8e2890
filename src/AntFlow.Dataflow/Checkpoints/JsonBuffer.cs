using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The buffer in which a value becomes JSON before its bytes are copied to an array of their exact length. Each thread keeps a small one; large buffers are shared by all threads.</summary>
/// <remarks>The serializer's own buffers come from the array pool, in which each thread may keep an array that is three times as long as the longest text. For values of several megabytes,
/// such buffers take more memory than the values that are being saved.</remarks>
internal sealed class JsonBuffer : IBufferWriter<byte>
{
    private const int SmallBytes = 16 * 1024;

    [ThreadStatic]
    private static JsonBuffer? _idle;

    private readonly byte[] _small = new byte[SmallBytes];
    private byte[] _bytes;
    private int _written;
    private Utf8JsonWriter? _writer;
    private JsonSerializerOptions? _writerOptions;

    private JsonBuffer() => _bytes = _small;

    /// <summary>Serializes a value. It calls user code (getters, converters), which may throw.</summary>
    public static byte[] Write<T>(T value, JsonTypeInfo<T> type)
    {
        // A converter that calls this method again finds no idle buffer and creates its own.
        JsonBuffer buffer = _idle ?? new JsonBuffer();
        _idle = null;
        try
        {
            Utf8JsonWriter writer = buffer.GetWriter(type.Options);
            JsonSerializer.Serialize(writer, value, type);
            writer.Flush();
            return buffer._bytes.AsSpan(0, buffer._written).ToArray();
        }
        finally
        {
            buffer.Clear();
            _idle = buffer;
        }
    }

    public void Advance(int count) => _written += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsSpan(_written);
    }

    private void Grow(int sizeHint)
    {
        int needed = checked(_written + Math.Max(sizeHint, 1));
        if (needed <= _bytes.Length)
            return;
        byte[] larger = LargeBuffers.Take((int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _bytes.Length)));
        _bytes.AsSpan(0, _written).CopyTo(larger);
        GiveBackLarge();
        _bytes = larger;
    }

    private Utf8JsonWriter GetWriter(JsonSerializerOptions options)
    {
        if (_writer is not null && ReferenceEquals(_writerOptions, options))
        {
            _writer.Reset(this);
            return _writer;
        }

        _writerOptions = options;
        // Never disposed: it holds nothing but this buffer.
        var writer = new Utf8JsonWriter(this, new JsonWriterOptions
        {
            Encoder = options.Encoder,
            Indented = options.WriteIndented,
            IndentCharacter = options.IndentCharacter,
            IndentSize = options.IndentSize,
            NewLine = options.NewLine,
            MaxDepth = options.MaxDepth,
            SkipValidation = true,
        });
        return _writer = writer;
    }

    private void Clear()
    {
        // The next reset discards the unfinished output of a value that threw.
        GiveBackLarge();
        (_bytes, _written) = (_small, 0);
    }

    private void GiveBackLarge()
    {
        if (!ReferenceEquals(_bytes, _small))
            LargeBuffers.GiveBack(_bytes);
    }

    /// <summary>The buffers of large values, as many as are used at once. The garbage collector may collect unused ones.</summary>
    /// <remarks><b>The lock</b> guards the list. Nothing is called under it.</remarks>
    private static class LargeBuffers
    {
        private static readonly Lock _lock = new();
        private static readonly List<WeakReference<byte[]>> _unused = [];

        public static byte[] Take(int length)
        {
            lock (_lock)
            {
                for (int i = _unused.Count - 1; i >= 0; i--)
                {
                    if (_unused[i].TryGetTarget(out byte[]? buffer) && buffer.Length < length)
                        continue;
                    _unused.RemoveAt(i);
                    if (buffer is not null)
                        return buffer;
                }
            }

            return GC.AllocateUninitializedArray<byte>(length);
        }

        public static void GiveBack(byte[] buffer)
        {
            lock (_lock)
                _unused.Add(new WeakReference<byte[]>(buffer));
        }
    }
}
