using System.Text.Json;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What a pipeline looks like, as far as its checkpoints depend on it. Pure.</summary>
/// <param name="Input">The shape of what the first stage gets; null if that is not stored.</param>
/// <param name="Stages">The stages, in their order.</param>
internal sealed record PipelineDescription(string? Input, IReadOnlyList<StageDescription> Stages)
{
    public static PipelineDescription Of(IReadOnlyList<Stage> stages, Contracts contracts) => new(
        contracts.Input,
        [.. stages.Select((stage, index) => new StageDescription(stage.Name, stage.Settings.Version, TypeNames.Of(stage.OutputType), contracts.Outputs[index]) { FirstType = FirstFormat.NameOf(stage.OutputType) })])
    {
        Format = ContractFormat.Current,
    };

    /// <summary>The number of the format the shapes are described in.</summary>
    // A text of the first format has no number, which is read as 0.
    public int Format { get; init => field = Math.Max(value, ContractFormat.First); } = ContractFormat.First;

    /// <summary>The shapes that inputs may have been stored with as well; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EarlierContract>? EarlierInputs { get; init; }

    /// <summary>The shapes that inputs may still be stored with and that cannot be read as what they are now, so that such an input is not there; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EarlierContract>? LostInputs { get; init; }

    /// <summary>The shapes of the answers of what items do once; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<AnswerContract>? Answers { get; init; }

    /// <summary>Guards all of the above in the store, against torn and flipped rows; 0 in a pipeline that is no stored one.</summary>
    public uint Checksum { get; init; }

    /// <exception cref="InvalidDataException">The text is not the one that was stored, or of a later format than this version of the library knows.</exception>
    public static PipelineDescription Parse(string text)
    {
        try
        {
            PipelineDescription? stored = JsonSerializer.Deserialize(text, PipelineDescriptionJson.Default.PipelineDescription);
            if (stored is { Format: > ContractFormat.Current })
            {
                throw new InvalidDataException(
                    $"The stored description of the pipeline has format {stored.Format}, and this version of the library knows formats up to {ContractFormat.Current}: a later version has written it, or it is damaged. Use that version, restore the store from a copy, or use another RunId.");
            }

            if (stored is { Stages: not null } && (stored.Input is not null || stored.Format > ContractFormat.First)
                && stored.Stages.All(stage => stage is { Name: not null, Type: not null, Contract: not null })
                && stored.AllEarlier().All(earlier => earlier is { Text: not null }) && (stored.Answers ?? []).All(answer => answer is { Shape: not null })
                && stored.Checksum == Checkpoints.Checksum.Of(stored))
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

    public string ToText() => JsonSerializer.Serialize(this with { Checksum = Checkpoints.Checksum.Of(this) }, PipelineDescriptionJson.Default.PipelineDescription);

    /// <summary>Compares the pipeline with what was stored.</summary>
    /// <param name="stored">What was stored.</param>
    /// <param name="firstOf">The shape of a step of this pipeline as the first format described it.</param>
    public DescriptionComparison Compare(PipelineDescription stored, Func<int, string> firstOf) => new(this, stored, firstOf);

    /// <summary>All shapes of earlier times.</summary>
    public IEnumerable<EarlierContract> AllEarlier() => (EarlierInputs ?? []).Concat(LostInputs ?? []).Concat(Stages.SelectMany(stage => stage.Earlier ?? []));
}

/// <summary>What a stage looks like, as far as its checkpoints depend on it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version of its code, as the user counts it.</param>
/// <param name="Type">The name of the type it makes.</param>
/// <param name="Contract">The shape of that.</param>
internal sealed record StageDescription(string Name, string? Version, string Type, string Contract)
{
    /// <summary>The shapes that results may have been stored with as well; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EarlierContract>? Earlier { get; init; }

    /// <summary>The name of the type as the first format wrote it.</summary>
    [JsonIgnore]
    public string? FirstType { get; init; }
}

/// <summary>A shape that values of the run were stored with, and can be read as what they are now.</summary>
/// <param name="Format">The number of the format it is described in.</param>
/// <param name="Text">The description.</param>
internal sealed record EarlierContract(int Format, string Text);

/// <summary>The shape of answers of what items do once.</summary>
/// <param name="Contract">The number by which the rows of the answers name it (<see cref="StoredOnce.Contract"/>).</param>
/// <param name="Shape">The description.</param>
internal sealed record AnswerContract(uint Contract, string Shape);

[JsonSerializable(typeof(PipelineDescription))]
internal sealed partial class PipelineDescriptionJson : JsonSerializerContext;
