using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Building;

/// <summary>What the compiler says to mistakes with the public API: the true cause comes first, and no type is named that is not in the code of the user.</summary>
public sealed class CompilerErrorsTests
{
    private const string Head = """
        using System; using System.Collections.Generic; using System.IO; using System.Linq; using System.Net.Http; using System.Threading; using System.Threading.Tasks;
        using AntFlow.Dataflow;
        public sealed record Page(string Url, string Text);
        public static class User
        {
            static Task<Page> FetchAsync(string url, CancellationToken ct) => Task.FromResult(new Page(url, ""));
            static Task<int> CountAsync(Page page, CancellationToken ct) => Task.FromResult(page.Text.Length);
            static Task StoreAsync(string text) => Task.CompletedTask;
            static PipelineBuilder<string, Page> fetch = PipelineBuilder.Stage<string, Page>("Fetch", FetchAsync);
            static AsyncExecutor executor = new();
            static Page[] pages = [];
            static async Task RunAsync()
            {

        """;

    private const string Tail = "\nawait Task.CompletedTask; } }";

    private static readonly MetadataReference[] _references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    private static readonly CSharpCompilationOptions _options = new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable);

    [TestCase("fetch.Then(\"Count\", page => page.Text.Splitt(' ').Length);")]
    [TestCase("fetch.ThenWithTasks(\"Count\", t => t.Task(\"count\", page => page.Text.Splitt(' ').Length));")]
    [TestCase("await Pipeline.RunAsync(pages, page => page.Text.Splitt(' ').Length);")]
    [TestCase("await executor.MapAsync(pages, page => page.Text.Splitt(' ').Length);")]
    [TestCase("await Pipeline.RunAsync(pages, async (page, ct) => { await Task.Yield(); return page.Text.Splitt(' ').Length; });")]
    [TestCase("executor.MapStreamAsync(pages, async (page, ct) => { await Task.Yield(); return page.Text.Splitt(' ').Length; });")]
    public void A_name_that_is_mistyped_is_the_only_error(string code) =>
        Only(code).ShouldStartWith("CS1061: 'string' does not contain a definition for 'Splitt'");

    [Test]
    public void A_wrong_argument_to_a_context_is_the_only_error() =>
        Only("""fetch.ThenWithContext("A", async (page, ctx) => { ctx.SetStatus(5); await Task.Yield(); return 1; });""")
            .ShouldBe("CS1503: Argument 1: cannot convert from 'int' to 'string?'");

    [Test]
    public void A_context_in_the_place_of_the_token_is_told_as_that() =>
        Only("""fetch.Then("A", async (page, ctx) => { ctx.SetStatus(5); await Task.Yield(); return 1; });""")
            .ShouldStartWith("CS1061: 'CancellationToken' does not contain a definition for 'SetStatus'");

    [Test]
    public void A_mistyped_member_of_a_context_is_the_only_error() =>
        Only("""fetch.ThenWithContext("Big", async (page, ctx) => { ctx.SetStatus("x"); if (ctx.Attemptt > 1) return 0; await Task.Delay(1, ctx.CancellationToken); return 1; });""")
            .ShouldStartWith("CS1061: 'StageContext' does not contain a definition for 'Attemptt'");

    [Test]
    public void All_members_of_a_context_in_the_place_of_the_token_are_told_as_those_of_a_token()
    {
        string[] errors = ErrorsOf("""fetch.Then("Big", async (page, ctx) => { ctx.SetStatus("x"); if (ctx.Attemptt > 1) return 0; await Task.Delay(1, ctx.CancellationToken); return 1; });""");

        errors.Length.ShouldBe(3);
        errors.ShouldAllBe(error => error.StartsWith("CS1061: 'CancellationToken' does not contain a definition for '", StringComparison.Ordinal));
    }

    // The compiler reads such a lambda in two ways, as one that makes an int and one that makes a Task, and tells the errors of both: that of the int is the first one in the text.
    [TestCase("fetch.Then(\"N\", page => { if (page.Text == \"\") return null; return page.Text.Length; });")]
    [TestCase("await Pipeline.RunAsync(pages, page => { if (page.Text == \"\") return null; return page.Text.Length; });")]
    public void Null_where_a_number_is_made_is_the_first_error(string code)
    {
        string[] errors = ErrorsOf(code);

        errors[0].ShouldBe("CS0037: Cannot convert null to 'int' because it is a non-nullable value type");
        errors.ShouldNotContain(error => error.Contains("StageTasks", StringComparison.Ordinal));
    }

    [TestCase("fetch.Then(\"Store\", StoreAsync);")]
    [TestCase("await Pipeline.RunAsync(pages, StoreAsync);")]
    public void A_method_that_takes_something_else_does_not_fit(string code) =>
        Only(code).ShouldBe("CS1503: Argument 2: cannot convert from 'method group' to 'System.Func<Page, System.Threading.CancellationToken, System.Threading.Tasks.Task>'");

    [TestCase("fetch.Then(\"Print\", page => Console.WriteLine(page.Url));")]
    [TestCase("await Pipeline.RunAsync(pages, page => Console.WriteLine(page.Url));")]
    public void A_lambda_that_makes_nothing_is_told_as_that(string code)
    {
        string[] errors = ErrorsOf(code);

        errors.Length.ShouldBe(2);
        errors[0].ShouldBe("CS0029: Cannot implicitly convert type 'void' to 'System.Threading.Tasks.Task'");
        errors[1].ShouldStartWith("CS1662: Cannot convert lambda expression to intended delegate type");
    }

    [TestCase("PipelineBuilder.Stage(\"Fetch\", FetchAsync);", "PipelineBuilder.Stage<TIn, TOut>(string, Func<TIn, CancellationToken, Task<TOut>>, ")]
    [TestCase("await executor.MapAsync(pages, StoreAsync);", "AsyncExecutor.MapAsync<T, TOut>(IEnumerable<T>, Func<T, CancellationToken, Task<TOut>>, ")]
    [TestCase("await executor.MapAsync(pages, page => Console.WriteLine(page.Url));", "AsyncExecutor.MapAsync<T, TOut>(IEnumerable<T>, Func<T, CancellationToken, Task<TOut>>, ")]
    public void Types_that_cannot_be_known_are_asked_for(string code, string method)
    {
        string error = Only(code);

        error.ShouldStartWith($"CS0411: The type arguments for method '{method}");
        error.ShouldEndWith("cannot be inferred from the usage. Try specifying the type arguments explicitly.");
    }

    [Test]
    public void A_forgotten_await_is_told_by_the_next_stage() =>
        Only("""fetch.Then("Count", async (page, ct) => CountAsync(page, ct)).Then("Inc", n => n + 1);""")
            .ShouldBe("CS0019: Operator '+' cannot be applied to operands of type 'Task<int>' and 'int'");

    [TestCase("fetch.Then(\"Count\", page => page.Text.Length).ThenWithContext(\"Wait\", async (n, ctx) => { await Task.Delay(n, ctx.CancellationToken); return n; });")]
    [TestCase("await Pipeline.RunAsync(pages, CountAsync);")]
    [TestCase("await executor.MapAsync(pages, CountAsync);")]
    public void What_is_right_compiles(string code) => ErrorsOf(code).ShouldBeEmpty();

    private static string Only(string code) => ErrorsOf(code).ShouldHaveSingleItem();

    /// <summary>The errors in the order of their places in the text, as an editor lists them: the compiler gives those of several readings of a lambda in no certain order.</summary>
    private static string[] ErrorsOf(string code) =>
    [
        .. CSharpCompilation.Create("User", [CSharpSyntaxTree.ParseText(Head + code + Tail)], _references, _options).GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start)
            .ThenBy(diagnostic => diagnostic.Id, StringComparer.Ordinal)
            .Select(diagnostic => $"{diagnostic.Id}: {diagnostic.GetMessage(CultureInfo.InvariantCulture)}"),
    ];
}
