//! What the leader of one partition knows about its replicas.
//!
//! The order of calls: [`LeaderProgress::new`] when metadata makes this broker the leader of an epoch, then
//! `on_appended`, `on_flushed` and `on_follower_fetch` as they happen, `on_partition_change` when metadata moves the
//! in-sync set within the epoch. A new leader epoch is a new value, never a change of this one.

use crate::HighWatermark;
use loglane_model::{BrokerId, Instant, LeaderEpoch, Offset};
use std::collections::BTreeMap;
use std::time::Duration;

/// What metadata says about a partition that this broker leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leadership {
    /// This broker.
    pub leader: BrokerId,
    /// The number of this leadership.
    pub leader_epoch: LeaderEpoch,
    /// Rises with every change of the partition's metadata.
    pub partition_epoch: i32,
    /// All that should hold a copy, this broker among them.
    pub replicas: Vec<BrokerId>,
    /// The in-sync set as the controller has committed it, this broker among them.
    pub in_sync: Vec<BrokerId>,
    /// The topic's `min.insync.replicas`.
    pub min_in_sync: usize,
}

/// Where the leader's own log stands when it begins to lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaderStart {
    /// The last high watermark known here: from the log's checkpoint, or from the time as a follower.
    pub high_watermark: Offset,
    /// What of the log is already as durable as the topic asks.
    pub flushed_end_offset: Offset,
    /// The end of the log; the first offset of this leadership.
    pub log_end_offset: Offset,
}

