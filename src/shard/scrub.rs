//! The scrub: sealed segments are read in the background, at a bounded rate, so that damage is found while there still
//! is another copy somewhere; and what is done about damage, whoever found it.
//!
//! A pass goes through all logs of the shard, segment by segment, in jobs of a lane of their own; each second has its
//! share of bytes. Damage is told once for each place, and counted. Nothing is done to it: reads of those batches fail
//! with CORRUPT_MESSAGE, and all others are served.

use super::Shard;
use super::mail::Mail;
use super::partitions::ShardJobDone;
use super::token::Purpose;
use crate::config::ScrubSettings;
use crate::slots::SlotId;
use loglane_model::{FileSystem, Instant, JobDone, Offset, PartitionId, TopicId};
use loglane_ring::Io;
use loglane_storage::scrub::{Scrub, ScrubNext, ScrubStep, ScrubVerdict, SumsFound};
use loglane_storage::sums::Damage;
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::time::Duration;

/// Jobs of the scrub run in a lane of their own.
const SCRUB_LANE: u32 = u32::MAX - (1 << 17) - 2;

/// The first pass waits for the start to be over.
const FIRST_AFTER: Duration = Duration::from_secs(60);

/// What one segment costs at the least, however small it is: files are opened for it.
const STEP_BYTES_MIN: u64 = 64 * 1024;

/// What one job reads at the most.
const STEP_BYTES_MAX: u64 = 4 << 20;

/// Places of damage that are remembered so that each is told once.
const PLACES_MAX: usize = 10_000;

/// What was found so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ScrubCounts {
    /// Bytes that were read.
    pub(crate) bytes: u64,
    /// Segments that were read to their end.
    pub(crate) segments: u64,
    /// Segments whose checksums or indexes were made anew.
    pub(crate) renewed: u64,
    /// Places of damage, by whoever found them.
    pub(crate) damaged: u64,
}

/// Who finds damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finder {
    /// The reading in the background.
    Scrub,
    /// The opening of a log.
    Recovery,
    /// A fetch, or whoever else reads on demand.
    Read,
}

/// What was found so far, by whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DamageCounts {
    /// Places that were found first by the scrub, by a recovery, by a read.
    pub(crate) by_scrub: u64,
    pub(crate) by_recovery: u64,
    pub(crate) by_read: u64,
    /// Segments that the disk would not let the scrub read.
    pub(crate) unreadable: u64,
}

impl DamageCounts {
    fn count(&mut self, finder: Finder) {
        match finder {
            Finder::Scrub => self.by_scrub += 1,
            Finder::Recovery => self.by_recovery += 1,
            Finder::Read => self.by_read += 1,
        }
    }
}

/// One per shard.
#[derive(Debug)]
pub(crate) struct Scrubbing {
    bytes_per_second: u64,
    pass_every: Duration,
    /// When the next pass may begin.
    pass_at: Option<Instant>,
    /// What is left of the pass under way; the first one is being read.
    left: VecDeque<SlotId>,
    /// The last segment of it that was begun.
    after: Option<Offset>,
    /// A segment that is read further in the next step.
    current: Option<Box<Scrub>>,
    is_under_way: bool,
    /// What may still be read before the next second.
    budget: u64,
    places: BTreeSet<(TopicId, PartitionId, Damage)>,
    pub(crate) counts: ScrubCounts,
    pub(crate) damage: DamageCounts,
}

impl Scrubbing {
    pub(crate) fn new(settings: &ScrubSettings, shard_count: u16) -> Scrubbing {
        Scrubbing {
            bytes_per_second: settings.bytes_per_second.div_ceil(u64::from(shard_count)),
            pass_every: Duration::from_millis(settings.interval_ms),
            pass_at: None,
            left: VecDeque::new(),
            after: None,
            current: None,
            is_under_way: false,
            budget: 0,
            places: BTreeSet::new(),
            counts: ScrubCounts::default(),
            damage: DamageCounts::default(),
        }
    }

    /// The places of damage that are known.
    pub(crate) fn places(&self) -> impl Iterator<Item = &(TopicId, PartitionId, Damage)> {
        self.places.iter()
    }
}

impl<I: Io<Mail>> Shard<I> {
    /// Once a second: the scrub may read on.
    pub(super) fn scrub_on(&mut self) {
        let now = self.now;
        let scrub = &mut self.scrub;
        if scrub.bytes_per_second == 0 {
            return;
        }
        let pass_at = *scrub.pass_at.get_or_insert_with(|| now.after(FIRST_AFTER.min(scrub.pass_every)));
        if scrub.left.is_empty() {
            if now < pass_at {
                return;
            }
            scrub.pass_at = Some(now.after(scrub.pass_every));
            scrub.left = self.partitions.ids().collect();
        }
        self.scrub.budget = self.scrub.bytes_per_second;
        self.next_scrub_step();
    }

