//! Every bound of the broker, derived in one place from one number: `loglane.memory`.
//!
//! A budget is split into what the process needs however many cores it has, and equal shares for the shards. A
//! shard's share is split by the table below: each part first gets its floor, without which the shard could not
//! work, and then its weight of what is left; the batch cache takes the rest, so that the sum is the budget to the
//! byte. Reaching a bound is ordinary: the shard stops reading sockets, or answers with an error.

use loglane_model::{BLOCK_BYTES_MAX, BlockPool, PAGE_BYTES};
use std::fmt;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// Memory of one connection: its framing state, its place in the tables, its share of the send queue. Idle ones
/// hold no buffer.
pub const CONNECTION_BYTES: u64 = 4 * KIB;
/// Memory of one partition that nobody uses: its log's state, its last page, its sparse index.
pub const PARTITION_BYTES: u64 = 8 * KIB;
/// Memory of one producer id: its epoch, its last five batches, its place in the map.
pub const PRODUCER_BYTES: u64 = 256;
/// Memory of one request that waits: for a completion, an offset, a deadline, or another shard.
pub const WAITER_BYTES: u64 = 256;
/// Memory of one partition in one incremental fetch session, the name of its topic not counted.
pub const SESSION_PARTITION_BYTES: u64 = 192;
/// Memory of one slot in a mailbox between two shards.
pub const MAIL_BYTES: u64 = 256;
/// Requests of one connection that may be unanswered. Clients have 5 by default; the next one is simply not read.
pub const IN_FLIGHT_REQUESTS_PER_CONNECTION: u32 = 64;
/// Files that the process keeps for other things than segments and connections: listeners, rings, lock files,
/// checkpoints being written, the side thread.
const OTHER_FILES: u64 = 64;
/// More open files than this are of no use: beyond, opening one again is cheap beside the reads it serves.
const OPEN_FILES_MAX: u64 = 20_000;

/// What the process holds before the first shard starts: code and data that were touched, the allocator's own,
/// the helper pool's stacks, the side thread.
const PROCESS_BYTES: u64 = 6 * MIB;
/// What each shard holds besides its budgets: the touched part of its stack, its rings, its tables' first pages.
const PROCESS_BYTES_PER_SHARD: u64 = 512 * KIB;
/// The metadata image, which all shards share, and its log's tail: this part of the whole budget.
const METADATA_PART: u64 = 32;

/// What the bounds are derived from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitInputs {
    /// `loglane.memory`.
    pub memory_bytes: u64,
    /// How many cores run a shard.
    pub shards: u16,
    /// How many files the process may have open (RLIMIT_NOFILE).
    pub open_files: u64,
    /// `loglane.connections.max`. (`max.connections` may change at run time, and is only counted.)
    pub connections: u64,
    /// `socket.request.max.bytes`.
    pub request_bytes_max: u64,
    /// `message.max.bytes`: batches of this size must fit.
    pub message_bytes_max: u64,
}

/// The bounds of the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// `loglane.memory`; what [`Limits::addends`] add up to.
    pub memory_bytes: u64,
    /// Memory besides budgets: code, stacks, rings.
    pub process_bytes: u64,
    /// Memory of the metadata image and its log's tail.
    pub metadata_bytes: u64,
    /// The bounds of the shard that has the least: what all of them can do.
    pub shard: ShardLimits,
    /// The bounds of each shard.
    pub shards: Vec<ShardLimits>,
}

