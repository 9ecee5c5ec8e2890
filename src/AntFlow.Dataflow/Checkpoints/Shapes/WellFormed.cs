namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Determines which values always come back from the store unchanged: these continue without a copy. Pure.</summary>
internal static class WellFormed
{
    private static readonly HashSet<Type> _byType =
    [
        typeof(bool), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(Int128), typeof(UInt128),
        typeof(Half), typeof(float), typeof(double), typeof(decimal), typeof(Guid), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan),
    ];

    private static readonly HashSet<Type> _byValue = [typeof(string), typeof(char), typeof(DateTime)];

    /// <summary>Whether all values of a type come back unchanged (<see cref="Proof.ByType"/>), or the values that <see cref="IsProven{T}"/> accepts (<see cref="Proof.ByValue"/>).</summary>
    /// <param name="type">The type.</param>
    /// <param name="isPlain">Whether a type without parts is written in the form the library knows.</param>
    public static Proof Of(Type type, Func<Type, bool> isPlain)
    {
        if (!isPlain(type))
            return Proof.None;
        if (type.IsEnum || _byType.Contains(type))
            return Proof.ByType;
        if (_byValue.Contains(type))
            return Proof.ByValue;
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Of(underlying, isPlain);
        if (!IsTuple(type))
            return Proof.None;
        Proof proof = Proof.ByType;
        foreach (Type part in type.GetGenericArguments())
            proof = (Proof)Math.Max((int)proof, (int)Of(part, isPlain));
        return proof;
    }

    /// <summary>Whether a value of a type that is proven <see cref="Proof.ByValue"/> comes back unchanged.</summary>
    public static bool IsProven<T>(T value) => value switch
    {
        null => true,
        string text => IsWellFormed(text),
        // Half of a surrogate pair.
        char one => !char.IsSurrogate(one),
        // A local time in the hour that the clock change skips comes back as the hour after it.
        DateTime time => time.Kind != DateTimeKind.Local,
        System.Runtime.CompilerServices.ITuple tuple => IsProven(tuple),
        _ => true,
    };

    /// <summary>Whether a text contains no half of a surrogate pair, which UTF-8 cannot represent.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        int at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        while (at >= 0)
        {
            text = text[at..];
            if (text.Length < 2 || !char.IsSurrogatePair(text[0], text[1]))
                return false;
            text = text[2..];
            at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        }

        return true;
    }

    private static bool IsProven(System.Runtime.CompilerServices.ITuple tuple)
    {
        for (int i = 0; i < tuple.Length; i++)
        {
            if (!IsProven(tuple[i]))
                return false;
        }

        return true;
    }

    private static bool IsTuple(Type type) =>
        type.IsGenericType && typeof(System.Runtime.CompilerServices.ITuple).IsAssignableFrom(type) && string.Equals(type.Namespace, nameof(System), StringComparison.Ordinal) && type.Name.Contains("Tuple`", StringComparison.Ordinal);
}

/// <summary>The proof that values of a type come back unchanged.</summary>
internal enum Proof
{
    /// <summary>Not checked yet.</summary>
    Unknown,

    /// <summary>By the type alone.</summary>
    ByType,

    /// <summary>By checking the value.</summary>
    ByValue,

    /// <summary>None: the copy is compared.</summary>
    None,
}
