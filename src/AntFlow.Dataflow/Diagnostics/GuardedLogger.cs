using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>Keeps what a logger throws from the engine, which writes its lines in the middle of things; and from the logger what ids and names of the user's could do to a log: control
/// characters and changes of direction.</summary>
/// <param name="logger">The logger of the user.</param>
/// <param name="caller">What the logger finds in its AsyncLocals, of which log scopes are made.</param>
/// <param name="report">Who is told what it threw. Must not log.</param>
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

    /// <summary>A decision that the faults build can turn: a seam, and nothing in any other.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
