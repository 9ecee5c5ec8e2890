namespace AntFlow.Dataflow;

/// <summary>How far items go once a run is being stopped gently. In both modes nothing is retried: an item whose attempt fails meanwhile ends Canceled, with the error inside, as long as
/// it has attempts left, and Failed after its last one.</summary>
public enum StopMode
{
    /// <summary>Running executions finish; then their items end Canceled at the door of the next stage (those in the last stage succeed). Waiting items end Canceled.</summary>
    AfterStage,

    /// <summary>Items of which anything has been started go on to the end. Those that wait for their first start or for another attempt end Canceled.</summary>
    AfterItem,
}
