namespace AntFlow.Dataflow.Terminal;

/// <summary>One run on one console.</summary>
internal interface IShow
{
    void Start();

    void Update(PipelineSnapshot snapshot);

    void Finish(PipelineReport report);
}
