using System.Text;
using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Results;

public sealed class ResultBufferModelTests
{
    [Test]
    public void A_result_counts_as_ended_unless_it_is_a_success_beyond_the_reader_s_bound() => DecisionPlans.Play(dice =>
    {
        var model = new Model(dice.Pick(ResultMode.Collect, ResultMode.Read, ResultMode.Drop), dice.Between(1, 40));
        for (int i = dice.Between(1, 80); i > 0; i--)
        {
            switch (dice.Below(12))
            {
                case < 6:
                    model.Add(isSuccess: !dice.OneIn(4), isDropped: dice.OneIn(15));
                    break;
                case < 10:
                    model.Take(fetchesAhead: dice.OneIn(2));
                    break;
                case 10 when dice.OneIn(6):
                    model.Lift();
                    break;
                case 11 when dice.OneIn(3):
                    model.BeginReading();
                    break;
                case 11 when dice.OneIn(3):
                    model.AwaitReader();
                    break;
            }

            model.Check();
        }

        return model.Told;
    });

    [Test]
    public void An_outlet_takes_the_oldest_ones_and_lets_others_come_within_the_bound() => DecisionPlans.Play(dice =>
    {
        var model = new Model(ResultMode.Read, dice.Between(1, 5));
        for (int i = dice.Between(1, 60); i > 0; i--)
        {
            if (dice.OneIn(2))
                model.Add(isSuccess: !dice.OneIn(4), isDropped: false);
            else
                model.Send();
            model.Check();
        }

        return model.Told;
    });

    [Test]
    public void In_order_each_result_counts_at_once_and_is_there_when_all_before_it_are() => DecisionPlans.Play(dice =>
    {
        // Dropping and the bound mean nothing here: the feeders wait for the reader.
        var buffer = new ResultBuffer<string>(dice.Pick(ResultMode.Read, ResultMode.Drop, ResultMode.Collect), bound: dice.Between(1, 3), inOrder: true);
        List<int> coming = [.. Enumerable.Range(0, dice.Between(1, 30))];
        HashSet<int> there = [];
        int next = 0;
        while (coming.Count > 0)
        {
            int pick = coming[dice.Below(Math.Min(coming.Count, 5))];
            coming.Remove(pick);
            there.Add(pick);
            buffer.Add($"{pick}", pick, isSuccess: dice.OneIn(2)).ShouldBeTrue();

            buffer.Ended.ShouldBe(next + there.Count);
            (buffer.IsFull, buffer.IsDropping, buffer.Blocked).ShouldBe((false, false, 0));
            int ready = Enumerable.Range(next, 30).TakeWhile(there.Contains).Count();
            buffer.Unread.ShouldBe(ready);
            for (int i = dice.Between(0, ready); i > 0; i--)
            {
                buffer.TryTake(out string? taken, fetchesAhead: false).ShouldBeTrue();
                taken.ShouldBe($"{next}");
                there.Remove(next++).ShouldBeTrue();
            }
        }

        return $"{next}";
    });

    [TestCase(1, 0)]
    [TestCase(15, 0)]
    [TestCase(16, 1)]
    [TestCase(64, 7)]
    [TestCase(512, 63)]
    [TestCase(100_000, 63)]
    public void As_many_are_fetched_ahead_as_fit_into_an_eighth_of_the_bound(int bound, int ahead)
    {
        var buffer = new ResultBuffer<string>(ResultMode.Read, bound, inOrder: false);
        for (int i = 0; i < 100; i++)
            buffer.Add($"{i}", i, isSuccess: false);

        buffer.TryTake(out string? first, fetchesAhead: true).ShouldBeTrue();

        first.ShouldBe("0");
        List<string> fetched = [];
        while (buffer.TryTakeAhead(out string? result))
            fetched.Add(result);
        fetched.ShouldBe(Enumerable.Range(1, ahead).Select(i => $"{i}"));
    }

