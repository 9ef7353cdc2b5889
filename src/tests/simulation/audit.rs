//! What is there in the end: every topic that was made and not deleted, with the configuration that it was given, and
//! everything that its partitions hold.

use super::actor::code;
use super::admin::{METADATA_VERSION, on_metadata};
use super::run::Run;
use super::value::seen_in;
use crate::tests::broker::address;
use crate::tests::client::{Client, answer_body};
use harness::history::{Seen, What};
use loglane_model::TopicId;
use loglane_net::ErrorCode;
use loglane_net::codec::Request;
use loglane_net::message::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResponse,
};
use loglane_net::message::fetch::{FetchPartition, FetchRequest, FetchResponse, FetchTopic};
use loglane_net::message::list_groups::{ListGroupsRequest, ListGroupsResponse};
use loglane_net::message::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopic,
};
use loglane_net::message::metadata::{MetadataRequest, MetadataResponse};
use std::collections::BTreeMap;
use std::time::Duration;

const FETCH_VERSION: i16 = 17;
const LIST_VERSION: i16 = 9;
const CONFIGS_VERSION: i16 = 4;
const GROUPS_VERSION: i16 = 5;
const TOPIC: i8 = 2;

/// No log begins there: the partition is on its way to another directory, and clients ask again.
const NOT_NOW: i64 = -1;

/// A rebalance, and then a session: whoever is in either of them without a client is out by then.
const SILENCE: Duration = Duration::from_secs(30);

/// What was read of a partition by one fetch.
enum Part {
    Records(Vec<Seen>),
    /// It begins elsewhere by now.
    OutOfRange,
    /// The disk has changed it.
    Refused,
    /// It is on its way to another directory.
    NotNow,
}

impl Run {
    /// Reads everything, while nobody writes.
    pub(super) fn audit(&mut self) {
        if self.stage.violation.is_some() {
            return;
        }
        let socket = self.stage.world.connect(address(self.stage.port)).expect("it serves");
        let mut client = Client::new(socket);
        if let Some(topics) = self.audit_topics(&mut client) {
            for (id, name, partitions) in topics {
                self.audit_configs(&mut client, id, &name);
                for partition in 0..partitions {
                    self.audit_log(&mut client, id, &name, partition);
                }
            }
        }
    }

    fn ask<'a, R: Request<'a>>(&mut self, client: &mut Client, version: i16, request: &R) -> Option<Vec<u8>> {
        client.send(version, request);
        let mut answer = None;
        self.until("an answer to the audit", Duration::from_secs(60), |_| {
            client.turn();
            answer = client.take_answer();
            answer.is_some()
        });
        answer
    }

    /// Which topics there are: all that were made, and none that was deleted.
    fn audit_topics(&mut self, client: &mut Client) -> Option<Vec<(TopicId, String, i32)>> {
        let request = MetadataRequest { topics: None, ..MetadataRequest::default() };
        let answer = self.ask(client, METADATA_VERSION, &request)?;
        on_metadata(&mut self.stage, &answer);
        let body = answer_body::<MetadataResponse<'_>>(&answer, METADATA_VERSION);
        let mut there = BTreeMap::new();
        for topic in body.topics.iter().filter(|topic| !topic.is_internal) {
            let partitions = i32::try_from(topic.partitions.iter().count()).expect("few");
            there.insert(topic.topic_id, (topic.name.unwrap_or_default().to_owned(), partitions));
        }
        for topic in self.stage.topics.clone() {
            match there.get(&topic.id) {
                None if !topic.is_deleted => {
                    self.stage.violate("topics", format!("{} {:?} is gone", topic.name, topic.id));
                }
                Some((_, partitions)) if *partitions < topic.partitions => {
                    let what =
                        format!("{} had {} partitions and has {partitions}", topic.name, topic.partitions);
                    self.stage.violate("topics", what);
                }
                Some(_) if topic.is_gone => {
                    self.stage.violate("topics", format!("{} was deleted and is back", topic.name));
                }
                _ => {}
            }
        }
        Some(there.into_iter().map(|(id, (name, partitions))| (id, name, partitions)).collect())
    }

    fn audit_configs(&mut self, client: &mut Client, id: TopicId, name: &str) {
        let resource =
            DescribeConfigsResource { resource_type: TOPIC, resource_name: name, configuration_keys: None };
        let request = DescribeConfigsRequest { resources: [resource].into(), ..Default::default() };
        let Some(answer) = self.ask(client, CONFIGS_VERSION, &request) else { return };
        let body = answer_body::<DescribeConfigsResponse<'_>>(&answer, CONFIGS_VERSION);
        let result = body.results.iter().next().expect("the topic that was named");
        let values: BTreeMap<&str, &str> =
            result.configs.iter().map(|config| (config.name, config.value.unwrap_or_default())).collect();
        let wanted: BTreeMap<String, Vec<String>> =
            self.stage.topic(id).map(|topic| topic.configs.clone()).unwrap_or_default();
        for (key, possible) in wanted {
            let value = values.get(&*key).copied().unwrap_or("(internal)");
            // Internal keys are not described; one whose only changes were never answered may be what it was.
            if value != "(internal)"
                && !possible.iter().any(|possible| possible == value)
                && self.stage.is_config_sure(id, &key)
            {
                self.stage.violate("configs", format!("{key} of {name} is {value}, not one of {possible:?}"));
            }
        }
    }

