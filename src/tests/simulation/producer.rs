//! Producers: of one request at a time or of many, with numbered batches that are sent again until they are answered,
//! and now and then with what a broker must refuse.

use super::actor::{Pace, choose_topic, code, is_passing};
use super::line::{Heard, Line};
use super::plan::{Less, below_one_of, mix, percent, pick};
use super::stage::{Stage, Topic};
use super::value::batch_of;
use crate::tests::client::answer_body;
use harness::Chance;
use harness::history::{LogNumber, What};
use loglane_model::{Compression, ProducerId, TopicId};
use loglane_net::ErrorCode;
use loglane_net::message::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};
use loglane_net::message::produce::{
    PartitionProduceData, PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceData,
};
use loglane_storage::batch_builder::BatchBuilder;
use std::collections::{BTreeMap, VecDeque};

const INIT_VERSION: i16 = 5;
/// The first version with topic ids instead of names.
const ID_VERSION: i16 = 13;
/// As many as a broker remembers.
const UNANSWERED_MAX: usize = 5;

/// A producer.
pub(super) struct Producer {
    pub(super) pace: Pace,
    line: Line<Asked>,
    version: i16,
    requests_max: usize,
    is_idempotent: bool,
    identity: Option<Identity>,
    asks_for_identity: bool,
}

/// What a producer has asked.
enum Asked {
    Identity,
    Batches(Vec<Batch>),
}

