namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The numbers of the formats in which the library describes the shape of stored bytes. A row carries the number it was written with, so that a later version of the library
/// checks an older row by the rule of its format.</summary>
internal static class ContractFormat
{
    /// <summary>The JSON schema of the type, as <c>System.Text.Json</c> exports it. Rows of this format have no number.</summary>
    public const int First = 1;

    /// <summary>The library's own description of the type.</summary>
    public const int Current = 2;
}