/// The bounds of one shard. Bytes unless the name says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardLimits {
    /// Received frames, from the reservation of their length until the last holder lets go.
    pub receive_bytes: u64,
    /// The part that only small frames may use, so that heartbeats pass while large frames wait for memory.
    pub small_frame_reserve_bytes: u64,
    /// Buffers that the ring hands to whichever socket has bytes.
    pub receive_ring_bytes: u64,
    /// Blocks of log tails that are on disk already and stay for readers.
    pub batch_cache_bytes: u64,
    /// Blocks of log tails that are not on disk yet.
    pub dirty_bytes: u64,
    /// Blocks read ahead of catch-up readers.
    pub read_ahead_bytes: u64,
    /// Answers that were written and not yet sent, record bytes not counted.
    pub send_bytes: u64,
    /// Connections, by [`CONNECTION_BYTES`].
    pub connection_bytes: u64,
    /// Mailboxes from the other shards, by [`MAIL_BYTES`].
    pub mailbox_bytes: u64,
    /// Producer ids, by [`PRODUCER_BYTES`].
    pub producer_bytes: u64,
    /// Waiting requests, by [`WAITER_BYTES`].
    pub waiter_bytes: u64,
    /// Groups: members, assignments, committed offsets.
    pub group_bytes: u64,
    /// Partitions, by [`PARTITION_BYTES`].
    pub partition_bytes: u64,
    /// Incremental fetch sessions, by [`SESSION_PARTITION_BYTES`] and the names of topics.
    pub session_bytes: u64,

    /// The longest frame that is read: a longer one closes its connection.
    pub frame_bytes_max: u64,
    /// How many connections the shard takes.
    pub connections_max: u64,
    /// Slots of each mailbox from another shard.
    pub mailbox_slots: u32,
    /// Producer ids that the shard remembers.
    pub producers_max: u64,
    /// Requests that may wait.
    pub waiters_max: u64,
    /// Partitions that fit before idle ones crowd out the cache.
    pub partitions_max: u64,
    /// Requests of one connection that may be unanswered.
    pub in_flight_requests_per_connection_max: u32,
    /// Segment and index files that the shard keeps open.
    pub open_files_max: u64,
}

/// Why no bounds fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LimitsError {
    /// The budget does not cover the floors.
    MemoryTooSmall {
        /// `loglane.memory`.
        memory_bytes: u64,
        /// How many shards share it.
        shards: u16,
        /// What they would need, rounded up to a MiB.
        needed_bytes: u64,
    },
    /// A core's own part of the budget does not cover its floors.
    CoreTooSmall {
        /// Its part.
        bytes: u64,
        /// What it needs, rounded up to a MiB.
        needed_bytes: u64,
    },
    /// `message.max.bytes` allows a batch that no shard could receive.
    MessageTooLarge {
        /// `message.max.bytes`.
        message_bytes_max: u64,
        /// The longest frame that fits.
        frame_bytes_max: u64,
        /// The budget with which it would fit, rounded up to a MiB.
        needed_bytes: u64,
    },
    /// The process may not have enough files open.
    TooFewFiles {
        /// RLIMIT_NOFILE.
        open_files: u64,
        /// What is needed at the least.
        needed: u64,
    },
}

/// A floor in bytes and a weight in thousandths of what the floors leave.
struct Share {
    floor: u64,
    weight: u64,
}

const fn share(floor: u64, weight: u64) -> Share {
    Share { floor, weight }
}

// One frame with a batch of Kafka's default `message.max.bytes`, in the block it takes: 2 MiB, and room for the
// small ones around it.
const RECEIVE: Share = share(2 * MIB + 256 * KIB, 220);
// Heartbeats and commits are a few hundred bytes: this is hundreds of them.
const SMALL_FRAME_RESERVE: Share = share(64 * KIB, 15);
// Eight buffers of 16 KiB at the least.
const RECEIVE_RING: Share = share(128 * KIB, 15);
// The batch of the frame above, copied into the log's blocks, beside the one that is being written.
const DIRTY: Share = share(2 * MIB + 256 * KIB, 100);
// Two cursors of 128 KiB, each with the piece that is being sent and the one that is being read.
const READ_AHEAD: Share = share(512 * KIB, 120);
const SEND: Share = share(256 * KIB, 25);
const CONNECTIONS: Share = share(64 * CONNECTION_BYTES, 45);
// Per other shard; the floor is counted for each.
const MAILBOX_FLOOR_SLOTS: u64 = 16;
const MAILBOX_WEIGHT: u64 = 20;
const PRODUCERS: Share = share(256 * PRODUCER_BYTES, 25);
const WAITERS: Share = share(256 * WAITER_BYTES, 10);
const GROUPS: Share = share(64 * KIB, 30);
const PARTITIONS: Share = share(32 * PARTITION_BYTES, 100);
const SESSIONS: Share = share(32 * KIB, 10);
// The floor of the cache; its weight is whatever the others leave.
const BATCH_CACHE_FLOOR: u64 = MIB;

const FIXED_FLOORS: u64 = RECEIVE.floor
    + SMALL_FRAME_RESERVE.floor
    + RECEIVE_RING.floor
    + DIRTY.floor
    + READ_AHEAD.floor
    + SEND.floor
    + CONNECTIONS.floor
    + PRODUCERS.floor
    + WAITERS.floor
    + GROUPS.floor
    + PARTITIONS.floor
    + SESSIONS.floor
    + BATCH_CACHE_FLOOR;

