using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Stress.Onces;

/// <summary>The books of the provider, and what the store had when: they say whether something may be created.</summary>
internal sealed class OnceLedger(OncePlan plan, Coverage coverage, Action<string> violated)
{
    private readonly ConcurrentDictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, Account> _newest = new();
    private readonly ConcurrentDictionary<(int Item, int Generation), Row> _rows = new();
    private readonly ConcurrentDictionary<(int Run, int Item), bool> _damaged = new();
    private readonly ConcurrentDictionary<(int Run, int Item), bool> _final = new();
    private int _created;

    /// <summary>The account of a key, which is opened when the key is new.</summary>
    public Account Open(string key, int item)
    {
        Account account = _accounts.GetOrAdd(key, static (_, item) => new Account(item), item);
        if (account.Item != item)
            violated($"Item {item} has the key of item {account.Item}.");
        if (account.Generation < 0)
        {
            lock (account)
            {
                if (account.Generation < 0)
                    account.Generation = _newest.TryGetValue(item, out Account? last) ? last.Generation + 1 : 0;
            }
        }

        _newest[item] = account;
        return account;
    }

    /// <summary>Whether something of the item was forgotten: its rows are not damaged from then on, since a row that is not whole does not tell its generation.</summary>
    public bool WasForgotten(int item) => _newest.TryGetValue(item, out Account? account) && (account.Generation > 0 || account.MayBeForgotten);

    public void OnDamaged(int run, int item) => _damaged[(run, item)] = true;

    /// <summary>A row of the item is durable.</summary>
    public void OnWritten(int run, int item, StoredOnce row)
    {
        // That a body is about to run is stored before it does, over what was there.
        if (row.State == StoredOnceState.Begun && !_damaged.ContainsKey((run, item))
            && _rows.GetValueOrDefault((item, row.Generation)) is { State: StoredOnceState.Answered or StoredOnceState.Unsaved } before)
        {
            violated($"Run {run}: generation {row.Generation} of item {item} is begun again, and the store has {before}.");
        }

        _rows[(item, row.Generation)] = new Row(row.State, plan.Runs[run].Type);
        coverage.See(row.State);
    }

    /// <summary>An attempt of the item begins.</summary>
    public void Enter(int run, int item)
    {
        if (_final.ContainsKey((run, item)))
            violated($"Run {run}: item {item} has failed for good, and is tried again.");
    }

    /// <summary>A body creates something.</summary>
    public Creation Create(int run, Account account, double price, string padding)
    {
        lock (account)
        {
            CheckMayCreate(run, account);
            account.Runs.Add(run);
            account.Answer = null;
            return account.Created = new Creation($"c{Interlocked.Increment(ref _created)}", price, padding);
        }
    }

    /// <summary>The body returns it.</summary>
    public void OnReturned(int run, Account account)
    {
        lock (account)
            account.ReturnedIn.Add(run);
    }

    /// <summary>What the provider has under the key.</summary>
    public Creation? Find(Account account)
    {
        lock (account)
        {
            coverage.See(account.Created is null ? "Find.nothing" : "Find.found");
            return account.Created;
        }
    }

    /// <summary>A task has got an answer.</summary>
    public void OnAnswer(int run, Account account, string id)
    {
        lock (account)
        {
            if (id != (account.Answer ?? account.Created?.Id))
                violated($"Run {run}: {account} was answered with {id}, and {account.Answer ?? account.Created?.Id} was created.");
            if (account.Answer is not null)
                coverage.See("Answer.again");
            account.Answer = id;
        }
    }

