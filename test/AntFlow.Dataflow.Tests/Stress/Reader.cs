using System.Runtime.CompilerServices;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Reads the results of a case: slowly, in order, changing places, or not to the end; out of the block, if the run is behind one.</summary>
internal sealed class Reader(Plan plan, PipelineRun<Cargo, Cargo> run, IReceivableSourceBlock<PipelineResult<Cargo>>? block, Bodies bodies, Coverage coverage, Action<string> violated)
{
    private readonly List<PipelineResult<Cargo>> _results = [];

    public IReadOnlyList<PipelineResult<Cargo>> Results => _results;

    public async Task ReadAsync()
    {
        switch (plan.Reading)
        {
            case Reading.Collect or Reading.Drop:
                return;
            case Reading.ReadAndChange:
                await ReadInTurnsAsync();
                return;
            case Reading.ReadAndLeave:
                await ReadSomeAsync();
                // Nothing reads any more, so nothing less will end the run.
                await run.DisposeAsync();
                await ReadRestAsync();
                return;
            default:
                await ReadRestAsync();
                break;
        }

        if (plan.Reading == Reading.ReadInOrder && _results.Where((result, i) => result.Sequence != i).Any())
            violated("The results were not in order.");
    }

    private IAsyncEnumerable<PipelineResult<Cargo>> ResultsAsync(CancellationToken cancellationToken = default) =>
        block is null ? run.ReadResultsAsync(cancellationToken) : ReceiveAsync(block, cancellationToken);

    private static async IAsyncEnumerable<PipelineResult<Cargo>> ReceiveAsync(
        IReceivableSourceBlock<PipelineResult<Cargo>> block, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await block.OutputAvailableAsync(cancellationToken))
        {
            while (block.TryReceive(out PipelineResult<Cargo>? result))
                yield return result;
        }
    }

    private async Task ReadRestAsync()
    {
        await foreach (PipelineResult<Cargo> result in ResultsAsync())
        {
            _results.Add(result);
            if (result.Sequence % 3 == 0)
                await Task.Yield();
        }
    }

    private async Task ReadSomeAsync()
    {
        if (plan.LeaveAfter == 0)
            return;
        await foreach (PipelineResult<Cargo> result in ResultsAsync())
        {
            _results.Add(result);
            if (_results.Count == plan.LeaveAfter)
                break;
        }

        coverage.See("Reader.left");
    }

    /// <summary>Every reader is canceled by its token after a while, and another one goes on where it stopped.</summary>
    private async Task ReadInTurnsAsync()
    {
        for (int turn = 1; turn <= 3; turn++)
        {
            using var cancel = new CancellationTokenSource();
            // In between, the run behind a block is read itself.
            Task reading = ReadAsync(turn == 2 ? run.ReadResultsAsync(cancel.Token) : ResultsAsync(cancel.Token));
            await bodies.Begun.WhenAsync(plan.LeaveAfter * turn);
            await cancel.CancelAsync();
            try
            {
                // A reader that is canceled ends, whether or not there are further results.
                await reading.InTime();
            }
            catch (OperationCanceledException)
            {
                coverage.See("Reader.canceled");
            }
        }

        await ReadRestAsync();
    }

    private async Task ReadAsync(IAsyncEnumerable<PipelineResult<Cargo>> results)
    {
        await foreach (PipelineResult<Cargo> result in results)
            _results.Add(result);
    }
}
