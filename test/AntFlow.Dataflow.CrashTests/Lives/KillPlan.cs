namespace AntFlow.Dataflow.CrashTests.Lives;

/// <summary>When lives end. The same seed plans the same deaths.</summary>
internal sealed class KillPlan(int seed)
{
    /// <summary>From outside, at some line of the ledger.</summary>
    public const string Anywhere = "anywhere";

    /// <summary>From outside, at some line of the ledger, by a signal that asks the process to end.</summary>
    public const string Planned = "planned";

    // The moment, how often it is dealt, and how many of its kind a life passes at most before it dies of one.
    private static readonly (string Moment, int Times, int Most)[] _deck =
    [
        ("body", 2, 10), ("once-before", 1, 4), ("once-after", 2, 4), ("before-commit", 2, 8), ("in-commit", 3, 8), ("after-commit", 2, 8), ("backoff", 3, 2), ("loading", 3, 30),
        ("telling", 1, 6), (Anywhere, 2, 80), (Planned, 2, 80),
    ];

    private readonly Random _random = new(seed);
    private readonly Queue<(string Moment, int Most)> _dealt = new();

    /// <summary>The next death. In the first life of a run there is nothing to load yet.</summary>
    public Death Next(bool isFirstLife)
    {
        while (true)
        {
            if (_dealt.Count == 0)
                Shuffle();
            (string moment, int most) = _dealt.Dequeue();
            if (!isFirstLife || moment != "loading")
                return new Death(moment, _random.Next(1, most + 1), _random.Next(0, 1000));
        }
    }

    private void Shuffle()
    {
        (string, int)[] cards = [.. _deck.SelectMany(card => Enumerable.Repeat((card.Moment, card.Most), card.Times))];
        _random.Shuffle(cards);
        foreach ((string, int) card in cards)
            _dealt.Enqueue(card);
    }
}

/// <summary>When a life is to end.</summary>
/// <param name="Moment">The kind of moment.</param>
/// <param name="Number">At which of that kind, from 1.</param>
/// <param name="Depth">How far into a commit, in thousandths of what one usually takes.</param>
internal sealed record Death(string Moment, int Number, int Depth);
