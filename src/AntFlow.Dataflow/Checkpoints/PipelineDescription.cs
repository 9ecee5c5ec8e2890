using System.Text.Json;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The description of a pipeline, as far as its checkpoints depend on it. Pure.</summary>
/// <param name="Input">The shape of the input of the first stage; null if the input is not stored.</param>
/// <param name="Stages">The stages, in their order.</param>
internal sealed record PipelineDescription(string? Input, IReadOnlyList<StageDescription> Stages)
{
    public static PipelineDescription Of(StageGraph graph, Contracts contracts) => new(
        contracts.Input,
        [.. graph.Stages.Select((stage, index) => new StageDescription(stage.Name, stage.Settings.Version, NameOf(stage), contracts.Outputs[index])
        {
            FirstType = FirstFormat.NameOf(stage.OutputType),
            Kind = stage.Form.Kind == StageKind.Tasks ? null : stage.Form.Kind.ToString(),
            Links = graph.Shape.TargetsOf(index) is var links && links is [var only] && only == index + 1 ? null : links,
        })])
    {
        Format = ContractFormat.Current,
    };

    // The name of an anonymous type may change whenever the code does. Results of such a type are not stored.
    private static string NameOf(Stage stage) => TypeNames.IsUnspeakable(stage.OutputType) ? "(anonymous)" : TypeNames.Of(stage.OutputType);

    /// <summary>The number of the format in which the shapes are described.</summary>
    // A text of the first format has no number, which is read as 0.
    public int Format { get; init => field = Math.Max(value, ContractFormat.First); } = ContractFormat.First;

    /// <summary>The other shapes that stored inputs may have; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EarlierContract>? EarlierInputs { get; init; }

    /// <summary>The shapes that stored inputs may have and that cannot be read as the current type, so that such an input is lost; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EarlierContract>? LostInputs { get; init; }

    /// <summary>The shapes of the answers of <c>OnceAsync</c> calls; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<AnswerContract>? Answers { get; init; }

    /// <summary>The checksum of all of the above in the store, which detects torn and corrupt rows; 0 in a description that was not read from a store.</summary>
    public uint Checksum { get; init; }

    /// <exception cref="InvalidDataException">The text differs from the stored one, or has a later format than this version of the library knows.</exception>
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
            // Damaged, just like a text that can be read but has another checksum.
        }

        throw new InvalidDataException("The stored description of the pipeline is damaged. Restore the store from a copy, or use another RunId.");
    }

    public string ToText() => JsonSerializer.Serialize(this with { Checksum = Checkpoints.Checksum.Of(this) }, PipelineDescriptionJson.Default.PipelineDescription);

    /// <summary>Compares the pipeline with the stored one.</summary>
    /// <param name="stored">The stored description.</param>
    /// <param name="firstOf">The shape of a step of this pipeline as the first format described it.</param>
    public DescriptionComparison Compare(PipelineDescription stored, Func<int, string> firstOf) => new(this, stored, firstOf);

    /// <summary>Returns all earlier shapes.</summary>
    public IEnumerable<EarlierContract> AllEarlier() => (EarlierInputs ?? []).Concat(LostInputs ?? []).Concat(Stages.SelectMany(stage => stage.Earlier ?? []));
}

/// <summary>The description of a stage, as far as its checkpoints depend on it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version of its code, as set by the user.</param>
/// <param name="Type">The name of its result type.</param>
/// <param name="Contract">The shape of its result.</param>
internal sealed record StageDescription(string Name, string? Version, string Type, string Contract)
{
    /// <summary>The other shapes that stored results may have; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EarlierContract>? Earlier { get; init; }

    /// <summary>What the stage does beyond running its tasks; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Kind { get; init; }

    /// <summary>The stages its links lead to, the number of stages for the results; null if it has one link to the stage declared after it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Links { get; init; }

    /// <summary>The name of the type as the first format wrote it.</summary>
    [JsonIgnore]
    public string? FirstType { get; init; }
}

/// <summary>A shape with which values of the run were stored and which can be read as the current type.</summary>
/// <param name="Format">The number of the format it is described in.</param>
/// <param name="Text">The description.</param>
internal sealed record EarlierContract(int Format, string Text);

/// <summary>The shape of answers of <c>OnceAsync</c> calls.</summary>
/// <param name="Contract">The number with which the rows of the answers refer to it (<see cref="StoredOnce.Contract"/>).</param>
/// <param name="Shape">The description.</param>
internal sealed record AnswerContract(uint Contract, string Shape);

[JsonSerializable(typeof(PipelineDescription))]
internal sealed partial class PipelineDescriptionJson : JsonSerializerContext;
