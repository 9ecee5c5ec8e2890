using System.Runtime.CompilerServices;
using AntFlow.Dataflow.Testing.NUnit;
using NUnit.Framework;
using PublicApiGenerator;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests.PublicApi;

public sealed class PublicApiTests
{
    [Test]
    public void The_public_api_of_the_package_for_tests_is_approved() => ShouldBeApproved(typeof(SteppedTime));

    [Test]
    public void The_public_api_of_the_package_for_tests_with_NUnit_is_approved() => ShouldBeApproved(typeof(HangGuardAttribute));

    // The attribute names the class that the compiler writes for an async iterator, by its place among the methods.
    private static void ShouldBeApproved(Type ofAssembly) =>
        ofAssembly.Assembly
            .GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false, ExcludeAttributes = [typeof(AsyncIteratorStateMachineAttribute).FullName!, typeof(AsyncStateMachineAttribute).FullName!] })
            .ShouldMatchApproved(options => options.WithFilenameGenerator((_, _, type, extension) => $"{ofAssembly.Namespace}.{type}.{extension}"));
}
