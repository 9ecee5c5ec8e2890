using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

public sealed class ClientOptionsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public void Everything_can_be_set()
    {
        string input = _folder.Write("in.jsonl", "");

        ClientOptions options = ClientOptions.Parse(
            ["--input", input, "--output", _folder.Path("out.db"), "--batch-size", "7", "--poll", "0.5", "--endpoint", "http://127.0.0.1:1/v1", "--checkpoints", "c.db"]);

        options.ShouldSatisfyAllConditions(
            o => o.Input.ShouldBe(input),
            o => o.Output.ShouldBe(_folder.Path("out.db")),
            o => o.BatchSize.ShouldBe(7),
            o => o.PollSeconds.ShouldBe(0.5),
            o => o.CheckpointFile.ShouldBe("c.db"),
            o => o.Endpoint.ShouldBe(new Uri("http://127.0.0.1:1/v1")));
    }

    [Test]
    public void What_is_for_the_server_reaches_it() =>
        Parse("--seed", "-3", "--speed", "2.5", "--trouble", "0", "--server-log", "s.jsonl").ServerArguments
            .ShouldBe(["--seed", "-3", "--speed", "2.5", "--trouble", "0", "--log", "s.jsonl"]);

    [TestCase("--inputs", "x", "Unknown argument '--inputs'. --help lists what there is.")]
    [TestCase("--batch-size", "0", "--batch-size is '0'; it must be a whole number from 1 to 50000.")]
    [TestCase("--batch-size", "1.5", "--batch-size is '1.5'; it must be a whole number from 1 to 50000.")]
    [TestCase("--seed", "x", "--seed is 'x'; it must be a whole number from -2147483648 to 2147483647.")]
    [TestCase("--speed", "0", "--speed is '0'; it must be a number from 0.01 to 1000.")]
    [TestCase("--speed", "NaN", "--speed is 'NaN'; it must be a number from 0.01 to 1000.")]
    [TestCase("--endpoint", "ftp://x", "--endpoint is 'ftp://x'; it must be a URL such as https://api.openai.com/v1.")]
    [TestCase("--input", "/nowhere/in.jsonl", "--input is '/nowhere/in.jsonl'; there is no such file.")]
    [TestCase("--input", "/", "--input is '/'; that is a folder, it must be a file.")]
    [TestCase("--output", "/nowhere/out.db", "--output is '/nowhere/out.db'; there is no folder '/nowhere'.")]
    [TestCase("--output", "/", "--output is '/'; that is a folder, it must be a file.")]
    public void A_wrong_argument_is_refused(string name, string value, string expected) =>
        Should.Throw<UsageException>(() => Parse(name, value)).Message.ShouldBe(expected);

    [Test]
    public void A_missing_value_is_refused() =>
        Should.Throw<UsageException>(() => Parse("--seed")).Message.ShouldBe("--seed needs a value after it.");

    [Test]
    public void Two_servers_at_once_are_refused() =>
        Should.Throw<UsageException>(() => Parse("--local", "--endpoint", "http://127.0.0.1:1")).Message.ShouldContain("exclude each other");

    private ClientOptions Parse(params string[] args) => ClientOptions.Parse(["--input", _folder.Write("in.jsonl", ""), .. args]);
}
