// Measures. `gate` compares with limits and says whether they hold; `publish` makes the tables of docs/performance.md.
//   dotnet run -c Release --project benchmarks/AntFlow.Dataflow.Benchmarks -- gate [--rows core,full] [--rounds 9] [--save] [--selftest]
//   dotnet run -c Release --project benchmarks/AntFlow.Dataflow.Benchmarks -- publish [Throughput ...]
//   dotnet run -c Release --project benchmarks/AntFlow.Dataflow.Benchmarks -- docs
//   dotnet run -c Release --project benchmarks/AntFlow.Dataflow.Benchmarks -- time
//   dotnet run -c Release --project benchmarks/AntFlow.Dataflow.Benchmarks -- cores
//   dotnet run -c Release --project benchmarks/AntFlow.Dataflow.Benchmarks -- allocations [BEFORE.json]
//   dotnet run -c Release --project benchmarks/AntFlow.Dataflow.Benchmarks -- run core 10
// Anything else goes to BenchmarkDotNet: `--filter '*Retry*'`, `--list flat`.
using AntFlow.Dataflow.Benchmarks;
using AntFlow.Dataflow.Benchmarks.Docs;
using AntFlow.Dataflow.Benchmarks.Gate;
using AntFlow.Dataflow.Benchmarks.Published;
using BenchmarkDotNet.Running;

try
{
    switch (args)
    {
        case ["gate", .. string[] options]:
            return await GateCommand.RunAsync(options);
        case ["publish", .. string[] names]:
            return PublishCommand.Run(names);
        case ["time"]:
            return await TimeCommand.RunAsync();
        case ["cores"]:
            return await CoresCommand.RunAsync();
        case ["run", string what, .. string[] seconds]:
            return await RunCommand.RunAsync(what, seconds.FirstOrDefault());
        case ["allocations", .. string[] before]:
            return await AllocationsCommand.RunAsync(before.FirstOrDefault());
        case ["types", string what]:
            return await TypesCommand.RunAsync(what);
        case ["docs"]:
            return DocsCommand.Run();
        default:
            BenchmarkSwitcher.FromAssembly(typeof(GateCommand).Assembly).Run(args, Settings.Create("artifacts/benchmarks"));
            return 0;
    }
}
catch (ArgumentException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 2;
}
