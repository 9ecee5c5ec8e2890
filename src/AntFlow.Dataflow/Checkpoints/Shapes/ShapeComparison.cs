namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Finds the differences that prevent values of a stored shape from being read as another shape. Pure.</summary>
/// <remarks>Allowed: new members of an enum, new derived types, new optional members, and values that may now be null.</remarks>
internal sealed class ShapeComparison
{
    private const int MaxDifferences = 5;

    private readonly List<string> _differences = [];
    private readonly HashSet<(TypeShape Now, TypeShape Stored)> _compared = [];

    private ShapeComparison()
    {
    }

    public static IReadOnlyList<string> Compare(TypeShape now, TypeShape stored, string name)
    {
        var comparison = new ShapeComparison();
        comparison.Add(now, stored, name);
        return comparison._differences;
    }

    private void Add(TypeShape now, TypeShape stored, string path)
    {
        if (_differences.Count >= MaxDifferences)
            return;
        // A value that was never null can be read where null is allowed, but not the other way round.
        if (now.Kind == ShapeKind.Nullable && stored.Kind != ShapeKind.Nullable)
        {
            Add(now.Element!, stored, path);
            return;
        }

        if (now.Kind != stored.Kind || !Same(now.Name, stored.Name) || !Same(now.ConvertedType, stored.ConvertedType) || now.IsText != stored.IsText)
        {
            _differences.Add($"{path} was {stored} and is {now}");
            return;
        }

        switch (now.Kind)
        {
            case ShapeKind.Enum:
                AddEnum(now, stored, path);
                break;
            case ShapeKind.Nullable:
                Add(now.Element!, stored.Element!, path);
                break;
            case ShapeKind.List:
                Add(now.Element!, stored.Element!, $"{path}[]");
                break;
            case ShapeKind.Map:
                Add(now.Key!, stored.Key!, $"the key of {path}");
                Add(now.Element!, stored.Element!, $"{path}[]");
                break;
            case ShapeKind.Object when _compared.Add((now, stored)):
                AddMembers(now, stored, path);
                AddDerived(now, stored, path);
                break;
        }
    }

    private void AddEnum(TypeShape now, TypeShape stored, string path)
    {
        Dictionary<string, string> numbers = now.Values.ToDictionary(value => value.Name, value => value.Number, StringComparer.Ordinal);
        foreach (EnumMemberShape value in stored.Values)
        {
            if (!numbers.TryGetValue(value.Name, out string? number))
                _differences.Add($"{value.Name} of the enum {path} was removed");
            else if (!Same(number, value.Number))
                _differences.Add($"{value.Name} of the enum {path} was {value.Number} and is {number}");
        }
    }

    private void AddMembers(TypeShape now, TypeShape stored, string path)
    {
        Dictionary<string, MemberShape> members = now.Members.ToDictionary(member => member.Name, StringComparer.Ordinal);
        foreach (MemberShape old in stored.Members)
        {
            string place = $"{path}.{old.Name}";
            if (!members.Remove(old.Name, out MemberShape? member))
                _differences.Add($"{place} was removed");
            else if (member.IsComputed != old.IsComputed)
                _differences.Add(member.IsComputed ? $"{place} was stored and is now computed" : $"{place} was computed and is now stored");
            else if (old.IsOmittable && member is { IsOptional: false, IsOmittable: false })
                _differences.Add($"{place} could be omitted and is not optional");
            else if (!member.IsComputed)
                Add(member.Shape, old.Shape, place);
        }

        foreach (MemberShape added in now.Members.Where(member => members.ContainsKey(member.Name) && !member.IsOptional && !member.IsComputed))
            _differences.Add($"{path}.{added.Name} is new and not optional");
    }

    private void AddDerived(TypeShape now, TypeShape stored, string path)
    {
        if (!Same(now.Discriminator, stored.Discriminator))
        {
            _differences.Add(stored.Discriminator is null ? $"{path} had no derived types" : now.Discriminator is null ? $"{path} no longer has derived types" : $"the type discriminator of {path} was {stored.Discriminator} and is {now.Discriminator}");
            return;
        }

        foreach (DerivedShape old in stored.Derived)
        {
            if (now.Derived.Find(derived => Same(derived.Id, old.Id)) is { } derived)
                Add(derived.Shape, old.Shape, $"{path}({old.Id})");
            else
                _differences.Add($"the derived type {old.Id} of {path} was removed");
        }
    }

    private static bool Same(string? left, string? right) => string.Equals(left, right, StringComparison.Ordinal);
}
