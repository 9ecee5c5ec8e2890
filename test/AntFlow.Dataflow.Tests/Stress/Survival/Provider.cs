using System.Collections.Concurrent;
using System.Globalization;
using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Creates batches, and knows which exist, whatever happens to its answers. Checks that no batch is created twice.</summary>
internal sealed class Provider(SurvivalPlan plan, TimeProvider time, Coverage coverage, Action<string> violated)
{
    private const string Key = "batch";

    private readonly ConcurrentDictionary<string, Batch> _batches = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(int Item, int Stage), int> _forgettings = new();
    private int _created;
    private int _life;

    public void BeginLife(int life) => _life = life;

    /// <summary>Has a batch created once, in the body of a task.</summary>
    public async Task UseAsync(int item, SurvivorStage stage, Deed deed, Dice dice, StageContext context)
    {
        Batch batch = Open(context.GetIdempotencyKey(Key), item, stage);
        string answer;
        try
        {
            answer = await context.OnceAsync(Key, _ => CreateAsync(batch, stage, deed, dice), stage.Once == OnceShape.WithFind ? _ => FindAsync(batch, dice) : null);
        }
        catch (UncertainAnswerException)
        {
            coverage.See("Once.uncertain");
            if (stage.Once == OnceShape.WithFind || plan.Options.UncertainAnswerHandling != UncertainAnswerHandling.Fail || batch.FirstLife == _life)
                violated($"Life {_life}: the answer of {batch.What} is said to be uncertain.");
            throw;
        }

        Receive(batch, answer);
        if (dice.Percent(plan.FaultPercent / 3))
            await ForgetAsync(batch, item, stage, context);
    }

    private Batch Open(string key, int item, SurvivorStage stage)
    {
        Batch batch = _batches.GetOrAdd(key, static (_, about) => new Batch(about), string.Create(CultureInfo.InvariantCulture, $"the batch of item {item} in stage {stage.Index}"));
        string what = string.Create(CultureInfo.InvariantCulture, $"the batch of item {item} in stage {stage.Index}");
        lock (batch)
        {
            if (batch.What != what)
                violated($"Life {_life}: the key of {what} is that of {batch.What}.");
            if (batch.IsForgotten)
                violated($"Life {_life}: {what} was forgotten, and its key comes again.");
        }

        int forgettings = _forgettings.GetValueOrDefault((item, stage.Index));
        int keys = _batches.Values.Count(known => known.What == what);
        if (keys > forgettings + 1)
            violated($"Life {_life}: {what} was forgotten {forgettings} times and has {keys} keys.");
        return batch;
    }

    private async Task<string> CreateAsync(Batch batch, SurvivorStage stage, Deed deed, Dice dice)
    {
        coverage.See("Once.body");
        if (dice.Percent(plan.FaultPercent / 3))
            throw new PlannedException("nothing is created", batch.What.Length);
        string answer;
        lock (batch)
        {
            Check(batch, stage);
            batch.FirstLife ??= _life;
            batch.LastLife = _life;
            batch.HasReturned = false;
            answer = batch.Created = string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _created)}");
        }

        if (dice.OneIn(3))
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Between(1, 5)), time, CancellationToken.None);
        else
            await Task.Yield();
        if (deed == Deed.LoseTheAnswer)
            throw new PlannedException("the answer is lost", batch.What.Length);
        lock (batch)
            batch.HasReturned = true;
        return answer;
    }

    private void Check(Batch batch, SurvivorStage stage)
    {
        if (batch.Answer is not null)
            violated($"Life {_life}: the answer of {batch.What} was given, and it is created again.");
        if (batch.Created is null)
            return;
        if (stage.Once == OnceShape.WithFind)
            violated($"Life {_life}: {batch.What} is created twice, though it can be found.");
        if (batch.LastLife == _life && batch.HasReturned)
            violated($"Life {_life}: {batch.What} is created twice in one life, though its creation has answered.");
        if (batch.FirstLife != _life && plan.Options.UncertainAnswerHandling == UncertainAnswerHandling.Fail)
            violated($"Life {_life}: {batch.What} may have been created in life {batch.FirstLife}, and is created again.");
        coverage.See("Once.again");
    }

    private async Task<string?> FindAsync(Batch batch, Dice dice)
    {
        await Task.Yield();
        if (dice.Percent(plan.FaultPercent / 2))
        {
            coverage.See("Throws.find");
            throw new PlannedException("find", batch.What.Length);
        }

        lock (batch)
        {
            coverage.See(batch.Created is null ? "Once.not found" : "Once.found");
            return batch.Created;
        }
    }

    private void Receive(Batch batch, string answer)
    {
        lock (batch)
        {
            if (answer != (batch.Answer ?? batch.Created))
                violated($"Life {_life}: the answer of {batch.What} is '{answer}', and was '{batch.Answer ?? batch.Created}'.");
            if (batch.Answer is not null)
                coverage.See("Once.answered again");
            batch.Answer = answer;
        }
    }

    private async Task ForgetAsync(Batch batch, int item, SurvivorStage stage, StageContext context)
    {
        _forgettings.AddOrUpdate((item, stage.Index), 1, static (_, count) => count + 1);
        await context.ForgetAsync(Key);
        coverage.See("Once.forgotten");
        lock (batch)
            batch.IsForgotten = true;
        throw new PlannedException("the batch has failed", item);
    }

    /// <summary>What was created under one key. Guarded by a lock on itself.</summary>
    private sealed class Batch(string what)
    {
        public string What => what;

        /// <summary>The newest one that was created.</summary>
        public string? Created { get; set; }

        /// <summary>What the task has got.</summary>
        public string? Answer { get; set; }

        public int? FirstLife { get; set; }

        public int LastLife { get; set; }

        public bool HasReturned { get; set; }

        public bool IsForgotten { get; set; }
    }
}
