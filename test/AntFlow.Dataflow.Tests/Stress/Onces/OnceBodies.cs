using System.Collections.Concurrent;
using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Stress.Onces;

/// <summary>The user code of one run. What it does at each call follows from the seed.</summary>
internal sealed class OnceBodies(OncePlan plan, int run, OnceLedger ledger, Milestones begun, TimeProvider time, Coverage coverage, Action<string> violated)
{
    private const string Key = "batch";

    private readonly AnswerType _type = plan.Runs[run].Type;
    private readonly Answers _answers = Answers.Of(plan.Runs[run].Type);
    private readonly ConcurrentDictionary<int, int> _calls = new();
    private readonly ConcurrentBag<Task> _left = [];

    /// <summary>Ends once nothing of the run's user code runs any more.</summary>
    public Task WhenLeftAsync() => Task.WhenAll(_left.Select(task => task.ContinueWith(static left => _ = left.Exception, TaskScheduler.Default)));

    public async Task<string> WorkAsync(int item, StageContext context)
    {
        ledger.Enter(run, item);
        Dice dice = Dice.Of(plan.Seed, 42, run, item, _calls.AddOrUpdate(item, 1, static (_, count) => count + 1));
        OnceDeed deed = dice.Percent(plan.FaultPercent) ? dice.Pick(Enum.GetValues<OnceDeed>()) : OnceDeed.Await;
        BodyDeed body = dice.Percent(plan.FaultPercent) ? dice.Pick(Enum.GetValues<BodyDeed>()) : BodyDeed.Return;
        OnceLedger.Account account = ledger.Open(context.GetIdempotencyKey(Key), item);
        coverage.See(deed);
        Task<string> doing = _answers.OnceAsync(context, Key, () => CreateAsync(account, deed, body, dice, context), plan.HasFind ? () => FindAsync(account, dice) : null);
        _left.Add(doing);
        if (deed == OnceDeed.LeaveBehind)
        {
            ledger.Leave(run, account);
            await Task.Yield();
            throw new PlannedException("left behind", item);
        }

        return await EndAsync(account, deed, doing, context);
    }

    private async Task<string> EndAsync(OnceLedger.Account account, OnceDeed deed, Task<string> doing, StageContext context)
    {
        try
        {
            string id = await doing;
            ledger.OnAnswer(run, account, id);
            if (deed == OnceDeed.FailLater)
                throw new PlannedException("later", account.Item);
            if (deed != OnceDeed.Forget)
                return id;
        }
        catch (CheckpointException error) when (error.InnerException is not PlannedException)
        {
            ledger.OnFinal(run, account, error, _answers, _type);
            if (deed == OnceDeed.Wrap)
                throw new PlannedException("wrapped", account.Item);
            if (deed != OnceDeed.Forget)
            {
                // An attempt that has run out of time fails with that, and is tried again.
                if (!context.CancellationToken.IsCancellationRequested && plan.AttemptTimeoutMs is null)
                    ledger.Fail(run, account.Item);
                throw;
            }
        }

        ledger.BeginForgetting(account);
        await context.ForgetAsync(Key);
        ledger.EndForgetting(account);
        coverage.See("Once.forgotten");
        throw new PlannedException("forgotten", account.Item);
    }

    private async Task<Creation> CreateAsync(OnceLedger.Account account, OnceDeed deed, BodyDeed body, Dice dice, StageContext context)
    {
        begun.Add();
        coverage.See(body);
        if (body == BodyDeed.Throw)
            throw new PlannedException("nothing is created", account.Item);
        if (deed == OnceDeed.Nest)
            await NestAsync(context);
        Creation creation = ledger.Create(run, account, body == BodyDeed.ReturnUnstorable ? double.NaN : account.Item, body == BodyDeed.ReturnLarge ? new string('x', 300_000) : string.Empty);
        if (body == BodyDeed.ReturnLate)
            await Task.Delay(TimeSpan.FromMilliseconds((plan.AttemptTimeoutMs ?? 3) * 2), time, CancellationToken.None);
        else if (dice.OneIn(3))
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Between(1, 5)), time, CancellationToken.None);
        else
            await Task.Yield();
        if (body == BodyDeed.LoseTheAnswer)
            throw new PlannedException("the answer is lost", account.Item);
        ledger.OnReturned(run, account);
        return creation;
    }

    private async Task NestAsync(StageContext context)
    {
        try
        {
            await _answers.OnceAsync(context, Key, () => throw new InvalidOperationException("a body within its body"), find: null);
            violated($"Run {run}: a call within itself has returned.");
        }
        catch (InvalidOperationException error) when (error.Message.Contains("called within itself", StringComparison.Ordinal) || error.Message.Contains("is over", StringComparison.Ordinal))
        {
            coverage.See("Once.nested");
        }
    }

    private async Task<Creation?> FindAsync(OnceLedger.Account account, Dice dice)
    {
        await Task.Yield();
        if (dice.Percent(plan.FaultPercent / 2))
            throw new PlannedException("find", account.Item);
        return ledger.Find(account);
    }
}
