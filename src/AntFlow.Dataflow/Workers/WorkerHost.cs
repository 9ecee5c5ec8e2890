using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>A message that starts a loop of a host. It carries no item: the worker takes the most urgent one itself.</summary>
internal readonly record struct Activation(WorkerHost Host);

/// <summary>The dataflow block that hosts the loops of a pool's workers: its degree of parallelism is the number of workers.</summary>
/// <remarks><para>A message starts a loop, and the loop stays in the block until the host is retired: a loop that has nothing to do is parked, and woken when there is something again. That costs
/// a fraction of a message, for which the block makes a task. There are never more loops than the degree allows: a message is posted only while no loop is parked and fewer run than that.</para>
/// <para>The degree of a block is fixed when it is made, so changing the number of workers puts a new host in place; the loops of the old one end.</para>
/// <para>All but the messages is guarded by the lock of the pool.</para></remarks>
internal sealed class WorkerHost
{
    private readonly TransformBlock<Activation, Activation> _block;
    private readonly Action<Exception> _onFault;
    private readonly Stack<Waiter> _parked = new();

    public WorkerHost(int degree, Func<Activation, Task<Activation>> loop, Action<Exception> onFault)
    {
        Degree = degree;
        _onFault = onFault;
        _block = new TransformBlock<Activation, Activation>(
            loop, new ExecutionDataflowBlockOptions { MaxDegreeOfParallelism = degree, EnsureOrdered = false });
        // Without a target the block would never complete.
        _block.LinkTo(DataflowBlock.NullTarget<Activation>());
        _ = _block.Completion.ContinueWith(
            static (completion, host) => ((WorkerHost)host!)._onFault(completion.Exception!),
            this,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    public int Degree { get; }

    /// <summary>Ends once the host was retired and its last loop has ended.</summary>
    public Task Completion => _block.Completion;

    /// <summary>The number of workers for which loops of this host run: loops that are parked or being woken are not counted.</summary>
    public int Loops { get; set; }

    /// <summary>Keeps a loop that has nothing to do: it stays in the block, and waits on its waiter.</summary>
    public void Park(Waiter loop)
    {
        loop.Reset();
        _parked.Push(loop);
    }

    /// <summary>Takes out the loop that was parked last.</summary>
    public bool TryUnpark([NotNullWhen(true)] out Waiter? loop) => _parked.TryPop(out loop);

    /// <summary>Starts a loop. Called outside the lock.</summary>
    public void Activate()
    {
        bool posted;
        if (ExecutionContext.IsFlowSuppressed())
        {
            posted = _block.Post(new Activation(this));
        }
        else
        {
            // The caller's AsyncLocal values must not flow into the loop.
            using AsyncFlowControl flow = ExecutionContext.SuppressFlow();
            posted = _block.Post(new Activation(this));
        }

        if (!posted)
            _onFault(new InvalidOperationException("The block that hosts the workers refused an activation."));
    }

    public void Complete() => _block.Complete();
}
