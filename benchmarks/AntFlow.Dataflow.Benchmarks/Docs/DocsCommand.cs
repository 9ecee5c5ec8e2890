namespace AntFlow.Dataflow.Benchmarks.Docs;

/// <summary>Writes the numbers of docs/performance.md anew from benchmarks/results.</summary>
internal static class DocsCommand
{
    public static int Run()
    {
        string top = Repository.Find(AppContext.BaseDirectory);
        string page = Repository.Page(top);
        File.WriteAllText(page, PerformancePage.Fill(File.ReadAllText(page), Repository.Results(top)));
        Console.WriteLine(page);
        return 0;
    }
}
