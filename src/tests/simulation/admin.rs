//! Administrators: topics made and deleted under load, partitions added, records deleted, configurations changed, and
//! questions about all of it.

use super::actor::{LASTING, Pace, choose_topic, code, is_passing};
use super::line::{Heard, Line};
use super::plan::{CODECS, DIRECTORIES, Less, mix, percent, pick};
use super::stage::{Stage, Topic};
use crate::tests::client::answer_body;
use harness::Chance;
use harness::history::{LogNumber, What};
use loglane_model::TopicId;
use loglane_net::ErrorCode;
use loglane_net::message::alter_replica_log_dirs::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic, AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse,
};
use loglane_net::message::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic,
};
use loglane_net::message::create_topics::{
    CreatableTopic, CreatableTopicConfig, CreateTopicsRequest, CreateTopicsResponse,
};
use loglane_net::message::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecordsTopic,
};
use loglane_net::message::delete_topics::{DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse};
use loglane_net::message::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};
use loglane_net::message::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopic,
};
use loglane_net::message::metadata::{MetadataRequest, MetadataResponse};

const CREATE_VERSION: i16 = 7;
const DELETE_VERSION: i16 = 6;
const PARTITIONS_VERSION: i16 = 3;
const RECORDS_VERSION: i16 = 2;
const ALTER_VERSION: i16 = 1;
const LIST_VERSION: i16 = 10;
const MOVE_VERSION: i16 = 2;
pub(super) const METADATA_VERSION: i16 = 12;

/// Names of topics that come and go.
const PASSING: [&str; 4] = ["t0", "t1", "t2", "t3"];
const PARTITIONS_MAX: i32 = 8;
const TOPIC: i8 = 2;

/// An administrator.
pub(super) struct Admin {
    pub(super) pace: Pace,
    line: Line<Asked>,
}

/// What an administrator has asked.
enum Asked {
    Metadata,
    Create(String, Vec<(String, String)>),
    Delete(TopicId),
    Partitions(TopicId, i32),
    Records(LogNumber, u64),
    Alter(TopicId, String, String),
    Move,
    Offsets(TopicId),
}

impl Admin {
    pub(super) fn new(who: u32, seed: u64, less: &Less) -> Admin {
        Admin { pace: Pace::new(who, seed, less), line: Line::new(mix(&[seed, u64::from(who)])) }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.line.waiting() == 0
    }

    pub(super) fn turn(&mut self, stage: &mut Stage) {
        while let Some(heard) = self.line.hear(stage) {
            match heard {
                Heard::Answer(asked, answer) => self.on_answer(stage, asked, &answer),
                Heard::Lost => {}
            }
        }
        if !self.line.connect(stage) || self.line.waiting() >= 2 {
            return;
        }
        let Some(mut chance) = self.pace.next(stage) else { return };
        self.act(stage, &mut chance);
    }

    fn act(&mut self, stage: &mut Stage, chance: &mut Chance) {
        if LASTING.iter().any(|name| stage.topic_named(name).is_none()) || percent(chance, 10) {
            // Who does not know what there is asks, and makes what is missing.
            let missing = LASTING.iter().find(|name| stage.topic_named(name).is_none());
            match missing {
                Some(name) if percent(chance, 60) => self.create(stage, chance, name),
                _ => self.ask_for_metadata(stage),
            }
            return;
        }
        match chance.below(100) {
            0..25 => {
                let name = pick(chance, &PASSING);
                if stage.topic_named(name).is_none() {
                    self.create(stage, chance, name);
                }
            }
            25..35 => self.delete_topic(stage, chance),
            35..43 => self.add_partitions(stage, chance),
            43..58 => self.delete_records(stage, chance),
            58..75 => self.alter(stage, chance),
            75..88 if stage.wishes.directories > 1 => self.move_partitions(stage, chance),
            _ => self.list_offsets(stage, chance),
        }
    }

    fn ask_for_metadata(&mut self, stage: &mut Stage) {
        let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
        self.line.ask(stage, METADATA_VERSION, &request, Asked::Metadata);
    }

