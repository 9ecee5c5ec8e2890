using Shouldly;

namespace AntFlow.Dataflow.CrashTests.Lives;

/// <summary>A run from its first life to its last, in a folder of its own.</summary>
/// <param name="store">What a life is told about its store.</param>
/// <param name="items">How many items it has.</param>
internal sealed class Campaign(IReadOnlyList<string> store, int items) : IDisposable
{
    private const int MostLives = 200;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("antflow-crash-");
    private readonly List<Life> _lives = [];

    /// <summary>Whether inputs are stored: then no life feeds what a life before it has fed.</summary>
    public bool PersistsInput { get; init; }

    /// <summary>What else lives are told.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>What happens to the server of the store in the life of that number, once it has begun some attempts; null for nothing.</summary>
    public Func<int, Func<Task>?> SetbackIn { get; init; } = _ => null;

    /// <summary>Lives until the run is done, and once more to ask for all results.</summary>
    /// <param name="next">When the next life ends; null to let it live.</param>
    public async Task<Story> RunAsync(Func<bool, Death?> next)
    {
        Life life;
        do
        {
            _lives.Count.ShouldBeLessThan(MostLives, "The run does not come to its end.");
            life = await LiveAsync(next(_lives.Count == 0));
        }
        while (life.Code != 0);

        await LiveAsync(death: null, feedsAll: true);
        return Tell();
    }

    /// <summary>What has happened so far.</summary>
    public Story Tell() =>
        new(items, [.. _lives], [.. Directory.EnumerateFiles(_folder.FullName, "provider-*.txt").SelectMany(LedgerLine.ReadAll).Where(line => line.What == "made")]);

    /// <summary>Starts a life that goes on until somebody ends it.</summary>
    public (int Number, JobProcess Process) Begin(IEnumerable<string> settings)
    {
        int number = _lives.Count;
        _lives.Add(new Life(number, -1, []));
        return (number, JobProcess.Start([$"folder={_folder.FullName}", $"life={number}", $"items={items}", .. store, .. Settings, .. settings]));
    }

    /// <summary>The life has ended.</summary>
    public Life End(int number, int code, bool hadSetback = false) => _lives[number] = new Life(number, code, Lines(number), hadSetback);

    /// <summary>What is in the ledger of a life up to now.</summary>
    public IReadOnlyList<LedgerLine> Lines(int number) => LedgerLine.ReadAll(Path.Combine(_folder.FullName, $"life-{number:D4}.txt"));

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<Life> LiveAsync(Death? death, bool feedsAll = false)
    {
        int fed = PersistsInput && !feedsAll ? _lives.SelectMany(life => life.All("fed")).Select(line => line.Number(0) + 1).DefaultIfEmpty(0).Max() : 0;
        List<string> settings = [$"persist={(PersistsInput ? 1 : 0)}", $"feedFrom={fed}", "echo=1"];
        bool diesByItself = death is not null && death.Moment is not (KillPlan.Anywhere or KillPlan.Planned);
        if (diesByItself)
            settings.AddRange([$"killAt={death!.Moment}", $"killNumber={death.Number}", $"killDepth={death.Depth}"]);
        (int number, JobProcess process) = Begin(settings);
        using (process)
        {
            bool hadSetback = await DisturbAsync(process, SetbackIn(number), diesByItself ? null : death);
            (int code, string errors) = await process.EndAsync();
            Life life = End(number, code, hadSetback);
            // Feeding may not get over it that its store is away.
            if (code is not (0 or Life.Terminated) && !Life.HasDied(code) && !hadSetback)
                throw new InvalidOperationException($"{life}\n{errors}\nBefore it: {string.Join('\n', _lives.SkipLast(1).TakeLast(3))}");
            return life;
        }
    }

    /// <summary>Does to a life what is done from outside.</summary>
    /// <returns>Whether the server was stopped.</returns>
    private async Task<bool> DisturbAsync(JobProcess process, Func<Task>? setback, Death? death)
    {
        int lines = 0;
        int begun = 0;
        bool hadSetback = setback is not null && await process.ReadUntilAsync(line => ++lines > 0 && line.StartsWith("begin", StringComparison.Ordinal) && ++begun == 5);
        if (hadSetback)
            await setback!();
        if (death is not null && await process.ReadUntilAsync(_ => ++lines >= death.Number))
            await (death.Moment == KillPlan.Planned ? process.TryTerminateAsync() : process.KillAsync());
        return hadSetback;
    }
}
