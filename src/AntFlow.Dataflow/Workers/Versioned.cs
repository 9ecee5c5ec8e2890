namespace AntFlow.Dataflow;

/// <summary>A value of more than one word that one thread writes and any other reads: a reader sees all of one value, never parts of two.</summary>
/// <remarks>The version is odd while the value changes. Mutable: a field that is neither copied nor readonly.</remarks>
internal partial struct Versioned<T>
    where T : struct
{
    private int _version;
    private T _value;

    public T Read()
    {
        while (true)
        {
            int version = Look(out T value);
            if (IsWhole(version))
                return value;
        }
    }

    public void Write(T value)
    {
        BeginWrite();
        Set(value);
        EndWrite();
    }

    /// <summary>Makes the first half of a read: returns what is there, and its version. Only <see cref="IsWhole"/> tells whether it is a value.</summary>
    public readonly int Look(out T value)
    {
        int version = Volatile.Read(in _version);
        value = _value;
        Interlocked.MemoryBarrier();
        return version;
    }

    /// <summary>Makes the second half of a read: returns whether nothing was written during the first one.</summary>
    public readonly bool IsWhole(int version)
    {
        bool isWhole = (version & 1) == 0 && version == Volatile.Read(in _version);
        Broken("half-a-value-is-read", ref isWhole, true);
        return isWhole;
    }

    /// <summary>Makes the first step of a write: from here on no reader gets a value.</summary>
    public void BeginWrite()
    {
        Volatile.Write(ref _version, _version + 1);
        Volatile.WriteBarrier();
    }

    /// <summary>Makes the second step of a write.</summary>
    public void Set(T value) => _value = value;

    /// <summary>Makes the last step of a write: from here on readers get the new value.</summary>
    public void EndWrite() => Volatile.Write(ref _version, _version + 1);

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
