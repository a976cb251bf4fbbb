//! Two connections of one agent: which one stays.

use crate::base::{AgentId, Code, DbId, Millis};
use crate::wire::Refuse;

/// The connection that an agent has, or is about to have.
pub(super) struct Standing {
    pub(super) db: DbId,
    /// Whether this side has opened it.
    pub(super) ours: bool,
    /// For how long nothing has come over it, though we read.
    pub(super) silence: Millis,
}

/// One more connection of the same agent.
pub(super) struct Newcomer {
    pub(super) agent: AgentId,
    pub(super) db: DbId,
    /// Whether this side has opened it.
    pub(super) ours: bool,
}

/// `None`: the newcomer takes the place of the standing one. What cannot be heard any more never keeps its place. A live one does
/// against another database, and against a connection that was opened by the node with the smaller id if the one with the greater
/// id has opened it: both ends come to the same choice, however often their connectors try.
pub(super) fn refuse(own: AgentId, recv_timeout: Millis, standing: &Standing, newcomer: &Newcomer) -> Option<Refuse> {
    let agent = newcomer.agent;
    let text = if standing.silence > silence_of_the_living(recv_timeout) {
        return None;
    } else if standing.db != newcomer.db {
        format!(
            "agent {agent} is connected here with another database: {:016x} keeps its place, {:016x} is refused; give every node its own \
             id, or end the other one first",
            standing.db.0, newcomer.db.0
        )
    } else if standing.ours != newcomer.ours && standing.ours == (own > agent) {
        let opener = own.max(agent);
        format!("agents {own} and {agent} have connected to each other; the connection that agent {opener} has opened stays")
    } else {
        return None;
    };
    Some(Refuse { code: Code::E_IOT_WRONG_AGENT_ID, text })
}

/// A live peer gives a sign of life after a third of our `recv_timeout`; half of that time again is for the way.
fn silence_of_the_living(recv_timeout: Millis) -> Millis {
    if recv_timeout == Millis::INFINITE { recv_timeout } else { Millis(recv_timeout.0 / 2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: AgentId = AgentId(1);
    const DEVICE: AgentId = AgentId(1000);
    const LIMIT: Millis = Millis(9000);

    /// At the server: whether a connection of the device keeps its place.
    fn stays(standing: (u64, bool, u64), newcomer: (u64, bool)) -> bool {
        at(SERVER, DEVICE, LIMIT, standing, newcomer)
    }

    fn at(own: AgentId, agent: AgentId, limit: Millis, standing: (u64, bool, u64), newcomer: (u64, bool)) -> bool {
        let standing = Standing { db: DbId(standing.0), ours: standing.1, silence: Millis(standing.2) };
        let newcomer = Newcomer { agent, db: DbId(newcomer.0), ours: newcomer.1 };
        let refused = refuse(own, limit, &standing, &newcomer);
        assert!(refused.iter().all(|r| r.code == Code::E_IOT_WRONG_AGENT_ID && r.text.contains("agent")));
        refused.is_some()
    }

    #[test]
    fn another_database_waits_until_the_first_one_is_silent() {
        assert!(stays((5, false, 0), (6, false)));
        assert!(stays((5, false, LIMIT.0 / 3 + 1000), (6, false)), "a sign of life may be late");
        assert!(!stays((5, false, LIMIT.0 / 2 + 1), (6, false)));
        assert!(at(SERVER, DEVICE, Millis::INFINITE, (5, false, u64::MAX - 1), (6, false)), "no signs of life are due");
    }

    #[test]
    fn who_connects_again_replaces() {
        for ours in [false, true] {
            for silence in [0, LIMIT.0] {
                assert!(!stays((5, ours, silence), (5, ours)));
            }
        }
    }

    #[test]
    fn of_two_directions_both_ends_choose_that_of_the_greater_id() {
        for by_device_first in [false, true] {
            let at_server = at(SERVER, DEVICE, LIMIT, (5, !by_device_first, 10), (5, by_device_first));
            let at_device = at(DEVICE, SERVER, LIMIT, (5, by_device_first, 20), (5, !by_device_first));
            assert_eq!((at_server, at_device), (by_device_first, by_device_first));
        }
        assert!(!stays((5, false, LIMIT.0), (5, true)), "nothing is heard of the one by the device");
    }
}
