//! The `iot` statement.

use super::context::Context;
use crate::base::{AgentId, Level, Role};
use crate::schema::dictionary::Node;
use crate::schema::syntax::{NodeSyntax, Number};

/// Node of the first statement; `None` if there is none.
pub(super) fn node(context: &mut Context<'_>, statements: &[NodeSyntax]) -> Option<Node> {
    let (first, others) = statements.split_first()?;
    for other in others {
        let line = context.sources.line_from(first.place, other.place);
        context.report.error(other.place, format!("second 'iot' statement; the first is at {line}"));
    }
    let agent = match first.role {
        Role::Server => server(context, first.agent.as_ref()),
        Role::Device | Role::Router => agent(context, first.agent.as_ref()?),
    };
    let level = match first.role {
        Role::Server => Level::SERVER,
        Role::Device => Level::DEVICE,
        Role::Router => first.level.as_ref().map_or(Level(2), |number| level(context, number)),
    };
    Some(Node { role: first.role, agent, level })
}

fn server(context: &mut Context<'_>, written: Option<&Number>) -> AgentId {
    if let Some(number) = written
        && number.integer != Some(1)
    {
        let hint = || Some("write: iot server;".to_string());
        context.report.error_hint(number.place, "a server always has agent id 1", hint);
    }
    AgentId::SERVER
}

fn agent(context: &mut Context<'_>, number: &Number) -> AgentId {
    let why = match number.integer {
        Some(0) => "means all agents",
        Some(1) => "is the server's",
        Some(n) if n > i128::from(AgentId::MAX.0) => "is reserved (above 0xFFFFFFFFFFFFFFF0)",
        Some(n) => match u64::try_from(n) {
            Ok(n) => return AgentId(n),
            Err(_) => "is negative",
        },
        None => "is no whole number",
    };
    let hint = || Some("use 2..0xFFFFFFFFFFFFFFF0".to_string());
    context.report.error_hint(number.place, format!("agent id {} {why}", number.text), hint);
    AgentId::INVALID
}

fn level(context: &mut Context<'_>, number: &Number) -> Level {
    let level = number.integer.and_then(|n| u16::try_from(n).ok()).filter(|n| (2..=65534).contains(n));
    if level.is_none() {
        let hint = || Some("1 is the server, 65535 a device".to_string());
        context.report.error_hint(number.place, "router level must be 2..65534", hint);
    }
    Level(level.unwrap_or(2))
}