    fn create(&mut self, stage: &mut Stage, chance: &mut Chance, name: &str) {
        let mut configs = vec![("internal.segment.bytes".to_owned(), stage.wishes.segment_bytes.to_string())];
        if percent(chance, 20) && !LASTING.contains(&name) {
            // Should the answer be lost, nobody knows what the topic was made with.
            stage.forgetful_names.insert(name.to_owned());
            configs.push(("retention.bytes".to_owned(), pick(chance, &["1", "4000", "50000"]).to_owned()));
        }
        if percent(chance, 20) {
            configs.push(("flush.messages".to_owned(), "1".to_owned()));
        }
        if percent(chance, 20) {
            configs.push(("segment.index.bytes".to_owned(), "64".to_owned()));
        }
        if percent(chance, 20) {
            configs.push(("index.interval.bytes".to_owned(), "0".to_owned()));
        }
        if stage.wishes.compresses && percent(chance, 50) {
            configs.push(("compression.type".to_owned(), pick(chance, &CODECS).to_owned()));
        }
        let partitions = 1 + i32::try_from(chance.below(5)).expect("small");
        let of = |(name, value): &(String, String)| -> (String, String) { (name.clone(), value.clone()) };
        let kept: Vec<(String, String)> = configs.iter().map(of).collect();
        let values = kept.iter().map(|(name, value)| CreatableTopicConfig { name, value: Some(value) });
        let topic = CreatableTopic {
            name,
            num_partitions: partitions,
            replication_factor: 1,
            configs: values.collect(),
            ..CreatableTopic::default()
        };
        let request =
            CreateTopicsRequest { topics: [topic].into(), timeout_ms: 30_000, validate_only: false };
        stage.say(|| format!("#{} makes {name} with {configs:?}", self.pace.who));
        self.line.ask(stage, CREATE_VERSION, &request, Asked::Create(name.to_owned(), kept.clone()));
    }

    fn delete_topic(&mut self, stage: &mut Stage, chance: &mut Chance) {
        let Some(topic) = choose_topic(stage, chance, false) else { return };
        if LASTING.contains(&topic.name.as_str()) {
            return;
        }
        stage.say(|| format!("#{} deletes {}", self.pace.who, topic.name));
        stage.delete(topic.id);
        let state = DeleteTopicState { name: None, topic_id: topic.id };
        let request = DeleteTopicsRequest {
            topics: [state].into(),
            timeout_ms: 30_000,
            ..DeleteTopicsRequest::default()
        };
        self.line.ask(stage, DELETE_VERSION, &request, Asked::Delete(topic.id));
    }

    fn add_partitions(&mut self, stage: &mut Stage, chance: &mut Chance) {
        let Some(topic) = choose_topic(stage, chance, false) else { return };
        let count = topic.partitions + 1 + i32::try_from(chance.below(2)).expect("small");
        if count > PARTITIONS_MAX {
            return;
        }
        stage.say(|| format!("#{} gives {} {count} partitions", self.pace.who, topic.name));
        let wanted = CreatePartitionsTopic { name: &topic.name, count, assignments: None };
        let request =
            CreatePartitionsRequest { topics: [wanted].into(), timeout_ms: 30_000, validate_only: false };
        self.line.ask(stage, PARTITIONS_VERSION, &request, Asked::Partitions(topic.id, count));
    }

    fn delete_records(&mut self, stage: &mut Stage, chance: &mut Chance) {
        let Some(topic) = choose_topic(stage, chance, false) else { return };
        let partition =
            i32::try_from(chance.below(u64::try_from(topic.partitions).expect("a count"))).expect("small");
        let log = stage.log(topic.id, partition);
        let end = stage.ends.get(&log).copied().unwrap_or_default();
        let before = match chance.below(4) {
            0 => -1,
            _ => i64::try_from(chance.below(u64::try_from(end).unwrap_or_default() + 1)).expect("small"),
        };
        // To the high watermark, whatever that is: everything may go.
        let asked = if before < 0 { i64::MAX } else { before };
        stage.was_cut.insert(log);
        let op = stage.ask(self.pace.who, What::Cut { log, before: asked });
        let partitions = [DeleteRecordsPartition { partition_index: partition, offset: before }];
        let topics = [DeleteRecordsTopic { name: &topic.name, partitions: partitions.into() }];
        let request = DeleteRecordsRequest { topics: topics.into(), timeout_ms: 30_000 };
        self.line.ask(stage, RECORDS_VERSION, &request, Asked::Records(log, op));
    }

