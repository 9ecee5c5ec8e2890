using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>Holds one value of any type without boxing the small ones.</summary>
/// <remarks>An item keeps one envelope through all stages, although its type changes from stage to stage. Code that reads a slot knows the type that was written, because stages are typed end to
/// end; nothing is checked here.</remarks>
internal struct Slot
{
    private object? _reference;
    private Int128 _bits;

    public void Set<T>(T value)
    {
        if (FitsBits<T>())
            Unsafe.WriteUnaligned(ref Unsafe.As<Int128, byte>(ref _bits), value);
        else
            _reference = value;
    }

    public T Get<T>()
    {
        if (FitsBits<T>())
            return Unsafe.ReadUnaligned<T>(ref Unsafe.As<Int128, byte>(ref _bits));
        if (!typeof(T).IsValueType)
            return Unsafe.As<object?, T>(ref _reference);
        return (T)_reference!;
    }

    public void Clear()
    {
        _reference = null;
        _bits = default;
    }

    private static bool FitsBits<T>() =>
        !RuntimeHelpers.IsReferenceOrContainsReferences<T>() && Unsafe.SizeOf<T>() <= Unsafe.SizeOf<Int128>();
}
