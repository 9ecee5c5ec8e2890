namespace AntFlow.Dataflow;

/// <summary>What a <see cref="TargetHalf{T}"/> asks of the block it is half of: how urgent an item is, whether there is room, and to take it.</summary>
/// <remarks>
/// <para>Room is a count the owner keeps. Each room taken by <see cref="TryReserveRoom"/> is either used up by one <see cref="Accept"/> or given back by
/// one <see cref="ReleaseRoom"/>, never both. When room comes free for any other reason (an item left), the owner makes that visible to
/// <see cref="TryReserveRoom"/> first and then calls <see cref="TargetHalf{T}.RoomCameFree"/>.</para>
/// </remarks>
internal interface ITargetOwner<in T>
{
    /// <summary>How urgent an offered item is; a lower number is let in first. Called outside locks, before anything of the item is accepted, so it
    /// may run user code: what it throws goes to whoever offers, and the item stays with him.</summary>
    int PriorityOf(T item);

    /// <summary>Takes one room if there is one. Called on any thread, at times under the lock of the target half: it must be thread-safe, quick, and call
    /// nothing foreign.</summary>
    bool TryReserveRoom();

    /// <summary>Gives a reserved room back. Called outside locks. It must not call <see cref="TargetHalf{T}.RoomCameFree"/>: the half knows.</summary>
    void ReleaseRoom();

    /// <summary>Takes the item into the room that was reserved for it. Called outside locks; several calls may run at once; it must not throw.</summary>
    void Accept(T item, int priority);

    /// <summary>Nothing will be accepted any more and no offer is held. Called once, outside locks, on the thread pool.</summary>
    void IntakeClosed();

    /// <summary>A source broke the protocol by throwing when its postponed item was fetched, or the scheduler refused the fetching loop. Called outside locks.</summary>
    void IntakeFailed(Exception error);
}
