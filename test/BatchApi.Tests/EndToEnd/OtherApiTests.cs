using System.Net;
using System.Net.Sockets;
using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

[CancelAfter(120_000)]
public sealed class OtherApiTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task With_a_key_and_an_endpoint_the_same_program_talks_to_that_api(CancellationToken ct)
    {
        await using ServerUnderTest api = await ServerUnderTest.StartAsync(ct, "--speed", "20", "--trouble", "0");
        string[] args = ["--input", _folder.Write("in.jsonl", Some.Lines(6)), "--output", _folder.Path("out.db"), "--endpoint", api.Endpoint.ToString(), "--batch-size", "3"];
        await using RunningProgram client = RunningProgram.Start(Programs.Client, args, (ClientOptions.KeyVariable, "sk-test"));

        (await client.ExitAsync(ct)).ShouldBe(0);

        client.Output.ShouldContain($"Talking to {api.Endpoint}");
        client.Output.ShouldNotContain("local server");
        ResultRows.Read(_folder.Path("out.db")).Count(row => row.IsSuccess).ShouldBe(6);
        LoggedRun.Read(api.LogFile).Created.Count().ShouldBe(2);
    }

    [Test]
    public async Task A_refused_key_stops_the_run_and_costs_no_request_its_turn(CancellationToken ct)
    {
        await using ServerUnderTest api = await ServerUnderTest.StartAsync(ct, "--key", "sk-right", "--trouble", "0", "--speed", "20");
        string[] args = ["--input", _folder.Write("in.jsonl", Some.Lines(200)), "--output", _folder.Path("out.db"), "--endpoint", $"{api.Endpoint}", "--batch-size", "1"];
        await using RunningProgram wrong = RunningProgram.Start(Programs.Client, args, (ClientOptions.KeyVariable, "sk-wrong"));
        (await wrong.ExitAsync(ct)).ShouldBe(1);

        wrong.Output.ShouldContain("The API refuses the key.");
        ResultRows.Read(_folder.Path("out.db")).ShouldBeEmpty();
        LoggedRun.Read(api.LogFile).Calls.Count(call => call.Status == 401).ShouldBeLessThan(200);

        await using RunningProgram right = RunningProgram.Start(Programs.Client, args, (ClientOptions.KeyVariable, "sk-right"));
        (await right.ExitAsync(ct)).ShouldBe(0);
        ResultRows.Read(_folder.Path("out.db")).Count(row => row.IsSuccess).ShouldBe(200);
    }

    [Test]
    public async Task An_API_that_cannot_be_reached_costs_no_request_its_turn(CancellationToken ct)
    {
        var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        int port = ((IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();
        string[] args = ["--input", _folder.Write("in.jsonl", Some.Lines(6)), "--output", _folder.Path("out.db"), "--endpoint", $"http://127.0.0.1:{port}/v1"];

        (int exitCode, string output, _) = await RunningProgram.RunAsync(Programs.Client, args, ct);

        exitCode.ShouldBe(1, output);
        output.ShouldContain("the last one: Upload of batch 001-");
        output.ShouldContain("6 requests have no row yet: the next run sends them.");
        ResultRows.Read(_folder.Path("out.db")).ShouldBeEmpty();
    }

    [Test]
    public async Task Elsewhere_than_here_a_key_is_needed(CancellationToken ct)
    {
        string[] args = ["--input", _folder.Write("in.jsonl", Some.Lines(1)), "--output", _folder.Path("out.db"), "--endpoint", "https://api.example.com/v1"];

        (int exitCode, _, string errors) = await RunningProgram.RunAsync(Programs.Client, args, ct);

        exitCode.ShouldBe(2);
        errors.ShouldContain("needs a key; set OPENAI_API_KEY.");
    }

    [Test]
    public async Task Wrong_arguments_and_wrong_input_end_with_2_and_a_reason(CancellationToken ct)
    {
        string input = _folder.Write("in.jsonl", Some.Lines(1) + "oops\n");

        (int wrongArgument, _, string first) = await RunningProgram.RunAsync(Programs.Client, ["--batch-size", "none"], ct);
        (int wrongInput, _, string second) = await RunningProgram.RunAsync(Programs.Client, ["--input", input, "--output", _folder.Path("out.db")], ct);

        (wrongArgument, wrongInput).ShouldBe((2, 2));
        first.ShouldContain("--batch-size is 'none'");
        second.ShouldContain("in.jsonl line 2: not valid JSON");
    }

    [Test]
    public void Client_and_server_share_nothing_but_the_url()
    {
        Names(typeof(BatchRequest)).ShouldNotContain(name => name.StartsWith("BatchApi", StringComparison.Ordinal));
        Names(typeof(BatchApi.Server.ServerOptions)).ShouldNotContain(name => name.StartsWith("BatchApi", StringComparison.Ordinal) || name.StartsWith("AntFlow", StringComparison.Ordinal));

        static IEnumerable<string> Names(Type type) => type.Assembly.GetReferencedAssemblies().Select(name => name.Name!);
    }
}
