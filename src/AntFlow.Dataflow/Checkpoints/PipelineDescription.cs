using System.Text.Json;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>What a pipeline looks like, as far as its checkpoints depend on it. Pure.</summary>
/// <param name="Input">The shape of what the first stage gets.</param>
/// <param name="Stages">The stages, in their order.</param>
internal sealed record PipelineDescription(string Input, IReadOnlyList<StageDescription> Stages)
{
    public static PipelineDescription Of(IReadOnlyList<Stage> stages, Contracts contracts) => new(
        contracts.Texts[0],
        [.. stages.Select((stage, index) => new StageDescription(stage.Name, stage.Settings.Version, NameOf(stage.OutputType), contracts.Texts[index + 1]))]);

    /// <summary>Guards all of the above in the store, against torn and flipped rows; 0 in a pipeline that is no stored one.</summary>
    public uint Checksum { get; init; }

    /// <exception cref="InvalidDataException">The text is not the one that was stored.</exception>
    public static PipelineDescription Parse(string text)
    {
        try
        {
            PipelineDescription? stored = JsonSerializer.Deserialize(text, PipelineDescriptionJson.Default.PipelineDescription);
            if (stored is { Input: not null, Stages: not null } && stored.Stages.All(stage => stage is { Name: not null, Type: not null, Contract: not null })
                && stored.Checksum == Dataflow.Checksum.Of(stored))
            {
                return stored;
            }
        }
        catch (JsonException)
        {
            // Damaged, like one that can be read and is another.
        }

        throw new InvalidDataException("The stored description of the pipeline is damaged. Restore the store from a copy, or use another RunId.");
    }

    public string ToText() => JsonSerializer.Serialize(this with { Checksum = Dataflow.Checksum.Of(this) }, PipelineDescriptionJson.Default.PipelineDescription);

    /// <summary>What differs from what was stored, a phrase each, and the first stage it changes.</summary>
    public IReadOnlyList<string> Compare(PipelineDescription stored, out int firstChanged)
    {
        List<string> differences = [];
        firstChanged = Stages.Count;
        if (!Same(Input, stored.Input))
            Add(0, $"the input was {stored.Input} and is {Input}", ref firstChanged);
        for (int i = 0; i < Math.Max(Stages.Count, stored.Stages.Count); i++)
        {
            StageDescription? old = i < stored.Stages.Count ? stored.Stages[i] : null;
            StageDescription? now = i < Stages.Count ? Stages[i] : null;
            if (now != old)
                Add(i, Describe(i + 1, old, now), ref firstChanged);
        }

        return differences;

        void Add(int stage, string difference, ref int first)
        {
            first = Math.Min(first, stage);
            differences.Add(difference);
        }
    }

    private static string Describe(int number, StageDescription? old, StageDescription? now)
    {
        if (old is null)
            return $"stage {number} '{now!.Name}' was not there";
        if (now is null)
            return $"stage {number} '{old.Name}' is not there any more";
        if (!Same(now.Name, old.Name))
            return $"stage {number} was '{old.Name}' and is '{now.Name}'";
        if (!Same(now.Version, old.Version))
            return $"the Version of stage '{now.Name}' was {Quote(old.Version)} and is {Quote(now.Version)}";
        return !Same(now.Type, old.Type)
            ? $"stage '{now.Name}' made a {old.Type} and makes a {now.Type}"
            : $"what stage '{now.Name}' makes ({now.Type}) was {old.Contract} and is {now.Contract}";
    }

    private static bool Same(string? left, string? right) => string.Equals(left, right, StringComparison.Ordinal);

    private static string Quote(string? version) => version is null ? "not set" : $"'{version}'";

    private static string NameOf(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.Name;
}

/// <summary>What a stage looks like, as far as its checkpoints depend on it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version of its code, as the user counts it.</param>
/// <param name="Type">The name of the type it makes.</param>
/// <param name="Contract">The shape of that.</param>
internal sealed record StageDescription(string Name, string? Version, string Type, string Contract);

[JsonSerializable(typeof(PipelineDescription))]
internal sealed partial class PipelineDescriptionJson : JsonSerializerContext;
