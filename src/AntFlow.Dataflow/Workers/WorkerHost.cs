using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>A message that wakes a worker of a host. It carries no item: the worker takes the most urgent one itself.</summary>
internal readonly record struct Activation(WorkerHost Host);

/// <summary>The dataflow block that hosts the loops of a pool's workers: its degree of parallelism is the number of workers.</summary>
/// <remarks>The degree of a block is fixed when it is made, so changing the number of workers puts a new host in place; the loops of the old one run out.
/// <see cref="Loops"/> is guarded by the lock of the pool.</remarks>
internal sealed class WorkerHost
{
    private readonly TransformBlock<Activation, Activation> _block;
    private readonly Action<Exception> _onFault;

    public WorkerHost(int degree, Func<Activation, Task<Activation>> loop, Action<Exception> onFault)
    {
        Degree = degree;
        _onFault = onFault;
        _block = new TransformBlock<Activation, Activation>(
            loop, new ExecutionDataflowBlockOptions { MaxDegreeOfParallelism = degree, EnsureOrdered = false });
        // Without a reader the block would never complete.
        _block.LinkTo(DataflowBlock.NullTarget<Activation>());
        _ = _block.Completion.ContinueWith(
            static (completion, host) => ((WorkerHost)host!)._onFault(completion.Exception!),
            this,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    public int Degree { get; }

    /// <summary>How many loops of this host are alive.</summary>
    public int Loops { get; set; }

    public void Activate()
    {
        bool posted;
        if (ExecutionContext.IsFlowSuppressed())
        {
            posted = _block.Post(new Activation(this));
        }
        else
        {
            // What the caller has in its AsyncLocals is nobody's business here.
            using AsyncFlowControl flow = ExecutionContext.SuppressFlow();
            posted = _block.Post(new Activation(this));
        }

        if (!posted)
            _onFault(new InvalidOperationException("The block that hosts the workers refused an activation."));
    }

    public void Complete() => _block.Complete();
}
