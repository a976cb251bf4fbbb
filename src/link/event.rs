//! What goes into a link and what comes out of it.

use crate::base::{Code, Millis};
use crate::wire::{Hello, Message, Refuse};

/// What a link has to know from the start.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkConfig {
    /// Our own introduction. Its `recv_timeout` is the longest silence of the peer that this link tolerates
    /// ([`Millis::INFINITE`]: any).
    pub hello: Hello,
    /// Our canonical schema text, for a peer that does not know its hash.
    pub schema: String,
    /// Level of compression for what we send, 1 (fast) to 9 (short), to a peer that takes it; 0: none. What we take is in `hello`.
    pub compression: u8,
    /// Whether we opened the connection. The protocol is the same on both sides; texts for people are not.
    pub initiator: bool,
    /// The handshake must be complete this long after [`Link::new`](super::Link::new).
    pub handshake_timeout: Millis,
    /// Longest time that transmitted bytes may wait without one of them being taken ([`LinkInput::Written`]).
    pub send_timeout: Millis,
}

/// Something that happened.
#[derive(Debug)]
pub enum LinkInput<'a> {
    /// Bytes from the peer, cut anywhere.
    Bytes(&'a [u8]),
    /// The stream has taken this many of the bytes handed out by [`LinkOutput::Transmit`]. Without it [`Link::queued`](super::Link::queued)
    /// only grows, and the link ends after `send_timeout`.
    Written(usize),
    /// The driver has stopped to read the stream, or goes on. What is not read cannot be heard, so silence does not count meanwhile.
    Reading(bool),
    /// A message for the peer. Dropped unless the link is established; messages of the handshake are dropped always.
    Send(Message),
    /// The driver's answer to [`LinkOutput::Examine`].
    Decide(Decision),
    /// We end the connection; the peer is told code and text.
    Close {
        /// What the peer's user gets, and ours.
        code: Code,
        /// In words.
        text: String,
    },
    /// Time has passed a moment asked for by [`LinkOutput::WakeAt`].
    Tick,
    /// The peer sends no more bytes.
    Eof,
    /// The stream has failed.
    Lost {
        /// Why, e.g. `E_NW_RECVERR`.
        code: Code,
        /// In words.
        text: String,
    },
}

/// What the driver says about a peer after looking at its `Hello`.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The schema of this hash is not known here: fetch it. [`LinkOutput::Examine`] comes once more, with the text.
    FetchSchema,
    /// The peer fits.
    Accept,
    /// The peer does not fit. It is told why and the link is closed.
    Refuse(Refuse),
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkOutput {
    /// Write these bytes, in the order of the outputs, and report what the stream has taken with [`LinkInput::Written`].
    Transmit(Vec<u8>),
    /// The peer has introduced itself and the two `Hello` do not rule each other out. Answer with [`LinkInput::Decide`], at any later time
    /// within the handshake's limit; comparing schemas is the driver's.
    Examine {
        /// Who it is.
        hello: Box<Hello>,
        /// Its canonical schema text, after [`Decision::FetchSchema`]; comes from outside: its hash must be held against the `Hello`'s.
        schema: Option<String>,
    },
    /// Both sides have accepted. From here on messages may be sent, and come.
    Established {
        /// Who it is.
        hello: Box<Hello>,
    },
    /// A message that is neither the handshake's nor the link's own. Only when established. Codes in it are such as our user may see.
    Message(Message),
    /// Another [`ARRIVING_STEP`](super::ARRIVING_STEP) bytes of a message that is not complete yet have come. Only when established.
    Arriving,
    /// The link has ended, for this reason; the last output of every link. Comes exactly once.
    Closed {
        /// For waiting syncs and for the connection's state.
        code: Code,
        /// In words, for the log and the last error.
        text: String,
        /// The last bytes transmitted tell the peer why. Write them out, shut the stream down for writing and read (and drop) until its end,
        /// within a limit, before closing it: a close with unread bytes would destroy them on the way. Otherwise close at once.
        linger: bool,
    },
    /// Call with [`LinkInput::Tick`] at this moment or later; replaces the former wish. [`Millis::INFINITE`]: no wish.
    WakeAt(Millis),
}
