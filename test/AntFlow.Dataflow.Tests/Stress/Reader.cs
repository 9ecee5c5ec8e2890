namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Who reads the results of a case: slowly, in order, changing places, or not to the end.</summary>
internal sealed class Reader(Plan plan, PipelineRun<Cargo, Cargo> run, Bodies bodies, Coverage coverage, Action<string> violated)
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
                // Nobody reads any more, so nothing less will end the run.
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

    private async Task ReadRestAsync()
    {
        await foreach (PipelineResult<Cargo> result in run.ReadResultsAsync())
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
        await foreach (PipelineResult<Cargo> result in run.ReadResultsAsync())
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
            Task reading = ReadAsync(cancel.Token);
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

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        await foreach (PipelineResult<Cargo> result in run.ReadResultsAsync(cancellationToken))
            _results.Add(result);
    }
}
