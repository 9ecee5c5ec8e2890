using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Data;

/// <summary>What is written, read, and written again.</summary>
internal static class RoundTrip
{
    /// <summary>What came back: it gives the same JSON again, and prints itself as before.</summary>
    public static T Of<T>(T value, JsonTypeInfo<T> type)
    {
        string json = JsonSerializer.Serialize(value, type);
        T read = JsonSerializer.Deserialize(json, type)!;
        JsonSerializer.Serialize(read, type).ShouldBe(json);
        read!.ToString().ShouldBe(value!.ToString());
        return read;
    }

    public static PipelineSnapshot Of(PipelineSnapshot snapshot)
    {
        PipelineSnapshot read = Of(snapshot, AntFlowJsonContext.Default.PipelineSnapshot);
        read.Stages.Select(stage => stage.ToString()).ShouldBe(snapshot.Stages.Select(stage => stage.ToString()));
        read.Stages.SelectMany(stage => stage.NextAttempts).Select(waiting => waiting.ToString()).ShouldBe(snapshot.Stages.SelectMany(stage => stage.NextAttempts).Select(waiting => waiting.ToString()));
        read.Workers.ShouldBe(snapshot.Workers);
        read.Links.ShouldBe(snapshot.Links);
        read.Suspects.ShouldBe(snapshot.Suspects);
        ShouldPrintAlike(snapshot.Errors, read.Errors);
        Answer(() => Bottleneck.Find(read)).ShouldBe(Answer(() => Bottleneck.Find(snapshot)));
        return read;
    }

    /// <summary>The snapshots of one run, in their order: what was read answers as what was written does.</summary>
    public static void OfRun(IReadOnlyList<PipelineSnapshot> snapshots)
    {
        var one = new RemainingTimeEstimator();
        var other = new RemainingTimeEstimator();
        PipelineSnapshot? before = null;
        PipelineSnapshot? readBefore = null;
        foreach (PipelineSnapshot snapshot in snapshots)
        {
            PipelineSnapshot read = Of(snapshot);
            Answer(() => Bottleneck.Find(read, readBefore)).ShouldBe(Answer(() => Bottleneck.Find(snapshot, before)));
            Answer(() => other.Add(read)).ShouldBe(Answer(() => one.Add(snapshot)));
            (before, readBefore) = (snapshot, read);
        }
    }

    public static void ShouldPrintAlike(ErrorSummary errors, ErrorSummary read)
    {
        read.ToString().ShouldBe(errors.ToString());
        read.FailedItems.Select(failed => failed.ToString()).ShouldBe(errors.FailedItems.Select(failed => failed.ToString()));
        read.FailedItems.Select(failed => failed.ErrorType).ShouldBe(errors.FailedItems.Select(failed => failed.ErrorType));
        read.Callbacks.Select(callback => callback.ToString()).ShouldBe(errors.Callbacks.Select(callback => callback.ToString()));
    }

    public static IDisposable In(string culture)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        return new Restoring(before);
    }

    /// <summary>What was answered, or what was thrown: of a snapshot that no run can have, either may come.</summary>
    private static string Answer<T>(Func<T> ask)
    {
        try
        {
            return $"{ask()}";
        }
        catch (Exception error) when (error is ArgumentException or OverflowException or InvalidOperationException)
        {
            return error.GetType().Name;
        }
    }

    private sealed class Restoring(CultureInfo culture) : IDisposable
    {
        public void Dispose() => CultureInfo.CurrentCulture = culture;
    }
}
