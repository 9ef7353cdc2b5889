//! What all actors of a run share: the world, the history that they write, and what they know of topics.

use harness::history::{History, LogNumber, Promise, What};
use loglane_model::{Instant, TopicId};
use loglane_ring::sim::World;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

/// How the broker of a run is set up, as far as actors care.
#[derive(Debug, Clone)]
pub(super) struct Wishes {
    pub(super) all_device: bool,
    pub(super) device_topics: Vec<&'static str>,
    pub(super) forgets_by_default: bool,
    pub(super) segment_bytes: u64,
    pub(super) directories: u64,
    pub(super) moves_clock: bool,
    pub(super) value_bytes_max: u64,
    pub(super) think_us_max: u64,
    /// Producers compress, and topics may want another codec.
    pub(super) compresses: bool,
}

/// A broken promise that ends the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Which check found it.
    pub(crate) check: String,
    pub(crate) what: String,
}

impl Violation {
    /// For people, and for `grep`.
    pub(crate) fn in_one_line(&self) -> String {
        let lines: Vec<&str> = self.what.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        format!("{}: {}", self.check, lines.join("; "))
    }
}

/// A topic as clients know it.
#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) id: TopicId,
    pub(super) partitions: i32,
    pub(super) promise: Promise,
    /// Somebody has asked for it to be deleted.
    pub(super) is_deleted: bool,
    /// Its deletion was acknowledged.
    pub(super) is_gone: bool,
    /// What keys were set to: what was acknowledged last, and what was asked for since, in this order.
    pub(super) configs: BTreeMap<String, Vec<String>>,
    /// Keys of which at least one change was acknowledged.
    pub(super) sure_configs: BTreeSet<String>,
}

/// Shared by all actors of one run.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) now: Instant,
    pub(super) port: u16,
    pub(super) seed: u64,
    pub(super) wishes: Wishes,
    pub(super) history: History,
    pub(super) topics: Vec<Topic>,
    /// Names under which somebody has asked for a topic with retention.
    pub(super) forgetful_names: BTreeSet<String>,
    logs: BTreeMap<(TopicId, i32), LogNumber>,
    /// By number of a log, less one: its topic and partition.
    places: Vec<(TopicId, i32)>,
    /// Behind the last offset of each log that is known to hold a record.
    pub(super) ends: BTreeMap<LogNumber, i64>,
    /// By log: when a batch was acknowledged last, and the offset behind it.
    pub(super) acknowledged: BTreeMap<LogNumber, (Instant, i64)>,
    /// Neither the network nor the process stands still from then on.
    pub(super) calm_since: Instant,
    pub(super) next_id: u64,
    /// All that were given to producers.
    pub(super) producer_ids: BTreeSet<i64>,
    /// Logs of which records were asked to be deleted.
    pub(super) was_cut: BTreeSet<LogNumber>,
    /// What the disk has changed: offsets of logs that may be refused.
    pub(super) damaged: BTreeMap<LogNumber, Range<i64>>,
    /// Groups that somebody has asked to be deleted: their generations may begin anew.
    pub(super) deleted_groups: BTreeSet<String>,
    /// By group and generation of this life of the broker: who led, as its members were told.
    assigned: BTreeMap<(String, i32), String>,
    /// Lives of the broker so far.
    pub(super) lives: i32,
    /// Somebody has asked the broker to stop.
    pub(super) was_stopped: bool,
    /// Faults are over: everything must work now.
    pub(super) is_healed: bool,
    pub(super) healed_at: Instant,
    /// Nothing new is begun.
    pub(super) is_ending: bool,
    pub(super) violation: Option<Violation>,
    /// What happened, line by line, if somebody wants to read it.
    pub(super) trace: Option<Vec<String>>,
    pub(super) counts: Counts,
}

/// What a run has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) acknowledged: u64,
    pub(crate) seen: u64,
    pub(crate) answers: u64,
    pub(crate) steps: u64,
    pub(crate) starts: u64,
    pub(crate) strikes: u64,
    pub(crate) simulated: Duration,
}

