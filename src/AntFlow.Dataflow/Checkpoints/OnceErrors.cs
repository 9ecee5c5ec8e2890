namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The errors of items whose answers of <c>OnceAsync</c> cannot be stored or read. They are not retried: the next attempt would find the same.</summary>
internal static class OnceErrors
{
    /// <summary>The type of the answer cannot be stored. This is detected before the call is begun.</summary>
    public static CheckpointException CannotBegin(OncePlace place, Type type, Exception reason) => Final(
        $"{Prefix(place)} was not begun, because an answer of type {type.Name} cannot be stored: {ErrorText.Of(reason)} Return a value that can be stored, such as the id of the object that the provider has created.", reason);

    /// <summary>The call is done, and its answer cannot be stored.</summary>
    public static CheckpointException CannotStore(OncePlace place, Exception reason, object? answer) => Final(
        $"{Prefix(place)} is done, and its answer, which is in UnsavedValue, could not be stored: {ErrorText.Of(reason)} It is not done again unless ForgetAsync(\"{place.Key}\") is called.", reason, answer);

    /// <summary>An earlier process has done the call and could not store the answer.</summary>
    public static CheckpointException IsUnsaved(OncePlace place) => Final(
        $"{Prefix(place)} was done in an earlier run of the program, and its answer could not be stored. It is not done again. Give OnceAsync a find that returns the answer, or call ForgetAsync(\"{place.Key}\") to have it done again.",
        inner: null);

    /// <summary>The stored answer has another type than the requested one.</summary>
    public static CheckpointException HasChanged(OncePlace place, string? stored, string now) => Final(
        $"Stage '{place.Stage}': the type of the answer of '{place.Key}' was {stored ?? "different (older versions of the library stored no description of it)"} and is {now}. The answer of item '{place.Id}' is stored and cannot be read as the new type; the call is not done again. Go back to the old type, make new members optional, or call ForgetAsync(\"{place.Key}\") to have it done again.",
        inner: null);

    /// <summary>The stored answer is intact, but the serializer cannot read it.</summary>
    public static CheckpointException CannotRead(OncePlace place, Exception reason) => Final(
        $"{Prefix(place)} is done, and its stored answer could not be read: {ErrorText.Of(reason)} It is not done again unless ForgetAsync(\"{place.Key}\") is called.", reason);

    private static string Prefix(OncePlace place) => $"Stage '{place.Stage}': '{place.Key}' of item '{place.Id}'";

    private static CheckpointException Final(string message, Exception? inner, object? answer = null) => new(message, inner, answer, isFinal: true);
}
