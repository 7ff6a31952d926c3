//! What a client counts of itself.

/// What a client has counted since it started. An event is two messages, its start and its end; a point, a new
/// timeline, a pulse and its cancelling, and a line for the journal are one each. So what was `sent` and what was dropped are together as many as there were of these, once all are told
/// ([`Guard::finish`](crate::Guard::finish)), or more: a start, an end or a point whose attributes have no room in one packet
/// goes by several messages, each of them counted in `sent` or `dropped_unsent`. In packets of 1,400 bytes, one
/// whose path, context, timeline, host, keys and values have 800 bytes together, a number being 12, always has room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Messages that left in packets. UDP does not tell whether they arrived; see `refused`.
    pub sent: u64,
    /// Packets that the system took.
    pub packets: u64,
    /// Messages that were dropped because the queue was full; new timelines for which there was no room, and what happened
    /// in those ([`new_timeline`](crate::new_timeline)); and ends of events that had stayed open while more than 1,024 new
    /// timelines were opened.
    pub dropped_queue_full: u64,
    /// Messages that were dropped because their path was empty, or a name over 16 KiB: their path, context,
    /// timeline or host. An event is refused when it starts, and its end is counted then.
    pub dropped_name: u64,
    /// Messages that were dropped because the system did not take their packet: the server's name does not
    /// resolve, there is no route, or the send buffer is full. Such a packet has no number: the server
    /// learns of it as dropped messages, and not as a lost packet.
    pub dropped_unsent: u64,
    /// How often the system reported that nobody had listened to a packet, which is counted as sent: at
    /// least so many packets were lost. Not every system and network reports it, nor for each packet.
    pub refused: u64,
    /// Packets with ends of events that were sent only once, though twice was asked for
    /// ([`send_ends_twice`](crate::ClientBuilder::send_ends_twice)): there was no room for them to wait, or the system did
    /// not take them the second time.
    pub unrepeated: u64,
    /// Places that events start at, each below each place from which it was reached, since the process started: at most
    /// 32,768. Events of further places, as where many names are made at run time, take memory while they are open, and
    /// about half a microsecond more.
    pub places: u64,
}
