using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>What a piece of user code can see of its caller.</summary>
internal sealed record Surroundings(string Culture, string? Tenant, string? Activity)
{
    public static AsyncLocal<string?> Tenants { get; } = new();

    public static Surroundings Now => new(CultureInfo.CurrentCulture.Name, Tenants.Value, System.Diagnostics.Activity.Current?.OperationName);

    public static System.Diagnostics.Activity Enter(string culture, string tenant, string activity)
    {
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        Tenants.Value = tenant;
        return new System.Diagnostics.Activity(activity).Start();
    }

    public static void Change(int number)
    {
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("ja-JP");
        Tenants.Value = $"of item {number}";
        System.Diagnostics.Activity.Current = null;
    }
}

internal sealed class NotingDisplay(Action<string> note) : IPipelineDisplay
{
    public void OnStart(IPipelineRun run, long? total) => note("OnStart");

    public void OnUpdate(PipelineSnapshot snapshot) => note("OnUpdate");

    public void OnFinish(PipelineReport report) => note("OnFinish");
}

internal sealed class NotingLog(Action<string> note) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => note("Log");

    public void Dispose()
    {
    }
}

internal sealed class Noting(Action<string> note) : IPayloadSerializer
{
    public ReadOnlyMemory<byte> Serialize<T>(T value)
    {
        note("Serialize");
        return Encoding.UTF8.GetBytes((string)(object)value!);
    }

    public T Deserialize<T>(ReadOnlyMemory<byte> bytes)
    {
        note("Deserialize");
        return (T)(object)Encoding.UTF8.GetString(bytes.Span);
    }

    public string Describe<T>()
    {
        note("Describe");
        return "text";
    }
}
