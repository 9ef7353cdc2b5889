//! What one seed stands for: a broker's settings, who talks to it, for how long, and what befalls it.

use super::nemesis::{Fault, Strike};
use super::stage::Wishes;
use super::value::CODEC_LEVEL;
use crate::tests::Setup;
use harness::Chance;
use loglane_ring::sim::SimOptions;
use std::collections::BTreeSet;
use std::time::Duration;

/// Everything that is decided before a run begins.
pub(super) struct Plan {
    pub(super) setup: Setup,
    pub(super) actors: Vec<Role>,
    /// How long clients and faults go on before everything is healed.
    pub(super) span: Duration,
    pub(super) strikes: Vec<Strike>,
    pub(super) wishes: Wishes,
}

/// What a client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Producer { idempotent: bool },
    Consumer { with_session: bool },
    Admin,
    Member { group: u8 },
    Committer,
}

/// What of a plan is left out, to find out what a failure needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Less {
    /// Actors that do nothing.
    pub(crate) actors: BTreeSet<u32>,
    /// Faults that do not strike.
    pub(crate) strikes: BTreeSet<usize>,
    /// Actions that are left out, by actor and number.
    pub(crate) actions: BTreeSet<(u32, u32)>,
    /// The end of the time of faults, if it comes earlier.
    pub(crate) span_ms: Option<u64>,
}

/// A number that follows from others, evenly.
pub(super) fn mix(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0x5eed, |mixed, number| Chance::new(mixed ^ number).number())
}

/// One of several.
pub(super) fn pick<T: Copy>(chance: &mut Chance, of: &[T]) -> T {
    of[usize::try_from(chance.below(of.len() as u64)).expect("an index")]
}

/// A number below one of several bounds.
pub(super) fn below_one_of(chance: &mut Chance, bounds: &[u64]) -> u64 {
    let bound = pick(chance, bounds);
    chance.below(bound)
}

pub(super) fn percent(chance: &mut Chance, percent: u64) -> bool {
    chance.below(100) < percent
}

/// What a topic's batches may be compressed with.
pub(super) const CODECS: [&str; 6] = ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"];

/// The directories that a broker may have; the first one also has the metadata log where nothing else is said.
pub(super) const DIRECTORIES: [&str; 3] = ["/a", "/b", "/c"];

impl Plan {
    pub(super) fn of(seed: u64) -> Plan {
        let mut chance = Chance::new(mix(&[seed, 1]));
        let chance = &mut chance;
        let shards = 1 + u16::try_from(chance.below(4)).expect("small");
        let directories = 1 + chance.below(3);
        let is_device = percent(chance, 25);
        let wishes = Wishes {
            all_device: is_device,
            device_topics: if percent(chance, 40) { vec!["s1", "t1", "t3"] } else { Vec::new() },
            forgets_by_default: percent(chance, 25),
            segment_bytes: pick(chance, &[2 << 10, 4 << 10, 16 << 10, 64 << 10, 1 << 20]),
            directories,
            moves_clock: percent(chance, 30),
            value_bytes_max: pick(chance, &[40, 300, 300, 3_000, 20_000]),
            think_us_max: pick(chance, &[500, 5_000, 50_000, 500_000, 3_000_000]),
            compresses: percent(chance, 30),
        };
        let setup = settings(chance, Setup::new(seed, shards), &wishes);
        // As long as it takes for a number of actions, so that patient clients make long runs and hasty ones short.
        let actions = 100 + below_one_of(chance, &[200, 500, 1_500]);
        let span = Duration::from_micros(500_000 + actions * wishes.think_us_max / 2);
        let strikes = strikes(chance, span, &wishes);
        Plan { setup, actors: actors(chance), span, strikes, wishes }
    }
}

fn settings(chance: &mut Chance, setup: Setup, wishes: &Wishes) -> Setup {
    let directories: Vec<&str> = DIRECTORIES[..usize::try_from(wishes.directories).expect("few")].to_vec();
    let setup = Setup { options: options(chance), ..setup };
    setup
        .set("log.dirs", directories.join(","))
        .set("num.partitions", 1 + chance.below(4))
        .set("loglane.durability", if wishes.all_device { "device" } else { "durable" })
        .set("loglane.durability.device.topics", wishes.device_topics.join(","))
        .set("log.retention.ms", if wishes.forgets_by_default { 5_000 } else { -1 })
        .set("log.retention.check.interval.ms", pick(chance, &[300, 2_000, 300_000]))
        .set("log.initial.task.delay.ms", 100)
        .set("file.delete.delay.ms", pick(chance, &[0, 1_000, 60_000]))
        .set("offsets.topic.num.partitions", 1 + chance.below(4))
        .set("offsets.topic.segment.bytes", pick(chance, &[1 << 20, 100 << 20]))
        .set("group.initial.rebalance.delay.ms", pick(chance, &[0, 100]))
        .set("connections.max.idle.ms", pick(chance, &[5_000, 600_000]))
        .set("max.incremental.fetch.session.cache.slots", pick(chance, &[2, 1_000]))
        .set("auto.create.topics.enable", percent(chance, 50))
        .set("compression.type", if wishes.compresses { pick(chance, &CODECS) } else { "producer" })
        .set("compression.gzip.level", CODEC_LEVEL)
        .set("compression.zstd.level", CODEC_LEVEL)
        .set("loglane.scrub.interval.ms", pick(chance, &[5_000, 86_400_000]))
        .set("loglane.memory", pick(chance, &["48m", "64m", "256m"]))
}

fn options(chance: &mut Chance) -> SimOptions {
    SimOptions {
        mails_max: pick(chance, &[1, 4, 16, 64]),
        receive_blocks_max: pick(chance, &[4, 64]),
        network_us: pick(chance, &[(10, 100), (10, 500), (100, 20_000)]).into_range(),
        disk_us: pick(chance, &[(30, 300), (30, 3_000), (500, 50_000)]).into_range(),
        job_us: pick(chance, &[(20, 200), (20, 5_000), (1_000, 100_000)]).into_range(),
        mail_us: pick(chance, &[(1, 10), (1, 100), (1, 2_000)]).into_range(),
        socket_bytes_max: pick(chance, &[4 << 10, 64 << 10, 256 << 10]),
        split_percent: pick(chance, &[0, 10, 50]),
        ..SimOptions::default()
    }
}

trait IntoRange {
    fn into_range(self) -> std::ops::Range<u64>;
}

impl IntoRange for (u64, u64) {
    fn into_range(self) -> std::ops::Range<u64> {
        self.0..self.1
    }
}

fn actors(chance: &mut Chance) -> Vec<Role> {
    let mut roles = vec![Role::Admin];
    for _ in 0..1 + chance.below(3) {
        roles.push(Role::Producer { idempotent: percent(chance, 50) });
    }
    for _ in 0..1 + chance.below(2) {
        roles.push(Role::Consumer { with_session: percent(chance, 50) });
    }
    for _ in 0..chance.below(4) {
        roles.push(Role::Member { group: u8::from(percent(chance, 20)) });
    }
    if percent(chance, 50) {
        roles.push(Role::Committer);
    }
    roles
}

fn strikes(chance: &mut Chance, span: Duration, wishes: &Wishes) -> Vec<Strike> {
    let mut strikes = Vec::new();
    for _ in 0..chance.below(7) {
        let at = Duration::from_micros(chance.below(u64::try_from(span.as_micros()).expect("short")));
        strikes.push(Strike { at, fault: Fault::draw(chance, wishes) });
    }
    strikes.sort_by_key(|strike| strike.at);
    strikes
}