const WEIGHTS: u64 = RECEIVE.weight
    + SMALL_FRAME_RESERVE.weight
    + RECEIVE_RING.weight
    + DIRTY.weight
    + READ_AHEAD.weight
    + SEND.weight
    + CONNECTIONS.weight
    + MAILBOX_WEIGHT
    + PRODUCERS.weight
    + WAITERS.weight
    + GROUPS.weight
    + PARTITIONS.weight
    + SESSIONS.weight;
const _: () = assert!(WEIGHTS < 1000, "the batch cache has to get something");

impl Limits {
    /// Splits the budget.
    ///
    /// # Errors
    /// [`LimitsError`] where the floors do not fit.
    pub fn derive(inputs: &LimitInputs) -> Result<Limits, LimitsError> {
        Limits::derive_with(inputs, &[])
    }

    /// Splits the budget where some shards have parts of their own: bytes, by shard; the others share the rest evenly.
    ///
    /// # Errors
    /// [`LimitsError`] where the floors do not fit.
    pub fn derive_with(inputs: &LimitInputs, own: &[Option<u64>]) -> Result<Limits, LimitsError> {
        assert!(inputs.shards > 0, "there is at least one shard");
        let shards = u64::from(inputs.shards);
        let process_bytes = process_bytes(shards);
        let floors = shard_floors(shards);
        let for_shards = bytes_for_shards(inputs.memory_bytes, shards);
        let own_of = |shard: usize| own.get(shard).copied().flatten();
        let told: Vec<u64> = (0..usize::from(inputs.shards)).filter_map(own_of).collect();
        if let Some(bytes) = told.iter().copied().find(|bytes| *bytes < floors) {
            return Err(LimitsError::CoreTooSmall { bytes, needed_bytes: floors.next_multiple_of(MIB) });
        }
        let (told_bytes, others) = (told.iter().sum::<u64>(), shards - told.len() as u64);
        let even = for_shards.saturating_sub(told_bytes).checked_div(others);
        if told_bytes > for_shards || even.is_some_and(|even| even < floors) {
            return Err(LimitsError::MemoryTooSmall {
                memory_bytes: inputs.memory_bytes,
                shards: inputs.shards,
                needed_bytes: needed_bytes(shards, (told_bytes + others * floors).div_ceil(shards)),
            });
        }
        let mut shards = Vec::new();
        for shard in 0..usize::from(inputs.shards) {
            let share = own_of(shard).or(even).expect("whoever is told nothing shares evenly");
            shards.push(split_share(share, inputs)?);
        }
        // What does not divide evenly, or is given to nobody, stays with the metadata.
        let taken: u64 = shards.iter().map(ShardLimits::sum).sum();
        let metadata_bytes = inputs.memory_bytes - process_bytes - taken;
        let least = shards.iter().min_by_key(|shard| shard.sum()).expect("there is at least one");
        let limits = Limits {
            memory_bytes: inputs.memory_bytes,
            process_bytes,
            metadata_bytes,
            shard: least.clone(),
            shards,
        };
        limits.assert_sums_up();
        Ok(limits)
    }

    /// The parts of the budget by name, all shards together. They add up to [`Limits::memory_bytes`].
    #[must_use]
    pub fn addends(&self) -> Vec<(&'static str, u64)> {
        let mut addends = vec![("process", self.process_bytes), ("metadata", self.metadata_bytes)];
        for (at, (name, _)) in self.shard.addends().iter().enumerate() {
            addends.push((name, self.shards.iter().map(|shard| shard.addends()[at].1).sum()));
        }
        addends
    }

    fn assert_sums_up(&self) {
        let sum: u64 = self.addends().iter().map(|(_, bytes)| bytes).sum();
        assert_eq!(sum, self.memory_bytes, "the parts of the budget add up to it");
    }
}

impl ShardLimits {
    /// The parts of the share by name.
    #[must_use]
    pub fn addends(&self) -> [(&'static str, u64); 14] {
        [
            ("receive", self.receive_bytes),
            ("small frames", self.small_frame_reserve_bytes),
            ("receive ring", self.receive_ring_bytes),
            ("batch cache", self.batch_cache_bytes),
            ("dirty", self.dirty_bytes),
            ("read-ahead", self.read_ahead_bytes),
            ("send", self.send_bytes),
            ("connections", self.connection_bytes),
            ("mailboxes", self.mailbox_bytes),
            ("producer ids", self.producer_bytes),
            ("waiters", self.waiter_bytes),
            ("groups", self.group_bytes),
            ("partitions", self.partition_bytes),
            ("fetch sessions", self.session_bytes),
        ]
    }

    /// The whole share.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.addends().iter().map(|(_, bytes)| bytes).sum()
    }
}