    fn alter(&mut self, stage: &mut Stage, chance: &mut Chance) {
        let Some(topic) = choose_topic(stage, chance, false) else { return };
        let (name, value) = match chance.below(9) {
            0 => ("retention.ms", pick(chance, &["2000", "60000", "-1"])),
            1 => ("retention.bytes", pick(chance, &["1", "10000", "-1"])),
            2 => ("flush.messages", pick(chance, &["1", "9223372036854775807"])),
            3 => ("max.message.bytes", pick(chance, &["1048588", "2000000"])),
            4 => ("index.interval.bytes", pick(chance, &["0", "4096"])),
            5 if stage.wishes.compresses => ("compression.type", pick(chance, &CODECS)),
            5 | 6 => ("segment.ms", pick(chance, &["100", "604800000"])),
            _ => ("internal.segment.bytes", pick(chance, &["2048", "5000", "70000"])),
        };
        if name.starts_with("retention") && value != "-1" {
            // Half of the topics never forget.
            if topic.name.ends_with(['0', '2']) {
                return;
            }
            stage.weaken(topic.id, |promise| promise.forgets = true);
        }
        stage.say(|| format!("#{} sets {name} of {} to {value}", self.pace.who, topic.name));
        let known = stage.topic_mut(topic.id).expect("just chosen");
        known.configs.entry(name.to_owned()).or_default().push(value.to_owned());
        let config = AlterableConfig { name, config_operation: 0, value: Some(value) };
        let resource = AlterConfigsResource {
            resource_type: TOPIC,
            resource_name: &topic.name,
            configs: [config].into(),
        };
        let request = IncrementalAlterConfigsRequest { resources: [resource].into(), validate_only: false };
        self.line.ask(
            stage,
            ALTER_VERSION,
            &request,
            Asked::Alter(topic.id, name.to_owned(), value.to_owned()),
        );
    }

    /// To another log directory, or to the one where they are.
    fn move_partitions(&mut self, stage: &mut Stage, chance: &mut Chance) {
        let Some(topic) = choose_topic(stage, chance, false) else { return };
        let path = DIRECTORIES[usize::try_from(chance.below(stage.wishes.directories)).expect("few")];
        let partitions: Vec<i32> = (0..topic.partitions).filter(|_| percent(chance, 50)).collect();
        stage.say(|| format!("#{} moves {partitions:?} of {} to {path}", self.pace.who, topic.name));
        let moved = AlterReplicaLogDirTopic { name: &topic.name, partitions: partitions[..].into() };
        let dirs = [AlterReplicaLogDir { path, topics: [moved].into() }].into();
        self.line.ask(stage, MOVE_VERSION, &AlterReplicaLogDirsRequest { dirs }, Asked::Move);
    }

    fn list_offsets(&mut self, stage: &mut Stage, chance: &mut Chance) {
        let Some(topic) = choose_topic(stage, chance, false) else { return };
        let timestamp = match chance.below(4) {
            0 => -2,
            1 => -1,
            2 => -3,
            _ => stage.wall_clock_ms() - i64::try_from(chance.below(20_000)).expect("small"),
        };
        let partitions = (0..topic.partitions).map(|partition_index| ListOffsetsPartition {
            partition_index,
            current_leader_epoch: -1,
            timestamp,
        });
        let topics = [ListOffsetsTopic { name: &topic.name, partitions: partitions.collect() }];
        let request = ListOffsetsRequest { replica_id: -1, topics: topics.into(), ..Default::default() };
        self.line.ask(stage, LIST_VERSION, &request, Asked::Offsets(topic.id));
    }

    fn on_answer(&mut self, stage: &mut Stage, asked: Asked, answer: &[u8]) {
        self.pace.has_done(stage);
        match asked {
            Asked::Metadata => on_metadata(stage, answer),
            Asked::Create(name, configs) => on_created(stage, &name, &configs, answer),
            Asked::Delete(id) => {
                let body = answer_body::<DeleteTopicsResponse<'_>>(answer, DELETE_VERSION);
                let error = body.responses.iter().next().map_or(0, |topic| topic.error_code);
                expect(stage, "deletion of a topic", code(error), &[]);
                if let Some(topic) = stage.topic_mut(id) {
                    topic.is_gone |= error == 0;
                }
            }
            Asked::Partitions(id, count) => {
                let body = answer_body::<CreatePartitionsResponse<'_>>(answer, PARTITIONS_VERSION);
                let error = code(body.results.iter().next().map_or(0, |topic| topic.error_code));
                // Its answer to an attempt before may be lost.
                expect(stage, "more partitions", error, &[ErrorCode::InvalidPartitions]);
                let name = stage.topic(id).map(|topic| topic.name.clone());
                let is_there =
                    name.and_then(|name| stage.topic_named(&name).map(|topic| topic.id)) == Some(id);
                if error == ErrorCode::None && is_there {
                    stage.topic_mut(id).expect("just seen").partitions = count;
                }
            }
            Asked::Records(log, op) => {
                let body = answer_body::<DeleteRecordsResponse<'_>>(answer, RECORDS_VERSION);
                let topic = body.topics.iter().next().expect("the topic that was named");
                let result = topic.partitions.iter().next().expect("the partition that was named");
                let error = code(result.error_code);
                expect(stage, "deletion of records", error, &[ErrorCode::OffsetOutOfRange]);
                let (id, _) = stage.place(log);
                // By the time it was done the name may have been another topic's.
                let is_sure = stage.topic(id).is_some_and(|topic| !topic.is_deleted);
                if error == ErrorCode::None && is_sure {
                    let log_start_offset = result.low_watermark;
                    stage.answer(self.pace.who, op, What::WasCut { log_start_offset });
                }
            }
            Asked::Alter(id, name, value) => {
                let body = answer_body::<IncrementalAlterConfigsResponse<'_>>(answer, ALTER_VERSION);
                let error = code(body.responses.iter().next().map_or(0, |resource| resource.error_code));
                expect(stage, "change of a configuration", error, &[]);
                if error == ErrorCode::None
                    && let Some(topic) = stage.topic_mut(id)
                {
                    topic.sure_configs.insert(name.clone());
                    // What was asked for behind it may have come, too, though its answer never does.
                    let possible = topic.configs.entry(name).or_default();
                    let asked = possible.iter().position(|asked| *asked == value).unwrap_or(0);
                    possible.drain(..asked);
                }
            }
            Asked::Move => on_moved(stage, answer),
            Asked::Offsets(id) => on_offsets(stage, id, answer),
        }
    }
}

