using AntFlow.Dataflow.Shapes;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

public sealed class MermaidTests
{
    [Test]
    public async Task A_pipeline_and_its_run_are_drawn_with_all_links()
    {
        Pipeline<int, string> pipeline = PipelineBuilder.Of<int>()
            .ThenWhere("Positive", x => x > 0)
            .ThenSwitch("Size", x => x < 10, routes => routes.Case(true, b => b.Then("Small", x => "s")).Default(b => b.Then("Ask", x => x, workers: 4).ThenPoll("Wait", x => Poll.Done("b"), TimeSpan.FromMinutes(1), configure: s => s.First = TimeSpan.Zero)))
            .Then("Save", x => x)
            .Build();

        pipeline.ToMermaid().ShouldBe("""
            flowchart LR
                input([input]) --> s0
                s0{{"Positive<br>1 worker"}}
                s1{"Size<br>1 worker"}
                s2["Small<br>1 worker"]
                s3["Ask<br>4 workers"]
                s4("Wait<br>1 worker")
                s5["Save<br>1 worker"]
                s0 --> s1
                s1 -->|"True"| s2
                s1 -->|"default"| s3
                s2 --> s5
                s3 --> s4
                s4 --> s5
                s5 --> results
                results([results])

            """);

        PipelineReport<string> report = await pipeline.RunAsync([-1, 5, 50, 60]);
        report.Snapshot.ToMermaid().ShouldBe("""
            flowchart LR
                input([input]) --> s0
                s0{{"Positive<br>0 of 1 busy<br>1 filtered out"}}
                s1{"Size<br>0 of 1 busy"}
                s2["Small<br>0 of 1 busy"]
                s3["Ask<br>0 of 4 busy"]
                s4("Wait<br>0 of 1 busy")
                s5["Save<br>0 of 1 busy"]
                s0 -->|"3"| s1
                s1 -->|"1"| s2
                s1 -->|"2"| s3
                s2 -->|"1"| s5
                s3 -->|"2"| s4
                s4 -->|"2"| s5
                s5 -->|"3"| results
                results([results])

            """);
    }

    [Test]
    public void Names_are_text_and_nothing_else()
    {
        string chart = PipelineBuilder.Stage<int, int>("a\"]; click\n<b>|#5`", x => x).Build().ToMermaid();

        chart.ShouldContain("""s0["a#34;]#59; click""");
        chart.ShouldContain("#60;b#62;#124;#35;5#96;");
        chart.Split('\n').Length.ShouldBe(6);
    }
}
