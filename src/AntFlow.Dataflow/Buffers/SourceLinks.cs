using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>One link from a source to a target; disposing it unlinks.</summary>
internal sealed class SourceLink<T>(ITargetBlock<T> target, DataflowLinkOptions options, Action<SourceLink<T>> unlink) : IDisposable
{
    /// <summary>The target that is offered the items.</summary>
    public ITargetBlock<T> Target { get; } = target;

    /// <summary>Whether the target is notified when the source ends.</summary>
    public bool PropagatesCompletion { get; } = options.PropagateCompletion;

    /// <summary>How many items the link may still carry; -1 for any number.</summary>
    public int ItemsLeft { get; set; } = options.MaxMessages;

    /// <summary>Whether the link carries only a limited number of items.</summary>
    public bool IsLimited { get; } = options.MaxMessages != DataflowBlockOptions.Unbounded;

    /// <summary>The last round of offers the target took part in.</summary>
    public long SeenRound { get; set; }

    public bool IsRemoved { get; set; }

    public SourceLink<T>? Previous { get; set; }

    public SourceLink<T>? Next { get; set; }

    public void Dispose() => unlink(this);
}

/// <summary>The links of a source in the order in which their targets are asked.</summary>
/// <remarks>
/// <para>Pure: the class that uses it guards it. Adding, finding and removing cost the same whatever the number of links.</para>
/// <para>A removed link points nowhere: otherwise a handle that is kept would keep all later links reachable. A walk therefore compares <see cref="Changes"/> after each
/// call into a target, and starts again when a link was added or removed.</para>
/// </remarks>
internal sealed class SourceLinks<T>(ISourceBlock<T> source, Action<SourceLink<T>> unlink)
{
    private readonly Dictionary<ITargetBlock<T>, SourceLink<T>> _byTarget = new(ReferenceEqualityComparer.Instance);
    private SourceLink<T>? _last;
    private int _limited;

    public SourceLink<T>? First { get; private set; }

    public int Count => _byTarget.Count;

    /// <summary>Grows with every link that is added or removed.</summary>
    public long Changes { get; private set; }

    /// <summary>Adds a link at the end, or at the beginning if the options say so.</summary>
    public SourceLink<T> Add(ITargetBlock<T> target, DataflowLinkOptions options)
    {
        // Targets distinguish sources by reference, so a second link to the same target needs a source of its own.
        if (_byTarget.ContainsKey(target))
            target = new RepeatedLink<T>(source, target);
        var link = new SourceLink<T>(target, options, unlink);
        Changes++;
        _byTarget.Add(target, link);
        if (link.IsLimited)
            _limited++;
        if (options.Append)
            Append(link);
        else
            Prepend(link);
        return link;
    }

    /// <summary>Counts an item that the target consumed.</summary>
    public void CountDown(ITargetBlock<T> target)
    {
        if (_limited != 0 && _byTarget.TryGetValue(target, out SourceLink<T>? link))
            CountDown(link);
    }

    /// <summary>Removes the link if it is still there.</summary>
    public void Remove(SourceLink<T> link)
    {
        if (link.IsRemoved)
            return;
        link.IsRemoved = true;
        Changes++;
        if (link.IsLimited)
            _limited--;
        _byTarget.Remove(link.Target);
        if (link.Previous is null)
            First = link.Next;
        else
            link.Previous.Next = link.Next;
        if (link.Next is null)
            _last = link.Previous;
        else
            link.Next.Previous = link.Previous;
        link.Previous = null;
        link.Next = null;
    }

    /// <summary>Counts an item that went over the link, and removes the link once it has carried all it may.</summary>
    public void CountDown(SourceLink<T> link)
    {
        if (link.ItemsLeft > 0 && --link.ItemsLeft == 0)
            Remove(link);
    }

    /// <summary>Removes all links and returns them in order.</summary>
    public List<SourceLink<T>> TakeAll()
    {
        var links = new List<SourceLink<T>>(Count);
        while (First is { } link)
        {
            links.Add(link);
            Remove(link);
        }

        return links;
    }

    private void Append(SourceLink<T> link)
    {
        link.Previous = _last;
        if (_last is null)
            First = link;
        else
            _last.Next = link;
        _last = link;
    }

    private void Prepend(SourceLink<T> link)
    {
        link.Next = First;
        if (First is null)
            _last = link;
        else
            First.Previous = link;
        First = link;
    }
}
