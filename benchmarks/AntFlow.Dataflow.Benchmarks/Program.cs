// Measures. `gate` compares with limits and says whether they hold; without a verb it is BenchmarkDotNet, whose tables are published.
//   dotnet run -c Release --project benchmarks/AntFlow.Dataflow.Benchmarks -- gate [--rows core,full] [--rounds 9]
using AntFlow.Dataflow.Benchmarks.Gate;
using BenchmarkDotNet.Running;

if (args is ["gate", .. string[] rest])
{
    try
    {
        return await GateCommand.RunAsync(rest);
    }
    catch (ArgumentException error)
    {
        await Console.Error.WriteLineAsync(error.Message);
        return 2;
    }
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