/// What a follower's fetch means for the partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowerFetch {
    /// The sender is not assigned to this partition.
    NotAReplica,
    /// It asks beyond the end of the leader's log: it has what the leader lacks and must find out where they part.
    OutOfRange,
    /// It holds everything below the offset that it asks for.
    Progress {
        /// Whether the high watermark has moved by this, so that waiting requests may go on.
        advanced: bool,
        /// The follower is not in the in-sync set but may be proposed to the controller.
        may_join_in_sync: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct FollowerProgress {
    /// What it has shown to hold under this leadership; `None` until it fetched.
    end_offset: Option<Offset>,
    /// When it last asked, and where the leader's log ended then.
    last_fetch: Option<(Instant, Offset)>,
    /// The last time at which it had everything that the leader had.
    caught_up_at: Option<Instant>,
}

/// Progress of one partition on its leader.
#[derive(Debug, Clone)]
pub struct LeaderProgress {
    leadership: Leadership,
    followers: BTreeMap<BrokerId, FollowerProgress>,
    epoch_start_offset: Offset,
    high_watermark: HighWatermark,
    flushed_end_offset: Offset,
    log_end_offset: Offset,
}

impl LeaderProgress {
    /// Begins a leadership. Nothing is known of the followers yet; those in the in-sync set count as caught up now,
    /// so that they get their full time to show up.
    ///
    /// # Panics
    /// If the offsets are out of order or the leader is not among its own replicas: metadata that says so is
    /// refused before it comes here.
    #[must_use]
    pub fn new(leadership: Leadership, start: LeaderStart, now: Instant) -> LeaderProgress {
        let mut progress = LeaderProgress {
            followers: BTreeMap::new(),
            leadership,
            epoch_start_offset: start.log_end_offset,
            high_watermark: HighWatermark::starting_at(start.high_watermark),
            flushed_end_offset: start.flushed_end_offset,
            log_end_offset: start.log_end_offset,
        };
        progress.keep_assigned_followers(now);
        progress.advance_high_watermark();
        progress.assert_ordered();
        progress
    }

    /// The log grew; nothing of that counts before it is flushed.
    pub fn on_appended(&mut self, log_end_offset: Offset) {
        assert!(self.log_end_offset <= log_end_offset, "a leader's log is never cut");
        self.log_end_offset = log_end_offset;
        self.assert_ordered();
    }

    /// The log's own bytes below `flushed_end_offset` reached the topic's durability level. Returns whether the high
    /// watermark moved.
    pub fn on_flushed(&mut self, flushed_end_offset: Offset) -> bool {
        assert!(self.flushed_end_offset <= flushed_end_offset, "what was flushed stays flushed");
        self.flushed_end_offset = flushed_end_offset;
        self.log_end_offset = self.log_end_offset.max(flushed_end_offset);
        let advanced = self.advance_high_watermark();
        self.assert_ordered();
        advanced
    }

    /// A follower that asks for `fetch_offset` holds everything below it. Its leader epoch and broker epoch have been
    /// checked before.
    pub fn on_follower_fetch(&mut self, now: Instant, from: BrokerId, fetch_offset: Offset) -> FollowerFetch {
        let Some(follower) = self.followers.get_mut(&from) else { return FollowerFetch::NotAReplica };
        if fetch_offset > self.log_end_offset {
            return FollowerFetch::OutOfRange;
        }
        // Caught up means: it had, at some moment, all that the leader had then. Reaching the end of the previous
        // fetch proves that for the time of the previous fetch, which is how a busy partition's followers count.
        if fetch_offset >= self.log_end_offset {
            follower.caught_up_at = Some(now);
        } else if let Some((fetched_at, leader_end)) = follower.last_fetch
            && fetch_offset >= leader_end
        {
            follower.caught_up_at = follower.caught_up_at.max(Some(fetched_at));
        }
        follower.end_offset = Some(fetch_offset);
        follower.last_fetch = Some((now, self.log_end_offset));
        let advanced = self.advance_high_watermark();
        self.assert_ordered();
        let may_join_in_sync = !self.leadership.in_sync.contains(&from)
            && fetch_offset >= self.high_watermark.offset()
            && fetch_offset >= self.epoch_start_offset;
        FollowerFetch::Progress { advanced, may_join_in_sync }
    }

    /// Metadata changed the partition within this leadership. A partition epoch that is not newer changes nothing:
    /// the news was overtaken. Returns whether the high watermark moved.
    pub fn on_partition_change(
        &mut self,
        partition_epoch: i32,
        replicas: Vec<BrokerId>,
        in_sync: Vec<BrokerId>,
        now: Instant,
    ) -> bool {
        if partition_epoch <= self.leadership.partition_epoch {
            return false;
        }
        self.leadership.partition_epoch = partition_epoch;
        self.leadership.replicas = replicas;
        self.leadership.in_sync = in_sync;
        self.keep_assigned_followers(now);
        let advanced = self.advance_high_watermark();
        self.assert_ordered();
        advanced
    }

    /// The topic's `min.insync.replicas` changed. Returns whether the high watermark moved.
    pub fn on_min_in_sync_change(&mut self, min_in_sync: usize) -> bool {
        self.leadership.min_in_sync = min_in_sync;
        self.advance_high_watermark()
    }

    /// In-sync followers that have not had everything for longer than `lag_max`, in the order of their ids.
    #[must_use]
    pub fn lagging(&self, now: Instant, lag_max: Duration) -> Vec<BrokerId> {
        let is_lagging = |follower: &FollowerProgress| {
            follower.end_offset != Some(self.log_end_offset)
                && follower.caught_up_at.is_none_or(|at| now.since(at) > lag_max)
        };
        let in_sync = self.followers.iter().filter(|(id, _)| self.leadership.in_sync.contains(id));
        in_sync.filter(|(_, follower)| is_lagging(follower)).map(|(id, _)| *id).collect()
    }

    /// Everything below this offset is held by the whole in-sync set.
    #[must_use]
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark.offset()
    }

    /// What the leader itself has made durable.
    #[must_use]
    pub fn flushed_end_offset(&self) -> Offset {
        self.flushed_end_offset
    }

    /// Where the leader's log ends.
    #[must_use]
    pub fn log_end_offset(&self) -> Offset {
        self.log_end_offset
    }

    /// Where this leadership's own records begin.
    #[must_use]
    pub fn epoch_start_offset(&self) -> Offset {
        self.epoch_start_offset
    }

    /// What metadata last said.
    #[must_use]
    pub fn leadership(&self) -> &Leadership {
        &self.leadership
    }

    /// Whether a produce with acks=all may be taken (KIP-966): `min.insync.replicas`, but never more than there are
    /// replicas.
    #[must_use]
    pub fn has_enough_in_sync(&self) -> bool {
        self.leadership.in_sync.len() >= self.leadership.min_in_sync.min(self.leadership.replicas.len())
    }

    fn keep_assigned_followers(&mut self, now: Instant) {
        let Leadership { leader, replicas, in_sync, .. } = &self.leadership;
        assert!(replicas.contains(leader) && in_sync.contains(leader), "the leader is one of its replicas");
        self.followers.retain(|id, _| replicas.contains(id));
        for id in replicas.iter().filter(|id| *id != leader) {
            let joined = FollowerProgress {
                caught_up_at: in_sync.contains(id).then_some(now),
                ..FollowerProgress::default()
            };
            self.followers.entry(*id).or_insert(joined);
        }
    }

    fn advance_high_watermark(&mut self) -> bool {
        // Too few in-sync replicas: what only they hold must not become visible (KIP-966).
        if !self.has_enough_in_sync() {
            return false;
        }
        let (leader, flushed) = (self.leadership.leader, self.flushed_end_offset);
        let ends = self.leadership.in_sync.iter().map(|id| match self.followers.get(id) {
            Some(follower) => follower.end_offset,
            None => (*id == leader).then_some(flushed),
        });
        // A follower may hold what the leader has appended but not yet flushed; it is among `ends` with the leader,
        // so the lowest is never beyond the leader's flushed end.
        self.high_watermark.advance(ends)
    }

    fn assert_ordered(&self) {
        assert!(self.high_watermark.offset() <= self.flushed_end_offset);
        assert!(self.flushed_end_offset <= self.log_end_offset);
    }
}