/// Codes that are neither passing nor among the ones that may be are wrong.
fn expect(stage: &mut Stage, what: &str, error: ErrorCode, others: &[ErrorCode]) {
    if error != ErrorCode::None && !is_passing(error) && !others.contains(&error) {
        stage.violate("errors", format!("{what}: {error:?}"));
    }
}

fn on_moved(stage: &mut Stage, answer: &[u8]) {
    let body = answer_body::<AlterReplicaLogDirsResponse<'_>>(answer, MOVE_VERSION);
    for topic in body.results.iter() {
        for partition in topic.partitions.iter() {
            let others = [ErrorCode::ReplicaNotAvailable];
            expect(stage, "move of a partition", code(partition.error_code), &others);
        }
    }
}

fn on_offsets(stage: &mut Stage, id: TopicId, answer: &[u8]) {
    let body = answer_body::<ListOffsetsResponse<'_>>(answer, LIST_VERSION);
    for topic in body.topics.iter() {
        for partition in topic.partitions.iter() {
            let log = stage.log(id, partition.partition_index);
            // A look-up by time reads.
            let is_damaged = stage.damaged.get(&log).is_some_and(|offsets| !offsets.is_empty());
            let others = if is_damaged { &[ErrorCode::CorruptMessage][..] } else { &[] };
            expect(stage, "list of offsets", code(partition.error_code), others);
        }
    }
}

/// Takes in which topics there are.
pub(super) fn on_metadata(stage: &mut Stage, answer: &[u8]) {
    let body = answer_body::<MetadataResponse<'_>>(answer, METADATA_VERSION);
    for topic in body.topics.iter() {
        let Some(name) = topic.name.filter(|_| topic.error_code == 0 && !topic.is_internal) else { continue };
        let partitions = i32::try_from(topic.partitions.iter().count()).expect("few");
        stage.learn_topic(name, topic.topic_id, partitions);
        for partition in topic.partitions.iter() {
            if partition.leader_id >= 0 {
                let log = stage.log(topic.topic_id, partition.partition_index);
                let (epoch, leader) = (partition.leader_epoch, partition.leader_id);
                stage.note(What::Led { log, epoch, leader });
            }
        }
    }
}

fn on_created(stage: &mut Stage, name: &str, configs: &[(String, String)], answer: &[u8]) {
    let body = answer_body::<CreateTopicsResponse<'_>>(answer, CREATE_VERSION);
    let Some(created) = body.topics.iter().next() else {
        return stage.violate("answers", "a creation was answered without the topic");
    };
    match code(created.error_code) {
        ErrorCode::None => {
            stage.learn_topic(name, created.topic_id, created.num_partitions);
            note_configs(stage, created.topic_id, configs);
        }
        ErrorCode::TopicAlreadyExists => {}
        error => expect(stage, "creation of a topic", error, &[]),
    }
}

/// What a topic was made with changes what it promises.
fn note_configs(stage: &mut Stage, id: TopicId, configs: &[(String, String)]) {
    if configs.iter().any(|(name, _)| name.starts_with("retention")) {
        stage.weaken(id, |promise| promise.forgets = true);
    }
    let topic: &mut Topic = stage.topic_mut(id).expect("just learnt");
    for (name, value) in configs {
        topic.sure_configs.insert(name.clone());
        topic.configs.entry(name.clone()).or_default().push(value.clone());
    }
}
