using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Terminal.Tests.Showing;

public sealed class ChoosingADisplay
{
    [Test]
    public void Progress_and_dashboard_at_once_are_refused() =>
        Should.Throw<InvalidOperationException>(() => new RunOptions().ShowProgress().ShowDashboard(DashboardLevel.Full)).Message
            .ShouldBe("ShowDashboard(Full): the run already has a display, ShowProgress(). A run has one display; call one of the two, or set RunOptions.Display to null first.");

    [Test]
    public void Dashboard_and_progress_at_once_are_refused() =>
        Should.Throw<InvalidOperationException>(() => new RunOptions().ShowDashboard(DashboardLevel.Detailed).ShowProgress()).Message
            .ShouldStartWith("ShowProgress(): the run already has a display, ShowDashboard(Detailed).");

    [Test]
    public void A_display_of_ones_own_and_a_dashboard_at_once_are_refused() =>
        Should.Throw<InvalidOperationException>(() => new RunOptions { Display = new OwnDisplay() }.ShowDashboard()).Message
            .ShouldStartWith("ShowDashboard(Compact): the run already has a display, OwnDisplay.");

    [Test]
    public void A_level_that_is_none_is_refused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new RunOptions().ShowDashboard((DashboardLevel)7));

    [Test]
    public void The_same_options_come_back()
    {
        var options = new RunOptions();

        options.ShowDashboard().ShouldBeSameAs(options);
        options.Display.ShouldNotBeNull();
    }

    private sealed class OwnDisplay : IPipelineDisplay
    {
        public void OnStart(IPipelineRun run, long? total)
        {
        }

        public void OnUpdate(PipelineSnapshot snapshot)
        {
        }

        public void OnFinish(PipelineReport report)
        {
        }
    }
}