    /// Hands out the next step, if there is one and the second's share allows it.
    fn next_scrub_step(&mut self) {
        if self.scrub.is_under_way || self.scrub.budget == 0 || self.closing.has_begun() {
            return;
        }
        while let Some(slot) = self.scrub.left.front().copied() {
            let served = self.partitions.get(slot).and_then(|partition| partition.served());
            let begun = self.scrub.current.take().filter(|_| served.is_some());
            let after = self.scrub.after;
            let next =
                begun.or_else(|| served.and_then(|served| served.log.next_to_scrub(after)).map(Box::new));
            let Some(scrub) = next else {
                self.scrub.left.pop_front();
                self.scrub.after = None;
                if self.scrub.left.is_empty() {
                    self.tell_of_pass();
                }
                continue;
            };
            self.scrub.after = Some(scrub.segment());
            self.scrub.is_under_way = true;
            let bytes_max = self.scrub.budget.min(STEP_BYTES_MAX);
            let job = move |fs: &dyn FileSystem| -> JobDone {
                Box::new(ShardJobDone::Scrubbed { slot, result: scrub.step(fs, bytes_max) })
            };
            self.io.spawn(Purpose::Job.token(), SCRUB_LANE, Box::new(job));
            return;
        }
    }

    /// A pass is over.
    fn tell_of_pass(&self) {
        let ScrubCounts { bytes, segments, renewed, damaged } = self.scrub.counts;
        if segments > 0 {
            tracing::info!(
                bytes,
                segments,
                renewed,
                damaged,
                "old segments were read through; so far in all"
            );
        }
    }

    pub(super) fn on_scrubbed(&mut self, slot: SlotId, result: io::Result<ScrubStep>) {
        self.scrub.is_under_way = false;
        match result {
            Ok(ScrubStep { read_bytes, next }) => {
                self.scrub.counts.bytes += read_bytes;
                self.scrub.budget = self.scrub.budget.saturating_sub(read_bytes.max(STEP_BYTES_MIN));
                match next {
                    ScrubNext::More(scrub) if self.scrub.left.front() == Some(&slot) => {
                        self.scrub.current = Some(scrub);
                    }
                    ScrubNext::More(_) => {}
                    ScrubNext::Done(verdict) => self.on_segment_scrubbed(slot, verdict),
                }
            }
            // The log was deleted meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                self.scrub.budget = 0;
                self.scrub.damage.unreadable += 1;
                if let Some(partition) = self.partitions.get(slot) {
                    tracing::error!(
                        topic = %partition.topic, partition = partition.number.0, %error,
                        segment = self.scrub.after.unwrap_or_default().0,
                        "a segment cannot be read; what is in it may be lost"
                    );
                }
            }
        }
        self.next_scrub_step();
    }

    fn on_segment_scrubbed(&mut self, slot: SlotId, verdict: ScrubVerdict) {
        self.scrub.counts.segments += 1;
        let is_renewed = match verdict.sums {
            SumsFound::Fitting | SumsFound::SegmentGone => false,
            SumsFound::OtherIndexes | SumsFound::Misfit | SumsFound::Missing => verdict.damage.is_empty(),
        };
        self.scrub.counts.renewed += u64::from(is_renewed);
        self.report_damage(slot, verdict.damage, Finder::Scrub);
    }

    /// Tells of the damage that a log has found by itself.
    pub(crate) fn report_found_damage(&mut self, slot: SlotId, finder: Finder) {
        let served = self.partitions.get_mut(slot).and_then(|partition| partition.served_mut());
        let damage = served.map(|served| served.log.take_damage()).unwrap_or_default();
        self.report_damage(slot, damage, finder);
    }

    fn report_damage(&mut self, slot: SlotId, damage: Vec<Damage>, finder: Finder) {
        let Some(partition) = self.partitions.get(slot) else { return };
        for damage in damage {
            let place = (partition.topic_id, partition.number, damage);
            if self.scrub.places.len() >= PLACES_MAX || !self.scrub.places.insert(place) {
                continue;
            }
            self.scrub.counts.damaged += 1;
            self.scrub.damage.count(finder);
            let Damage { segment, position, end } = damage;
            tracing::error!(
                topic = %partition.topic, partition = partition.number.0, segment = segment.0, position, end,
                "batches on the disk are not what was written there: they are not served, and left as they are"
            );
        }
    }
}
