//! The numbers in docs/protocol.md are those of the code.

use mcoiot::base::{AgentId, Group, Level, MAX_ASIDE, Role};
use mcoiot::link::{ARRIVING_STEP, KEEP_ALIVE_MIN, SEND_QUEUE_MAX};
use mcoiot::repl::{
    ANNOUNCED_MAX, BATCH_AGAIN, BATCH_BEGIN, BATCH_OVERHEAD, BATCH_RECONCILE, BATCH_RESTART, Config, LINK_WINDOW_BYTES,
    PULLS_MAX, RETRY_AFTER_MAX, SLOWEST_LINE, SYNC_ALL, WINDOW_BYTES,
};
use mcoiot::wire::frame::{DEFLATED, HEADER_LEN, Kind, MAGIC};
use mcoiot::wire::{DEFLATE_LEVELS_MAX, DEFLATE_MIN, EXPANSION_MAX, TAKES_DEFLATED};
use mcoiot::wire::{MAX_BEATS, MAX_EPOCHS, MAX_FORKS, MAX_PATH, MAX_ROW, MAX_TEXT, VERSION_MAX, VERSION_MIN, parcel, rows};

#[test]
fn the_protocol_page_has_the_numbers_of_the_code() {
    let page = include_str!("../docs/protocol.md");
    let answer = Config::new(Role::Device, AgentId(1000), Level::DEVICE);
    let mut expected = vec![
        format!("magic `{:02X} {:02X}`", MAGIC[0], MAGIC[1]),
        format!("The header has {HEADER_LEN} bytes"),
        format!("A row has at most {} MiB", MAX_ROW >> 20),
        format!("plus {DEFLATED}: the payload is deflated"),
        format!("Bit {}: takes deflated payloads", TAKES_DEFLATED.ilog2()),
        format!("more than {EXPANSION_MAX} times the stream"),
        format!("We try payloads of {DEFLATE_MIN} bytes and more, and above {DEFLATE_LEVELS_MAX} bytes at level 1"),
        format!("as far as the server may need it; at most {MAX_EPOCHS} |"),
        format!("that it knows of and does not continue | at most {MAX_BEATS} |"),
        format!("varint count of forks (at most {MAX_FORKS})"),
        format!("varint count of rows set aside (at most {MAX_ASIDE})"),
        format!("varint count (at most {}), then each u8 group, position; groups rise", Group::COUNT),
        format!("A body is a list of parcels: varint count (at most {})", parcel::MAX_PARCELS),
        format!("At most {MAX_TEXT} bytes of text"),
        format!("\n| rows | {} |", rows::MAX_ROWS),
        format!("\n| fields of all rows | {} |", rows::MAX_VALUES),
        format!("\n| bytes of texts and binaries, decoded | {} |", rows::MAX_TEXT_BYTES),
        format!("\n| epochs | {} |", rows::MAX_EPOCHS),
        format!("\n| notes | {} |", rows::MAX_NOTES),
        format!("\n| beats | {} |", rows::MAX_BEATS),
        format!("\n| gaps | {} |", rows::MAX_GAPS),
        format!("\n| kept ranges | {} |", rows::MAX_KEPT),
        format!("\n| classes | {} |", rows::MAX_CLASSES),
        format!("at most {WINDOW_BYTES} bytes together (body and {BATCH_OVERHEAD} more for each)"),
        format!("those of all streams of a link at most {LINK_WINDOW_BYTES};"),
        format!("at most {ANNOUNCED_MAX} announcements of other agents may be unanswered"),
        format!("({RETRY_AFTER_MAX} ms at most)"),
        format!("at most {PULLS_MAX} of one asker to one target may be unanswered"),
        format!("\n| Path | down | varint count (at most {MAX_PATH})"),
        format!("\n| of the sync | 0 to {} |", SYNC_ALL.ilog2()),
        format!("\n| RECONCILE | {} |", BATCH_RECONCILE.ilog2()),
        format!("\n| BEGIN | {} |", BATCH_BEGIN.ilog2()),
        format!("\n| AGAIN | {} |", BATCH_AGAIN.ilog2()),
        format!("\n| RESTART | {} |", BATCH_RESTART.ilog2()),
        format!("(at least {KEEP_ALIVE_MIN} ms)"),
        format!("\n| answer | {} ms, and 1000 ms for each {SLOWEST_LINE} bytes", answer.answer_timeout),
        format!("nor {ARRIVING_STEP} more bytes of one"),
        format!("\n| bytes that wait | {SEND_QUEUE_MAX} |"),
        format!("`version_min` ({VERSION_MIN}) to its `version_max` ({VERSION_MAX})"),
    ];
    expected.extend(Kind::ALL.map(|kind| format!("\n| {} | {kind:?} | {} |", kind as u8, kind.max_payload())));
    let missing: Vec<&String> = expected.iter().filter(|line| !page.contains(*line)).collect();
    assert!(missing.is_empty(), "docs/protocol.md does not say {missing:#?}");
}
