//! More partitions for topics.

use crate::talk::{Talk, read};
use crate::topics::create;
use loglane_net::message::create_partitions::{
    CreatePartitionsAssignment, CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic,
};
use loglane_net::message::create_topics::CreatableTopic;

fn topic(name: &str) -> CreatableTopic<'_> {
    CreatableTopic { name, num_partitions: 1, replication_factor: 1, ..Default::default() }
}

fn more<'a>(name: &'a str, count: i32, assigned: Option<&'a [&'a [i32]]>) -> CreatePartitionsTopic<'a> {
    let assignments = assigned.map(|assigned| {
        assigned.iter().map(|brokers| CreatePartitionsAssignment { broker_ids: (*brokers).into() }).collect()
    });
    CreatePartitionsTopic { name, count, assignments }
}

fn grow(
    talk: &mut Talk,
    version: i16,
    topics: Vec<CreatePartitionsTopic<'_>>,
    validate_only: bool,
    timeout_ms: i32,
) {
    let request = CreatePartitionsRequest { topics: topics.clone().into(), timeout_ms, validate_only };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    let mut answer: CreatePartitionsResponse<'_> = read(&body, version);
    // Kafka's order is that of a hash table.
    let mut results: Vec<_> = answer.results.iter().collect();
    results.sort_by_key(|result| result.name);
    for grown in results.iter().filter(|result| result.error_code == 0 && !validate_only) {
        let count = topics.iter().find(|topic| topic.name == grown.name).expect("it was named").count;
        talk.until_partitions(grown.name, usize::try_from(count).expect("a number that was accepted"));
    }
    answer.results = results.into();
    talk.note(&answer);
}

pub(crate) fn more_partitions(talk: &mut Talk) {
    create(talk, 7, vec![topic("g-grows"), topic("g-other")]);
    let mut count = 1;
    for version in 0..=3 {
        grow(talk, version, vec![more("g-grows", count + 2, None)], true, 30_000);
        grow(talk, version, vec![more("g-grows", count + 2, None)], false, 30_000);
        count += 2;
        grow(talk, version, vec![more("g-grows", count, None), more("g-absent", 3, None)], false, 30_000);
        grow(talk, version, vec![more("g-grows", count - 1, None), more("", 3, None)], false, 30_000);
        grow(talk, version, vec![more("g-grows", count + 2, Some(&[&[1], &[1]]))], false, 30_000);
        count += 2;
    }
    let refused: &[(i32, Option<&[&[i32]]>)] = &[
        (0, None),
        (-1, None),
        (i32::MIN, None),
        (count + 1, Some(&[])),
        (count + 1, Some(&[&[]])),
        (count + 1, Some(&[&[1], &[1]])),
        (count + 2, Some(&[&[1]])),
        (count + 1, Some(&[&[7]])),
        (count + 1, Some(&[&[-1]])),
        (count + 1, Some(&[&[1, 1]])),
        (count + 1, Some(&[&[1, 7]])),
        (count, Some(&[&[1]])),
    ];
    for (count, assigned) in refused {
        grow(talk, 3, vec![more("g-grows", *count, *assigned)], false, 30_000);
    }
    let twice = vec![more("g-grows", 50, None), more("g-grows", 50, None), more("g-other", 2, None)];
    grow(talk, 3, twice, false, 30_000);
    for timeout_ms in [0, -1] {
        grow(talk, 3, vec![more("g-other", 3, None), more("g-absent", 3, None)], false, timeout_ms);
    }
    grow(talk, 3, vec![], false, 30_000);
    grow(talk, 3, vec![more("a b", 3, None), more("__cluster_metadata", 3, None)], false, 30_000);
}
