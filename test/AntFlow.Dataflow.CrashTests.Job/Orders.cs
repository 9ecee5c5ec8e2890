using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AntFlow.Dataflow.CrashTests.Job;

/// <summary>What the test tells this process to do, a line each: to let held bodies go, or to end in one way or another.</summary>
internal sealed class Orders(Settings settings, Ledger ledger) : IDisposable
{
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> _handlers = [];

    /// <summary>Ends when held bodies may go on.</summary>
    public Task Go => settings.IsHeld ? _go.Task : Task.CompletedTask;

    /// <summary>Ends when the program is to return from its main method in the middle of its work.</summary>
    public Task Left => _left.Task;

    public void Begin()
    {
        if (settings.Handles == "signals")
            _handlers.AddRange(((PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP]).Select(signal => PosixSignalRegistration.Create(signal, Handle)));
        if (settings.Handles == "keys")
        {
            Console.CancelKeyPress += (_, key) =>
            {
                key.Cancel = true;
                ledger.Write("signaled", key.SpecialKey);
            };
        }

        if (settings.IsHeld)
            _ = Task.Run(FollowAsync);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration handler in _handlers)
            handler.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        ledger.Write("signaled", context.Signal);
    }

    private async Task FollowAsync()
    {
        while (await Console.In.ReadLineAsync() is { } order && order != "go")
            Follow(order);
        _go.SetResult();
    }

    private void Follow(string order)
    {
        switch (order)
        {
            case "return":
                _left.SetResult();
                break;
            case "exit 0" or "exit 1":
                Environment.Exit(order[^1] - '0');
                break;
            case "failfast":
                Environment.FailFast("ordered");
                break;
            case "throw":
                var crash = new Thread(static () => throw new InvalidOperationException("Nobody catches this."));
                crash.Start();
                crash.Join();
                break;
            default:
                throw new UnreachableException(order);
        }
    }
}
