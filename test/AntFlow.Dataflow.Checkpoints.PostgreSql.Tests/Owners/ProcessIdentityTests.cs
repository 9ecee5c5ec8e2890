using System.Diagnostics;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Owners;

public sealed class ProcessIdentityTests
{
    [Test]
    public void This_process_lives() => ProcessIdentity.Current.HasExited.ShouldBeFalse();

    [Test]
    public void A_process_that_started_at_another_time_is_dead_and_its_id_was_given_to_another() =>
        (ProcessIdentity.Current with { Start = ProcessIdentity.Current.Start - 1 }).HasExited.ShouldBeTrue();

    [Test]
    public void Of_a_process_on_another_kernel_or_in_another_container_nobody_here_can_tell()
    {
        (ProcessIdentity.Current with { Start = 1, Space = "elsewhere" }).HasExited.ShouldBeFalse();
        (ProcessIdentity.Current with { Start = 1, Space = "" }).HasExited.ShouldBeFalse();
    }

    [Test]
    public async Task A_process_that_has_ended_is_dead()
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", ["--version"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        (ProcessIdentity.Current with { Pid = process.Id, Start = 17 }).HasExited.ShouldBeTrue();
    }
}
