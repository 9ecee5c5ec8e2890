namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Names types as C# does, with the .NET names of the simple ones: <c>List&lt;Int32&gt;</c>, <c>Job&lt;Int32&gt;.Result</c>. Pure.</summary>
internal static class TypeNames
{
    /// <summary>Returns the name of a type. It includes the enclosing type only if that is generic, because its arguments are part of the type.</summary>
    public static string Of(Type type)
    {
        if (type.IsArray)
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return $"{Of(underlying)}?";
        if (!type.IsGenericType)
            return type.Name;
        // A nested type also has the arguments of its enclosing types: theirs come first.
        Type[] arguments = type.GetGenericArguments();
        List<Type> chain = [type];
        while (chain[0].DeclaringType is { IsGenericTypeDefinition: true } declaring)
            chain.Insert(0, declaring);
        List<string> names = [];
        int used = 0;
        foreach (Type part in chain)
        {
            int count = part == type ? arguments.Length : part.GetGenericArguments().Length;
            names.Add(NameOf(part.Name, arguments.AsSpan(used, count - used)));
            used = count;
        }

        return string.Join('.', names);
    }

    /// <summary>Whether the compiler has named the type, or one of its arguments: then the name may change whenever the code changes.</summary>
    public static bool IsUnspeakable(Type type)
    {
        if (type.HasElementType)
            return IsUnspeakable(type.GetElementType()!);
        return type.Name.Contains("AnonymousType", StringComparison.Ordinal) && type.Name[0] is '<' or 'V'
            || (type.IsGenericType && type.GetGenericArguments().Any(IsUnspeakable));
    }

    private static string NameOf(string name, ReadOnlySpan<Type> arguments)
    {
        int tick = name.IndexOf('`', StringComparison.Ordinal);
        string plain = tick < 0 ? name : name[..tick];
        if (arguments.IsEmpty)
            return plain;
        List<string> names = [];
        foreach (Type argument in arguments)
            names.Add(Of(argument));
        return $"{plain}<{string.Join(", ", names)}>";
    }
}
