//! The broker's process in a world that may harm it: started, given its turns, and ended in every way.

use crate::config::Config;
use crate::server::directories::Directories;
use crate::shard::Shard;
use crate::tests::broker::{TestIo, start_process};
use loglane_ring::Io as _;
use loglane_ring::sim::World;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A process that has begun to start.
pub(super) struct Process {
    pub(super) shards: Vec<Shard<TestIo>>,
    /// Held as long as it lives.
    _locks: Directories,
    ready: Arc<AtomicBool>,
    turns: usize,
}

impl Process {
    /// Starts; `Err` says why not, as a user would be told.
    pub(super) fn start(world: &World, config: &Config, shards: u16) -> Result<Process, String> {
        match start_process(world, config, shards) {
            Ok(started) => {
                Ok(Process { shards: started.shards, _locks: started.locks, ready: started.ready, turns: 0 })
            }
            Err(fatal) => {
                world.kill();
                Err(fatal.to_string())
            }
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Why it wants to end by itself, if it does.
    pub(super) fn failure(&self) -> Option<&str> {
        self.shards.iter().find_map(|shard| shard.closing.failure())
    }

    pub(super) fn is_closed(&self) -> bool {
        self.shards.iter().all(|shard| shard.closing.is_finished())
    }

    pub(super) fn begin_close(&mut self) {
        self.shards[0].begin_close();
    }

    /// Gives a turn to each shard for which something has come. Another one comes first each time: no order between
    /// shards is promised.
    pub(super) fn turn(&mut self, world: &World) {
        self.turns += 1;
        let count = self.shards.len();
        for place in 0..count {
            let at = (self.turns + place) % count;
            if world.take_awake(at) {
                take_turns(&mut self.shards[at]);
            }
        }
    }
}

/// Lets a shard do all that it can do now, and tell the world until when it would sleep.
fn take_turns(shard: &mut Shard<TestIo>) {
    let mut events = Vec::new();
    if shard.closing.is_finished() {
        return;
    }
    shard.io.wait(shard.wait_until(), &mut events);
    loop {
        shard.turn(&mut events);
        if shard.closing.is_finished() {
            return;
        }
        shard.io.wait(shard.wait_until(), &mut events);
        if events.is_empty() {
            return;
        }
    }
}
