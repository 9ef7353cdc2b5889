//! Consumers: of one partition or of many, waiting or not, with and without a session, that go back now and then.

use super::actor::{Pace, choose_topic, code, is_passing};
use super::line::{Heard, Line};
use super::plan::{Less, below_one_of, mix, percent, pick};
use super::stage::Stage;
use super::value::seen_in;
use crate::tests::client::answer_body;
use harness::Chance;
use harness::history::{LogNumber, What};
use loglane_model::{Instant, TopicId};
use loglane_net::ErrorCode;
use loglane_net::message::fetch::{
    FetchPartition, FetchRequest, FetchResponse, FetchTopic, ForgottenTopic, PartitionData,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A consumer.
pub(super) struct Consumer {
    pub(super) pace: Pace,
    line: Line<Asked>,
    version: i16,
    with_session: bool,
    /// Where it is in each log that it reads.
    positions: BTreeMap<LogNumber, i64>,
    session: Option<Session>,
    /// When it goes away without waiting for an answer.
    hangs_up_at: Option<Instant>,
}

/// A fetch that waits for its answer.
struct Asked {
    /// By log: the question in the history, and from where.
    polls: BTreeMap<LogNumber, (u64, i64)>,
    in_session: bool,
    at: Instant,
    /// It waits until there is anything.
    wants_anything: bool,
}

/// Who waits for anything is told of it within that time, once it is there for all to see.
const NOTICE: Duration = Duration::from_millis(500);

struct Session {
    id: i32,
    epoch: i32,
    /// What the broker knows of: from where it would read each log.
    known: BTreeMap<LogNumber, i64>,
}

impl Consumer {
    pub(super) fn new(who: u32, seed: u64, with_session: bool, less: &Less) -> Consumer {
        let mut chance = Chance::new(mix(&[seed, u64::from(who)]));
        Consumer {
            pace: Pace::new(who, seed, less),
            line: Line::new(chance.number()),
            version: pick(&mut chance, &[13, 15, 16, 17, 18]),
            with_session,
            positions: BTreeMap::new(),
            session: None,
            hangs_up_at: None,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.line.waiting() == 0
    }

    pub(super) fn turn(&mut self, stage: &mut Stage) {
        while let Some(heard) = self.line.hear(stage) {
            match heard {
                Heard::Answer(asked, answer) => self.on_answer(stage, &asked, &answer),
                Heard::Lost => (self.session, self.hangs_up_at) = (None, None),
            }
        }
        if self.hangs_up_at.is_some_and(|at| stage.now >= at) {
            self.line.hang_up(stage);
            (self.session, self.hangs_up_at) = (None, None);
        }
        if !self.line.connect(stage) || self.line.waiting() > 0 {
            return;
        }
        let Some(mut chance) = self.pace.next(stage) else { return };
        if percent(&mut chance, 1) && !stage.is_healed {
            self.line.hang_up(stage);
            self.session = None;
            return;
        }
        self.choose(stage, &mut chance);
        if !self.positions.is_empty() {
            self.fetch(stage, &mut chance);
            if percent(&mut chance, 3) && !stage.is_healed {
                self.hang_up_soon(stage, &mut chance);
            }
        }
    }

    /// Goes away while the question is on its way, or waits.
    fn hang_up_soon(&mut self, stage: &Stage, chance: &mut Chance) {
        let after_us = below_one_of(chance, &[1, 1_000, 100_000]);
        let at = stage.now.after(Duration::from_micros(after_us));
        stage.world.stop_at(at);
        self.hangs_up_at = Some(at);
    }

    /// Takes up a log, leaves one, or goes somewhere else in one.
    fn choose(&mut self, stage: &mut Stage, chance: &mut Chance) {
        let gone: Vec<LogNumber> = self
            .positions
            .keys()
            .copied()
            .filter(|log| {
                let (id, _) = stage.place(*log);
                stage.topic(id).is_none_or(|topic| topic.is_deleted) && chance.below(3) == 0
            })
            .collect();
        for log in gone {
            self.positions.remove(&log);
        }
        if self.positions.len() < 8 && (percent(chance, 20) || self.positions.is_empty()) {
            let Some(topic) = choose_topic(stage, chance, false) else { return };
            for partition in 0..topic.partitions {
                if percent(chance, 50) {
                    let log = stage.log(topic.id, partition);
                    self.positions.entry(log).or_insert(0);
                }
            }
        }
        if percent(chance, 5) && !self.positions.is_empty() {
            let at = usize::try_from(chance.below(self.positions.len() as u64)).expect("an index");
            let log = *self.positions.keys().nth(at).expect("just counted");
            if percent(chance, 40) {
                self.positions.remove(&log);
            } else {
                let end = stage.ends.get(&log).copied().unwrap_or_default();
                let back = chance.below(u64::try_from(end).unwrap_or_default() + 1);
                self.positions.insert(log, i64::try_from(back).expect("small"));
            }
        }
    }

    fn fetch(&mut self, stage: &mut Stage, chance: &mut Chance) {
        let mut polls = BTreeMap::new();
        for (log, from) in &self.positions {
            let poll = What::Poll { log: *log, from: *from, transaction: None };
            polls.insert(*log, (stage.ask(self.pace.who, poll), *from));
        }
        if self.with_session && self.session.is_none() {
            self.session = Some(Session { id: 0, epoch: 0, known: BTreeMap::new() });
        }
        let (mut told, mut forgotten) = (self.positions.clone(), BTreeSet::new());
        let mut id_and_epoch = (0, -1);
        if let Some(session) = &mut self.session {
            id_and_epoch = (session.id, session.epoch);
            told.retain(|log, from| session.known.get(log) != Some(from));
            forgotten =
                session.known.keys().copied().filter(|log| !self.positions.contains_key(log)).collect();
            session.known = self.positions.clone();
        }
        let bytes_max = pick(chance, &[50 << 20, 50 << 20, 10_000, 500]);
        let partition_max_bytes = pick(chance, &[1 << 20, 1 << 20, 4_000, 1]);
        let topics = by_topic(stage, told.keys().copied());
        let partition_of = |partition: &i32, log: &LogNumber| FetchPartition {
            partition: *partition,
            current_leader_epoch: -1,
            fetch_offset: told[log],
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes,
            ..FetchPartition::default()
        };
        let topics = topics.iter().map(|(topic_id, logs)| FetchTopic {
            topic: "",
            topic_id: *topic_id,
            partitions: logs.iter().map(|(partition, log)| partition_of(partition, log)).collect(),
        });
        let forgotten = by_topic(stage, forgotten.into_iter());
        let forgotten = forgotten.iter().map(|(topic_id, logs)| ForgottenTopic {
            topic: "",
            topic_id: *topic_id,
            partitions: logs.iter().map(|(partition, _)| *partition).collect(),
        });
        let max_wait_ms = pick(chance, &[0, 20, 500, 5_000]);
        let min_bytes = pick(chance, &[0, 1, 1, 100, 100_000]);
        let request = FetchRequest {
            max_wait_ms,
            min_bytes,
            max_bytes: bytes_max,
            isolation_level: pick(chance, &[0, 1]),
            session_id: id_and_epoch.0,
            session_epoch: id_and_epoch.1,
            topics: topics.collect(),
            forgotten_topics_data: forgotten.collect(),
            ..FetchRequest::default()
        };
        let in_session = self.session.is_some();
        let asked = Asked { polls, in_session, at: stage.now, wants_anything: min_bytes == 1 };
        self.line.ask(stage, self.version, &request, asked);
    }

    fn on_answer(&mut self, stage: &mut Stage, asked: &Asked, answer: &[u8]) {
        let body = answer_body::<FetchResponse<'_>>(answer, self.version);
        match code(body.error_code) {
            ErrorCode::None => {}
            ErrorCode::FetchSessionIdNotFound
            | ErrorCode::InvalidFetchSessionEpoch
            | ErrorCode::FetchSessionTopicIdError
                if asked.in_session =>
            {
                self.session = None;
                return;
            }
            error => return stage.violate("errors", format!("a fetch was refused: {error:?}")),
        }
        if let Some(session) = &mut self.session {
            let is_granted = body.session_id != 0;
            session.epoch = if session.epoch == i32::MAX { 1 } else { session.epoch + 1 };
            if session.id == 0 && is_granted {
                session.id = body.session_id;
            }
            if !is_granted {
                self.session = None;
            }
        }
        self.pace.has_done(stage);
        let mut parts = body.responses.iter().flat_map(|topic| topic.partitions.iter().collect::<Vec<_>>());
        if parts.all(|part| part.error_code == 0 && part.records.is_none_or(<[u8]>::is_empty)) {
            check_that_there_was_nothing(stage, asked);
        }
        for topic in body.responses.iter() {
            for partition in topic.partitions.iter() {
                let log = stage.log(topic.topic_id, partition.partition_index);
                match asked.polls.get(&log) {
                    Some((op, from)) => self.on_partition(stage, log, *op, *from, &partition),
                    None => stage.violate("answers", "a fetch was answered with what it did not ask for"),
                }
            }
        }
    }

    fn on_partition(
        &mut self,
        stage: &mut Stage,
        log: LogNumber,
        op: u64,
        from: i64,
        answer: &PartitionData<'_>,
    ) {
        let (id, _) = stage.place(log);
        let is_deleted = stage.topic(id).is_none_or(|topic| topic.is_deleted);
        match code(answer.error_code) {
            ErrorCode::None => {}
            ErrorCode::OffsetOutOfRange => {
                self.on_out_of_range(stage, log, from, is_deleted, answer);
                return;
            }
            error if is_passing(error) => {
                if is_deleted {
                    self.positions.remove(&log);
                }
                self.session = None;
                return;
            }
            ErrorCode::CorruptMessage if stage.may_be_damaged(log, from) => {
                // To the next one, or past all that may be damaged.
                let next = if from % 2 == 0 { from + 1 } else { stage.damaged[&log].end };
                self.positions.insert(log, next);
                return;
            }
            error => return stage.violate("errors", format!("log {log} cannot be read: {error:?}")),
        }
        let records = match seen_in(answer.records.unwrap_or_default(), from, stage.wishes.value_bytes_max) {
            Ok(records) => records,
            Err(what) => return stage.violate("contents", format!("log {log}: {what}")),
        };
        let (high_watermark, last_stable_offset) = (answer.high_watermark, answer.last_stable_offset);
        if let Some(last) = records.last() {
            if last.offset >= high_watermark {
                stage.violate("high watermark", format!("log {log}: {last:?} is not below {high_watermark}"));
            }
            self.positions.insert(log, last.offset + 1);
            stage.known_end(log, last.offset + 1);
            stage.counts.seen += records.len() as u64;
        }
        let epoch = stage.epoch_of_life();
        let log_start_offset = answer.log_start_offset;
        let polled =
            What::Polled { from, records, epoch, high_watermark, last_stable_offset, log_start_offset };
        stage.answer(self.pace.who, op, polled);
    }

    /// The log begins behind what was asked for, or a power cut has taken its end.
    fn on_out_of_range(
        &mut self,
        stage: &mut Stage,
        log: LogNumber,
        from: i64,
        is_deleted: bool,
        answer: &PartitionData<'_>,
    ) {
        let (id, _) = stage.place(log);
        let promise = stage.topic(id).map(|topic| topic.promise).unwrap_or_default();
        let was_cut = stage.was_cut.contains(&log);
        if !promise.is_weak && !promise.forgets && !was_cut && !is_deleted {
            let (start, end) = (answer.log_start_offset, answer.high_watermark);
            stage.violate("range", format!("log {log}: {from} is said to be outside of {start}..{end}"));
        }
        // From where there is something; beyond the end nobody has been but before a power cut.
        let end = stage.ends.get(&log).copied().unwrap_or_default();
        let next = if from < end { from + (end - from + 1) / 2 } else { 0 };
        self.positions.insert(log, next);
        self.session = None;
    }
}

/// A fetch was answered with nothing: nobody may have been told of a record meanwhile that it would have shown.
fn check_that_there_was_nothing(stage: &mut Stage, asked: &Asked) {
    if !asked.wants_anything || asked.at < stage.calm_since {
        return;
    }
    for (log, (_, from)) in &asked.polls {
        let Some((at, end)) = stage.acknowledged.get(log).copied() else { continue };
        let is_deleted = stage.topic(stage.place(*log).0).is_none_or(|topic| topic.is_deleted);
        if at > asked.at && end > *from && stage.now.since(at) > NOTICE && !is_deleted {
            let what = format!("log {log}: nothing from {from} on, long after {end} was acknowledged");
            return stage.violate("late", what);
        }
    }
}

/// Logs by topic, with their partitions.
fn by_topic(
    stage: &Stage,
    logs: impl Iterator<Item = LogNumber>,
) -> BTreeMap<TopicId, Vec<(i32, LogNumber)>> {
    let mut topics: BTreeMap<TopicId, Vec<(i32, LogNumber)>> = BTreeMap::new();
    for log in logs {
        let (id, partition) = stage.place(log);
        topics.entry(id).or_default().push((partition, log));
    }
    topics
}