/// How many shards, `most` at the most, a budget has room for; 1 where it has none for a single one.
#[must_use]
pub fn shards_that_fit(memory_bytes: u64, most: u16) -> u16 {
    let fits = |shards: &u16| {
        let shards = u64::from(*shards);
        bytes_for_shards(memory_bytes, shards) / shards >= shard_floors(shards)
    };
    (1..=most).rev().find(fits).unwrap_or(1)
}

fn process_bytes(shards: u64) -> u64 {
    PROCESS_BYTES + PROCESS_BYTES_PER_SHARD * shards
}

/// What a budget leaves to all shards together.
fn bytes_for_shards(memory_bytes: u64, shards: u64) -> u64 {
    memory_bytes.saturating_sub(process_bytes(shards) + memory_bytes / METADATA_PART)
}

fn mailbox_floor(shards: u64) -> u64 {
    (shards - 1) * MAILBOX_FLOOR_SLOTS * MAIL_BYTES
}

fn shard_floors(shards: u64) -> u64 {
    FIXED_FLOORS + mailbox_floor(shards)
}

/// The smallest budget, rounded up to a MiB, that leaves each shard `share` bytes.
fn needed_bytes(shards: u64, share: u64) -> u64 {
    let without_metadata = PROCESS_BYTES + (PROCESS_BYTES_PER_SHARD + share) * shards;
    // One 32nd of the sum is the metadata's, so the rest is 31 of them; a MiB absorbs what rounding takes.
    let needed = without_metadata * METADATA_PART / (METADATA_PART - 1) + 1;
    needed.next_multiple_of(MIB)
}

fn split_share(share_bytes: u64, inputs: &LimitInputs) -> Result<ShardLimits, LimitsError> {
    let shards = u64::from(inputs.shards);
    let spare = share_bytes - shard_floors(shards);
    let part = |share: &Share| share.floor + spare * share.weight / 1000;

    let receive_bytes = part(&RECEIVE);
    let frame_bytes_max = inputs.request_bytes_max.min(largest_block_within(receive_bytes));
    // A batch travels in a frame with some bytes around it: topic names, headers.
    let frame_for_message = inputs.message_bytes_max.saturating_add(4 * KIB).min(inputs.request_bytes_max);
    if frame_bytes_max < frame_for_message {
        let block = size_class_bytes(frame_for_message);
        let spare_needed =
            (block.saturating_sub(RECEIVE.floor)).saturating_mul(1000).div_ceil(RECEIVE.weight);
        return Err(LimitsError::MessageTooLarge {
            message_bytes_max: inputs.message_bytes_max,
            frame_bytes_max,
            needed_bytes: needed_bytes(shards, shard_floors(shards) + spare_needed + 1),
        });
    }
    let connection_bytes = part(&CONNECTIONS);
    // Where the process may have few files open, connections take half of them at the most.
    let connections = inputs.connections.min(inputs.open_files / 2);
    let connections_max = (connection_bytes / CONNECTION_BYTES).min(connections.div_ceil(shards)).max(1);
    let mailbox_bytes = if shards == 1 { 0 } else { mailbox_floor(shards) + spare * MAILBOX_WEIGHT / 1000 };
    let (producer_bytes, waiter_bytes) = (part(&PRODUCERS), part(&WAITERS));
    let (partition_bytes, session_bytes) = (part(&PARTITIONS), part(&SESSIONS));
    let mut limits = ShardLimits {
        receive_bytes,
        small_frame_reserve_bytes: part(&SMALL_FRAME_RESERVE),
        receive_ring_bytes: part(&RECEIVE_RING),
        batch_cache_bytes: 0,
        dirty_bytes: part(&DIRTY),
        read_ahead_bytes: part(&READ_AHEAD),
        send_bytes: part(&SEND),
        connection_bytes,
        mailbox_bytes,
        producer_bytes,
        waiter_bytes,
        group_bytes: part(&GROUPS),
        partition_bytes,
        session_bytes,
        // A frame lies in one block, and what it brings is read back as one.
        frame_bytes_max: frame_bytes_max.min(BLOCK_BYTES_MAX as u64),
        connections_max,
        mailbox_slots: mailbox_slots(mailbox_bytes, shards),
        producers_max: producer_bytes / PRODUCER_BYTES,
        waiters_max: waiter_bytes / WAITER_BYTES,
        partitions_max: partition_bytes / PARTITION_BYTES,
        in_flight_requests_per_connection_max: IN_FLIGHT_REQUESTS_PER_CONNECTION,
        open_files_max: open_files_per_shard(inputs, connections_max)?,
    };
    limits.batch_cache_bytes = share_bytes - limits.sum();
    assert!(limits.batch_cache_bytes >= BATCH_CACHE_FLOOR, "the floors fit, and the weights are below 1000");
    Ok(limits)
}

