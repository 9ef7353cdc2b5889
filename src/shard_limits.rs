//! The bounds of one shard in the units in which its tables ask for them.

use crate::fetch_session::SessionLimits;
use crate::limits;

/// The bare configurations of forty thousand topics; more than all groups of a shard have, unless it has gibibytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of one of the ring's receive buffers.
const RECEIVE_BUFFER_BYTES: usize = 16 * 1024;

/// Derived from [`limits::ShardLimits`]; bytes unless the name says otherwise.
#[derive(Debug, Clone)]
pub(crate) struct ShardLimits {
    pub(crate) receive_bytes_max: usize,
    pub(crate) small_frame_reserve_bytes: usize,
    /// Receive buffers of the ring that requests may keep which wait for long, where there is no memory for them.
    pub(crate) kept_buffers_max: usize,
    pub(crate) read_ahead_bytes_max: usize,
    /// Indexes and open files of sealed segments.
    pub(crate) loaded_bytes_max: usize,
    /// Logs that hold the file that they append to; the rest of the shard's files is for what readers have open.
    pub(crate) log_files_max: usize,
    /// All blocks together, free ones in the pool not counted: above it no new request is taken up.
    pub(crate) block_bytes_max: usize,
    /// What the cache may hold whatever else is going on.
    cache_bytes_floor: usize,
    /// Free blocks that the pool keeps.
    pub(crate) idle_block_bytes_max: usize,
    /// Record bytes that sends under way may hold; and blocks of this shard that only sends still hold. Where one of
    /// them is reached nothing more is lent.
    pub(crate) lent_bytes_max: usize,
    /// Produces of one connection that may be unanswered.
    pub(crate) produces_in_flight_max: usize,
    /// Encoded answers of one connection that may wait for its socket.
    pub(crate) outgoing_bytes_max: usize,
    /// What one shard says in one answer, where a request can ask for the same any number of times: once it is this
    /// much, what is left is refused.
    pub(crate) answer_bytes_max: usize,
    /// How many fetch sessions there may be, and what their partitions may take.
    pub(crate) fetch_sessions: SessionLimits,
    /// Producers that all logs together remember.
    pub(crate) producers_max: usize,
    /// What groups may take: members, assignments, committed offsets.
    pub(crate) group_bytes_max: usize,
    /// Requests under way; above it no new one is taken up.
    pub(crate) waiters_max: usize,
    /// Send buffers that are kept for reuse, and how large one may be.
    pub(crate) spare_outgoing_max: usize,
    pub(crate) spare_head_bytes_max: usize,
}

impl ShardLimits {
    pub(crate) fn new(limits: &limits::ShardLimits, fetch_sessions_max: usize) -> ShardLimits {
        let bytes = |bytes: u64| usize::try_from(bytes).expect("a budget fits the address space");
        let blocks =
            limits.receive_bytes + limits.batch_cache_bytes + limits.dirty_bytes + limits.read_ahead_bytes;
        ShardLimits {
            receive_bytes_max: bytes(limits.receive_bytes),
            small_frame_reserve_bytes: bytes(limits.small_frame_reserve_bytes),
            kept_buffers_max: bytes(limits.receive_ring_bytes) / RECEIVE_BUFFER_BYTES / 2,
            read_ahead_bytes_max: bytes(limits.read_ahead_bytes),
            loaded_bytes_max: bytes(limits.partition_bytes) / 2,
            log_files_max: bytes(limits.open_files_max / 4 * 3).max(8),
            block_bytes_max: bytes(blocks),
            cache_bytes_floor: bytes(limits.batch_cache_bytes) / 4,
            idle_block_bytes_max: bytes(blocks) / 8,
            lent_bytes_max: bytes(limits.batch_cache_bytes + limits.read_ahead_bytes) / 2,
            produces_in_flight_max: limits.in_flight_requests_per_connection_max as usize,
            outgoing_bytes_max: bytes(limits.send_bytes) / 4,
            answer_bytes_max: ANSWER_BYTES_MAX.min(bytes(blocks) / 4),
            fetch_sessions: SessionLimits {
                sessions_max: fetch_sessions_max,
                bytes_max: bytes(limits.session_bytes),
            },
            producers_max: bytes(limits.producers_max),
            group_bytes_max: bytes(limits.group_bytes),
            waiters_max: bytes(limits.waiters_max),
            spare_outgoing_max: 64,
            spare_head_bytes_max: 16 * 1024,
        }
    }

    /// What one more fetch may be lent beyond its first batch, where `lent` is lent already: a part of what is there, so
    /// that a few who take nothing do not have it all, and the last quarter is for first batches.
    pub(crate) fn lendable(&self, lent: usize) -> usize {
        let most = self.lent_bytes_max;
        (most - most / 4).saturating_sub(lent).min(most / 8)
    }

    /// What the batch cache may hold while other blocks take `others`: it uses what they leave, and gives it back
    /// as soon as they need it.
    pub(crate) fn cache_bytes_max(&self, others: usize) -> usize {
        let reserve = self.block_bytes_max / 16;
        self.block_bytes_max.saturating_sub(others + reserve).max(self.cache_bytes_floor)
    }
}
