use super::connection::{Owner, PeerConnection, StopReason};
use super::dispatcher::{CALLBACK_QUEUE_MAX, Dispatcher, Feedback, Notice};
use super::patience::Patience;
use super::{Observer, Verdict};
use crate::base::LinkId;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;

/// Stands for the event loop.
#[derive(Default)]
struct Loop {
    failed: Mutex<Vec<LinkId>>,
    caught_up: Mutex<Vec<LinkId>>,
}

impl Feedback for Loop {
    fn callback_failed(&self, link: LinkId) {
        self.failed.lock().push(link);
    }
    fn callbacks_caught_up(&self, link: LinkId) {
        self.caught_up.lock().push(link);
    }
}

struct Unpins(Arc<Dispatcher>);

impl Owner for Unpins {
    fn disconnect(&self, _: LinkId, _: StopReason) {}
    fn unpinned(&self, connection: &Arc<PeerConnection>) {
        self.0.push(connection, Notice::Destroy);
    }
}

#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
    seen: Mutex<Vec<String>>,
}

impl Observer for Gate {
    fn on_receive(&self, _: &PeerConnection, rows: u32) -> Verdict {
        let mut open = self.open.lock();
        while !*open {
            self.opened.wait(&mut open);
        }
        self.seen.lock().push(format!("receive {rows}"));
        Verdict::OK
    }
    fn on_disconnect(&self, _: &PeerConnection) -> Verdict {
        self.seen.lock().push("disconnect".into());
        Verdict::FAIL
    }
    fn on_destroy(&self, _: &PeerConnection) -> Verdict {
        self.seen.lock().push("destroy".into());
        Verdict::OK
    }
}

impl Gate {
    fn open(&self) {
        *self.open.lock() = true;
        self.opened.notify_all();
    }
}

fn started(observer: Arc<dyn Observer>) -> (Arc<Dispatcher>, Arc<Loop>, Arc<PeerConnection>) {
    let (dispatcher, feedback) = (Dispatcher::new(), Arc::new(Loop::default()));
    dispatcher.register(1, observer).expect("new");
    dispatcher.start(2, &(feedback.clone() as Arc<dyn Feedback>)).expect("threads");
    let connection = PeerConnection::new(LinkId(7), "address", Arc::new(Unpins(dispatcher.clone())));
    (dispatcher, feedback, connection)
}

#[test]
fn a_full_queue_holds_its_connection_until_callbacks_have_caught_up() {
    let gate = Arc::new(Gate::default());
    let (dispatcher, feedback, connection) = started(gate.clone());
    let mut pushed = 0;
    while !dispatcher.push(&connection, Notice::Receive(pushed)) {
        pushed += 1;
        assert!(pushed as usize <= CALLBACK_QUEUE_MAX + 2, "the queue has a limit");
    }
    assert!(pushed as usize >= CALLBACK_QUEUE_MAX);
    gate.open();
    dispatcher.push(&connection, Notice::Disconnect);
    dispatcher.stop(&*feedback, Patience::Endless).expect("nobody interrupts it");
    let seen = gate.seen.lock();
    let mut expected: Vec<String> = (0..=pushed).map(|n| format!("receive {n}")).collect();
    expected.extend(["disconnect".into(), "destroy".into()]);
    assert_eq!(*seen, expected, "everything in order, and stop delivers the rest");
    assert_eq!(*feedback.caught_up.lock(), [LinkId(7)]);
    assert!(feedback.failed.lock().is_empty(), "FAIL means nothing in onDisconnect");
}

#[test]
fn a_pin_kept_beyond_the_end_is_destroyed_by_whoever_drops_it() {
    let gate = Arc::new(Gate::default());
    let (dispatcher, _, connection) = started(gate.clone());
    let pin = connection.pin().expect("alive");
    dispatcher.push(&connection, Notice::Disconnect);
    dispatcher.stop(&Loop::default(), Patience::Endless).expect("nobody interrupts it");
    assert_eq!(*gate.seen.lock(), ["disconnect"]);
    drop(pin);
    assert_eq!(*gate.seen.lock(), ["disconnect", "destroy"]);
    assert!(connection.pin().is_none());
}

struct Panics;
impl Observer for Panics {
    fn on_connect(&self, _: &PeerConnection) -> Verdict {
        panic!("on purpose")
    }
}

#[test]
fn a_callback_that_panics_counts_as_failed_and_harms_nobody() {
    let (dispatcher, feedback, connection) = started(Arc::new(Panics));
    dispatcher.push(&connection, Notice::Connect);
    dispatcher.push(&connection, Notice::Disconnect);
    dispatcher.stop(&*feedback, Patience::Endless).expect("nobody interrupts it");
    assert_eq!(*feedback.failed.lock(), [LinkId(7)]);
    dispatcher.unregister(1).expect("registered, and nothing runs any more");
}
