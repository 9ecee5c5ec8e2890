namespace AntFlow.Dataflow;

/// <summary>How far items go once a run is being stopped gently. In both modes nothing is retried: if an attempt fails meanwhile, its item ends Canceled, with the error inside, while
/// it has attempts left, and Failed after its last one.</summary>
public enum StopMode
{
    /// <summary>Running executions finish. Their items then end Canceled before the next stage; items in the last stage succeed. Waiting items end Canceled.</summary>
    AfterStage,

    /// <summary>Items of which anything has started continue to the end. Items that wait for their first start or for another attempt end Canceled.</summary>
    AfterItem,
}
