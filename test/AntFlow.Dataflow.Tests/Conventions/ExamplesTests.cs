using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>Runs the small examples as a user does: each as a process of its own.</summary>
public sealed class ExamplesTests
{
    private const int MaxLines = 80;

    /// <summary>Programs of many files with tests of their own.</summary>
    private static readonly string[] _large = ["BatchApi", "BatchApi.Server"];

    /// <summary>Programs whose output is never twice the same: the tests of AntFlow.Dataflow.Terminal run them, in a terminal.</summary>
    private static readonly string[] _inATerminal = ["Dashboards"];

    private static IEnumerable<string> Examples =>
        Directory.EnumerateDirectories(Path.Combine(Repository.Root, "examples")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    private static IEnumerable<string> SmallExamples => Examples.Except(_large, StringComparer.Ordinal);

    [TestCaseSource(nameof(SmallExamples))]
    public void A_small_example_is_one_short_file(string name)
    {
        string folder = Path.Combine(Repository.Root, "examples", name);
        string[] code = Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories);

        code.ShouldHaveSingleItem().ShouldBe(Path.Combine(folder, "Program.cs"));
        File.ReadAllLines(code[0]).Length.ShouldBeLessThan(MaxLines);
    }

    [TestCaseSource(nameof(SmallExamples))]
    public void A_small_example_is_in_the_readme_the_solution_and_these_tests(string name)
    {
        File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ShouldContain($"(examples/{name}/Program.cs)");
        File.ReadAllText(Path.Combine(Repository.Root, "AntFlow.Dataflow.sln")).ShouldContain($"{name}.csproj");
        Outputs.Concat(Patterns).Select(c => c.Arguments[0]).Concat(_inATerminal).ShouldContain(name);
    }

    [TestCaseSource(nameof(Outputs))]
    [CancelAfter(120_000)]
    public async Task A_small_example_prints_what_it_is_to_show(string name, string expected, CancellationToken cancellationToken) =>
        (await RunAsync(name, cancellationToken)).ShouldBe(expected.ReplaceLineEndings("\n"));

    [TestCaseSource(nameof(Patterns))]
    [CancelAfter(120_000)]
    public async Task A_small_example_prints_what_it_is_to_show_with_other_numbers_each_time(string name, string expected, CancellationToken cancellationToken) =>
        (await RunAsync(name, cancellationToken)).ShouldMatch(expected.ReplaceLineEndings("\n"));

    private static async Task<string> RunAsync(string name, CancellationToken cancellationToken)
    {
        // Debug or Release, as these tests are.
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        string program = Path.Combine(Repository.Root, "artifacts", "bin", name, configuration, $"{name}.dll");
        File.Exists(program).ShouldBeTrue($"{program} is not built.");

        (int code, string output, string errors) = await Programs.RunAsync(program, [], cancellationToken);

        errors.ShouldBeEmpty();
        code.ShouldBe(0, output);
        return output.ReplaceLineEndings("\n").TrimEnd();
    }

    /// <summary>Programs that are killed at moments that are never twice the same.</summary>
    private static IEnumerable<TestCaseData> Patterns =>
    [
        new TestCaseData("Resume", """
            ^Start 1: restored 0 stages of 0 items, ran \d+ stages until kill -9
            (Start \d: restored [1-9]\d* stages of [1-9]\d* items, ran \d+ stages until kill -9
            )*Start \d: restored [1-9]\d* stages of [1-9]\d* items, ran \d+ stages to the end
            40 items in 3 stages: 120 to run, \d+ were run, \d+ of them once more because the kill came before their end\.
            Starting over each time would have run \d+: [1-9]\d* were saved\.
            Run again although finished: 0$
            """),
    ];

    private static IEnumerable<TestCaseData> Outputs =>
    [
        new TestCaseData("Quickstart", """
            ants.txt: 5 words
            bees.txt: 2 words
            lost.txt: no lost.txt in Fetch after 3 attempts
            wasps.txt: 5 words
            1 failed item
            By type:
              FileNotFoundException  1
            By stage:
              Fetch  1
            """),
        new TestCaseData("Executor", """
            Flaky: done after 3 attempts
            Squares: 1 4 9 16 25 36 49 64
            Pairs: ant 6, bee 6
            Squares up to 50: 7
            Done: 12, most at once: 2
            The executor was shut down and takes no more calls.
            """),
        new TestCaseData("Priorities", """
            Accepted while paused: 6
            baked wedding cake
            baked birthday cake
            baked bread 1
            baked bread 2
            baked bread 3
            baked crumbs
            Fed 6, succeeded 6
            """),
        new TestCaseData("TaskLimits", """
            Jobs done:               150
            Most live jobs at once:  50
            Most uploads at once:    2
            """),
        new TestCaseData("ProducerConsumer", """
            Made 400, used 400, sum of squares 21413400
            The producers were never more than 25 ahead of the consumer.
            """),
        new TestCaseData("Branches", """
            claim 1 of Ada: accepted
            claim 2: Filtered
            claim 3 of Ada: approved
            claim 4 of Cy: accepted
            claim 5 of Ben: reduced
            4 paid, 1 filtered out, 0 failed
            flowchart LR
                input([input]) --> s0
                s0{{"Valid<br>0 of 1 busy<br>1 filtered out"}}
                s1{"Size<br>0 of 1 busy"}
                s2["Accept<br>0 of 1 busy"]
                s3("Expert<br>0 of 2 busy")
                s4["Pay<br>0 of 4 busy"]
                s0 -->|"4"| s1
                s1 -->|"2"| s2
                s1 -->|"2"| s3
                s2 -->|"2"| s4
                s3 -->|"2"| s4
                s4 -->|"4"| results
                results([results])
            """),
        new TestCaseData("Streaming", """
            As completed:   page 1, page 2, page 3, page 0
            In input order: page 0, page 1, page 2, page 3
            Left early:     page 1, page 2, page 3
            """),
        new TestCaseData("InAGraph", """
            German:  die Ameise traegt einen Kruemel die schlaeft
            Unknown: xyzzy (no such word, 2 attempts)
            Report:  7 succeeded, 1 failed
            """),
        new TestCaseData("CustomDisplay", """
            {"event":"start","run":"example","total":4}
            {"event":"update","fed":4,"succeeded":3,"failed":1,"stages":[{"name":"Halve","queued":0,"inProgress":0,"completed":3,"failed":1},{"name":"Square","queued":0,"inProgress":0,"completed":3,"failed":0}]}
            {"event":"finish","succeeded":3,"failed":1,"canceled":0,"errors":{"ArgumentException":1}}
            """),
    ];
}
