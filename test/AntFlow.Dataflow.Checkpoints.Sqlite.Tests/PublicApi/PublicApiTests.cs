using System.Runtime.CompilerServices;
using NUnit.Framework;
using PublicApiGenerator;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests.PublicApi;

public sealed class PublicApiTests
{
    [Test]
    public void The_public_api_of_the_store_is_approved() =>
        typeof(SqliteCheckpointStore).Assembly
            .GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false, ExcludeAttributes = [typeof(AsyncIteratorStateMachineAttribute).FullName!] })
            .ShouldMatchApproved(options => options.WithFilenameGenerator((_, _, type, extension) => $"AntFlow.Dataflow.Checkpoints.Sqlite.{type}.{extension}"));
}