/// Slots of the mailbox from each other shard. Beyond a few thousand a longer queue only adds waiting.
fn mailbox_slots(mailbox_bytes: u64, shards: u64) -> u32 {
    let others = shards.saturating_sub(1).max(1);
    let slots = (mailbox_bytes / others / MAIL_BYTES).clamp(1, 4096);
    u32::try_from(slots).expect("clamped")
}

/// Files that are left for one shard's segments once every connection and the process itself have theirs. A
/// partition in use wants three (segment and two indexes); 16 keep a shard going, slowly.
fn open_files_per_shard(inputs: &LimitInputs, connections_max: u64) -> Result<u64, LimitsError> {
    const LEAST: u64 = 16;
    let shards = u64::from(inputs.shards);
    let taken = connections_max * shards + OTHER_FILES;
    let left = inputs.open_files.saturating_sub(taken) / shards;
    if left < LEAST {
        let needed = taken + LEAST * shards;
        return Err(LimitsError::TooFewFiles { open_files: inputs.open_files, needed });
    }
    Ok(left.min(OPEN_FILES_MAX / shards))
}

/// What a frame of that length takes from the pool of blocks.
fn size_class_bytes(bytes: u64) -> u64 {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX / 2).min(usize::MAX / 2);
    BlockPool::size_class_bytes(bytes) as u64
}

/// The largest block that the budget covers: blocks come in powers of two of pages.
fn largest_block_within(bytes: u64) -> u64 {
    let pages = bytes / PAGE_BYTES as u64;
    if pages == 0 { 0 } else { (1 << pages.ilog2()) * PAGE_BYTES as u64 }
}

