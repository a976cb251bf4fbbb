use super::MAX_ROW;
use super::rows::{
    MAX_BEATS, MAX_CLASSES, MAX_EPOCHS, MAX_GAPS, MAX_KEPT, MAX_NOTES, MAX_ROWS, MAX_TEXT_BYTES, MAX_VALUES, decode, encode,
};
use crate::base::{
    AgentId, Beat, Change, ChangeSet, Code, DbId, EpochId, EpochInfo, Gap, GapReason, Group, Identity, KeptRows, Random, Range,
    State, Timestamp, Value, Writer,
};

fn epoch(id: u64) -> EpochInfo {
    EpochInfo {
        id: EpochId(id.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        agent: AgentId(1000),
        db: DbId(0x1234_5678_9ABC_DEF0),
        first: Timestamp(id * 100),
        last: Timestamp(id * 100 + 99),
        before: EpochId(0),
        left: Timestamp(0),
        generation: 0,
    }
}

fn row(n: u64, ts: u64, fields: Vec<Value>) -> Change {
    let epoch = epoch(1).id;
    Change { class: 3, id: Identity::new(epoch, n), ts: Timestamp(ts), epoch, agent: AgentId(1000), state: State::Row(fields) }
}

fn gap(random: &mut Random) -> Gap {
    Gap {
        agent: AgentId(random.any()),
        class: random.below(1 << 16) as u16,
        epoch: EpochId(random.any()),
        first: Timestamp(random.any() >> 30),
        last: Timestamp(random.any()),
        rows: random.below(3),
        reason: GapReason::ALL[random.below(6) as usize],
    }
}

fn set(changes: Vec<Change>) -> ChangeSet {
    ChangeSet { epochs: vec![epoch(1), epoch(2)], changes, ..ChangeSet::default() }
}

/// Values as bits, so that NaN and -0.0 count.
fn bits(set: &ChangeSet) -> String {
    let mut text = format!("{set:?}");
    for change in &set.changes {
        let State::Row(row) = &change.state else { continue };
        for value in row {
            if let Value::Real(x) = value {
                text += &format!(" {:x}", x.to_bits());
            }
        }
    }
    text
}

fn assert_comes_back(set: &ChangeSet) -> usize {
    let body = encode(set).expect("within the limits");
    assert_eq!(bits(&decode(&body).expect("what was written is read")), bits(set));
    body.len()
}

fn random_value(random: &mut Random, kind: u64) -> Value {
    match kind {
        0 => Value::UInt(random.any() >> random.below(64)),
        1 => Value::Int((random.any() >> random.below(64)).cast_signed().wrapping_neg()),
        2 => Value::Real(random.below(1000) as f64 / 10.0 - 50.0),
        3 => Value::Real(f64::from((random.below(1000) as f64 / 100.0) as f32)),
        4 => Value::Real(f64::from_bits(random.any())),
        5 => Value::from([&b""[..], b"rain", b"sun", &[0, 0xFF, 0], &[7; 300]][random.below(5) as usize]),
        6 if random.below(2) == 0 => Value::NULL,
        6 => Value::Null(Some(random_value(random, 0).into())),
        _ => Value::Real([0.0, -0.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, f64::MAX][random.below(6) as usize]),
    }
}

fn random_set(random: &mut Random) -> ChangeSet {
    let mut set = set(vec![]);
    let kinds: Vec<u64> = (0..random.below(6)).map(|_| random.below(8)).collect();
    let nulls = random.below(3) == 0;
    for ts in 0..random.below(12) {
        for oid in 0..random.below(40) {
            let mixed = random.below(200) == 0;
            let field = |kind: &u64, random: &mut Random| {
                let kind = if nulls && random.below(4) == 0 { 6 } else { *kind };
                let kind = if mixed { random.below(8) } else { kind };
                random_value(random, kind)
            };
            let fields = kinds.iter().map(|kind| field(kind, random)).collect();
            let mut change = row(ts * 1000 + oid, ts + 5, fields);
            change.class = random.below(2) as u16;
            if random.below(10) == 0 {
                change.state = State::Removed;
                change.id.epoch = epoch(2).id;
                change.agent = AgentId(random.any());
            }
            set.changes.push(change);
        }
    }
    for n in 0..random.below(4) {
        set.notes.push(Range { epoch: epoch(1 + n % 2).id, from: Timestamp(random.any() >> 40), to: Timestamp(random.any()) });
        set.beats.push(Beat { epoch: epoch(1 + n % 2).id, beaten: EpochId(random.any()) });
    }
    set.gaps.extend((0..random.below(4)).map(|_| gap(random)));
    let kept = |n: u64, low: u64| KeptRows { epoch: epoch(1 + n % 2).id, low, high: low + n * n };
    set.series = random.any() >> random.below(64);
    set.kept.extend((0..random.below(4)).map(|n| kept(n, random.any() >> 8)));
    set.classes.extend((0..random.below(4)).map(|n| (n as u16 * 300, Group(n as u8 + 4))));
    set
}

#[test]
fn change_sets_of_every_shape_come_back() {
    assert_comes_back(&ChangeSet::default());
    let mut random = Random::seeded(11);
    for _ in 0..200 {
        assert_comes_back(&random_set(&mut random));
    }
}

#[test]
fn a_column_of_reals_comes_back_bit_by_bit() {
    let columns: [&[f64]; 8] = [
        &[39.4, 39.2, -0.1],
        &[0.0, -0.0],
        &[1e15, 0.1],
        &[1e300, 1e-300],
        &[f64::NAN, 1.5],
        &[f64::from(39.4f32), f64::from(-0.01f32)],
        &[std::f64::consts::PI, f64::from_bits(1)],
        &[9_007_199_254_740_993.0, -9_007_199_254_740_991.0],
    ];
    for column in columns {
        assert_comes_back(&set(column.iter().zip(1..).map(|(x, n)| row(n, 1, vec![Value::Real(*x)])).collect()));
    }
}

#[test]
fn a_reading_costs_about_a_byte() {
    let mut random = Random::seeded(5);
    let mut tenths = 394i64;
    let mut readings = |single: bool| -> Vec<Change> {
        let mut reading = |n: u64| {
            tenths += random.below(9) as i64 - 4;
            let value = tenths as f64 / 10.0;
            let value = if single { f64::from(value as f32) } else { value };
            let time = 1_262_304_000_000 + n * 3_600_000;
            row(n + 1, n / 24 + 1, vec![Value::UInt(time), Value::UInt(17), Value::Real(value)])
        };
        (0..8760).map(&mut reading).collect()
    };
    for single in [false, true] {
        let changes = readings(single);
        let whole = assert_comes_back(&set(changes.clone()));
        let daily: usize = changes.chunks(24).map(|day| assert_comes_back(&set(day.to_vec()))).sum();
        assert!(whole <= 8760 * 11 / 10, "{:.2} bytes a reading in one batch", whole as f64 / 8760.0);
        assert!(daily <= 8760 * 6, "{:.2} bytes a reading in batches of a day", daily as f64 / 8760.0);
    }
}

#[test]
fn rows_of_two_classes_in_turn_keep_their_order_and_stay_small() {
    let change = |n: u64| Change { class: (n % 2) as u16, ..row(n, n, vec![Value::UInt(n)]) };
    let size = assert_comes_back(&set((0..1000).map(change).collect()));
    assert!(size < 500, "{size} bytes for 1000 rows");
}

#[test]
fn cut_or_changed_bodies_are_refused_and_never_panic() {
    let mut random = Random::seeded(23);
    for _ in 0..20 {
        let body = encode(&random_set(&mut random)).expect("within the limits");
        for len in 0..body.len().min(1500) {
            assert!(decode(&body[..len]).is_err(), "cut to {len} of {}", body.len());
        }
        assert!(decode(&[&body[..], &[0]].concat()).is_err());
        for _ in 0..300 {
            let mut broken = body.clone();
            for _ in 0..=random.below(4) {
                let at = random.below(broken.len() as u64) as usize;
                broken[at] = [0, 1, 0x7F, 0x80, 0xFF, random.any() as u8][random.below(6) as usize];
            }
            // Whatever it is read as obeys the limits, so that it can be passed on.
            if let Ok(set) = decode(&broken) {
                assert_comes_back(&set);
                assert!(set.changes.len() <= MAX_ROWS && set.epochs.len() <= MAX_EPOCHS && set.notes.len() <= MAX_NOTES);
                assert!(set.beats.len() <= MAX_BEATS && set.gaps.len() <= MAX_GAPS);
            }
        }
    }
}

#[test]
fn an_epoch_that_is_not_declared_is_not_sent_and_not_read() {
    let mut wrong = set(vec![row(1, 1, vec![])]);
    wrong.changes[0].epoch = EpochId(99);
    assert_eq!(encode(&wrong).map_err(|e| e.code), Err(Code::E_IOT_PROTOCOLERR));
    let mut wrong = set(vec![]);
    wrong.notes.push(Range { epoch: EpochId(99), from: Timestamp(0), to: Timestamp(1) });
    assert_eq!(encode(&wrong).map_err(|e| e.code), Err(Code::E_IOT_PROTOCOLERR));

    let mut wrong = set(vec![]);
    wrong.beats.push(Beat { epoch: EpochId(99), beaten: epoch(1).id });
    assert_eq!(encode(&wrong).map_err(|e| e.code), Err(Code::E_IOT_PROTOCOLERR));

    // No epochs, notes, beats, gaps, kept rows or classes; one removed row of class 3 whose origin is epoch number 0.
    assert!(decode(&[0, 0, 0, 0, 0, 0, 0, 1, 1, 3, 0, 1, 0, 2, 0, 2, 2]).is_err());
}

#[test]
fn limits_hold_when_writing() {
    let is_over = |set: &ChangeSet| encode(set).map_err(|e| e.code) == Err(Code::E_IOT_PROTOCOLERR);
    let rows = |n: u64, width: usize| set((0..n).map(|n| row(n, 1, vec![Value::UInt(1); width])).collect());
    let text = |len: usize| set((0..2).map(|n| row(n, 1, vec![Value::Bytes(vec![b'x'; len].into())])).collect());
    assert_comes_back(&rows(MAX_ROWS as u64, 2));
    assert!(is_over(&rows(MAX_ROWS as u64 + 1, 0)));
    assert_comes_back(&rows(16, MAX_VALUES / 16));
    assert!(is_over(&rows(16, MAX_VALUES / 16 + 1)));
    assert!(encode(&text(MAX_ROW)).is_ok_and(|body| decode(&body).is_ok()));
    assert!(is_over(&text(MAX_TEXT_BYTES / 2 + 1)));
    assert!(is_over(&ChangeSet { epochs: vec![epoch(1); MAX_EPOCHS + 1], ..ChangeSet::default() }));
    let note = Range { epoch: epoch(1).id, from: Timestamp(0), to: Timestamp(1) };
    assert!(is_over(&ChangeSet { notes: vec![note; MAX_NOTES + 1], ..set(vec![]) }));
    let beat = Beat { epoch: epoch(1).id, beaten: EpochId(1) };
    assert_comes_back(&ChangeSet { beats: vec![beat; MAX_BEATS], ..set(vec![]) });
    assert!(is_over(&ChangeSet { beats: vec![beat; MAX_BEATS + 1], ..set(vec![]) }));
    let gap = gap(&mut Random::seeded(1));
    assert_comes_back(&ChangeSet { gaps: vec![gap; MAX_GAPS], ..set(vec![]) });
    assert!(is_over(&ChangeSet { gaps: vec![gap; MAX_GAPS + 1], ..set(vec![]) }));
    let kept = KeptRows { epoch: epoch(1).id, low: 1, high: u64::MAX };
    assert_comes_back(&ChangeSet { kept: vec![kept; MAX_KEPT], ..set(vec![]) });
    assert!(is_over(&ChangeSet { kept: vec![kept; MAX_KEPT + 1], ..set(vec![]) }));
    assert_comes_back(&ChangeSet { classes: vec![(u16::MAX, Group(7)); MAX_CLASSES], ..set(vec![]) });
    assert!(is_over(&ChangeSet { classes: vec![(1, Group(0)); MAX_CLASSES + 1], ..set(vec![]) }));
    let wrong = encode(&ChangeSet { classes: vec![(1, Group(8))], ..set(vec![]) }).expect("short");
    assert!(decode(&wrong).is_err(), "there is no such group");
    let wrong = encode(&ChangeSet { kept: vec![KeptRows { low: 2, high: 1, ..kept }], ..set(vec![]) }).expect("short");
    assert!(decode(&wrong).is_err(), "a range that ends before it begins");
}

/// A body of one group of `rows` rows of `width` fields, all alike, by few bytes: `column` writes each field's.
fn alike(rows: usize, width: usize, column: impl Fn(&mut Writer)) -> Vec<u8> {
    let mut w = Writer { bytes: encode(&set(vec![])).expect("short") };
    w.bytes.truncate(w.bytes.len() - 2);
    for n in [rows, 1, 3, width + 1, rows] {
        w.count(n);
    }
    (0..5).for_each(|_| run(&mut w, rows, 0));
    (0..width).for_each(|_| column(&mut w));
    w.bytes
}

fn run(w: &mut Writer, count: usize, value: u64) {
    w.u8(0);
    w.varint((count as u64) << 2);
    w.varint(value);
}

#[test]
fn few_bytes_cannot_stand_for_more_than_the_limits() {
    let missing = |w: &mut Writer| w.u8(5);
    let rows = |body: &[u8]| decode(body).map(|set| set.changes.len());
    assert_eq!(rows(&alike(MAX_ROWS, MAX_VALUES / MAX_ROWS, missing)), Ok(MAX_ROWS));
    assert!(rows(&alike(MAX_ROWS, MAX_VALUES / MAX_ROWS + 1, missing)).is_err());
    assert!(rows(&alike(MAX_ROWS + 1, 0, missing)).is_err());
    assert!(rows(&alike(usize::MAX >> 2, 0, missing)).is_err());

    // One text that every row has.
    let text = |len: usize| {
        move |w: &mut Writer| {
            w.raw(&[4, 1]);
            w.zigzag(len as i64);
            w.raw(&vec![b'x'; len]);
            run(w, 64, 0);
        }
    };
    assert_eq!(rows(&alike(64, 1, text(MAX_TEXT_BYTES / 64))), Ok(64));
    assert!(rows(&alike(64, 1, text(MAX_TEXT_BYTES / 64 + 1))).is_err());
    assert!(rows(&alike(64, 2, text(MAX_TEXT_BYTES / 64))).is_err(), "the limit is one of all columns");
}

/// If this fails, programs of the field no longer understand each other: that takes a new version of the protocol. (How values are best written
/// may change; what was written must still be read.)
#[test]
fn bodies_of_version_1_are_still_read() {
    let value = |n: u64| match n % 3 {
        0 => Value::NULL,
        _ => Value::Int(5 - n as i64),
    };
    let fields = |n: u64| {
        let text = Value::from([&b"rain"[..], b"sun"][n as usize % 2]);
        vec![
            Value::UInt(3600 * n),
            value(n),
            Value::Real(39.4 - n as f64 / 10.0),
            Value::Real(1.0 / (n + 3) as f64),
            text,
            Value::NULL,
        ]
    };
    let mut set = set((0..10).map(|n| row(n, n / 4, fields(n))).collect());
    set.changes[5].state = State::Removed;
    set.changes[7].state = State::Row(vec![Value::Real(f64::from(0.1f32)), Value::UInt(1)]);
    set.changes[8].state = State::Row(vec![Value::UInt(1), Value::UInt(u64::MAX)]);
    set.notes.push(Range { epoch: epoch(2).id, from: Timestamp(3), to: Timestamp(300) });
    set.beats.push(Beat { epoch: epoch(2).id, beaten: EpochId(7) });
    let reason = GapReason::CustodyLost;
    set.gaps.push(Gap {
        agent: AgentId(1000),
        class: 3,
        epoch: epoch(1).id,
        first: Timestamp(1),
        last: Timestamp(300),
        rows: 0,
        reason,
    });
    set.series = 300;
    set.kept.push(KeptRows { epoch: epoch(2).id, low: 5, high: 300 });
    set.classes.push((3, Group(7)));
    let written = include_str!("rows_version_1.txt").trim();
    let bytes: Vec<u8> = (0..written.len() / 2).filter_map(|n| u8::from_str_radix(&written[2 * n..2 * n + 2], 16).ok()).collect();
    assert_eq!(decode(&bytes).map(|read| bits(&read)), Ok(bits(&set)));
}
