//! Who may connect to whom, from the two introductions alone.

use crate::base::{AgentId, Code, Level, Result, Role, fail};
use crate::wire::{Hello, MAX_FRAME};

/// Whether `ours` and `theirs` may be neighbours in the tree. Both sides come to the same code.
///
/// `E_IOT_INCOMPATIBLE_MODE`: server-server, device-device, or a peer that does not take a frame of the size that one row may have;
/// `E_IOT_WRONG_AGENT_ID`: both have one agent id, or the peer's role may not have its id; `E_IOT_INCOMPATIBLE_LEVEL`: equal levels of
/// routers, or the peer's role may not have its level.
pub fn check(ours: &Hello, theirs: &Hello) -> Result<()> {
    // Rule by rule and not side by side, so that both come to the same code when both are wrong.
    for rule in [check_id, check_level, check_frame] {
        rule(ours)?;
        rule(theirs)?;
    }
    let same_db = if ours.db == theirs.db { ", even the same database: a node that connects to itself, or a copy" } else { "" };
    if ours.role == theirs.role && ours.role != Role::Router {
        let name = role_name(ours.role);
        let text = format!("both sides are {name}s{same_db}; a {name} connects to nodes of other roles only");
        return fail(Code::E_IOT_INCOMPATIBLE_MODE, text);
    }
    if ours.agent == theirs.agent {
        let text = format!("both sides have the agent id {}{same_db}; give every node of the tree an own id", ours.agent);
        return fail(Code::E_IOT_WRONG_AGENT_ID, text);
    }
    if ours.level == theirs.level {
        let text = format!(
            "the routers {} and {} both have level {}; the one further from the server needs the larger level",
            ours.agent, theirs.agent, ours.level
        );
        return fail(Code::E_IOT_INCOMPATIBLE_LEVEL, text);
    }
    Ok(())
}

fn check_id(hello: &Hello) -> Result<()> {
    let (role, agent) = (role_name(hello.role), hello.agent);
    if agent.is_node() && (agent == AgentId::SERVER) == (hello.role == Role::Server) {
        return Ok(());
    }
    let text = format!("a {role} cannot have the agent id {agent}: the server has 1, other nodes 2 to {}", AgentId::MAX);
    fail(Code::E_IOT_WRONG_AGENT_ID, text)
}

fn check_level(hello: &Hello) -> Result<()> {
    let (role, agent, level) = (role_name(hello.role), hello.agent, hello.level);
    let fits = match hello.role {
        Role::Server => level == Level::SERVER,
        Role::Router => level > Level::SERVER && level < Level::DEVICE,
        Role::Device => level == Level::DEVICE,
    };
    if fits {
        return Ok(());
    }
    let text = format!("the {role} {agent} cannot have level {level}: the server has 1, routers 2 to 65534, devices 65535");
    fail(Code::E_IOT_INCOMPATIBLE_LEVEL, text)
}

fn check_frame(hello: &Hello) -> Result<()> {
    if hello.max_frame >= MAX_FRAME {
        return Ok(());
    }
    let (role, agent, bytes) = (role_name(hello.role), hello.agent, hello.max_frame);
    let text =
        format!("the {role} {agent} takes frames of {bytes} bytes; {MAX_FRAME} are needed, so that every row fits into one");
    fail(Code::E_IOT_INCOMPATIBLE_MODE, text)
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Server => "server",
        Role::Router => "router",
        Role::Device => "device",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tests::hello;
    use Role::{Device, Router, Server};

    #[test]
    fn who_connects() {
        let allowed = Code::S_OK;
        let mode = Code::E_IOT_INCOMPATIBLE_MODE;
        let level = Code::E_IOT_INCOMPATIBLE_LEVEL;
        let id = Code::E_IOT_WRONG_AGENT_ID;
        let table = [
            ((Server, 1, 1), (Router, 10, 2), allowed),
            ((Server, 1, 1), (Device, 1000, 65535), allowed),
            ((Router, 10, 2), (Device, 1000, 65535), allowed),
            ((Router, 10, 2), (Router, 11, 3), allowed),
            ((Router, 10, 65534), (Device, AgentId::MAX.0, 65535), allowed),
            ((Router, 10, 2), (Router, 11, 2), level),
            ((Server, 1, 1), (Server, 1, 1), mode),
            ((Device, 1000, 65535), (Device, 1001, 65535), mode),
            ((Device, 1000, 65535), (Device, 1000, 65535), mode),
            ((Router, 10, 2), (Router, 10, 2), id),
            ((Router, 10, 2), (Router, 10, 3), id),
            ((Router, 10, 2), (Device, 10, 65535), id),
            ((Server, 1, 1), (Device, 1, 65535), id),
            ((Server, 1, 1), (Router, 1, 2), id),
            ((Router, 10, 2), (Server, 5, 1), id),
            ((Server, 1, 1), (Device, 0, 65535), id),
            ((Server, 1, 1), (Device, AgentId::MAX.0 + 1, 65535), id),
            ((Server, 1, 1), (Device, AgentId::INVALID.0, 65535), id),
            ((Device, 1000, 65535), (Server, 1, 2), level),
            ((Server, 1, 1), (Router, 10, 1), level),
            ((Server, 1, 1), (Router, 10, 65535), level),
            ((Server, 1, 1), (Router, 10, 0), level),
            ((Server, 1, 1), (Device, 1000, 65534), level),
            ((Server, 1, 5), (Device, 0, 65535), id),
        ];
        for (a, b, expected) in table {
            for (a, b) in [(a, b), (b, a)] {
                let result = check(&hello(a.0, a.1, a.2), &hello(b.0, b.1, b.2));
                assert_eq!(result.clone().err().map_or(Code::S_OK, |e| e.code), expected, "{a:?} {b:?}: {result:?}");
            }
        }
    }

    #[test]
    fn a_peer_that_cannot_take_every_row_does_not_fit() {
        let small = Hello { max_frame: MAX_FRAME - 1, ..hello(Device, 1000, 65535) };
        let result = check(&hello(Server, 1, 1), &small);
        assert_eq!(result.map_err(|e| e.code), Err(Code::E_IOT_INCOMPATIBLE_MODE));
    }
}
