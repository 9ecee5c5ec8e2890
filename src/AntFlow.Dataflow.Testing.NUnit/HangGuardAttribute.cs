using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using NUnit.Framework;
using NUnit.Framework.Interfaces;
using Shouldly;

namespace AntFlow.Dataflow.Testing.NUnit;

/// <summary>Ends the process if a test hangs, and reports which test it is and which of its assertions has failed: <c>[assembly: HangGuard]</c>.</summary>
/// <param name="minutes">The limit for a single test in minutes, by the system clock. Default: 9. From 1 to 1,440.</param>
/// <remarks>
/// <para>A test that fails while an item of its run is still held may wait forever when it disposes the run: its clock is stepped, and nothing steps it any more. The failure of such a test
/// is never reported. <see cref="Waiting"/> does not help here, because <c>await using</c> awaits the end of the run.</para>
/// <para>The process ends with <see cref="Environment.FailFast(string)"/>, whose message goes to the error output. The timer uses another thread and does not affect the tests.</para>
/// </remarks>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="minutes"/> is out of range.</exception>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class HangGuardAttribute(int minutes = 9) : Attribute, ITestAction
{
    private static readonly ConcurrentDictionary<string, Timer> _timers = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, string> _failed = new(StringComparer.Ordinal);

    static HangGuardAttribute() => AppDomain.CurrentDomain.FirstChanceException += Note;

    /// <summary>Gets after how many minutes a single test counts as hanging.</summary>
    public int Minutes { get; } = minutes is >= 1 and <= 1_440 ? minutes : throw new ArgumentOutOfRangeException(nameof(minutes), minutes, "HangGuard: the minutes must be from 1 to 1440.");

    /// <summary>Gets or sets the name of an environment variable that turns the guard off when it is set to any value, for test runs that take long on purpose. Default: null, the guard is on.</summary>
    public string? OffWhenSet { get; init; }

    /// <summary>Gets the targets: each single test.</summary>
    public ActionTargets Targets => ActionTargets.Test;

    /// <summary>Starts the timer of a test. Called by NUnit.</summary>
    /// <param name="test">The test.</param>
    public void BeforeTest(ITest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        if (OffWhenSet is { } variable && Environment.GetEnvironmentVariable(variable) is not null)
            return;
        string name = test.FullName;
        _timers[test.Id] = new Timer(_ => Environment.FailFast(Describe(name)), state: null, TimeSpan.FromMinutes(Minutes), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stops the timer of a test. Called by NUnit.</summary>
    /// <param name="test">The test.</param>
    public void AfterTest(ITest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        if (_timers.TryRemove(test.Id, out Timer? timer))
            timer.Dispose();
        _failed.TryRemove(test.FullName, out _);
    }

    private string Describe(string name) => string.Create(
        CultureInfo.InvariantCulture, $"Test {name} has not ended in {Minutes} minutes. {_failed.GetValueOrDefault(name, "No assertion of it has failed.")}");

    private static void Note(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        if (thrown.Exception is ShouldAssertException or AssertionException or TimeoutException)
            _failed[TestContext.CurrentContext.Test.FullName] = $"{thrown.Exception.Message}\n{Environment.StackTrace}";
    }
}
