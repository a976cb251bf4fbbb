//! The body of a batch: parcels, each the bytes that its origin has made, passed on unchanged.

/// Rows of one origin in the layout of its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Hash of the canonical schema text that class codes and fields are numbered by.
    pub schema: u64,
    /// A change set as [`super::rows::encode`] writes it.
    pub body: Vec<u8>,
}
