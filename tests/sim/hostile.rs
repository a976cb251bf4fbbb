//! A core against a peer, and a store, that answer anything.

use mcoiot::base::{AgentId, Code, DbId, EpochId, Level, LinkId, Millis, Position, Random, Role, Timestamp};
use mcoiot::repl::{BATCH_AGAIN, BATCH_RESTART, Config, Input, Job, JobId, JobResult, Output, Peer, Replicator, SyncId};
use mcoiot::wire::{Ack, Batch, Message, Pull, PullEnd};
use std::collections::BTreeSet;

const WINDOW: usize = 2000;
const BODY_MAX: u64 = 600;

fn position(random: &mut Random) -> Position {
    let ts = random.below(8);
    Position { ts: Timestamp(ts), epoch: EpochId(u64::from(ts > 0)) }
}

fn code(random: &mut Random) -> Code {
    [Code::S_OK, Code::S_OK, Code::E_NOMEM, Code::S_DUPLICATE, Code::E_IOT_PROTOCOLERR][random.below(5) as usize]
}

fn batch(random: &mut Random) -> Batch {
    Batch {
        seq: random.below(6),
        flags: [0, 1, BATCH_AGAIN, BATCH_RESTART, u32::MAX][random.below(5) as usize],
        after: position(random),
        up_to: position(random),
        rows: random.below(3) as u32,
        body: vec![0; random.below(BODY_MAX) as usize],
    }
}

fn message(random: &mut Random) -> Message {
    let seq = random.below(6);
    match random.below(5) {
        0 | 1 => Message::Batch(batch(random)),
        2 => {
            let retry_after = Millis([0, 5, u64::MAX][random.below(3) as usize]);
            Message::Ack(Ack { seq, flags: 0, position: position(random), code: code(random), retry_after })
        }
        3 => Message::Pull(Pull { seq, flags: 2 }),
        _ => Message::PullEnd(PullEnd { seq, rows: random.below(3), code: code(random) }),
    }
}

fn result(random: &mut Random, work: &Job) -> JobResult {
    match (random.below(8), work) {
        (0, _) => JobResult::Failed { code: code(random) },
        (1, _) => JobResult::Saved,
        (_, Job::Read { .. }) => {
            let batch = (random.below(3) > 0).then(|| batch(random));
            JobResult::Read { batch, tail: position(random), held: Code::S_OK }
        }
        (_, Job::Apply { batch, .. }) => JobResult::Applied { mark: batch.up_to, code: code(random) },
        (_, Job::SaveMark { .. }) => JobResult::Saved,
    }
}

#[test]
fn nothing_a_peer_or_a_store_says_breaks_the_core() {
    let mut closed = 0;
    for seed in 0..3000 {
        let random = &mut Random::seeded(seed);
        let mut config = Config::new(Role::Device, AgentId(7), Level::DEVICE);
        (config.window_bytes, config.batch_bytes) = (WINDOW, 300);
        let mut core = Replicator::new(config);
        let (mut now, mut link, mut syncs) = (Millis(0), 0, 0);
        let mut jobs: Vec<(JobId, Job)> = Vec::new();
        let mut open = BTreeSet::new();
        for step in 0..400 {
            now = now.after(Millis(random.below(50)));
            let input = match random.below(12) {
                0 if core.peers().next().is_none() || random.below(20) == 0 => {
                    link += 1;
                    let (received, ours) = (position(random), position(random));
                    let (agent, db, role) = (AgentId::SERVER, DbId(random.below(2)), Role::Server);
                    Input::PeerUp { link: LinkId(link), peer: Peer { agent, db, role, level: Level::SERVER, received, ours } }
                }
                1..6 => Input::Message { link: LinkId(link), message: message(random) },
                6 | 7 if !jobs.is_empty() => {
                    let (job, work) = jobs.remove(0);
                    Input::JobDone { job, result: result(random, &work) }
                }
                8 => {
                    syncs += 1;
                    open.insert(syncs);
                    Input::Sync { sync: SyncId(syncs), target: AgentId::SERVER, flags: random.below(128) as u32 }
                }
                9 if random.below(30) == 0 => Input::PeerDown { link: LinkId(link), code: Code::E_NW_CLOSED },
                10 => Input::CancelSync { sync: SyncId(random.below(syncs + 1)), code: Code::E_IOT_TIMEOUT },
                11 if step > 390 => Input::Stop,
                _ => Input::Tick,
            };
            let is_stop = input == Input::Stop;
            core.handle(now, input);
            while let Some(output) = core.poll() {
                match output {
                    Output::Job { job, work, .. } => jobs.push((job, work)),
                    Output::SyncDone { sync, .. } => assert!(open.remove(&sync.0), "seed {seed}: sync {sync:?} has ended twice"),
                    Output::Close { .. } => closed += 1,
                    _ => {}
                }
            }
            assert!(!is_stop || open.is_empty(), "seed {seed}: {open:?} have not ended");
            let (sent, got) = core.held(LinkId(link));
            let one = BODY_MAX as usize + 64;
            assert!(sent <= WINDOW + one && got <= WINDOW + one, "seed {seed}: {sent} and {got} bytes are held");
            assert!(jobs.len() < 2000 && core.peers().count() <= 1, "seed {seed}");
        }
        core.handle(now, Input::Stop);
        while let Some(output) = core.poll() {
            if let Output::SyncDone { sync, .. } = output {
                open.remove(&sync.0);
            }
        }
        assert!(open.is_empty(), "seed {seed}: {open:?} never end");
    }
    assert!(closed > 1000, "only {closed} links were closed");
}
