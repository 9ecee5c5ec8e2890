using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using NUnit.Framework;
using NUnit.Framework.Interfaces;
using Shouldly;

namespace AntFlow.Dataflow.TestKit;

/// <summary>Ends the process if a test does not end, and says which one it is and which of its assertions has failed.</summary>
/// <remarks>A test that fails while a task of its run is still held may wait for ever for the end of that run: its clock is stepped, and nothing steps it any more. Then its failure would never be reported.</remarks>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class HangGuardAttribute : Attribute, ITestAction
{
    // Many times what the longest test takes on a busy machine.
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(9);
    private static readonly ConcurrentDictionary<string, Timer> _timers = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, string> _failed = new(StringComparer.Ordinal);

    static HangGuardAttribute() => AppDomain.CurrentDomain.FirstChanceException += Note;

    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test)
    {
        // What is long on purpose has its own limit.
        if (Environment.GetEnvironmentVariable("ANTFLOW_LONG") is not null)
            return;
        string name = test.FullName;
        _timers[test.Id] = new Timer(
            _ => Environment.FailFast($"Test {name} has not ended in {_limit.TotalMinutes} minutes. {_failed.GetValueOrDefault(name, "No assertion of it has failed.")}"), state: null, _limit, Timeout.InfiniteTimeSpan);
    }

    public void AfterTest(ITest test)
    {
        if (_timers.TryRemove(test.Id, out Timer? timer))
            timer.Dispose();
        _failed.TryRemove(test.FullName, out _);
    }

    private static void Note(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        if (thrown.Exception is ShouldAssertException or TimeoutException)
            _failed[TestContext.CurrentContext.Test.FullName] = $"{thrown.Exception.Message}\n{Environment.StackTrace}";
    }
}
