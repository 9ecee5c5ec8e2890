// Writes the overloads that differ only in how a task is written. Run it after changing OverloadWriter:
//   dotnet run --project eng/Overloads
using AntFlow.Dataflow.Overloads;

string root = args.Length > 0 ? args[0] : Directory.GetCurrentDirectory();
foreach ((string path, string text) in OverloadWriter.WriteAll())
{
    string file = Path.Combine(root, path);
    await File.WriteAllTextAsync(file, text);
    Console.WriteLine(file);
}
