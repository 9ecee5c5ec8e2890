using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>Isolates the engine from exceptions of a logger, because lines are logged in the middle of its work. It also removes control characters and changes of text direction from ids and
/// names of the user, which could corrupt a log.</summary>
/// <param name="logger">The logger of the user.</param>
/// <param name="caller">The context in which the logger is called, from which log scopes are taken.</param>
/// <param name="report">Called with an exception that the logger threw. Must not log.</param>
internal sealed partial class GuardedLogger(ILogger logger, Caller caller, Action<Exception> report) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return logger.IsEnabled(logLevel);
        }
        catch (Exception error)
        {
            report(error);
            return false;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        bool isGuarded = true;
        Broken("log-breaks-the-engine", ref isGuarded, false);
        UserCall call = UserCall.Begin(caller);
        try
        {
            if (CleanState.Of(state, exception, formatter) is { } clean)
                logger.Log(logLevel, eventId, clean, exception, static (line, _) => line.ToString());
            else
                logger.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception error) when (isGuarded)
        {
            report(error);
        }
        finally
        {
            call.End();
        }
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
