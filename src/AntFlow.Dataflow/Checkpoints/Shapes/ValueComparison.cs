using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Compares a value with its copy, including what JSON does not see: runtime types, comparers, computed members. The output of custom converters is not judged.</summary>
/// <remarks>It calls getters, which are user code, so every member may throw. One comparison is created for each value.</remarks>
internal struct ValueComparison(ValuePlans plans)
{
    // Deeper than the default depth of JSON, there may be a cycle, which is walked once.
    private const int Deep = 64;

    private HashSet<(object Value, object Copy)>? _walked;
    private int _depth;

    /// <summary>Finds the first difference; null if there is none.</summary>
    public ValueDifference? Find(object? value, object? copy, ValuePlan plan)
    {
        if (plan.Kind == ValueKind.Unjudged)
            return null;
        if (value is null || copy is null)
            return value is null && copy is null ? null : ValueDifference.OfValues(value, copy);
        Type type = value.GetType();
        if (type != copy.GetType())
        {
            if (!plan.MayChange(type))
                return ValueDifference.OfTypes(type, copy.GetType());
        }
        else if (type != plan.Type && plans.Find(type) is { } actual)
        {
            plan = actual;
        }

        if (plan.Kind == ValueKind.Leaf)
            return AreSame(value, copy) ? null : ValueDifference.OfValues(value, copy);
        if (plan.Kind == ValueKind.Unjudged || (_depth > Deep && !(_walked ??= new HashSet<(object, object)>(PairComparer.Instance)).Add((value, copy))))
            return null;
        _depth++;
        ValueDifference? difference = plan.Kind switch
        {
            ValueKind.Object => FindInMembers(value, copy, plan),
            ValueKind.List when value is IEnumerable list => FindInList(list, (IEnumerable)copy, plan),
            // A block of memory, which cannot be enumerated without its type.
            ValueKind.List => FindInText(value, copy, plan),
            _ => FindInMap(value, copy, plan),
        };
        _depth--;
        return difference;
    }

    private ValueDifference? FindInMembers(object value, object copy, ValuePlan plan)
    {
        foreach (MemberPlan member in plan.Members)
        {
            if (member.Plan is not { } memberPlan)
                continue;
            object? part = member.Get(value);
            if (Find(part, member.Get(copy), memberPlan) is not { } difference)
                continue;
            // A member that differs at each call, such as an age, is not lost.
            if (!member.IsRead && Find(part, member.Get(value), memberPlan) is not null)
                continue;
            return difference.In($".{member.Name}");
        }

        return null;
    }

    private ValueDifference? FindInList(IEnumerable value, IEnumerable copy, ValuePlan plan)
    {
        if (AreSameSpans(value, copy))
            return null;
        if (!Comparers.AreSame(value, copy))
            return ValueDifference.OfComparers(value.GetType());
        ValueDifference? difference = FindInOrder(value, copy, plan.Element, out int count, out int copied);
        if (difference is null || count != copied)
            return difference;
        string name = value.GetType().Name;
        bool isSorted = name.Contains("Sorted", StringComparison.Ordinal);
        if ((!isSorted && !IsUnordered(name)) || !HaveSameElements(value, copy, plan.Element))
            return difference;
        return isSorted ? ValueDifference.OfOrder(value.GetType()) : null;
    }

    private ValueDifference? FindInOrder(IEnumerable value, IEnumerable copy, ValuePlan plan, out int count, out int copied)
    {
        count = copied = 0;
        ValueDifference? difference = null;
        IEnumerator copies = copy.GetEnumerator();
        try
        {
            foreach (object? element in value)
            {
                bool isThere = copies.MoveNext();
                copied += isThere ? 1 : 0;
                if (isThere && difference is null)
                    difference = Find(element, copies.Current, plan)?.In(string.Create(CultureInfo.InvariantCulture, $"[{count}]"));
                count++;
            }

            while (copies.MoveNext())
                copied++;
        }
        finally
        {
            (copies as IDisposable)?.Dispose();
        }

        return count == copied ? difference : ValueDifference.OfCounts(count, copied);
    }

    private ValueDifference? FindInMap(object value, object copy, ValuePlan plan)
    {
        if (!Comparers.AreSame(value, copy))
            return ValueDifference.OfComparers(value.GetType());
        if (value is IDictionary map && copy is IDictionary copied)
            return FindInMap(map, copied, plan);
        if (value is IEnumerable<KeyValuePair<string, object?>> open && copy is IEnumerable<KeyValuePair<string, object?>> openCopy)
            return FindInMap(new Dictionary<string, object?>(open, StringComparer.Ordinal), new Dictionary<string, object?>(openCopy, StringComparer.Ordinal), plan);
        // A custom map, whose keys and values cannot be read without their types.
        return FindInText(value, copy, plan);
    }

    // Compares the written JSON instead.
    private static ValueDifference? FindInText(object value, object copy, ValuePlan plan) =>
        JsonNode.DeepEquals(JsonSerializer.SerializeToNode(value, plan.Info), JsonSerializer.SerializeToNode(copy, plan.Info)) ? null : ValueDifference.OfValues(value, copy);

