using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>The log messages of a run: few at Information and above, all details at Debug.</summary>
internal static partial class RunLog
{
    [LoggerMessage(1, LogLevel.Information, "Run {RunId} started (stages: {Stages})")]
    public static partial void Started(ILogger logger, string runId, int stages);

    [LoggerMessage(41, LogLevel.Warning, "Run {RunId}, stage '{Stage}': {What}")]
    public static partial void Doubt(ILogger logger, string runId, string stage, string what);

    [LoggerMessage(58, LogLevel.Warning, "Run {RunId}: {Observer} overrides {Callback}, which is never called, because its Interests are Ends alone. Add ObserverInterests.{Needs} to what it returns from Interests")]
    public static partial void ObserverNotCalled(ILogger logger, string runId, string observer, string callback, ObserverInterests needs);

    [LoggerMessage(
        42,
        LogLevel.Warning,
        "Run {RunId}, stage '{Stage}': SetWorkers was called with {Workers}, above MaxInFlight, which is {MaxInFlight}: as many items as there are workers may be in flight now. Set no more workers than MaxInFlight, or set a higher StageOptions.MaxInFlight")]
    public static partial void WorkersAboveMaxInFlight(ILogger logger, string runId, string stage, int workers, int maxInFlight);

    [LoggerMessage(2, LogLevel.Information, "Run {RunId} ended: {Succeeded} succeeded, {Failed} failed, {Canceled} canceled, {Filtered} filtered out in {Elapsed}")]
    public static partial void Ended(ILogger logger, string runId, long succeeded, long failed, long canceled, long filtered, TimeSpan elapsed);

    [LoggerMessage(
        56,
        LogLevel.Warning,
        "Run {RunId} was disposed before its end; unfinished items that were canceled: {Items}. To finish them, call Complete and await Completion before the run is disposed; to end the run early, call StopAsync")]
    public static partial void DisposedUnfinished(ILogger logger, string runId, long items);

    [LoggerMessage(
        57,
        LogLevel.Warning,
        "Run {RunId}: the reader of StreamAsync left before the end; unfinished items that were canceled: {Items}. To finish them, read the results to the end; to end the run early, set RunOptions.StopToken or cancel the token of StreamAsync")]
    public static partial void LeftUnfinished(ILogger logger, string runId, long items);

    [LoggerMessage(3, LogLevel.Information, "Run {RunId} is being stopped ({Mode})")]
    public static partial void Stopping(ILogger logger, string runId, string mode);

    [LoggerMessage(4, LogLevel.Information, "Run {RunId} is canceled")]
    public static partial void Canceled(ILogger logger, string runId);

    [LoggerMessage(5, LogLevel.Critical, "Run {RunId}: the engine broke; nothing more starts")]
    public static partial void Faulted(ILogger logger, string runId, Exception error);

    [LoggerMessage(15, LogLevel.Critical, "Run {RunId} cannot continue; nothing more starts")]
    public static partial void CannotGoOn(ILogger logger, string runId, Exception error);

    public static void GivenUp(ILogger logger, bool isBroken, string runId, Exception error)
    {
        if (isBroken)
            Faulted(logger, runId, error);
        else
            CannotGoOn(logger, runId, error);
    }

    [LoggerMessage(6, LogLevel.Warning, "{Stage}: item {ItemId} failed at attempt {Attempts}")]
    public static partial void ItemFailed(ILogger logger, string stage, string itemId, int attempts, Exception error);

    [LoggerMessage(54, LogLevel.Warning, "{Stage}: item {ItemId} failed in {Function}")]
    public static partial void ItemFailedIn(ILogger logger, string stage, string itemId, string function, Exception error);

    [LoggerMessage(39, LogLevel.Warning,
        "Run {RunId}: the stored input of item {ItemId} was written before the type of the input changed, and cannot be read as the current type. The item waits until it is fed again, or until the pipeline has the old type again")]
    public static partial void LostInput(ILogger logger, string runId, string itemId);

    [LoggerMessage(31, LogLevel.Debug, "{Stage}: item {ItemId} failed at attempt {Attempts}, like other items when the store was given up")]
    public static partial void ItemFailedToo(ILogger logger, string stage, string itemId, int attempts, Exception error);

    [LoggerMessage(32, LogLevel.Warning, "Run {RunId}: items that failed because the store was given up: {Items}. The first one is logged as a warning, the others at Debug")]
    public static partial void FailedWithTheStore(ILogger logger, string runId, long items);

