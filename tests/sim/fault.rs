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
}