    private ValueDifference? FindInMap(IDictionary value, IDictionary copy, ValuePlan plan)
    {
        if (value.Count != copy.Count)
            return ValueDifference.OfCounts(value.Count, copy.Count);
        bool isInOrder = true;
        IDictionaryEnumerator copies = copy.GetEnumerator();
        foreach (DictionaryEntry entry in value)
        {
            object? found = null;
            isInOrder = isInOrder && copies.MoveNext() && Find(entry.Key, copies.Key, plan.Key) is null;
            if (isInOrder)
                found = copies.Value;
            else if (value.GetType().Name.Contains("Sorted", StringComparison.Ordinal))
                return ValueDifference.OfOrder(value.GetType());
            else if (copy.Contains(entry.Key))
                found = copy[entry.Key];
            else
                return new ValueDifference($"the key {entry.Key} is not there", "Only keys that are written unchanged come back: remove whatever changes them, such as a DictionaryKeyPolicy.");
            if (Find(entry.Value, found, plan.Element) is { } difference)
                return difference.In(entry.Key is string key ? $"[\"{key}\"]" : string.Create(CultureInfo.InvariantCulture, $"[{entry.Key}]"));
        }

        return null;
    }

    // Position has no meaning in them, and their order is not the order in which they were written.
    private static bool IsUnordered(string name) => name.StartsWith("ImmutableHashSet`", StringComparison.Ordinal);

    private static bool HaveSameElements(IEnumerable value, IEnumerable copy, ValuePlan plan)
    {
        List<string> left = [.. value.Cast<object?>().Select(element => JsonSerializer.Serialize(element, plan.Info))];
        List<string> right = [.. copy.Cast<object?>().Select(element => JsonSerializer.Serialize(element, plan.Info))];
        left.Sort(StringComparer.Ordinal);
        right.Sort(StringComparer.Ordinal);
        return left.SequenceEqual(right, StringComparer.Ordinal);
    }

    private static bool AreSame(object value, object copy) => value switch
    {
        string text => string.Equals(text, (string)copy, StringComparison.Ordinal),
        int number => number == (int)copy,
        double number => BitConverter.DoubleToInt64Bits(number) == BitConverter.DoubleToInt64Bits((double)copy) || (double.IsNaN(number) && double.IsNaN((double)copy)),
        float number => BitConverter.SingleToInt32Bits(number) == BitConverter.SingleToInt32Bits((float)copy) || (float.IsNaN(number) && float.IsNaN((float)copy)),
        DateTime time => time == (DateTime)copy && time.Kind == ((DateTime)copy).Kind,
        DateTimeOffset time => time.EqualsExact((DateTimeOffset)copy),
        byte[] bytes => bytes.AsSpan().SequenceEqual((byte[])copy),
        Memory<byte> bytes => bytes.Span.SequenceEqual(((Memory<byte>)copy).Span),
        ReadOnlyMemory<byte> bytes => bytes.Span.SequenceEqual(((ReadOnlyMemory<byte>)copy).Span),
        Uri uri => string.Equals(uri.OriginalString, ((Uri)copy).OriginalString, StringComparison.Ordinal),
        JsonElement element => JsonElement.DeepEquals(element, (JsonElement)copy),
        JsonDocument document => JsonElement.DeepEquals(document.RootElement, ((JsonDocument)copy).RootElement),
        JsonNode node => JsonNode.DeepEquals(node, (JsonNode)copy),
        _ => value.Equals(copy),
    };

    /// <summary>Whether they are long lists of simple values, and equal. Fast: an element-by-element comparison would box each element.</summary>
    private static bool AreSameSpans(IEnumerable value, IEnumerable copy) => (value, copy) switch
    {
        (string[] left, string[] right) => left.AsSpan().SequenceEqual(right),
        (List<string> left, List<string> right) => CollectionsMarshal.AsSpan(left).SequenceEqual(CollectionsMarshal.AsSpan(right)),
        (int[] left, int[] right) => left.AsSpan().SequenceEqual(right),
        (List<int> left, List<int> right) => CollectionsMarshal.AsSpan(left).SequenceEqual(CollectionsMarshal.AsSpan(right)),
        (long[] left, long[] right) => left.AsSpan().SequenceEqual(right),
        (List<long> left, List<long> right) => CollectionsMarshal.AsSpan(left).SequenceEqual(CollectionsMarshal.AsSpan(right)),
        (double[] left, double[] right) => MemoryMarshal.AsBytes(left.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(right.AsSpan())),
        (List<double> left, List<double> right) => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(left)).SequenceEqual(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(right))),
        (float[] left, float[] right) => MemoryMarshal.AsBytes(left.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(right.AsSpan())),
        (List<float> left, List<float> right) => MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(left)).SequenceEqual(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(right))),
        _ => false,
    };

    private sealed class PairComparer : IEqualityComparer<(object Value, object Copy)>
    {
        public static PairComparer Instance { get; } = new();

        public bool Equals((object Value, object Copy) x, (object Value, object Copy) y) => ReferenceEquals(x.Value, y.Value) && ReferenceEquals(x.Copy, y.Copy);

        public int GetHashCode((object Value, object Copy) obj) => HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(obj.Value), System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(obj.Copy));
    }
}