/// One batch in one request.
#[derive(Debug, Clone)]
struct Batch {
    log: LogNumber,
    op: u64,
    ids: Vec<u64>,
    sequence: Option<i32>,
    purpose: Purpose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To be appended, once.
    Append,
    /// To be refused, for that reason.
    Probe(&'static str),
    /// Was appended there before, and must not be again.
    Repeat(Option<i64>),
}

/// Who an idempotent producer is, and how far.
struct Identity {
    id: i64,
    epoch: i16,
    logs: BTreeMap<LogNumber, Progress>,
}

#[derive(Default)]
struct Progress {
    next_sequence: i32,
    unanswered: VecDeque<Unanswered>,
    sends_again: bool,
    /// The last batch that was acknowledged in this epoch, and where.
    last: Option<(Batch, Option<i64>)>,
}

struct Unanswered {
    batch: Batch,
    is_under_way: bool,
}

impl Producer {
    pub(super) fn new(who: u32, seed: u64, is_idempotent: bool, less: &Less) -> Producer {
        let mut chance = Chance::new(mix(&[seed, u64::from(who)]));
        Producer {
            pace: Pace::new(who, seed, less),
            line: Line::new(chance.number()),
            version: pick(&mut chance, &[9, 11, 12, 13, 13, 13, 13, 13]),
            requests_max: pick(&mut chance, &[1, 3, 8]),
            is_idempotent,
            identity: None,
            asks_for_identity: false,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.line.waiting() == 0
    }

    pub(super) fn turn(&mut self, stage: &mut Stage) {
        while let Some(heard) = self.line.hear(stage) {
            match heard {
                Heard::Answer(Asked::Identity, answer) => self.on_identity(stage, &answer),
                Heard::Answer(Asked::Batches(batches), answer) => self.on_answer(stage, batches, &answer),
                Heard::Lost => self.on_lost(),
            }
        }
        if !self.line.connect(stage) || self.line.waiting() >= self.requests_max {
            return;
        }
        let Some(mut chance) = self.pace.next(stage) else { return };
        if percent(&mut chance, 1) && !stage.is_healed {
            self.line.hang_up(stage);
            self.on_lost();
        } else if self.is_idempotent {
            self.act_numbered(stage, &mut chance);
        } else {
            self.act(stage, &mut chance);
        }
    }

    // ---- without numbers ----

    fn act(&mut self, stage: &mut Stage, chance: &mut Chance) {
        let acks = pick(chance, &[1, -1, -1, 0]);
        let mut batches = Vec::new();
        let Some(topic) = choose_topic(stage, chance, self.version < ID_VERSION) else { return };
        let is_probe = percent(chance, 3);
        for partition in 0..topic.partitions {
            if !percent(chance, 40) {
                continue;
            }
            let purpose = if is_probe { Purpose::Probe("a damaged batch") } else { Purpose::Append };
            let batch = self.new_batch(stage, chance, topic.id, partition, None, purpose);
            batches.push(batch);
        }
        if !batches.is_empty() {
            self.send(stage, acks, &topic, batches, None);
        }
    }

    fn new_batch(
        &self,
        stage: &mut Stage,
        chance: &mut Chance,
        id: TopicId,
        partition: i32,
        sequence: Option<i32>,
        purpose: Purpose,
    ) -> Batch {
        let log = stage.log(id, partition);
        let count = 1 + below_one_of(chance, &[1, 1, 4, 20]);
        let ids = stage.new_ids(count);
        let op = stage.ask(self.pace.who, What::Send { log, ids: ids.clone(), transaction: None });
        Batch { log, op, ids, sequence, purpose }
    }

    fn send(
        &mut self,
        stage: &mut Stage,
        acks: i16,
        topic: &Topic,
        batches: Vec<Batch>,
        as_producer: Option<(i64, i16)>,
    ) {
        let at_ms = stage.world.wall_clock_ms();
        let (bytes_max, compresses) = (stage.wishes.value_bytes_max, stage.wishes.compresses);
        let encode = |batch: &Batch| {
            let mut builder = BatchBuilder::new();
            if let (Some(sequence), Some((id, epoch))) = (batch.sequence, as_producer) {
                builder = builder.producer(ProducerId(id), epoch, sequence);
            }
            let codec = if compresses { codec_of(batch.op) } else { Compression::None };
            let mut bytes = batch_of(builder, &batch.ids, bytes_max, at_ms, codec);
            if batch.purpose == Purpose::Probe("a damaged batch") {
                let at = 61 + usize::try_from(batch.op).expect("small") % (bytes.len() - 61);
                bytes[at] ^= 0x40;
            }
            bytes
        };
        let encoded: Vec<Vec<u8>> = batches.iter().map(encode).collect();
        let partitions = batches.iter().zip(&encoded).map(|(batch, records)| PartitionProduceData {
            index: stage.place(batch.log).1,
            records: Some(records),
        });
        let by_id = self.version >= ID_VERSION;
        let data = TopicProduceData {
            name: if by_id { "" } else { &topic.name },
            topic_id: if by_id { topic.id } else { TopicId::ZERO },
            partition_data: partitions.collect(),
        };
        let request =
            ProduceRequest { transactional_id: None, acks, timeout_ms: 30_000, topic_data: [data].into() };
        if acks == 0 {
            self.line.say(self.version, &request);
        } else {
            self.line.ask(stage, self.version, &request, Asked::Batches(batches));
        }
    }

    fn on_answer(&mut self, stage: &mut Stage, batches: Vec<Batch>, answer: &[u8]) {
        let body = answer_body::<ProduceResponse<'_>>(answer, self.version);
        let answers: Vec<PartitionProduceResponse<'_>> = body
            .responses
            .iter()
            .flat_map(|topic| topic.partition_responses.iter().collect::<Vec<_>>())
            .collect();
        for batch in batches {
            let (_, partition) = stage.place(batch.log);
            match answers.iter().find(|answer| answer.index == partition) {
                Some(answer) => self.on_batch(stage, batch, code(answer.error_code), answer.base_offset),
                None => stage.violate("answers", format!("no answer for partition {partition}")),
            }
        }
    }

    fn on_batch(&mut self, stage: &mut Stage, batch: Batch, error: ErrorCode, base_offset: i64) {
        let base_offset = (base_offset >= 0).then_some(base_offset);
        if error != ErrorCode::None {
            stage.say(|| format!("#{} hears {}: {error:?}", self.pace.who, batch.op));
        }
        if error == ErrorCode::NotLeaderOrFollower && !stage.was_stopped {
            // Nobody else leads anything, and batches for a partition that moves wait unless the broker stops: of two
            // that are under way the second must not be taken where the first one was not.
            stage.violate("errors", format!("batch {} was sent to another leader", batch.op));
        }
        match batch.purpose {
            Purpose::Probe(what) => self.on_probed(stage, &batch, what, error, base_offset),
            Purpose::Repeat(before) => {
                if error == ErrorCode::None
                    && before.is_some()
                    && base_offset.is_some()
                    && base_offset != before
                {
                    let what = format!("batch {} again: {before:?}, then {base_offset:?}", batch.op);
                    stage.violate("idempotence", what);
                }
            }
            Purpose::Append if self.is_idempotent => self.on_numbered(stage, batch, error, base_offset),
            Purpose::Append => match error {
                ErrorCode::None => self.on_appended(stage, &batch, base_offset),
                error if is_passing(error) => {}
                ErrorCode::InvalidTimestamp if stage.wishes.moves_clock => {}
                // Segments of a few kilobytes do not take every batch.
                ErrorCode::RecordListTooLarge => stage.answer(self.pace.who, batch.op, What::Refused),
                error => stage.violate("errors", format!("a produce was refused: {error:?}")),
            },
        }
    }

    fn on_appended(&mut self, stage: &mut Stage, batch: &Batch, base_offset: Option<i64>) {
        stage.counts.acknowledged += 1;
        if let Some(base_offset) = base_offset {
            let end = base_offset + batch.ids.len() as i64;
            stage.known_end(batch.log, end);
            stage.acknowledged.insert(batch.log, (stage.now, end));
        }
        self.pace.has_done(stage);
        stage.answer(self.pace.who, batch.op, What::Sent { base_offset });
    }

    /// What must be refused was answered.
    fn on_probed(
        &mut self,
        stage: &mut Stage,
        batch: &Batch,
        what: &'static str,
        error: ErrorCode,
        base_offset: Option<i64>,
    ) {
        match error {
            ErrorCode::None => {
                self.on_appended(stage, batch, base_offset);
                stage.violate("refusals", format!("{what} was taken"));
            }
            error if is_passing(error) => {}
            _ => stage.answer(self.pace.who, batch.op, What::Refused),
        }
    }

    fn on_lost(&mut self) {
        self.asks_for_identity = false;
        let Some(identity) = &mut self.identity else { return };
        for progress in identity.logs.values_mut() {
            for unanswered in &mut progress.unanswered {
                unanswered.is_under_way = false;
                progress.sends_again = true;
            }
        }
    }

    // ---- with numbers ----

    fn on_identity(&mut self, stage: &mut Stage, answer: &[u8]) {
        self.asks_for_identity = false;
        let body = answer_body::<InitProducerIdResponse>(answer, INIT_VERSION);
        match code(body.error_code) {
            ErrorCode::None => {
                let (id, epoch) = (body.producer_id, body.producer_epoch);
                stage.say(|| format!("#{} is producer {id}", self.pace.who));
                if !stage.producer_ids.insert(id) {
                    stage.violate("producer ids", format!("{id} was given away twice"));
                }
                self.identity = Some(Identity { id, epoch, logs: BTreeMap::new() });
            }
            error if is_passing(error) => {}
            error => stage.violate("errors", format!("no producer id: {error:?}")),
        }
    }

    fn act_numbered(&mut self, stage: &mut Stage, chance: &mut Chance) {
        let Some(identity) = &self.identity else {
            if !self.asks_for_identity {
                self.asks_for_identity = true;
                let request = InitProducerIdRequest {
                    transactional_id: None,
                    producer_id: -1,
                    producer_epoch: -1,
                    transaction_timeout_ms: 1_000,
                    ..InitProducerIdRequest::default()
                };
                self.line.ask(stage, INIT_VERSION, &request, Asked::Identity);
            }
            return;
        };
        let to_send_again = identity.logs.iter().find(|(_, progress)| progress.wants_to_send_again());
        if let Some((&log, _)) = to_send_again {
            return self.send_again(stage, log);
        }
        let is_drained = identity.logs.values().all(|progress| progress.unanswered.is_empty());
        if is_drained && percent(chance, 5) {
            return self.raise_epoch();
        }
        let Some(topic) = choose_topic(stage, chance, self.version < ID_VERSION) else { return };
        let partition =
            i32::try_from(chance.below(u64::try_from(topic.partitions).expect("a count"))).expect("small");
        let log = stage.log(topic.id, partition);
        if percent(chance, 12) && self.probe(stage, chance, &topic, log) {
            return;
        }
        self.send_next(stage, chance, &topic, log);
    }

    /// The next batch of a log.
    fn send_next(&mut self, stage: &mut Stage, chance: &mut Chance, topic: &Topic, log: LogNumber) {
        // Where a log holds records of others, a producer may begin with any number: here shortly before they begin
        // again at 0.
        let first = match stage.ends.get(&log) {
            Some(end) if *end > 0 && chance.below(4) == 0 => {
                i32::MAX - i32::try_from(chance.below(12)).expect("small")
            }
            _ => 0,
        };
        let identity = self.identity.as_mut().expect("the caller has looked");
        let is_new_producer = identity.epoch == 0;
        let known = identity.logs.entry(log);
        let progress = known.or_insert_with(|| Progress {
            next_sequence: if is_new_producer { first } else { 0 },
            ..Progress::default()
        });
        if progress.unanswered.len() >= UNANSWERED_MAX || progress.sends_again {
            return;
        }
        let sequence = progress.next_sequence;
        let producer = (identity.id, identity.epoch);
        let (_, partition) = stage.place(log);
        let batch = self.new_batch(stage, chance, topic.id, partition, Some(sequence), Purpose::Append);
        let identity = self.identity.as_mut().expect("the caller has looked");
        let progress = identity.logs.get_mut(&log).expect("just made");
        progress.next_sequence = sequence_after(sequence, batch.ids.len());
        progress.unanswered.push_back(Unanswered { batch: batch.clone(), is_under_way: true });
        self.send(stage, pick(chance, &[1, -1]), topic, vec![batch], Some(producer));
    }

    /// Everything that was not answered, in order.
    fn send_again(&mut self, stage: &mut Stage, log: LogNumber) {
        let identity = self.identity.as_mut().expect("the caller has looked");
        let producer = (identity.id, identity.epoch);
        let progress = identity.logs.get_mut(&log).expect("the caller has looked");
        progress.sends_again = false;
        let mut batches = Vec::new();
        for unanswered in &mut progress.unanswered {
            unanswered.is_under_way = true;
            batches.push(unanswered.batch.clone());
        }
        let (id, _) = stage.place(log);
        let topic = stage.topic(id).expect("it was known").clone();
        if topic.is_deleted {
            identity.logs.remove(&log);
            return;
        }
        for batch in batches {
            self.send(stage, -1, &topic, vec![batch], Some(producer));
        }
    }

    fn raise_epoch(&mut self) {
        let identity = self.identity.as_mut().expect("the caller has looked");
        identity.epoch += 1;
        for progress in identity.logs.values_mut() {
            *progress = Progress::default();
        }
    }

    /// Sends what must be refused, or must not count again, where that is certain. Whether something was sent.
    fn probe(&mut self, stage: &mut Stage, chance: &mut Chance, topic: &Topic, log: LogNumber) -> bool {
        if topic.promise.is_weak || stage.wishes.moves_clock {
            return false;
        }
        let identity = self.identity.as_ref().expect("the caller has looked");
        let (id, epoch) = (identity.id, identity.epoch);
        let Some(progress) = identity.logs.get(&log).filter(|progress| progress.unanswered.is_empty()) else {
            return false;
        };
        let Some((last, offset)) = &progress.last else { return false };
        let (_, partition) = stage.place(log);
        let (batch, epoch) = match chance.below(3) {
            0 => (Batch { purpose: Purpose::Repeat(*offset), ..last.clone() }, epoch),
            1 if epoch > 0 => {
                let purpose = Purpose::Probe("a batch of an older epoch");
                (self.new_batch(stage, chance, topic.id, partition, Some(0), purpose), epoch - 1)
            }
            _ => {
                let sequence = sequence_after(progress.next_sequence, 3);
                let purpose = Purpose::Probe("a batch behind a gap");
                (self.new_batch(stage, chance, topic.id, partition, Some(sequence), purpose), epoch)
            }
        };
        self.send(stage, -1, topic, vec![batch], Some((id, epoch)));
        true
    }

    fn on_numbered(&mut self, stage: &mut Stage, batch: Batch, error: ErrorCode, base_offset: Option<i64>) {
        let identity = self.identity.as_mut();
        let Some(progress) = identity.and_then(|identity| identity.logs.get_mut(&batch.log)) else { return };
        let Some(at) = progress.unanswered.iter().position(|other| other.batch.op == batch.op) else {
            return;
        };
        match error {
            ErrorCode::None | ErrorCode::DuplicateSequenceNumber => {
                progress.unanswered.remove(at);
                progress.last = Some((batch.clone(), base_offset));
                self.on_appended(stage, &batch, base_offset);
            }
            ErrorCode::OutOfOrderSequenceNumber if at > 0 => progress.wait_to_send_again(at),
            ErrorCode::OutOfOrderSequenceNumber
            | ErrorCode::UnknownProducerId
            | ErrorCode::InvalidProducerEpoch => {
                let (id, _) = stage.place(batch.log);
                let is_weak = stage.topic(id).is_some_and(|topic| topic.promise.is_weak);
                // Of several batches that were appended a restart remembers the last one only, as Kafka does: its
                // snapshots have room for no more. Whoever sends the first one again is refused then.
                let is_alone = progress.unanswered.len() == 1;
                if is_alone && !is_weak && !stage.wishes.moves_clock {
                    let what = format!("batch {} with number {:?}: {error:?}", batch.op, batch.sequence);
                    stage.violate("producer state", what);
                }
                self.identity = None;
            }
            error if is_passing(error) => progress.wait_to_send_again(at),
            ErrorCode::InvalidTimestamp if stage.wishes.moves_clock => progress.wait_to_send_again(at),
            // Its number is lost with it.
            ErrorCode::RecordListTooLarge => self.identity = None,
            error => stage.violate("errors", format!("a produce was refused: {error:?}")),
        }
    }
}

impl Progress {
    fn wants_to_send_again(&self) -> bool {
        self.sends_again && self.unanswered.iter().all(|unanswered| !unanswered.is_under_way)
    }

    fn wait_to_send_again(&mut self, at: usize) {
        self.unanswered[at].is_under_way = false;
        self.sends_again = true;
    }
}

/// Half of the batches are compressed, with any of the codecs; one that is sent again as it was before.
fn codec_of(op: u64) -> Compression {
    match mix(&[op]) % 8 {
        0 => Compression::Gzip,
        1 => Compression::Snappy,
        2 => Compression::Lz4,
        3 => Compression::Zstd,
        _ => Compression::None,
    }
}

/// Numbers of records go to the largest there is, and then on from 0.
fn sequence_after(sequence: i32, count: usize) -> i32 {
    let next = (i64::from(sequence) + count as i64) % (1 << 31);
    i32::try_from(next).expect("below 2^31")
}
