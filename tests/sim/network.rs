//! Connections that deliver late, in pieces, or not at all.

use mcoiot::base::{AgentId, LinkId};
use mcoiot::wire::frame::DEFLATED;
use mcoiot::wire::{DEFAULT_LEVEL, FEATURES};
use std::collections::{BTreeMap, VecDeque};

/// One connection. Side 0 has opened it.
pub struct Wire {
    /// Node and link of each side.
    pub sides: [(usize, LinkId); 2],
    /// Bytes from each side that the other has not read.
    pub bytes: [VecDeque<u8>; 2],
    /// The side still holds its end.
    pub here: [bool; 2],
    /// Nothing passes any more, though a side may not know yet.
    pub cut: bool,
    /// How many more bytes pass before the connection is lost.
    pub passes: Option<u64>,
    /// What this side writes is on its way for as long as it takes.
    pub held: [bool; 2],
}

#[derive(Default)]
pub struct Network {
    pub wires: Vec<Wire>,
    /// All bytes that were written, over all connections.
    pub written: u64,
    /// Some nodes compress what they send.
    pub compresses: bool,
    /// Frames that were.
    pub deflated: u64,
}

impl Network {
    pub fn add(&mut self, sides: [(usize, LinkId); 2]) -> usize {
        let bytes = [VecDeque::new(), VecDeque::new()];
        self.wires.push(Wire { sides, bytes, here: [true; 2], cut: false, passes: None, held: [false; 2] });
        self.wires.len() - 1
    }

    /// Level of compression and features of a node: of three agents one compresses, one only takes it, one is older than that.
    pub fn compression(&self, agent: AgentId) -> (u8, u32) {
        match agent.0 % 3 {
            1 if self.compresses => (DEFAULT_LEVEL, FEATURES),
            2 if self.compresses => (0, FEATURES),
            _ => (0, 0),
        }
    }

    /// Forgets connections that have ended on both sides; gives the places of the others, by their former ones.
    pub fn drop_ended(&mut self) -> BTreeMap<usize, usize> {
        let is_here = |wire: &Wire| wire.here.contains(&true);
        let old: Vec<usize> = (0..self.wires.len()).filter(|at| is_here(&self.wires[*at])).collect();
        self.wires.retain(is_here);
        self.wires.iter_mut().flat_map(|wire| &mut wire.bytes).for_each(VecDeque::shrink_to_fit);
        self.wires.shrink_to_fit();
        old.into_iter().enumerate().map(|(new, old)| (old, new)).collect()
    }

    /// A side writes a frame.
    pub fn write(&mut self, wire: usize, side: usize, bytes: &[u8]) {
        self.written += bytes.len() as u64;
        self.deflated += u64::from(bytes.get(3).is_some_and(|kind| kind & DEFLATED != 0));
        let wire = &mut self.wires[wire];
        if !wire.cut {
            wire.bytes[side].extend(bytes);
        }
    }

    /// A side closes its end; what it has written may still arrive.
    pub fn leave(&mut self, wire: usize, side: usize) {
        let wire = &mut self.wires[wire];
        wire.here[side] = false;
        wire.bytes[1 - side].clear();
    }

    /// The connection is lost, with a part of what was on its way.
    pub fn cut(&mut self, wire: usize) {
        let wire = &mut self.wires[wire];
        wire.cut = true;
        wire.bytes.iter_mut().for_each(VecDeque::clear);
    }

    /// Sides that have bytes to read: (wire, the side that has written them).
    pub fn readable(&self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (i, wire) in self.wires.iter().enumerate() {
            found.extend(
                [0, 1]
                    .into_iter()
                    .filter(|side| !wire.bytes[*side].is_empty() && wire.here[1 - side] && !wire.held[*side])
                    .map(|side| (i, side)),
            );
        }
        found
    }

    /// Sides whose connection is gone and who do not know it: (wire, side).
    pub fn widowed(&self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (i, wire) in self.wires.iter().enumerate() {
            for side in [0, 1] {
                let over = wire.cut || !wire.here[1 - side] && wire.bytes[1 - side].is_empty();
                if wire.here[side] && over {
                    found.push((i, side));
                }
            }
        }
        found
    }

    /// Takes at most `n` bytes that `side` has written.
    pub fn read(&mut self, wire: usize, side: usize, n: usize) -> Vec<u8> {
        let wire = &mut self.wires[wire];
        let n = n.min(wire.bytes[side].len()).min(wire.passes.map_or(usize::MAX, |p| p as usize));
        let bytes: Vec<u8> = wire.bytes[side].drain(..n).collect();
        if let Some(passes) = &mut wire.passes {
            *passes -= n as u64;
            if *passes == 0 {
                wire.cut = true;
                wire.bytes.iter_mut().for_each(VecDeque::clear);
            }
        }
        bytes
    }
}
