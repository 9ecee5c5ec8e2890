// A program with all the packages: what of them is here, a run with checkpoints, and a dashboard.
using System.Reflection;
using AntFlow.Dataflow;
using AntFlow.Dataflow.Checkpoints.PostgreSql;
using AntFlow.Dataflow.Checkpoints.Sqlite;
using AntFlow.Dataflow.Terminal;
using AntFlow.Dataflow.Testing;
using AntFlow.Dataflow.Testing.NUnit;
using Consumers;

switch (args)
{
    case ["packages"]:
        Type[] types = [typeof(Pipeline), typeof(PostgreSqlCheckpointStore), typeof(SqliteCheckpointStore), typeof(TerminalRunOptions), typeof(SteppedTime), typeof(HangGuardAttribute)];
        foreach (Assembly assembly in types.Select(type => type.Assembly))
            Console.WriteLine($"{assembly.GetName().Name} {assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}");
        return 0;
    case ["checkpoints", string file, string mode]:
        await CheckpointedRun.RunAsync(file, isStopping: mode == "stop");
        return 0;
    case ["dashboard"]:
        PipelineReport<int> report = await PipelineBuilder
            .Stage<int, int>("Double", number => 2 * number, workers: 2)
            .Then("Add", number => number + 1, workers: 2)
            .Build()
            .RunAsync(Enumerable.Range(1, 10), new RunOptions().ShowDashboard(DashboardLevel.Full));
        return report.SucceededCount == 10 ? 0 : 1;
    default:
        return 2;
}
