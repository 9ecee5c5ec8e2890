using System.Text.Json.Nodes;
using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

/// <summary>One run of the real client against the real server, looked at from all sides.</summary>
public sealed class WholeRunTests
{
    private const int Requests = 160, BatchSize = 4, Batches = 40;
    private static readonly TempFolder _folder = new();
    private static string[] _arguments = [];
    private static ClientRun _run = null!;

    [OneTimeSetUp]
    public static async Task Run()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        // More trouble than usual, so that so few batches meet all of it.
        _arguments = ClientRun.Arguments(_folder, Some.Lines(Requests), "--batch-size", $"{BatchSize}", "--seed", "11", "--speed", "4", "--trouble", "1.5");
        _run = await ClientRun.RunAsync(_folder, _arguments, patience.Token);
    }

    [OneTimeTearDown]
    public static void Clean() => _folder.Dispose();

    [Test]
    public void It_goes_through()
    {
        _run.ExitCode.ShouldBe(0, _run.Output + _run.Errors);
        _run.Errors.Trim().ShouldBeEmpty();
    }

    [Test]
    public void Every_request_has_one_row_with_an_answer_or_a_reason()
    {
        _run.Rows.Select(row => row.CustomId).ShouldBe(Enumerable.Range(1, Requests).Select(n => $"r-{n:000}"));
        _run.Rows.Where(row => row.IsSuccess).ShouldAllBe(row => row.Response != null && row.Error == null);
        _run.Rows.Where(row => !row.IsSuccess).ShouldAllBe(row => !string.IsNullOrWhiteSpace(row.Error));
        JsonNode.Parse(_run.Rows.First(row => row.IsSuccess).Response!)!["body"]!["choices"]![0]!["message"]!.Text("content").ShouldContain("words; most frequent:");
    }

    [Test]
    public void The_answer_belongs_to_its_request()
    {
        foreach (ResultRow row in _run.Rows.Where(row => row.IsSuccess))
            row.Response!.ShouldContain($"Passage number {int.Parse(row.CustomId[2..])}.");
    }

    [Test]
    public void The_part_of_an_expired_batch_is_kept_and_the_rest_has_its_reason()
    {
        string[] expired = [.. _run.Server.States.Where(batch => batch.Value[^1] == "expired").Select(batch => batch.Key)];
        string[] names = [.. _run.Rows.Where(row => row.ErrorCode == "batch_expired").Select(row => row.Batch).Distinct()];

        expired.ShouldNotBeEmpty();
        names.Length.ShouldBe(expired.Length);
        _run.Rows.Count(row => names.Contains(row.Batch)).ShouldBe(expired.Length * BatchSize);
        _run.Rows.ShouldContain(row => names.Contains(row.Batch) && row.IsSuccess);
    }

    [Test]
    public void The_requests_of_a_failed_batch_have_its_reason()
    {
        int failed = _run.Server.States.Values.Count(states => states[^1] == "failed");

        _run.Batches.Failed.ShouldBe(failed);
        _run.Rows.Count(row => row.ErrorCode == "check_failed").ShouldBe(failed * BatchSize);
        _run.Rows.Where(row => row.ErrorCode == "check_failed").ShouldAllBe(row => row.Error!.Contains("The server had an error while validating this batch"));
    }

    [Test]
    public void Every_batch_went_through_its_states_over_time()
    {
        string[][] allowed =
        [
            ["validating", "in_progress", "finalizing", "completed"],
            ["validating", "in_progress", "expired"],
            ["validating", "failed"],
        ];

        foreach (string[] states in _run.Server.States.Values)
            allowed.ShouldContain(way => way.SequenceEqual(states), string.Join(", ", states));
        foreach (IGrouping<string, LoggedChange> batch in _run.Server.Changes.GroupBy(change => change.Batch))
            batch.Zip(batch.Skip(1)).ShouldAllBe(pair => pair.Second.Time > pair.First.Time);
    }

    [Test]
    public void The_client_polled_the_slow_batches_and_saw_each_state_in_its_order()
    {
        foreach (LoggedChange slow in _run.Server.Created.Where(batch => batch.Speed == "slow"))
        {
            string[] states = _run.Server.States[slow.Batch];
            string[] seen = [.. Distinct(_run.Server.Calls.Where(call => call.Method == "GET" && call.Path == $"/v1/batches/{slow.Batch}" && call.Status == 200).Select(call => call.State!))];

            seen.ShouldBe(states.Where(seen.Contains)); // nothing out of its order, nothing twice
            seen[^1].ShouldBe(states[^1]);
        }

        _run.Server.Calls.Select(call => call.State).ShouldContain("in_progress");
    }

    [Test]
    public void Exactly_one_batch_in_ten_is_slow()
    {
        foreach (LoggedChange[] ten in _run.Server.Created.OrderBy(batch => batch.Index).Chunk(10))
            ten.Count(batch => batch.Speed == "slow").ShouldBe(1);
    }

    [Test]
    public void No_throttled_call_came_back_before_its_Retry_After()
    {
        LoggedCall[] throttled = [.. _run.Server.Calls.Where(call => call.Status == 429)];

        throttled.ShouldNotBeEmpty();
        throttled.ShouldAllBe(call => call.RetryAfter >= 1 && !call.IsEarly);
        foreach (LoggedCall refused in throttled)
        {
            LoggedCall next = _run.Server.Calls
                .Where(call => call.Method == refused.Method && call.Path == refused.Path && call.Resource == refused.Resource && call.Arrived > refused.Arrived)
                .MinBy(call => call.Arrived)!;
            next.ShouldNotBeNull();
            (next.Arrived - refused.Arrived).ShouldBeGreaterThan(TimeSpan.FromSeconds(refused.RetryAfter!.Value));
        }
    }

    [Test]
    public void Nothing_is_paid_for_twice_although_answers_get_lost()
    {
        _run.Server.Calls.ShouldContain(call => call.Method == "POST" && call.Path == "/v1/batches" && call.Status >= 500);
        _run.Server.Created.Count().ShouldBe(Batches);
        _run.Server.Created.Sum(batch => batch.Requests).ShouldBe(Requests);
    }

    [Test]
    public void The_summary_adds_up_with_rows_and_server()
    {
        _run.Requests.ShouldBe((Requests, _run.Rows.Count(row => row.IsSuccess), _run.Rows.Count(row => !row.IsSuccess), 0));
        (int total, int succeeded, int failed, int canceled, int notFed) = _run.Batches;
        (total, canceled, notFed).ShouldBe((Batches, 0, 0));
        (succeeded + failed).ShouldBe(Batches);
        foreach (string stage in (string[])["Upload", "Check", "Download", "Save"])
            _run.Output.ShouldContain($"\n{stage} ");
        _run.Output.ShouldContain("failures by type");
        foreach (IGrouping<string?, ResultRow> failure in _run.Rows.Where(row => !row.IsSuccess).GroupBy(row => row.ErrorCode))
            _run.Output.ShouldMatch($@"(?m)^  requests +{failure.Count()}  {failure.Key}$");
    }

    [Test]
    public void The_run_is_not_faster_than_its_bound()
    {
        _run.Seconds("elapsed").ShouldBeGreaterThan(_run.Seconds("lower bound"));
        _run.Seconds("lower bound").ShouldBeGreaterThan(0);
        _run.Seconds("ten at a time, wait for all").ShouldBeGreaterThan(0);
    }

    [Test]
    public void Progress_is_told_although_nobody_has_a_terminal() => _run.Output.ShouldMatch(@"(?m)^ +\d+\.\d s \| Upload \d.* of 40$");

    [Test, CancelAfter(60_000)]
    public async Task A_second_run_adds_no_rows_and_says_so(CancellationToken ct)
    {
        (int exitCode, string output, _) = await RunningProgram.RunAsync(Programs.Client, _arguments, ct);

        exitCode.ShouldBe(0);
        output.ShouldContain($"Nothing to do: all {Requests} requests have a row in");
        output.ShouldContain("No rows were added.");
        output.ShouldNotContain("listens at"); // and no server was started for it
        ResultRows.Read(_folder.Path("out.db")).ShouldBe(_run.Rows);
    }

    private static IEnumerable<string> Distinct(IEnumerable<string> states)
    {
        string? last = null;
        foreach (string state in states)
        {
            if (state != last)
                yield return state;
            last = state;
        }
    }
}
