using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>What the cases of a session have met, and how often.</summary>
internal sealed class Coverage
{
    private readonly ConcurrentDictionary<string, long> _seen = new(StringComparer.Ordinal);

    public void See(string what) => _seen.AddOrUpdate(what, 1, static (_, count) => count + 1);

    public void See<TEnum>(TEnum what)
        where TEnum : struct, Enum => See($"{typeof(TEnum).Name}.{what}");

    public IReadOnlyList<string> Missing(IEnumerable<string> required) => [.. required.Where(what => !_seen.ContainsKey(what))];

    public static IEnumerable<string> All<TEnum>(params IEnumerable<TEnum> but)
        where TEnum : struct, Enum => Enum.GetValues<TEnum>().Except(but).Select(value => $"{typeof(TEnum).Name}.{value}");

    public override string ToString()
    {
        var text = new StringBuilder();
        string? group = null;
        foreach ((string what, long count) in _seen.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            string[] parts = what.Split('.', 2);
            if (group != parts[0])
                text.AppendLine().Append("  ").Append(group = parts[0]).Append(':');
            text.Append(CultureInfo.InvariantCulture, $" {parts[^1]} {count}");
        }

        return text.ToString();
    }
}
