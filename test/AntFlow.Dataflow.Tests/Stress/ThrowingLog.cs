using AntFlow.Dataflow.TestKit;
using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>A log that is on for everything, and breaks at some of it.</summary>
internal sealed class PlannedLog(Plan plan) : ILoggerFactory, ILogger
{
    private int _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        int line = Interlocked.Increment(ref _lines);
        if (plan.Log == LogShape.Throwing && Dice.Of(plan.Seed, 9, line).OneIn(4))
            throw new PlannedException("log", line);
    }
}
