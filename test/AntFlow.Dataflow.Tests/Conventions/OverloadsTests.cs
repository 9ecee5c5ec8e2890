using AntFlow.Dataflow.Overloads;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

public sealed class OverloadsTests
{
    [Test]
    public void The_overloads_in_the_repository_are_what_the_writer_writes()
    {
        foreach ((string path, string text) in OverloadWriter.WriteAll())
            File.ReadAllText(Path.Combine(Repository.Root, path)).ShouldBe(text, $"{path} is out of date: dotnet run --project eng/Overloads");
    }
}
