using NUnit.Framework;
using PublicApiGenerator;
using Shouldly;

namespace AntFlow.Dataflow.Tests.PublicApi;

public sealed class PublicApiTests
{
    [Test]
    public void The_public_api_of_the_core_is_approved() =>
        typeof(Pipeline).Assembly
            .GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false })
            .ShouldMatchApproved(options => options.WithFilenameGenerator((_, _, type, extension) => $"AntFlow.Dataflow.{type}.{extension}"));
}
