//! The numbers in docs/protocol.md are those of the code.
#![cfg(not(mcoiot_core))]

use mcoiot::base::{AgentId, Level, Role};
use mcoiot::link::{ARRIVING_STEP, KEEP_ALIVE_MIN, SEND_QUEUE_MAX};
use mcoiot::repl::{
    BATCH_AGAIN, BATCH_OVERHEAD, BATCH_RESTART, Config, PULLS_MAX, RETRY_AFTER_MAX, SLOWEST_LINE, SYNC_ALL, WINDOW_BYTES,
};
use mcoiot::wire::frame::{HEADER_LEN, Kind, MAGIC};
use mcoiot::wire::{MAX_HELLO_EPOCHS, MAX_ROW, MAX_TEXT, VERSION_MAX, VERSION_MIN, rows};

#[test]
fn the_protocol_page_has_the_numbers_of_the_code() {
    let page = include_str!("../docs/protocol.md");
    let answer = Config::new(Role::Device, AgentId(1000), Level::DEVICE);
    let mut expected = vec![
        format!("magic `{:02X} {:02X}`", MAGIC[0], MAGIC[1]),
        format!("The header has {HEADER_LEN} bytes"),
        format!("A row has at most {} MiB", MAX_ROW >> 20),
        format!("as far as the peer may need it; at most {MAX_HELLO_EPOCHS} |"),
        format!("At most {MAX_TEXT} bytes of text"),
        format!("\n| rows | {} |", rows::MAX_ROWS),
        format!("\n| fields of all rows | {} |", rows::MAX_VALUES),
        format!("\n| bytes of texts and binaries, decoded | {} |", rows::MAX_TEXT_BYTES),
        format!("\n| epochs | {} |", rows::MAX_EPOCHS),
        format!("\n| notes | {} |", rows::MAX_NOTES),
        format!("at most {WINDOW_BYTES} bytes together (body and {BATCH_OVERHEAD} more for each)"),
        format!("({RETRY_AFTER_MAX} ms at most)"),
        format!("at most {PULLS_MAX} may be unanswered"),
        format!("\n| of the sync | 0 to {} |", SYNC_ALL.ilog2()),
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
