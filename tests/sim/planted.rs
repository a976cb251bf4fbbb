//! Every planted fault is caught: by random executions of the stores, by whole worlds, or by a schedule made for it where chance hardly ever finds one.

use crate::fates::Fates;
use crate::fault::Fault;
use crate::hours::LEAKS;
use crate::naive::DIRECTED;
use crate::schedules::LINKED;
use crate::world::World;
use std::collections::BTreeSet;

/// Rules of the database, and within how many executions of the stores alone each is missed.
const RULES: &[(Fault, u64)] = &[
    (Fault::Identity, 300),
    (Fault::SendCurrent, 300),
    (Fault::Declare, 8000),
    (Fault::Generation, 300),
    (Fault::ReceivedSet, 300),
    (Fault::Graves, 2000),
    (Fault::Confirm, 300),
    (Fault::Merged, 300),
    (Fault::Addressed, 300),
    (Fault::Interval, 1000),
    (Fault::Horizon, 1000),
    (Fault::Cleared, 1000),
    (Fault::Epoch, 300),
    (Fault::AsOf, 8000),
    (Fault::Attach, 300),
    (Fault::ClearBeyond, 100),
    (Fault::PartialTransaction, 300),
    (Fault::EpochKept, 300),
    (Fault::ClearUncounted, 300),
    (Fault::DeepOverHole, 2000),
    (Fault::StrangeDropped, 300),
    (Fault::LocalWrite, 2000),
    (Fault::JoinedTooFar, 1000),
    (Fault::MailHole, 300),
    (Fault::NoDuplicateCheck, 300),
    (Fault::OldRemove, 8000),
    (Fault::ClearHidesRemove, 2000),
    (Fault::SilentLoss, 300),
];

/// Mistakes of the core, the driver, or the store at work, and within how many trees each is missed.
const MISTAKES: &[(Fault, u64)] = &[
    (Fault::AckBeforeCommit, 100),
    (Fault::MarkApart, 100),
    (Fault::RowsAhead, 300),
    (Fault::GapAccepted, 300),
    (Fault::RetryOnlyWithNew, 100),
    (Fault::WindowNotReopened, 100),
    (Fault::PathKept, 1000),
    (Fault::CustodyUnwatched, 300),
    (Fault::ForeignWithdrawal, 3000),
    (Fault::FullMap, 100),
    (Fault::SyncEndsEarly, 100),
    (Fault::ClearBeyond, 100),
    (Fault::NoDuplicateCheck, 100),
];

#[test]
fn every_mistake_is_caught() {
    let mut missed = Vec::new();
    for (fault, limit) in MISTAKES {
        match (1..=*limit).find_map(|seed| World::new(seed, *fault).run().err().map(|e| (seed, e))) {
            Some((seeds, how)) => println!("{:20} caught after {seeds:5} trees: {how}", format!("{fault:?}")),
            None => missed.push(*fault),
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
}

#[test]
fn every_rule_is_needed() {
    let mut missed = Vec::new();
    for (fault, limit) in RULES {
        match (1..=*limit).find_map(|seed| Fates::new(seed, *fault).run().err().map(|e| (seed, e))) {
            Some((seeds, how)) => println!("{:20} caught after {seeds:5} fates: {how}", format!("{fault:?}")),
            None if DIRECTED.iter().any(|(f, ..)| f == fault) => {
                println!("{:20} caught by its schedule alone", format!("{fault:?}"))
            }
            None => missed.push(*fault),
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
}

#[test]
fn every_schedule_catches_its_fault() {
    for (fault, case, execution) in DIRECTED {
        execution(Fault::None).unwrap_or_else(|e| panic!("{case}, without a fault: {e}"));
        let how = execution(*fault).expect_err(case);
        println!("{:20} caught by schedule '{case}': {how}", format!("{fault:?}"));
    }
}

/// The page lists every fault with what it stands for; each is in one of the tables here.
#[test]
fn every_fault_is_listed_and_planted() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guarantees.md")).expect("the page is there");
    let (_, list) = page.split_once("\n## Planted mistakes").expect("the part of the page");
    let listed: BTreeSet<&str> =
        list.lines().filter(|l| l.starts_with('|')).flat_map(|l| l.split('`').skip(1).step_by(2)).collect();
    let all = include_str!("fault.rs").lines().filter_map(|l| l.trim().strip_suffix(','));
    let all: BTreeSet<&str> = all.filter(|l| l.chars().all(|c| c.is_ascii_alphabetic()) && *l != "None").collect();
    let chance = RULES.iter().chain(MISTAKES).map(|(fault, _)| *fault);
    let directed = DIRECTED.iter().map(|(fault, ..)| *fault);
    let linked = LINKED.iter().map(|(fault, _)| *fault);
    let planted = chance.chain(directed).chain(linked).chain(LEAKS.iter().map(|(fault, _)| *fault));
    let planted: BTreeSet<String> = planted.map(|fault| format!("{fault:?}")).collect();
    assert_eq!(listed, all, "docs/guarantees.md and fault.rs");
    assert_eq!(planted.iter().map(String::as_str).collect::<BTreeSet<_>>(), all, "the tables and fault.rs");
}
