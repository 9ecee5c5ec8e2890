namespace AntFlow.Dataflow.Shapes;

/// <summary>The error of an item for whose key a switch (<c>ThenSwitch</c>) has no case and no default. Never retried.</summary>
public sealed class NoRouteException : AntFlowException
{
    internal NoRouteException(string stage, object? key)
        : base($"Stage '{stage}' has no case for the key {(key is null ? "null" : $"'{ShownKey(key)}'")}, and no default. Add a Case for it, or a Default.", inner: null)
    {
        Stage = stage;
        Key = key;
    }

    /// <summary>The name of the stage.</summary>
    public string Stage { get; }

    /// <summary>The key; may be null.</summary>
    public object? Key { get; }

    internal override bool IsFinal => true;

    private static string? ShownKey(object key) => key is IFormattable formattable ? formattable.ToString(null, System.Globalization.CultureInfo.InvariantCulture) : key.ToString();
}