    [Test]
    public void Nothing_is_taken_ahead_while_something_is_blocked()
    {
        var buffer = new ResultBuffer<string>(ResultMode.Read, bound: 16, inOrder: false);
        for (int i = 0; i < 16; i++)
            buffer.Add($"{i}", i, isSuccess: true);
        buffer.TryTake(out _, fetchesAhead: true).ShouldBeTrue();
        buffer.Add("within", 16, isSuccess: true);
        buffer.Add("beyond", 17, isSuccess: true);
        buffer.Blocked.ShouldBe(1);

        buffer.TryTakeAhead(out string? result).ShouldBeFalse();

        result.ShouldBeNull();
        buffer.TryTake(out result, fetchesAhead: true).ShouldBeTrue();
        (result, buffer.Blocked).ShouldBe(("1", 0));
    }

    [Test]
    public void Nothing_is_fetched_ahead_of_a_reader_that_has_not_begun()
    {
        var buffer = new ResultBuffer<string>(ResultMode.Collect, bound: 1000, inOrder: false);
        for (int i = 0; i < 10; i++)
            buffer.Add($"{i}", i, isSuccess: true);

        buffer.TryTake(out _, fetchesAhead: true).ShouldBeTrue();

        buffer.TryTakeAhead(out _).ShouldBeFalse();
        buffer.ToList().Count.ShouldBe(9);
    }

    /// <summary>What the shelf is to do, said in the simplest way: one list of all that is unread.</summary>
    private sealed class Model(ResultMode mode, int bound)
    {
        private readonly StringBuilder _told = new();
        private readonly List<(string Result, bool IsBlocked)> _unread = [];
        private ResultBuffer<string> _buffer = new(mode, bound, inOrder: false);
        private ResultMode _mode = mode;
        private bool _isLifted;
        private long _added;

        public string Told => _told.ToString();

        public void Add(bool isSuccess, bool isDropped)
        {
            string result = $"{_added++}";
            bool isKept = !isDropped && _mode != ResultMode.Drop;
            _buffer.Add(isDropped ? null : result, 0, isSuccess).ShouldBe(isKept);
            if (isKept)
                _unread.Add((result, isSuccess && _mode == ResultMode.Read && !_isLifted && _unread.Count >= bound));
            _told.Append(isKept ? '+' : '-');
        }

        public void Take(bool fetchesAhead)
        {
            // As the reader does it: first what was fetched, then under the lock.
            if (!_buffer.TryTakeAhead(out string? taken))
                _buffer.TryTake(out taken, fetchesAhead).ShouldBe(_unread.Count > 0);
            taken.ShouldBe(_unread.Count > 0 ? _unread[0].Result : null);
            Remove();
            _told.Append(taken).Append(' ');
        }

        public void Send()
        {
            bool isThere = _buffer.TryPeek(out string? next);
            isThere.ShouldBe(_unread.Count > 0);
            next.ShouldBe(_unread.Count > 0 ? _unread[0].Result : null);
            if (!isThere)
                return;
            _buffer.RemoveFirst();
            Remove();
            _told.Append(next).Append(' ');
        }

        public void Lift()
        {
            _buffer.Lift();
            _isLifted = true;
            for (int i = 0; i < _unread.Count; i++)
                _unread[i] = (_unread[i].Result, false);
        }

        public void AwaitReader()
        {
            _buffer.AwaitReader();
            if (_mode == ResultMode.Drop)
                _mode = ResultMode.Await;
        }

        public void BeginReading()
        {
            _buffer.BeginReading();
            _mode = ResultMode.Read;
        }

        public void Check()
        {
            int blocked = _unread.Count(cell => cell.IsBlocked);
            (_buffer.Unread, _buffer.Blocked).ShouldBe((_unread.Count, blocked));
            _buffer.Ended.ShouldBe(_added - blocked);
            _buffer.MayHaveUnread.ShouldBe(_unread.Count > 0);
            _buffer.IsFull.ShouldBe(_mode == ResultMode.Read && !_isLifted && _unread.Count > bound);
            _buffer.IsLow.ShouldBe(_unread.Count <= bound / 2);
            _buffer.IsDropping.ShouldBe(_mode == ResultMode.Drop);
            _buffer.IsCollecting.ShouldBe(_mode == ResultMode.Collect);
            if (_mode == ResultMode.Collect)
                _buffer.ToList().ShouldBe(_unread.Select(cell => cell.Result));
        }

        private void Remove()
        {
            if (_unread.Count > 0)
                _unread.RemoveAt(0);
            for (int near = 0; near < Math.Min(bound, _unread.Count); near++)
                _unread[near] = (_unread[near].Result, false);
        }
    }
}
