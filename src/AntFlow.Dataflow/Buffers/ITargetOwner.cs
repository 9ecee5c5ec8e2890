namespace AntFlow.Dataflow;

/// <summary>What a <see cref="TargetHalf{T}"/> needs from the block that it is a half of: the priority of an item, room for it, and its acceptance.</summary>
/// <remarks>
/// <para>Room is a count that the owner keeps. Each room taken by <see cref="TryReserveRoom"/> is either used up by one <see cref="Accept"/> or given back by
/// one <see cref="ReleaseRoom"/>, never both. When room becomes free for any other reason (an item left), the owner first makes that visible to
/// <see cref="TryReserveRoom"/> and then calls <see cref="TargetHalf{T}.RoomCameFree"/>.</para>
/// </remarks>
internal interface ITargetOwner<in T>
{
    /// <summary>Returns the priority of an offered item; the lowest number is accepted first. Called outside locks, before anything of the item is accepted, so it
    /// may run user code: what it throws goes to the offering caller, which keeps the item.</summary>
    int PriorityOf(T item);

    /// <summary>Takes one room if there is one. Called on any thread, sometimes under the lock of the target half: it must be thread-safe and quick, and must call
    /// no foreign code.</summary>
    bool TryReserveRoom();

    /// <summary>Gives a reserved room back. Called outside locks. It must not call <see cref="TargetHalf{T}.RoomCameFree"/>: the half has noted the room already.</summary>
    void ReleaseRoom();

    /// <summary>Takes the item into the room that was reserved for it. Called outside locks; several calls may run at once; it must not throw.</summary>
    void Accept(T item, int priority);

    /// <summary>Called when nothing will be accepted any more and no offer is held. Called once, outside locks, on the thread pool.</summary>
    void IntakeClosed();

    /// <summary>Called when a source broke the protocol by throwing when its postponed item was fetched, or when the scheduler refused the fetching loop. Called outside locks.</summary>
    void IntakeFailed(Exception error);
}
