using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Rows;

public sealed class StoredTextTests
{
    // An attribute cannot hold half a surrogate pair either.
    private static readonly object[] _texts =
    [
        new[] { "", "" },
        new[] { "s:home ☾ 😀", "s:home ☾ 😀" },
        new[] { "a\\b", "a\\\\b" },
        new[] { "a\0b", "a\\0b" },
        new[] { "\uD83D", "\\uD83D" },
        new[] { "x\uDE00\uD83Dy", "x\\uDE00\\uD83Dy" },
        new[] { "😀\0", "😀\\0" },
        new[] { "\\0\\u0041", "\\\\0\\\\u0041" },
    ];

    [TestCaseSource(nameof(_texts))]
    public void Any_string_has_a_text_and_comes_back(string value, string text)
    {
        StoredText.Escape(value).ShouldBe(text);
        StoredText.Unescape(text).ShouldBe(value);
    }
}
