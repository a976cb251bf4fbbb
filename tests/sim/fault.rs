//! Faults that can be planted; each has to be caught. The names are those of the design: rules that are switched off, and mistakes.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,

    // Rules of the way up.
    /// Identity is (agent, oid): a restored or recreated database gives the same ones again.
    Identity,
    /// A key whose row has changed since is skipped: its newer key will bring it.
    SendCurrent,
    /// Only epochs with notes are made known, not those that are named by a version alone.
    Declare,
    /// Who learns that its timeline forked goes on in its generation.
    Generation,
    /// A version inside a received range is applied although it was received before.
    ReceivedSet,
    /// Received rows that are deleted leave no version behind.
    Graves,
    /// Custody is for ever.
    Confirm,

    // Rules of the way down.
    /// Common rows wait until there is no private one: not one snapshot, not one position.
    Merged,
    /// What a key means follows from the stream it stands in, not from where its row is now.
    Addressed,
    /// Mail is served though it does not begin at the agent's mark.
    Interval,
    /// A mark behind the horizon of dropped keys is served from the log.
    Horizon,
    /// A reconcile takes away what clear has removed on the server.
    Cleared,
    /// A mark lies on the chain if it is not beyond the clock.
    Epoch,
    /// Only the mark has to lie on the chain, not the snapshot that states may be as new as.
    AsOf,
    /// An announced mark only ever raises the recorded one.
    Attach,

    // Mistakes named by the design.
    /// The receiver says "durable" when the batch is only queued for the store.
    AckBeforeCommit,
    /// The received mark is saved before the rows, in another transaction.
    MarkApart,
    /// Clear removes what was never acknowledged.
    ClearBeyond,
    /// The end of custody is given for that of the server.
    DeepIsCustody,
    /// A batch that does not follow is taken.
    GapAccepted,
    /// A router goes on announcing an agent whose link is lost.
    RouteKept,
    /// A router does not tell that the routers above it are lost.
    PathKept,
    /// Whether custody is over is looked at only when a link begins.
    CustodyUnwatched,
    /// Of a time that an agent has lost it hears only when it announces itself.
    LateForks,
    /// A read that has failed is tried again only with the next sync.
    RetryOnlyWithNew,
    /// What was on its way when a link was lost counts for the next one.
    WindowNotReopened,
    /// A transaction is cut where the batch is full.
    PartialTransaction,
    /// Rows are applied one by one, each with its unique key.
    OnePass,

    // Section 4 of the cases.
    /// An opened database goes on in its epoch (restore with commits before the first handshake, at another router, clones).
    EpochKept,
    /// Clear is no commit.
    ClearUncounted,
    /// The end of what the server has is confirmed, whatever is missing before it.
    DeepOverHole,
    /// The upward stream starts where this parent stands, whatever other parents have.
    StartFromReceiver,
    /// Rows of a class that the server does not know yet are dropped there.
    StrangeDropped,
    /// A router's application changes what is in custody.
    LocalWrite,
    /// A router announces that it holds more of an agent's mail than it does.
    JoinedTooFar,
    /// Some of an agent's mail is dropped and the rest kept.
    MailHole,
    /// A position counts rows that are still current.
    PartsByCount,
    /// A withdrawal ends the newest claim, whichever it speaks of.
    ForeignWithdrawal,
    /// An acknowledgment of an earlier attachment counts.
    LateMark,
    /// A database that was full once can save nothing any more, not even an acknowledgment that would let it clear.
    FullMap,
    /// A router drops rows that it had before, also when they come because the link was turned round.
    RouterMerges,

    // Our own list.
    /// A row that is here already is taken for a new one.
    NoDuplicateCheck,
    /// A remove carries the version of the log record at hand, not of the deletion.
    OldRemove,
    /// A row that clear has removed is not removed anywhere, even where it was readdressed from before.
    ClearHidesRemove,
    /// A batch says that it ends with its first transaction, and has later ones too.
    RowsAhead,
    /// A waiting sync ends at once.
    SyncEndsEarly,
    /// What is on its way has no limit.
    NoWindow,
    /// What is lost with a custodian is not recorded.
    SilentLoss,
    /// Older keys of a row stay in the change log for ever.
    LogKept,
    /// A node keeps every link that it ever had.
    LinksKept,
    /// A node says more at the beginning of each link than of the one before.
    TalksLonger,
}