    fn audit_log(&mut self, client: &mut Client, id: TopicId, name: &str, partition: i32) {
        for _ in 0..100 {
            let Some(start) = self.log_start(client, name, partition) else { return };
            if start == NOT_NOW {
                self.wait_a_moment();
                continue;
            }
            let (mut records, mut from): (Vec<Seen>, i64) = (Vec::new(), start);
            let is_whole = loop {
                match self.read(client, id, partition, from) {
                    None => return,
                    Some(Part::OutOfRange) => break false,
                    Some(Part::NotNow) => {
                        self.wait_a_moment();
                        break false;
                    }
                    Some(Part::Refused) => from += 1,
                    Some(Part::Records(more)) => {
                        let Some(last) = more.last() else { break true };
                        from = last.offset + 1;
                        records.extend(more);
                    }
                }
            };
            if is_whole {
                let log = self.stage.log(id, partition);
                let (log_start_offset, count) = (start, records.len());
                self.stage.say(|| format!("audit of log {log}: {count} records from {start}"));
                self.stage.note(What::Audited { log, log_start_offset, records });
                return;
            }
        }
        self.stage.violate("range", format!("{name}-{partition} cannot be read from its start"));
    }

    /// Nobody has said a word for longer than the members of groups may be silent: they are gone, whether or not they
    /// have left.
    pub(super) fn audit_groups(&mut self) {
        let deadline = self.stage.now.after(SILENCE);
        self.stage.world.stop_at(deadline);
        self.until("members are silent", 2 * SILENCE, |run| run.stage.now >= deadline);
        let Ok(socket) = self.stage.world.connect(address(self.stage.port)) else { return };
        let mut client = Client::new(socket);
        let Some(answer) = self.ask(&mut client, GROUPS_VERSION, &ListGroupsRequest::default()) else {
            return;
        };
        let body = answer_body::<ListGroupsResponse<'_>>(&answer, GROUPS_VERSION);
        if body.error_code != 0 {
            return self.stage.violate("errors", format!("a list of groups: {:?}", code(body.error_code)));
        }
        for group in body.groups.iter().filter(|group| group.group_state != "Empty") {
            let what =
                format!("{} is {} long after its clients have gone", group.group_id, group.group_state);
            self.stage.violate("silent members", what);
        }
    }

    fn may_be_damaged(&mut self, id: TopicId, partition: i32, offset: i64) -> bool {
        let log = self.stage.log(id, partition);
        self.stage.may_be_damaged(log, offset)
    }

    fn wait_a_moment(&mut self) {
        let until = self.stage.now.after(Duration::from_millis(200));
        self.stage.world.stop_at(until);
        self.until("a moment", Duration::from_secs(1), |run| run.stage.now >= until);
    }

    /// Where a log begins, or [`NOT_NOW`].
    fn log_start(&mut self, client: &mut Client, name: &str, partition: i32) -> Option<i64> {
        let partition =
            ListOffsetsPartition { partition_index: partition, current_leader_epoch: -1, timestamp: -2 };
        let topics = [ListOffsetsTopic { name, partitions: [partition].into() }];
        let request = ListOffsetsRequest { replica_id: -1, topics: topics.into(), ..Default::default() };
        let answer = self.ask(client, LIST_VERSION, &request)?;
        let body = answer_body::<ListOffsetsResponse<'_>>(&answer, LIST_VERSION);
        let topic = body.topics.iter().next().expect("the topic that was named");
        let result = topic.partitions.iter().next().expect("the partition that was named");
        match code(result.error_code) {
            ErrorCode::None => Some(result.offset),
            ErrorCode::NotLeaderOrFollower => Some(NOT_NOW),
            error => {
                self.stage.violate("errors", format!("{name}: no first offset: {error:?}"));
                None
            }
        }
    }

    fn read(&mut self, client: &mut Client, id: TopicId, partition: i32, from: i64) -> Option<Part> {
        let wanted = FetchPartition {
            partition,
            current_leader_epoch: -1,
            fetch_offset: from,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: 8 << 20,
            ..FetchPartition::default()
        };
        let topics = [FetchTopic { topic: "", topic_id: id, partitions: [wanted].into() }];
        let request = FetchRequest {
            max_bytes: 8 << 20,
            session_epoch: -1,
            topics: topics.into(),
            ..FetchRequest::default()
        };
        let answer = self.ask(client, FETCH_VERSION, &request)?;
        let body = answer_body::<FetchResponse<'_>>(&answer, FETCH_VERSION);
        let topic = body.responses.iter().next().expect("the topic that was named");
        let result = topic.partitions.iter().next().expect("the partition that was named");
        match code(result.error_code) {
            ErrorCode::None => {}
            ErrorCode::OffsetOutOfRange => return Some(Part::OutOfRange),
            ErrorCode::NotLeaderOrFollower => return Some(Part::NotNow),
            ErrorCode::CorruptMessage if self.may_be_damaged(id, partition, from) => {
                return Some(Part::Refused);
            }
            error => {
                let log = self.stage.log(id, partition);
                let what = format!("log {log} cannot be read from {from} on in the end: {error:?}");
                self.stage.violate("errors", what);
                return None;
            }
        }
        match seen_in(result.records.unwrap_or_default(), from, self.stage.wishes.value_bytes_max) {
            Ok(records) => Some(Part::Records(records)),
            Err(what) => {
                self.stage.violate("contents", what);
                None
            }
        }
    }
}
