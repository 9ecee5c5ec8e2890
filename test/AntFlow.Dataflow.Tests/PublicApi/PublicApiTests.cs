using System.Runtime.CompilerServices;
using AntFlow.Dataflow.Checkpoints.PostgreSql;
using AntFlow.Dataflow.Terminal;
using NUnit.Framework;
using PublicApiGenerator;
using Shouldly;

namespace AntFlow.Dataflow.Tests.PublicApi;

public sealed class PublicApiTests
{
    [Test]
    public void The_public_api_of_the_core_is_approved() => ShouldBeApproved(typeof(Pipeline));

    [Test]
    public void The_public_api_of_the_terminal_is_approved() => ShouldBeApproved(typeof(TerminalRunOptions));

    [Test]
    public void The_public_api_of_the_checkpoints_in_PostgreSQL_is_approved() => ShouldBeApproved(typeof(PostgreSqlCheckpointStore));

    // The attribute names the class that the compiler writes for an async iterator, by its place among the methods.
    private static void ShouldBeApproved(Type ofAssembly) =>
        ofAssembly.Assembly
            .GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false, ExcludeAttributes = [typeof(AsyncIteratorStateMachineAttribute).FullName!] })
            .ShouldMatchApproved(options => options.WithFilenameGenerator((_, _, type, extension) => $"{ofAssembly.Namespace}.{type}.{extension}"));
}
