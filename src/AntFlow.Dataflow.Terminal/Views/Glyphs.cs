namespace AntFlow.Dataflow.Terminal;

/// <summary>The characters for bars and marks, depending on what the terminal can write.</summary>
internal sealed record Glyphs(char Full, char Rest, string Cut, string Spark, string Arrows)
{
    public static Glyphs Unicode { get; } = new('█', '░', "…", " ▁▂▃▄▅▆▇█", "↑↓");

    public static Glyphs Ascii { get; } = new('#', '-', "~", " .:-=+*%#", "arrows");

    public static Glyphs Of(bool isUnicode) => isUnicode ? Unicode : Ascii;

    public string Bar(double share, int width)
    {
        int full = (int)Math.Round(Math.Clamp(share, 0, 1) * width, MidpointRounding.AwayFromZero);
        // A started bar is never empty, and an unfinished bar is never full.
        if (share > 0 && full == 0)
            full = 1;
        if (share < 1 && full == width)
            full = width - 1;
        full = Math.Clamp(full, 0, width);
        return new string(Full, full) + new string(Rest, width - full);
    }

    /// <summary>Returns one character for each value, with a height relative to the highest value.</summary>
    public string Sparkline(IReadOnlyList<long> values, int width)
    {
        long most = values.Count == 0 ? 0 : values.Max();
        return string.Create(width, (values, most, Spark), static (signs, state) =>
        {
            (IReadOnlyList<long> values, long most, string spark) = state;
            for (int i = 0; i < signs.Length; i++)
            {
                int index = values.Count - signs.Length + i;
                long value = index < 0 ? 0 : values[index];
                int height = most == 0 ? 0 : (int)Math.Ceiling(value * (spark.Length - 1) / (double)most);
                signs[i] = spark[height];
            }
        });
    }
}
