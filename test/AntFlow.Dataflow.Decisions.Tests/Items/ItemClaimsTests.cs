using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Items;

public sealed class ItemClaimsTests
{
    private readonly ItemClaims _claims = new(ignores: true);

    [Test]
    public void An_id_is_given_once_and_again_when_it_is_given_back()
    {
        _claims.Ask("x").Status.ShouldBe(IdStatus.Claimed);
        IdAnswer waiting = _claims.Ask("x");
        (waiting.Status, waiting.Decided!.IsCompleted).ShouldBe((IdStatus.Undecided, false));
        _claims.GiveBack("x");

        waiting.Decided.IsCompletedSuccessfully.ShouldBeTrue();
        _claims.Ask("x").Status.ShouldBe(IdStatus.Claimed);
        IdAnswer again = _claims.Ask("x");
        again.Decided.ShouldNotBe(waiting.Decided);
        _claims.Accept("x", sequence: 7, written: null);
        again.Decided!.IsCompletedSuccessfully.ShouldBeTrue();
        IdAnswer taken = _claims.Ask("x");
        (taken.Status, taken.FirstSequence, taken.Written).ShouldBe((IdStatus.Taken, 7, null));
        _claims.Ignored.ShouldBe(1, "only the last one was told that it is taken");
    }

    [Test]
    public void What_was_left_with_an_id_is_for_the_call_that_asks_next()
    {
        var left = new LeftInput(new ItemRecord(), Task.CompletedTask);
        _claims.Ask("x");
        Task decided = _claims.Ask("x").Decided!;
        _claims.Leave("x", left);

        decided.IsCompletedSuccessfully.ShouldBeTrue();
        _claims.TryBeginReturn("x").ShouldBeFalse();
        _claims.Ask("x").Status.ShouldBe(IdStatus.Claimed);
        _claims.LeftOf("x").ShouldBe(left);
        _claims.Accept("x", sequence: 0, written: null);
        _claims.LeftOf("x").ShouldBeNull();
    }

    [Test]
    public void One_that_has_come_back_is_meant_by_one_feed_call_and_not_by_those_after_it()
    {
        _claims.TryBeginReturn("x").ShouldBeTrue();
        Task decided = _claims.Ask("x").Decided!;
        _claims.EndReturn("x", hasReturned: true);

        decided.IsCompletedSuccessfully.ShouldBeTrue();
        _claims.TryIgnore("x").ShouldBeFalse();
        _claims.Ask("x").Status.ShouldBe(IdStatus.Returned);
        _claims.Ask("x").Status.ShouldBe(IdStatus.Undecided, "it is not accepted yet");
        _claims.Accept("x", sequence: 3, written: null);
        _claims.Ask("x").FirstSequence.ShouldBe(3);
        _claims.TryIgnore("x").ShouldBeTrue();
        _claims.Ignored.ShouldBe(2);
    }

    [Test]
    public void One_that_came_back_and_was_not_accepted_is_meant_by_no_call()
    {
        _claims.TryBeginReturn("x");
        _claims.EndReturn("x", hasReturned: true);
        _claims.GiveBack("x");

        _claims.Ask("x").Status.ShouldBe(IdStatus.Claimed);
        _claims.Ask("x").Status.ShouldBe(IdStatus.Undecided);
    }

    [Test]
    public async Task A_writing_is_told_until_it_is_durable_and_for_ever_if_it_never_is()
    {
        var written = new TaskCompletionSource();
        var failed = new TaskCompletionSource();
        _claims.Ask("x");
        _claims.Accept("x", sequence: 0, written.Task);
        _claims.Ask("y");
        _claims.Accept("y", sequence: 1, failed.Task);
        (_claims.Ask("x").Written, _claims.Ask("y").Written).ShouldBe((written.Task, failed.Task));

        written.SetResult();
        failed.SetException(new IOException("no disk"));

        await failed.Task.CatchAsync<IOException>();
        (_claims.Ask("x").Written, _claims.Ask("y").Written).ShouldBe((null, failed.Task));
    }

    [Test]
    public void Nothing_is_kept_of_writings_where_duplicates_fail()
    {
        var claims = new ItemClaims(ignores: false);
        claims.Ask("x");
        claims.Accept("x", sequence: 0, new TaskCompletionSource().Task);

        claims.Ask("x").Written.ShouldBeNull();
        (claims.Ignored, claims.TryIgnore("x")).ShouldBe((0, false));
    }

    [Test]
    public void Claims_are_kept_only_where_ids_are_looked_at()
    {
        ItemClaims.Of(null).ShouldBeNull();
        ItemClaims.Of(DuplicateHandling.Ignore)!.Ignores.ShouldBeTrue();
        ItemClaims.Of(DuplicateHandling.Fail)!.Ignores.ShouldBeFalse();
    }

