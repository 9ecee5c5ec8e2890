using System.Text.Json.Nodes;
using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

[CancelAfter(60_000)]
public sealed class ServerProgramTests
{
    [TestCase("--prot", "1", "Unknown argument '--prot'. --help lists what there is.")]
    [TestCase("--port", "70000", "--port is '70000'; it must be a whole number from 0 to 65535.")]
    [TestCase("--speed", "fast", "--speed is 'fast'; it must be a number from 0.01 to 1000.")]
    [TestCase("--trouble", "-1", "--trouble is '-1'; it must be a number from 0 to 100.")]
    public async Task Wrong_arguments_are_refused(string name, string value, string expected, CancellationToken ct)
    {
        (int exitCode, string output, string errors) = await RunningProgram.RunAsync(Programs.Server, [name, value], ct);

        exitCode.ShouldBe(2);
        errors.Trim().ShouldBe($"BatchApi.Server: {expected}");
        output.Trim().ShouldBeEmpty();
    }

    [Test]
    public async Task A_log_that_cannot_be_written_is_told(CancellationToken ct)
    {
        (int exitCode, _, string errors) = await RunningProgram.RunAsync(Programs.Server, ["--log", "/nowhere/log.jsonl"], ct);

        exitCode.ShouldBe(1);
        errors.ShouldContain("/nowhere/log.jsonl");
    }

    [Test]
    public async Task It_ends_when_its_input_closes(CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct);

        server.Program.CloseInput();

        (await server.Program.ExitAsync(ct)).ShouldBe(0);
    }

    [Test]
    [Category("LinuxOnly")]
    public async Task Ctrl_C_is_left_to_whoever_started_it(CancellationToken ct)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(ct, "--trouble", "0");

        server.Program.Signal(RunningProgram.Interrupt);

        (await server.GetAsync("files", ct)).Status.ShouldBe(200);
    }

    [Test]
    [Category("LinuxOnly")]
    public async Task The_client_runs_it_alone_until_Ctrl_C(CancellationToken ct)
    {
        await using RunningProgram client = RunningProgram.Start(Programs.Client, ["--serve", "--port", "0", "--seed", "3", "--trouble", "0"]);
        string url = (await client.LineAsync("listening on ", ct))["listening on ".Length..];
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", "any");

        JsonNode.Parse(await http.GetStringAsync(new Uri($"{url}/files"), ct))!.Text("object").ShouldBe("list");

        client.Signal(RunningProgram.Interrupt);
        (await client.ExitAsync(ct)).ShouldBe(0);
    }

    [Test]
    public async Task Run_alone_it_refuses_wrong_arguments_too(CancellationToken ct)
    {
        (int exitCode, _, string errors) = await RunningProgram.RunAsync(Programs.Client, ["--serve", "--batch-size", "3"], ct);

        exitCode.ShouldBe(2);
        errors.ShouldContain("Unknown argument '--batch-size'");
    }
}
