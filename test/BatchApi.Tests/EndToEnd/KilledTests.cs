using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

/// <summary>The client dies by kill -9, the API lives on, and the same command is given again.</summary>
[CancelAfter(120_000)]
[Category("LinuxOnly")]
public sealed class KilledTests : IDisposable
{
    private const int Requests = 120, BatchSize = 4, Batches = 30;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestCase("POST", "/v1/batches", TestName = "A_client_that_is_killed_before_it_hears_of_its_batch_finds_it_again")]
    [TestCase("GET", "/v1/batches/", TestName = "A_client_that_is_killed_while_it_waits_for_batches_goes_on_waiting_for_them")]
    [TestCase("GET", "/v1/files/", TestName = "A_client_that_is_killed_while_it_downloads_creates_no_batch_again")]
    public async Task Nothing_is_paid_for_twice(string method, string path, CancellationToken ct)
    {
        await using ServerUnderTest api = await ServerUnderTest.StartAsync(ct, "--speed", "20", "--seed", "11");
        await using var door = new Door(api.Endpoint);
        for (int life = 1; life <= 3; life++)
            await KillAtAnswerAsync(door, method, path, number: 3 * life, ct);
        door.Answered = (_, _, _) => Task.CompletedTask;
        LoggedRun killed = LoggedRun.Read(api.LogFile);

        (int exitCode, string output, string errors) = await RunningProgram.RunAsync(Programs.Client, Arguments(door), ct);

        exitCode.ShouldBe(0, output + errors);
        output.ShouldMatch(@"(?m)^resumed +[1-9]\d* of the batches were resumed where an earlier process stopped\r?$");
        LoggedRun all = LoggedRun.Read(api.LogFile);
        killed.Created.Count().ShouldBeInRange(1, Batches);
        all.Created.Count().ShouldBe(Batches);
        all.Created.Sum(batch => batch.Requests).ShouldBe(Requests);
        all.Created.Select(batch => batch.Key).ShouldBeUnique();
        all.Created.ShouldAllBe(batch => batch.Key!.Length == 32);
        ResultRows.Read(_folder.Path("out.db")).Select(row => row.CustomId).ShouldBe(Enumerable.Range(1, Requests).Select(n => $"r-{n:000}"));
    }

    [Test]
    public async Task Once_all_is_done_nothing_is_left_to_go_on_with(CancellationToken ct)
    {
        await using ServerUnderTest api = await ServerUnderTest.StartAsync(ct, "--speed", "20", "--trouble", "0");
        await using var door = new Door(api.Endpoint);
        await KillAtAnswerAsync(door, "GET", "/v1/files/", number: 5, ct);
        door.Answered = (_, _, _) => Task.CompletedTask;
        (await RunningProgram.RunAsync(Programs.Client, Arguments(door), ct)).ExitCode.ShouldBe(0);
        ResultRows.Execute(_folder.Path("out.db"), "DELETE FROM results");

        (int exitCode, string output, string errors) = await RunningProgram.RunAsync(Programs.Client, Arguments(door), ct);

        exitCode.ShouldBe(0, output + errors);
        output.ShouldNotContain("resumed");
        LoggedRun.Read(api.LogFile).Created.Count().ShouldBe(2 * Batches); // asked for again, and paid for again
        ResultRows.Read(_folder.Path("out.db")).Count.ShouldBe(Requests);
    }

    [Test]
    public async Task A_second_client_with_the_same_input_is_refused_and_told_who_is_at_it(CancellationToken ct)
    {
        await using ServerUnderTest api = await ServerUnderTest.StartAsync(ct, "--speed", "20", "--trouble", "0");
        await using var door = new Door(api.Endpoint);
        var reached = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        door.Answered = (_, path, _) =>
        {
            if (path != "/v1/files")
                return Task.CompletedTask;
            reached.TrySetResult();
            return goOn.Task;
        };
        await using RunningProgram first = RunningProgram.Start(Programs.Client, Arguments(door));
        await reached.Task.WaitAsync(ct);

        (int exitCode, string output, string errors) = await RunningProgram.RunAsync(Programs.Client, Arguments(door), ct);

        exitCode.ShouldBe(1, output);
        errors.ShouldContain($"is owned by process {first.Id} on ");
        goOn.SetResult();
        (await first.ExitAsync(ct)).ShouldBe(0, first.Errors);
        LoggedRun.Read(api.LogFile).Created.Count().ShouldBe(Batches);
    }

    [Test]
    public async Task A_file_that_holds_no_checkpoints_is_refused_before_anything_is_paid_for(CancellationToken ct)
    {
        await using ServerUnderTest api = await ServerUnderTest.StartAsync(ct, "--trouble", "0");
        await using var door = new Door(api.Endpoint);
        string file = _folder.Write("notes.txt", new string('x', 5_000));

        (int exitCode, _, string errors) = await RunningProgram.RunAsync(Programs.Client, [.. Arguments(door), "--checkpoints", file], ct);

        exitCode.ShouldBe(2);
        errors.ShouldContain($"--checkpoints is '{file}'; it cannot be used for checkpoints:");
        LoggedRun.Read(api.LogFile).Calls.ShouldBeEmpty();
    }

    /// <summary>A life of the client: it ends before it hears that number of answers.</summary>
    private async Task KillAtAnswerAsync(Door door, string method, string path, int number, CancellationToken ct)
    {
        var reached = new TaskCompletionSource();
        var dead = new TaskCompletionSource();
        int count = 0;
        door.Answered = (asked, where, status) =>
        {
            bool isOurs = asked == method && status == 200 && (path.EndsWith('/') ? where.StartsWith(path, StringComparison.Ordinal) : where == path);
            if (isOurs && Interlocked.Increment(ref count) == number)
                reached.SetResult();
            return reached.Task.IsCompleted ? dead.Task : Task.CompletedTask;
        };
        await using RunningProgram client = RunningProgram.Start(Programs.Client, Arguments(door));
        await reached.Task.WaitAsync(ct);
        client.Signal(RunningProgram.Kill);
        await client.ExitAsync(ct);
        dead.SetResult();
    }

    private string[] Arguments(Door door) =>
        ["--input", _folder.Write("in.jsonl", Some.Lines(Requests)), "--output", _folder.Path("out.db"), "--endpoint", $"{door.Endpoint}", "--batch-size", $"{BatchSize}", "--poll", "0.02"];
}