    [Test]
    public void An_id_is_claimed_from_the_question_until_its_item_is_not_accepted()
    {
        _claims.IsClaimed("x").ShouldBeFalse();
        _claims.Ask("x");
        (_claims.IsClaimed("x"), _claims.IsClaimed("y")).ShouldBe((true, false));
        _claims.GiveBack("x");
        _claims.IsClaimed("x").ShouldBeFalse();
        _claims.TryBeginReturn("x");
        _claims.IsClaimed("x").ShouldBeTrue();
        _claims.EndReturn("x", hasReturned: false);
        _claims.IsClaimed("x").ShouldBeFalse();
        _claims.Ask("x");
        _claims.Leave("x", new LeftInput(new ItemRecord(), Task.CompletedTask));
        _claims.IsClaimed("x").ShouldBeFalse();
        _claims.Ask("x");
        _claims.Accept("x", sequence: 0, written: null);
        _claims.IsClaimed("x").ShouldBeTrue();
    }

    [Test]
    public void An_id_is_brought_back_only_if_it_is_free()
    {
        _claims.Ask("x");
        _claims.TryBeginReturn("x").ShouldBeFalse();
        _claims.Accept("x", sequence: 0, written: null);
        _claims.TryBeginReturn("x").ShouldBeFalse();
        _claims.TryBeginReturn("y").ShouldBeTrue();
        _claims.TryBeginReturn("y").ShouldBeFalse();
    }

    [Test]
    public void One_that_has_not_come_back_leaves_its_id_to_the_call_that_waits()
    {
        _claims.TryBeginReturn("x");
        Task decided = _claims.Ask("x").Decided!;
        _claims.EndReturn("x", hasReturned: false);

        decided.IsCompletedSuccessfully.ShouldBeTrue();
        _claims.Ask("x").Status.ShouldBe(IdStatus.Claimed);
    }

    [Test]
    public void All_that_wait_for_an_id_wait_for_one_decision_and_go_on_elsewhere()
    {
        _claims.Ask("x");
        Task decided = _claims.Ask("x").Decided!;

        _claims.Ask("x").Decided.ShouldBeSameAs(decided);
        decided.CreationOptions.ShouldBe(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [Test]
    public void Only_an_item_whose_id_is_taken_is_ignored()
    {
        _claims.TryIgnore("x").ShouldBeFalse("nothing has the id");
        _claims.Ask("x");
        _claims.TryIgnore("x").ShouldBeFalse("it is not decided");
        _claims.Ignored.ShouldBe(0);
        _claims.Accept("x", sequence: 0, written: null);
        _claims.TryIgnore("x").ShouldBeTrue();
        _claims.Ignored.ShouldBe(1);
    }

    [Test]
    public void An_answer_tells_nothing_of_an_item_but_what_its_status_says()
    {
        _claims.Ask("x").ShouldBe(new IdAnswer(IdStatus.Claimed));
        _claims.TryBeginReturn("y");
        _claims.EndReturn("y", hasReturned: true);
        _claims.Ask("y").ShouldBe(new IdAnswer(IdStatus.Returned));
    }

    [Test]
    public void A_writing_that_is_durable_already_is_not_waited_for_and_one_that_has_failed_is_told()
    {
        Task failed = Task.FromException(new IOException("no disk"));
        _claims.Ask("x");
        _claims.Accept("x", sequence: 0, Task.CompletedTask);
        _claims.Ask("y");
        _claims.Accept("y", sequence: 1, failed);

        (_claims.Ask("x").Written, _claims.Ask("y").Written).ShouldBe((null, failed));
        failed.Exception.ShouldNotBeNull();
    }

    [Test]
    public void A_writing_is_told_no_more_on_the_spot_where_it_ends()
    {
        var written = new TaskCompletionSource();
        _claims.Ask("x");
        _claims.Accept("x", sequence: 0, written.Task);

        written.SetResult();

        _claims.Ask("x").Written.ShouldBeNull();
    }

    [Test]
    public void What_was_left_stays_when_the_next_item_is_not_accepted_either()
    {
        var left = new LeftInput(new ItemRecord(), Task.CompletedTask);
        _claims.LeftOf("x").ShouldBeNull();
        _claims.Ask("x");
        _claims.Leave("x", left);
        _claims.Ask("x");
        _claims.GiveBack("x");

        _claims.LeftOf("x").ShouldBe(left);
        _claims.TryBeginReturn("x").ShouldBeFalse();
        _claims.IsClaimed("x").ShouldBeFalse();
    }
}
