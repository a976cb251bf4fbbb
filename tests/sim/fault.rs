//! Faults that can be planted; each has to be caught.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The receiver says "durable" when the batch is only queued for the store.
    AckBeforeCommit,
    /// A row that is here already is taken for a new one.
    NoDuplicateCheck,
    /// Clear removes what was never acknowledged.
    ClearUnacknowledged,
    /// The received mark is saved before the rows, in another transaction.
    MarkApart,
    /// Identity is (agent, oid): a restored or recreated database gives the same ones again.
    IdentityWithoutEpoch,
    /// A version inside a received range is applied although it was received before.
    RangeApplied,
    /// A key whose row has changed since is skipped: its newer key will bring it.
    StaleSkipped,
    /// Received rows that are deleted here leave no version behind.
    NoGraves,
    /// What a key means follows from the stream it stands in, not from where its row is now.
    KeyByStream,
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
    /// Rows of an agent's older connection are applied after its newer introduction was looked at.
    OldLinkApplies,
}
