using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>An offer that waits for room: its source, its message, and the priority of the item when it was offered.</summary>
internal readonly record struct PostponedOffer<T>(ISourceBlock<T> Source, DataflowMessageHeader Header, int Priority);

/// <summary>The offers that a full block has postponed, one per source: the most urgent is accepted first, and the oldest among equals.</summary>
/// <remarks>Pure: no locks, no user code; the class that uses it guards it. A source that offers again replaces its offer and keeps its place in time,
/// so a source that offers again often loses no time.</remarks>
internal sealed class PostponedOffers<T>
{
    private readonly Dictionary<ISourceBlock<T>, Entry> _bySource = new(ReferenceEqualityComparer.Instance);
    private BucketPriorityQueue<Entry> _order = new();
    private long _nextTicket;
    private Entry? _spare;

    /// <summary>The number of sources that wait.</summary>
    public int Count => _bySource.Count;

    /// <summary>Stores the offer, in place of an earlier one of the same source.</summary>
    public void Put(PostponedOffer<T> offer)
    {
        if (!_bySource.TryGetValue(offer.Source, out Entry? entry))
        {
            entry = _spare ?? new Entry();
            _spare = null;
            entry.Offer = offer;
            entry.Ticket = _nextTicket++;
            _bySource.Add(offer.Source, entry);
            _order.Enqueue(entry, offer.Priority, entry.Ticket);
        }
        else if (entry.Offer.Priority == offer.Priority)
        {
            entry.Offer = offer;
        }
        else
        {
            entry.IsReplaced = true;
            entry = new Entry { Offer = offer, Ticket = entry.Ticket };
            _bySource[offer.Source] = entry;
            _order.EnqueueReturning(entry, offer.Priority, entry.Ticket);
        }
    }

    /// <summary>Takes the offer that is accepted next.</summary>
    public bool TryTake(out PostponedOffer<T> offer)
    {
        while (_order.TryDequeue(out Entry entry))
        {
            if (entry.IsReplaced)
                continue;
            offer = entry.Offer;
            _bySource.Remove(offer.Source);
            entry.Offer = default;
            _spare = entry;
            return true;
        }

        offer = default;
        return false;
    }

    private sealed class Entry
    {
        public PostponedOffer<T> Offer { get; set; }

        public long Ticket { get; set; }

        public bool IsReplaced { get; set; }
    }
}
