namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The errors of items whose answers of <c>OnceAsync</c> cannot be stored or read. They are not retried: the next attempt would find the same.</summary>
internal static class OnceErrors
{
    /// <summary>The type of the answer cannot be stored. This is detected before the call is begun.</summary>
    public static CheckpointException CannotBegin(OnceId id, Type type, Exception reason) => Final(
        $"{Prefix(id)} was not begun, because an answer of type {type.Name} cannot be stored: {ErrorText.Of(reason)} Return a value that can be stored, such as the id of the object that the provider has created.", reason);

    /// <summary>The call is done, and its answer cannot be stored.</summary>
    public static CheckpointException CannotStore(OnceId id, Exception reason, object? answer) => Final(
        $"{Prefix(id)} is done, and its answer, which is in UnsavedValue, could not be stored: {ErrorText.Of(reason)} It is not done again unless ForgetAsync(\"{id.Key}\") is called.", reason, answer);

    /// <summary>An earlier process has done the call and could not store the answer.</summary>
    public static CheckpointException IsUnsaved(OnceId id) => Final(
        $"{Prefix(id)} was done in an earlier run of the program, and its answer could not be stored. It is not done again. Give OnceAsync a find that returns the answer, or call ForgetAsync(\"{id.Key}\") to have it done again.",
        inner: null);

    /// <summary>The stored answer has another type than the requested one.</summary>
    public static CheckpointException HasChanged(OnceId id, string? stored, string now) => Final(
        $"Stage '{id.Stage}': the type of the answer of '{id.Key}' was {stored ?? "different (older versions of the library stored no description of it)"} and is {now}. The answer of item '{id.Id}' is stored and cannot be read as the new type; the call is not done again. Go back to the old type, make new members optional, or call ForgetAsync(\"{id.Key}\") to have it done again.",
        inner: null);

    /// <summary>The stored answer is intact, but the serializer cannot read it.</summary>
    public static CheckpointException CannotRead(OnceId id, Exception reason) => Final(
        $"{Prefix(id)} is done, and its stored answer could not be read: {ErrorText.Of(reason)} It is not done again unless ForgetAsync(\"{id.Key}\") is called.", reason);

    private static string Prefix(OnceId id) => $"Stage '{id.Stage}': '{id.Key}' of item '{id.Id}'";

    private static CheckpointException Final(string message, Exception? inner, object? answer = null) => new(message, inner, answer, isFinal: true);
}