    /// <summary>A call has ended with an answer that cannot be stored or read.</summary>
    public void OnFinal(int run, Account account, CheckpointException error, Answers answers, AnswerType type)
    {
        lock (account)
        {
            Row? row = RowOf(run, account);
            if (error.Message.Contains("the type of the answer of 'batch' was", StringComparison.Ordinal))
            {
                coverage.See("Final.changed");
                if (row is null || row.State != StoredOnceState.Answered || OncePlan.CanRead(type, row.Type))
                    violated($"Run {run}: {account} is said to have changed its type; it is {type} and stored as {row}.");
            }
            else if (error.Message.Contains("was done in an earlier run", StringComparison.Ordinal))
            {
                coverage.See("Final.unsaved earlier");
                if (row?.State != StoredOnceState.Unsaved)
                    violated($"Run {run}: {account} is said to have an answer that was not stored; its row is {row}.");
            }
            else if (error.Message.Contains("which is in UnsavedValue", StringComparison.Ordinal))
            {
                coverage.See("Final.unsaved");
                if (answers.IdOf(error.UnsavedValue) is not { } id || id != account.Created?.Id)
                    violated($"Run {run}: the answer of {account} is not in the error: {error.UnsavedValue}, {error}");
            }
        }
    }

    /// <summary>The attempt ends with that: the item has failed.</summary>
    public void Fail(int run, int item) => _final[(run, item)] = true;

    /// <summary>The call has left the creation behind: the run may end before that does.</summary>
    public void Leave(int run, Account account)
    {
        lock (account)
            account.LeftIn.Add(run);
    }

    public void BeginForgetting(Account account)
    {
        lock (account)
            account.MayBeForgotten = true;
    }

    public void EndForgetting(Account account)
    {
        lock (account)
            account.IsForgotten = true;
    }

    /// <summary>The run was not killed: what was returned in it is in the store.</summary>
    public void CheckEnd(int run)
    {
        foreach (Account account in _accounts.Values)
        {
            lock (account)
            {
                if (account.ReturnedIn.Contains(run) && !account.MayBeForgotten && !account.LeftIn.Contains(run)
                    && (!_rows.TryGetValue((account.Item, account.Generation), out Row? row) || row.State is not (StoredOnceState.Answered or StoredOnceState.Unsaved)))
                {
                    violated($"Run {run}: {account} has answered, and the store does not know.");
                }
            }
        }
    }

    private void CheckMayCreate(int run, Account account)
    {
        if (account.IsForgotten)
            violated($"Run {run}: {account} was forgotten, and is created again under its old key.");
        if (account.Runs.Count == 0)
            return;
        if (account.ReturnedIn.Contains(run))
            violated($"Run {run}: {account} is created again in the process that has its answer.");
        if (plan.HasFind)
            violated($"Run {run}: {account} is created again, though it can be found.");
        if (plan.UncertainAnswerHandling == UncertainAnswerHandling.Fail && account.Runs.Exists(earlier => earlier != run) && !account.Runs.Contains(run))
            violated($"Run {run}: {account} may have been created in run {account.Runs[0]}, and is created again.");
        coverage.See(account.Runs.Contains(run) ? "Create.again after a failure" : "Create.again in a later run");
    }

    /// <summary>What the store has, as far as this run can tell.</summary>
    private Row? RowOf(int run, Account account) => _damaged.ContainsKey((run, account.Item)) ? null : _rows.GetValueOrDefault((account.Item, account.Generation));

    private sealed record Row(StoredOnceState State, AnswerType Type);

    /// <summary>What was created under one key. Guarded by a lock on itself.</summary>
    internal sealed class Account(int item)
    {
        public int Item => item;

        /// <summary>The number of the key among those of the item; -1 until it is known.</summary>
        public int Generation { get; set; } = -1;

        /// <summary>The newest creation.</summary>
        public Creation? Created { get; set; }

        /// <summary>The runs in which something was created.</summary>
        public List<int> Runs { get; } = [];

        /// <summary>The runs whose bodies have returned it.</summary>
        public HashSet<int> ReturnedIn { get; } = [];

        /// <summary>The runs in which a task did not wait for it.</summary>
        public HashSet<int> LeftIn { get; } = [];

        /// <summary>The id a task has got.</summary>
        public string? Answer { get; set; }

        public bool MayBeForgotten { get; set; }

        public bool IsForgotten { get; set; }

        public override string ToString() => $"generation {Generation} of item {item}";
    }
}
