using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

[CancelAfter(120_000)]
[Category("LinuxOnly")]
public sealed partial class StoppingTests : IDisposable
{
    private const int Requests = 400, BatchSize = 2, Batches = 200;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task Ctrl_C_finishes_what_was_begun_and_accounts_for_every_item(CancellationToken ct)
    {
        await using RunningProgram client = await StartedAsync(ct);

        client.Signal(RunningProgram.Interrupt);
        await client.LineAsync("Stopping:", ct);
        int exitCode = await client.ExitAsync(ct);

        ClientRun run = ClientRun.Of(_folder, exitCode, client.Output, client.Errors);
        exitCode.ShouldBe(3, client.Output + client.Errors);
        Accounted(run);
        run.Batches.Succeeded.ShouldBeGreaterThan(0);
        run.Batches.NotFed.ShouldBeGreaterThan(0);
    }

    [Test]
    public async Task Ctrl_C_twice_cancels_and_accounts_for_every_item(CancellationToken ct)
    {
        await using RunningProgram client = await StartedAsync(ct);

        client.Signal(RunningProgram.Interrupt);
        await client.LineAsync("Stopping:", ct);
        client.Signal(RunningProgram.Interrupt);
        await client.LineAsync("Canceling.", ct);
        int exitCode = await client.ExitAsync(ct);

        ClientRun run = ClientRun.Of(_folder, exitCode, client.Output, client.Errors);
        exitCode.ShouldBe(130, client.Output + client.Errors);
        Accounted(run);
        run.Batches.Canceled.ShouldBeGreaterThan(0);
    }

    [Test]
    public async Task The_next_run_does_the_rest_and_only_the_rest(CancellationToken ct)
    {
        await using RunningProgram client = await StartedAsync(ct);
        client.Signal(RunningProgram.Interrupt);
        await client.LineAsync("Stopping:", ct);
        client.Signal(RunningProgram.Interrupt);
        await client.ExitAsync(ct);
        IReadOnlyList<ResultRow> before = ResultRows.Read(_folder.Path("out.db"));

        ClientRun next = await ClientRun.RunAsync(_folder, Arguments("--speed", "20", "--trouble", "0"), ct);

        next.ExitCode.ShouldBe(0);
        next.Requests.Total.ShouldBe(Requests - before.Count);
        next.Server.Created.Sum(batch => batch.Requests).ShouldBe(Requests - before.Count);
        next.Rows.Count.ShouldBe(Requests);
        before.ShouldBeSubsetOf(next.Rows);
    }

    [Test]
    public async Task The_server_ends_also_when_the_client_is_killed(CancellationToken ct)
    {
        await using RunningProgram client = await StartedAsync(ct);
        int id = int.Parse(ServerId().Match(client.Output).Groups[1].Value, CultureInfo.InvariantCulture);
        using Process server = Process.GetProcessById(id);

        client.Signal(RunningProgram.Kill);

        await server.WaitForExitAsync(ct);
        server.HasExited.ShouldBeTrue();
    }

    /// <summary>A client that has saved something and has much left to do.</summary>
    private async Task<RunningProgram> StartedAsync(CancellationToken ct)
    {
        RunningProgram client = RunningProgram.Start(Programs.Client, Arguments("--speed", "2"));
        await client.LineAsync(" s | Upload", ct);
        return client;
    }

    private string[] Arguments(params string[] more) => ClientRun.Arguments(_folder, Some.Lines(Requests), ["--batch-size", $"{BatchSize}", .. more]);

    private static void Accounted(ClientRun run)
    {
        (int total, int succeeded, int failed, int canceled, int notFed) = run.Batches;
        total.ShouldBe(Batches);
        (succeeded + failed + canceled + notFed).ShouldBe(Batches);
        run.Requests.ShouldBe((Requests, run.Rows.Count(row => row.IsSuccess), run.Rows.Count(row => !row.IsSuccess), Requests - run.Rows.Count));
        run.Rows.GroupBy(row => row.Batch).ShouldAllBe(batch => batch.Count() == BatchSize); // whole batches only
    }

    [GeneratedRegex(@"process (\d+)")]
    private static partial Regex ServerId();
}