impl Stage {
    pub(super) fn new(world: World, port: u16, seed: u64, wishes: Wishes, with_trace: bool) -> Stage {
        Stage {
            now: world.now(),
            world,
            port,
            seed,
            wishes,
            history: History::default(),
            topics: Vec::new(),
            forgetful_names: BTreeSet::new(),
            logs: BTreeMap::new(),
            places: Vec::new(),
            ends: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            calm_since: Instant::default(),
            next_id: 1,
            producer_ids: BTreeSet::new(),
            was_cut: BTreeSet::new(),
            damaged: BTreeMap::new(),
            deleted_groups: BTreeSet::new(),
            assigned: BTreeMap::new(),
            lives: 0,
            was_stopped: false,
            is_healed: false,
            healed_at: Instant::default(),
            is_ending: false,
            violation: None,
            trace: with_trace.then(Vec::new),
            counts: Counts::default(),
        }
    }

    /// A promise was broken; the first one counts.
    pub(super) fn violate(&mut self, check: &str, what: impl ToString) {
        let what = what.to_string();
        self.say(|| format!("VIOLATION {check}: {what}"));
        self.violation.get_or_insert_with(|| Violation { check: check.to_owned(), what });
    }

    /// A line of the trace.
    pub(super) fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>14.6} {}", self.now.0 as f64 / 1e9, line()));
        }
    }

    /// A question was not answered in time, which only trouble excuses.
    pub(super) fn on_late(&mut self, asked_at: Instant) {
        if self.is_healed && asked_at > self.healed_at {
            self.violate("unanswered", "a question was not answered after everything was healed");
        }
    }

    /// What records say of when they were made.
    pub(super) fn wall_clock_ms(&self) -> i64 {
        1_767_225_600_000 + i64::try_from(self.now.0 / 1_000_000).expect("a short time")
    }

    pub(super) fn ask(&mut self, who: u32, what: What) -> u64 {
        let line = self.trace.is_some().then(|| format!("{what:?}"));
        let op = self.history.ask(self.now.0, who, what);
        self.say(|| format!("#{who} asks {op}: {}", line.expect("somebody reads it")));
        op
    }

    pub(super) fn answer(&mut self, who: u32, op: u64, what: What) {
        self.counts.answers += 1;
        self.say(|| format!("#{who} hears {op}: {what:?}"));
        self.history.answer(self.now.0, who, op, what);
    }

    pub(super) fn note(&mut self, what: What) {
        self.say(|| format!("{what:?}"));
        self.history.note(self.now.0, what);
    }

    pub(super) fn topic(&self, id: TopicId) -> Option<&Topic> {
        self.topics.iter().rev().find(|topic| topic.id == id)
    }

    pub(super) fn topic_mut(&mut self, id: TopicId) -> Option<&mut Topic> {
        self.topics.iter_mut().rev().find(|topic| topic.id == id)
    }

    /// The topic that has the name now, as far as is known.
    pub(super) fn topic_named(&self, name: &str) -> Option<&Topic> {
        self.topics.iter().rev().find(|topic| topic.name == name && !topic.is_deleted)
    }

    /// Somebody has learnt of a topic, or of more partitions of it.
    pub(super) fn learn_topic(&mut self, name: &str, id: TopicId, partitions: i32) {
        let default = Promise {
            is_weak: self.wishes.all_device || self.wishes.device_topics.contains(&name),
            forgets: self.wishes.forgets_by_default || self.forgetful_names.contains(name),
        };
        if let Some(known) = self.topic_mut(id) {
            known.partitions = known.partitions.max(partitions);
            return;
        }
        self.say(|| format!("topic {name} is {id:?} with {partitions} partitions"));
        self.topics.push(Topic {
            name: name.to_owned(),
            id,
            partitions,
            promise: default,
            is_deleted: false,
            is_gone: false,
            configs: BTreeMap::new(),
            sure_configs: BTreeSet::new(),
        });
    }

    /// A log's number in the history.
    pub(super) fn log(&mut self, id: TopicId, partition: i32) -> LogNumber {
        if let Some(number) = self.logs.get(&(id, partition)) {
            return *number;
        }
        self.places.push((id, partition));
        let number = LogNumber::try_from(self.places.len()).expect("few logs");
        self.logs.insert((id, partition), number);
        let topic = self.topic(id).expect("logs are of topics that are known");
        let (name, promise) = (format!("{}-{partition}", topic.name), topic.promise);
        self.note(What::Log { log: number, name, promise });
        number
    }

    pub(super) fn place(&self, log: LogNumber) -> (TopicId, i32) {
        self.places[log as usize - 1]
    }

    /// From now on the topic promises something else; never more than before.
    pub(super) fn weaken(&mut self, id: TopicId, less: impl Fn(&mut Promise)) {
        let Some(topic) = self.topic_mut(id) else { return };
        less(&mut topic.promise);
        let (name, promise) = (topic.name.clone(), topic.promise);
        let logs: Vec<(i32, LogNumber)> = self
            .logs
            .range((id, 0)..=(id, i32::MAX))
            .map(|((_, partition), log)| (*partition, *log))
            .collect();
        for (partition, log) in logs {
            self.note(What::Log { log, name: format!("{name}-{partition}"), promise });
        }
    }

    /// The topic goes: nothing is promised of it any more.
    pub(super) fn delete(&mut self, id: TopicId) {
        let Some(topic) = self.topic_mut(id) else { return };
        topic.is_deleted = true;
        let logs: Vec<LogNumber> = self.logs.range((id, 0)..=(id, i32::MAX)).map(|(_, log)| *log).collect();
        for log in logs {
            self.note(What::Deleted { log });
        }
    }

    /// Watermarks are compared within one life of the broker: a restart is a new epoch.
    pub(super) fn epoch_of_life(&self) -> i32 {
        self.lives
    }

    /// A member was given its part of a generation's assignment. There is one for each generation.
    pub(super) fn on_assigned(&mut self, group: &str, generation: i32, leader: &str, member: &str) {
        let key = (group.to_owned(), generation);
        let known = self.assigned.entry(key).or_insert_with(|| leader.to_owned()).clone();
        if known != leader && !self.deleted_groups.contains(group) {
            let what = format!("{member} of {group}: generation {generation} is led by {known} and {leader}");
            self.violate("groups", what);
        }
    }

    /// The power went, and what coordinators have written was not durable.
    pub(super) fn on_commits_lost(&mut self) {
        self.assigned.clear();
        self.note(What::CommitsLost);
    }

    /// The disk has changed bytes by itself: these records are refused from now on, or not.
    pub(super) fn on_damaged(&mut self, log: LogNumber, offsets: Range<i64>) {
        self.note(What::Damaged { log, from: offsets.start, to: offsets.end });
        self.damaged.insert(log, offsets);
    }

    /// Whether a record may be refused as damaged.
    pub(super) fn may_be_damaged(&self, log: LogNumber, offset: i64) -> bool {
        self.damaged.get(&log).is_some_and(|offsets| offsets.contains(&offset))
    }

    /// Whether a key was set by a change that was acknowledged, or with the topic.
    pub(super) fn is_config_sure(&self, id: TopicId, key: &str) -> bool {
        self.topic(id).is_some_and(|topic| topic.sure_configs.contains(key))
    }

    /// Record numbers that nobody has used.
    pub(super) fn new_ids(&mut self, count: u64) -> Vec<u64> {
        let first = self.next_id;
        self.next_id += count;
        (first..self.next_id).collect()
    }

    /// A log is known to hold a record at that offset.
    pub(super) fn known_end(&mut self, log: LogNumber, end: i64) {
        let known = self.ends.entry(log).or_default();
        *known = end.max(*known);
    }
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Counts) {
        self.acknowledged += other.acknowledged;
        self.seen += other.seen;
        self.answers += other.answers;
        self.steps += other.steps;
        self.starts += other.starts;
        self.strikes += other.strikes;
        self.simulated += other.simulated;
    }

    /// For people, with the time that it took.
    pub(crate) fn describe(&self, took: Duration) -> String {
        let hours = self.simulated.as_secs_f64() / 3600.0;
        format!(
            "{hours:.2} broker-hours, {:.0} an hour; {} batches acknowledged, {} records seen, {} answers, {} starts, \
             {} faults, {} steps",
            hours * 3600.0 / took.as_secs_f64(),
            self.acknowledged,
            self.seen,
            self.answers,
            self.starts,
            self.strikes,
            self.steps
        )
    }
}
