//! Records, deleted.

use crate::talk::{Talk, read};
use crate::topics::create;
use harness::record::{Batch, Record, now_ms};
use harness::{LONG, wait_until};
use loglane_net::message::create_topics::{CreatableTopic, CreatableTopicConfig};
use loglane_net::message::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecordsTopic,
};
use loglane_net::message::list_offsets::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopic,
};
use loglane_net::message::produce::{
    PartitionProduceData, ProduceRequest, ProduceResponse, TopicProduceData,
};

const NOT_LEADER_OR_FOLLOWER: i16 = 6;

type Offsets<'a> = &'a [(i32, i64)];

fn topic<'a>(name: &'a str, policy: &'a str) -> CreatableTopic<'a> {
    let config = CreatableTopicConfig { name: "cleanup.policy", value: Some(policy) };
    CreatableTopic {
        name,
        num_partitions: 3,
        replication_factor: 1,
        configs: [config].into(),
        ..Default::default()
    }
}

/// Writes so many records into a partition.
fn fill(talk: &mut Talk, topic: &str, partition: i32, count: i64) {
    let record =
        |at| Record { key: Some(b"key".to_vec()), ..Record::of_value(now_ms(), format!("{at}").as_bytes()) };
    let records: Vec<Record> = (0..count).map(record).collect();
    let batch = Batch::of(&records).seal();
    let data = PartitionProduceData { index: partition, records: Some(&batch) };
    let topic = TopicProduceData { name: topic, partition_data: [data].into(), ..Default::default() };
    let request =
        ProduceRequest { acks: -1, timeout_ms: 30_000, topic_data: [topic].into(), ..Default::default() };
    // A Kafka begins to lead a partition some time after it was made.
    let written = wait_until("a leader", LONG, || {
        let body = talk.send_quietly(9, &request).expect("an answer");
        let answer: ProduceResponse<'_> = read(&body, 9);
        let topic = answer.responses.iter().next().expect("the topic");
        let written = topic.partition_responses.iter().next().expect("the partition");
        let is_done = written.error_code != NOT_LEADER_OR_FOLLOWER;
        is_done.then_some((written.error_code, written.base_offset, written.log_start_offset))
    });
    talk.line(&written);
}

fn delete(talk: &mut Talk, version: i16, topics: &[(&str, Offsets<'_>)], timeout_ms: i32) {
    let topics = topics.iter().map(|(name, offsets)| {
        let partition = |(partition_index, offset): &(i32, i64)| DeleteRecordsPartition {
            partition_index: *partition_index,
            offset: *offset,
        };
        DeleteRecordsTopic { name, partitions: offsets.iter().map(partition).collect() }
    });
    let request = DeleteRecordsRequest { topics: topics.collect(), timeout_ms };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    let answer: DeleteRecordsResponse<'_> = read(&body, version);
    talk.line(&answer.throttle_time_ms);
    // Kafka's order is that of a hash table.
    let mut results: Vec<_> = answer
        .topics
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(move |result| (topic.name, result)).collect::<Vec<_>>())
        .collect();
    results.sort_by_key(|(name, result)| (*name, result.partition_index));
    results.iter().for_each(|result| talk.line(result));
}

fn offsets(talk: &mut Talk, topic: &str) {
    for timestamp in [-2, -1] {
        let partitions = [0, 1, 2].map(|partition_index| ListOffsetsPartition {
            partition_index,
            timestamp,
            current_leader_epoch: -1,
        });
        let topics = [ListOffsetsTopic { name: topic, partitions: partitions.into() }];
        let request = ListOffsetsRequest { replica_id: -1, topics: topics.into(), ..Default::default() };
        let body = talk.send(7, &request).expect("an answer");
        let answer: ListOffsetsResponse<'_> = read(&body, 7);
        let topic = answer.topics.iter().next().expect("the topic");
        // Kafka's order is that of a hash table.
        let mut partitions: Vec<_> = topic.partitions.iter().collect();
        partitions.sort_by_key(|partition| partition.partition_index);
        partitions.iter().for_each(|partition| talk.line(partition));
    }
}

pub(crate) fn records(talk: &mut Talk) {
    create(
        talk,
        7,
        vec![topic("r-delete", "delete"), topic("r-compact", "compact"), topic("r-both", "compact,delete")],
    );
    for name in ["r-delete", "r-compact", "r-both"] {
        for (partition, count) in [(0, 12), (1, 3)] {
            fill(talk, name, partition, count);
        }
    }
    let t = "r-delete";
    for (version, offset) in [(0, 2), (1, 4), (2, 6)] {
        delete(talk, version, &[(t, &[(0, offset)])], 30_000);
        delete(talk, version, &[(t, &[(0, offset)])], 30_000);
        delete(talk, version, &[(t, &[(0, offset - 1)])], 30_000);
        delete(talk, version, &[(t, &[(0, 13), (1, -2), (2, 1), (3, 0), (-1, 0)])], 30_000);
        offsets(talk, t);
    }
    delete(talk, 2, &[(t, &[(1, -1), (2, -1)])], 30_000);
    delete(talk, 2, &[(t, &[(0, 7), (0, 8)])], 30_000);
    delete(talk, 2, &[(t, &[(0, 9)]), (t, &[(1, 3)])], 30_000);
    delete(talk, 2, &[(t, &[(0, i64::MAX), (1, i64::MIN)])], 30_000);
    delete(talk, 2, &[(t, &[(0, 10)])], 0);
    delete(talk, 2, &[(t, &[(0, 11)])], -1);
    delete(talk, 2, &[("r-compact", &[(0, 1), (1, -1), (2, 99), (3, 0)])], 30_000);
    delete(
        talk,
        2,
        &[("r-both", &[(0, 1), (1, -1)]), ("absent", &[(0, 0)]), ("a b", &[(0, 0)]), ("", &[(0, 0)])],
        30_000,
    );
    delete(talk, 2, &[], 30_000);
    delete(talk, 2, &[(t, &[])], 30_000);
    for name in [t, "r-compact", "r-both"] {
        offsets(talk, name);
        fill(talk, name, 0, 1);
        fill(talk, name, 1, 1);
    }
    delete(talk, 2, &[("__cluster_metadata", &[(0, 0)])], 30_000);
}
