using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Runs code at exact places of the engine: the lines of its log are written outside all locks, just before an item moves.</summary>
internal sealed class HookLogs : ILoggerFactory, ILogger
{
    private readonly List<string> _lines = [];

    /// <summary>Called with every line.</summary>
    public Action<string>? OnLine { get; set; }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string line = formatter(state, exception);
        lock (_lines)
            _lines.Add(line);
        OnLine?.Invoke(line);
    }
}
