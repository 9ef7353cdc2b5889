//! Ids for producers.

use crate::talk::{Talk, read};
use crate::topics::create;
use harness::record::{Batch, Record};
use harness::{LONG, wait_until};
use loglane_net::message::create_topics::CreatableTopic;
use loglane_net::message::describe_producers::{
    DescribeProducersRequest, DescribeProducersResponse, TopicRequest,
};
use loglane_net::message::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};

/// Kafka's answer while it waits for a block of ids; this broker lets the request wait.
const COORDINATOR_LOAD_IN_PROGRESS: i16 = 14;

pub(crate) fn ids(talk: &mut Talk) {
    let mut first = None;
    for version in 0..=5 {
        let plain = InitProducerIdRequest {
            transactional_id: None,
            transaction_timeout_ms: i32::MAX,
            ..Default::default()
        };
        ask(talk, version, &plain, &mut first);
        ask(
            talk,
            version,
            &InitProducerIdRequest { transactional_id: Some(""), ..plain.clone() },
            &mut first,
        );
        ask(
            talk,
            version,
            &InitProducerIdRequest { transaction_timeout_ms: -1, ..plain.clone() },
            &mut first,
        );
        if version >= 3 {
            for (producer_id, producer_epoch) in
                [(-1, 0), (0, -1), (5, 3), (i64::MAX, i16::MAX), (-2, -2), (-1, -2)]
            {
                let given = InitProducerIdRequest { producer_id, producer_epoch, ..plain.clone() };
                ask(talk, version, &given, &mut first);
            }
        }
    }
}

fn ask(talk: &mut Talk, version: i16, request: &InitProducerIdRequest<'_>, first: &mut Option<i64>) {
    talk.line(request);
    let mut answer = wait_until("a block of producer ids", LONG, || {
        let body = talk.send(version, request)?;
        let answer: InitProducerIdResponse = read(&body, version);
        (answer.error_code != COORDINATOR_LOAD_IN_PROGRESS).then_some(answer)
    });
    if answer.producer_id >= 0 {
        answer.producer_id -= *first.get_or_insert(answer.producer_id);
    }
    talk.line(&answer);
}

/// Who writes to partitions, as their leaders know it.
pub(crate) fn describe(talk: &mut Talk) {
    let topic =
        CreatableTopic { num_partitions: 3, replication_factor: 1, name: "written", ..Default::default() };
    create(talk, 7, vec![topic]);
    talk.append("written", 0, &Batch::one("by nobody").seal());
    for (timestamp, id, epoch, sequence) in [(7, 77, 3, 0), (5, 77, 3, 1), (9, 5, 0, 0)] {
        let batch = Batch::of(&[Record::of_value(timestamp, b"numbered")]).by_producer(id, epoch, sequence);
        talk.append("written", 1, &batch.seal());
    }
    for named in [
        &[("written", &[0, 1, 2][..])][..],
        &[("written", &[1, 1, 9, -1]), ("absent", &[0, 1])],
        &[("a b", &[0]), ("", &[0]), ("written", &[]), ("..", &[])],
        &[("written", &[1]), ("written", &[1])],
        &[],
    ] {
        let topics =
            named.iter().map(|(name, numbers)| TopicRequest { name, partition_indexes: (*numbers).into() });
        let request = DescribeProducersRequest { topics: topics.collect() };
        talk.note(&request);
        let Some(body) = talk.send(0, &request) else { continue };
        let mut answer: DescribeProducersResponse<'_> = read(&body, 0);
        let topics = answer.topics.iter().map(|mut topic| {
            let partitions = topic.partitions.iter().map(|mut partition| {
                // Kafka's order is that of a hash table.
                let mut producers: Vec<_> = partition.active_producers.iter().collect();
                producers.sort_by_key(|producer| producer.producer_id);
                partition.active_producers = producers.into();
                partition
            });
            topic.partitions = partitions.collect();
            topic
        });
        answer.topics = topics.collect();
        talk.note(&answer);
    }
}