impl fmt::Display for LimitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LimitsError::MemoryTooSmall { memory_bytes, shards, needed_bytes } => write!(
                f,
                "a memory budget of {} MiB does not suffice for {shards} cores, which need {} MiB",
                memory_bytes / MIB,
                needed_bytes / MIB
            ),
            LimitsError::CoreTooSmall { bytes, needed_bytes } => {
                write!(f, "a core has {} MiB of its own and needs {} MiB", bytes / MIB, needed_bytes / MIB)
            }
            LimitsError::MessageTooLarge { message_bytes_max, frame_bytes_max, needed_bytes } => write!(
                f,
                "batches of message.max.bytes={message_bytes_max} do not fit: the longest request that the memory \
                 budget admits has {frame_bytes_max} bytes; a budget of {} MiB would do",
                needed_bytes / MIB
            ),
            LimitsError::TooFewFiles { open_files, needed } => {
                write!(f, "the process may have {open_files} files open and needs {needed}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(memory_mib: u64, shards: u16) -> LimitInputs {
        LimitInputs {
            memory_bytes: memory_mib * MIB,
            shards,
            open_files: 20_000,
            connections: 10_000,
            request_bytes_max: 100 * MIB,
            message_bytes_max: 1_048_588,
        }
    }

    #[test]
    fn the_default_budget_serves_up_to_64_cores() {
        for shards in 1..=64 {
            let limits = Limits::derive(&inputs(1024, shards)).unwrap();
            limits.assert_sums_up();
            let shard = &limits.shard;
            assert!(shard.frame_bytes_max >= 2 * MIB, "{shards}: {shard:?}");
            assert!(shard.batch_cache_bytes >= 2 * MIB, "{shards}: {shard:?}");
            assert!(shard.open_files_max >= 100, "{shards}: {shard:?}");
            let connections = shard.connections_max * u64::from(shards);
            assert!((8_500..=10_063).contains(&connections), "{shards}: {connections} connections");
            assert!(shards == 1 || shard.mailbox_slots >= 16, "{shards}: {shard:?}");
        }
    }

    #[test]
    fn as_many_shards_as_a_budget_has_room_for_can_be_had_and_no_more() {
        for memory_mib in [8, 16, 64, 500, 1024] {
            let shards = shards_that_fit(memory_mib * MIB, 1024);
            if memory_mib > 8 {
                Limits::derive(&inputs(memory_mib, shards)).unwrap();
            }
            let error = Limits::derive(&inputs(memory_mib, shards + 1)).unwrap_err();
            assert!(matches!(error, LimitsError::MemoryTooSmall { .. }), "{memory_mib} MiB: {error}");
        }
        assert_eq!(shards_that_fit(1024 * MIB, 64), 64);
        assert_eq!(shards_that_fit(0, 64), 1);
    }

    #[test]
    fn a_small_budget_serves_a_few_cores() {
        for shards in 1..=4 {
            let limits = Limits::derive(&inputs(64, shards)).unwrap();
            limits.assert_sums_up();
            assert!(limits.shard.frame_bytes_max >= 2 * MIB, "{limits:?}");
            assert!(limits.shard.connections_max >= 64, "{limits:?}");
        }
    }

    #[test]
    fn the_budget_that_a_refusal_names_suffices_and_no_much_smaller_one() {
        for shards in 1..=64 {
            let Err(error) = Limits::derive(&inputs(1, shards)) else { panic!("1 MiB for {shards} cores") };
            let LimitsError::MemoryTooSmall { needed_bytes, .. } = error else { panic!("{error}") };
            let needed = needed_bytes / MIB;
            assert!(Limits::derive(&inputs(needed, shards)).is_ok(), "{needed} MiB for {shards}");
            assert!(Limits::derive(&inputs(needed - 2, shards)).is_err(), "{needed} MiB for {shards}");
        }
    }

    #[test]
    fn a_message_that_does_not_fit_is_refused_with_a_budget_in_which_it_does() {
        let large = LimitInputs { message_bytes_max: 64 * MIB, ..inputs(64, 2) };
        let error = Limits::derive(&large).unwrap_err();
        let LimitsError::MessageTooLarge { needed_bytes, frame_bytes_max, .. } = error else {
            panic!("{error}")
        };
        assert!(frame_bytes_max < 64 * MIB);
        assert!(Limits::derive(&LimitInputs { memory_bytes: needed_bytes, ..large }).is_ok());
    }

    #[test]
    fn a_core_may_have_a_part_of_its_own_and_the_others_share_the_rest() {
        let limits = Limits::derive_with(&inputs(1024, 3), &[None, Some(512 * MIB), None]).unwrap();
        limits.assert_sums_up();
        let [first, second, third] = &limits.shards[..] else { panic!("three shards") };
        assert_eq!(second.sum(), 512 * MIB);
        assert_eq!(first, third);
        assert_eq!(&limits.shard, first, "the least is what all can do");
        let error = Limits::derive_with(&inputs(1024, 2), &[Some(MIB)]).unwrap_err();
        assert!(matches!(error, LimitsError::CoreTooSmall { bytes: MIB, .. }), "{error}");
        let error = Limits::derive_with(&inputs(1024, 2), &[Some(1020 * MIB)]).unwrap_err();
        let LimitsError::MemoryTooSmall { needed_bytes, .. } = error else { panic!("{error}") };
        let enough = inputs(needed_bytes / MIB, 2);
        assert!(Limits::derive_with(&enough, &[Some(1020 * MIB)]).is_ok());
    }

    #[test]
    fn frames_are_no_longer_than_the_broker_allows() {
        let limits = Limits::derive(&LimitInputs { request_bytes_max: 2 * MIB, ..inputs(1024, 1) }).unwrap();
        assert_eq!(limits.shard.frame_bytes_max, 2 * MIB);
        let limits = Limits::derive(&inputs(1024, 1)).unwrap();
        assert_eq!(limits.shard.frame_bytes_max, 100 * MIB);
        let large = LimitInputs { request_bytes_max: 2047 * MIB, ..inputs(64 * 1024, 1) };
        assert_eq!(Limits::derive(&large).unwrap().shard.frame_bytes_max, 256 * MIB, "what a block holds");
    }

    #[test]
    fn connections_leave_files_for_segments() {
        let few = LimitInputs { open_files: 1024, ..inputs(1024, 2) };
        let shard = Limits::derive(&few).unwrap().shard;
        assert_eq!((shard.connections_max, shard.open_files_max), (256, 224));
        let shard = Limits::derive(&LimitInputs { connections: 100, ..few }).unwrap().shard;
        assert_eq!((shard.connections_max, shard.open_files_max), (50, 430));
        let error = Limits::derive(&LimitInputs { open_files: 128, ..few }).unwrap_err();
        assert_eq!(error, LimitsError::TooFewFiles { open_files: 128, needed: 160 });
    }
}