    [LoggerMessage(33, LogLevel.Error, "Run {RunId} ended before its work was done: {NotTaken} never taken; items whose outcome could not be saved: {Unsaved}")]
    public static partial void EndedEarly(ILogger logger, string runId, string notTaken, long unsaved, Exception error);

    [LoggerMessage(
        35,
        LogLevel.Information,
        "Run {RunId} is stored in {Location}. Stored items: {Stored}. Interrupted by a crash: {Interrupted}, of which suspects: {Suspects}, failed because of crashes: {FailedByCrashes}. Interrupted by a planned end: {Planned}")]
    public static partial void StoreOpened(ILogger logger, string runId, string location, long stored, int interrupted, int planned, int suspects, int failedByCrashes);

    [LoggerMessage(34, LogLevel.Information, "Run {RunId}: items resumed from the store: {Resumed}; stored items that were not fed: {NotFed}")]
    public static partial void Resumed(ILogger logger, string runId, long resumed, long notFed);

    [LoggerMessage(50, LogLevel.Information, "Run {RunId}: duplicates that were ignored: {Duplicates}")]
    public static partial void Duplicates(ILogger logger, string runId, long duplicates);

    [LoggerMessage(7, LogLevel.Warning, "{Callback} threw ({Stage}, item {ItemId}); no result was changed")]
    public static partial void CallbackFailed(ILogger logger, string callback, string stage, string itemId, Exception error);

    [LoggerMessage(55, LogLevel.Warning, "{Callback} threw ({Stage}, item {ItemId}); the item fails with the error of its task, without another attempt")]
    public static partial void PolicyFailed(ILogger logger, string callback, string stage, string itemId, Exception error);

    [LoggerMessage(8, LogLevel.Warning, "{Stage}: the task of abandoned item {ItemId} has ended late; it {Outcome}")]
    public static partial void EndedLate(ILogger logger, string stage, string itemId, string outcome, Exception? error);

    [LoggerMessage(9, LogLevel.Debug, "{Stage}: item {ItemId} {Status} (worker {Worker}, attempt {Attempt})")]
    public static partial void ItemStatus(ILogger logger, string stage, ItemId itemId, ItemStatus status, string? worker, int attempt, Exception? error);

    [LoggerMessage(11, LogLevel.Warning, "Run {RunId}: {What} of item {ItemId} is corrupt in the store and is ignored")]
    public static partial void NotWhole(ILogger logger, string runId, string itemId, string what);

    [LoggerMessage(40, LogLevel.Warning, "Run {RunId}: not every {Type} is read back from the store as it was written, and an item whose value is not fails: {What}")]
    public static partial void Doubtful(ILogger logger, string runId, string type, string what);

    [LoggerMessage(12, LogLevel.Warning, "Run {RunId}: the store fails; items wait, and the store is tried again in {RetryIn}")]
    public static partial void StoreFailed(ILogger logger, string runId, TimeSpan retryIn, Exception error);

    [LoggerMessage(16, LogLevel.Warning, "Run {RunId}: the lease on the run cannot be renewed in the store. Running attempts continue; new ones wait once this process may no longer own the run")]
    public static partial void StoreUnsure(ILogger logger, string runId, Exception error);

    [LoggerMessage(43, LogLevel.Warning, "Run {RunId}: the input of stage {Stage} returned another item after its feed call had ended; the item was not accepted")]
    public static partial void TakenLate(ILogger logger, string runId, string stage);

    [LoggerMessage(44, LogLevel.Warning, "Run {RunId}: {What}")]
    public static partial void OwnFeedWaits(ILogger logger, string runId, string what);

    [LoggerMessage(45, LogLevel.Warning, "Run {RunId}: {What}")]
    public static partial void EndsLate(ILogger logger, string runId, string what);

    [LoggerMessage(13, LogLevel.Information, "Run {RunId}: the store works again")]
    public static partial void StoreWorks(ILogger logger, string runId);

    [LoggerMessage(36, LogLevel.Warning, "Run {RunId}: {What}")]
    public static partial void StoreWarns(ILogger logger, string runId, string what);

    [LoggerMessage(14, LogLevel.Critical, "Run {RunId}: the store was given up; the run stops, and items that could not be saved have failed")]
    public static partial void StoreGivenUp(ILogger logger, string runId, Exception error);

    [LoggerMessage(10, LogLevel.Debug, "{Stage}: task {Task} {Step} (item {ItemId}, worker {Worker}, attempt {Attempt}, {Duration})")]
    public static partial void TaskStep(ILogger logger, string stage, string task, TaskEventKind step, ItemId itemId, string worker, int attempt, TimeSpan duration, Exception? error);
}
