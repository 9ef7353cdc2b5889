//! Log directories: what is in them, and what moves between them.

use crate::talk::{Talk, read};
use crate::topics::create;
use harness::record::Batch;
use harness::{LONG, wait_until};
use loglane_net::message::alter_replica_log_dirs::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic, AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse,
};
use loglane_net::message::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic,
};
use loglane_net::message::create_topics::CreatableTopic;
use loglane_net::message::describe_log_dirs::{
    DescribableLogDirTopic, DescribeLogDirsRequest, DescribeLogDirsResponse,
};

fn describe(talk: &mut Talk, version: i16, topics: Option<&[(&'static str, &[i32])]>) {
    let topic = |(topic, partitions): &(&'static str, &[i32])| DescribableLogDirTopic {
        topic,
        partitions: partitions.to_vec().into(),
    };
    let topics = topics.map(|topics| topics.iter().map(topic).collect());
    let request = DescribeLogDirsRequest { topics };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    note_sorted(talk, &body, version);
}

fn note_sorted(talk: &mut Talk, body: &[u8], version: i16) {
    let mut answer: DescribeLogDirsResponse<'_> = read(body, version);
    let mut results: Vec<_> = answer.results.iter().collect();
    results.sort_by_key(|result| result.log_dir);
    for result in &mut results {
        // Others write to the same disk.
        result.total_bytes = result.total_bytes.signum();
        result.usable_bytes = result.usable_bytes.signum();
        // Kafka's order is that of a hash table.
        let mut topics: Vec<_> = result.topics.iter().collect();
        topics.sort_by_key(|topic| topic.name);
        for topic in &mut topics {
            let mut partitions: Vec<_> = topic.partitions.iter().collect();
            partitions.sort_by_key(|partition| partition.partition_index);
            topic.partitions = partitions.into();
        }
        result.topics = topics.into();
    }
    answer.results = results.into();
    talk.note(&answer);
}

pub(crate) fn describe_every_version(talk: &mut Talk) {
    create(talk, 7, vec![topic("logs-a", 2), topic("logs-b", 1)]);
    talk.append("logs-a", 1, &Batch::one("a record").seal());
    for version in 1..=5 {
        describe(talk, version, None);
        describe(talk, version, Some(&[]));
        describe(talk, version, Some(&[("logs-a", &[0, 1])]));
        describe(
            talk,
            version,
            Some(&[("logs-b", &[0, 0]), ("logs-a", &[1, 7]), ("absent", &[0]), ("", &[-1])]),
        );
        describe(talk, version, Some(&[("logs-a", &[])]));
    }
}

/// Partitions of topics.
type Named<'a> = &'a [(&'a str, &'a [i32])];

/// Asks for moves: to each directory, written as in the transcript, some partitions of some topics.
fn alter<'a>(talk: &mut Talk, version: i16, wanted: &[(&str, Named<'a>)]) {
    let paths: Vec<String> =
        wanted.iter().map(|(path, _)| path.replace("DATA", &talk.text_of("DATA"))).collect();
    let topic = |(name, partitions): &(&'a str, &[i32])| AlterReplicaLogDirTopic {
        name,
        partitions: partitions.to_vec().into(),
    };
    let dirs = paths
        .iter()
        .zip(wanted)
        .map(|(path, (_, topics))| AlterReplicaLogDir { path, topics: topics.iter().map(topic).collect() });
    let request = AlterReplicaLogDirsRequest { dirs: dirs.collect() };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    let mut answer: AlterReplicaLogDirsResponse<'_> = read(&body, version);
    // Kafka's order is that of a hash table.
    let mut topics: Vec<_> = answer.results.iter().collect();
    topics.sort_by_key(|topic| topic.topic_name);
    for topic in &mut topics {
        let mut partitions: Vec<_> = topic.partitions.iter().collect();
        partitions.sort_by_key(|partition| partition.partition_index);
        topic.partitions = partitions.into();
    }
    answer.results = topics.into();
    talk.note(&answer);
}

/// Waits until every partition of a topic is in the directory that is said, and nowhere else, and writes that down.
fn until_settled(talk: &mut Talk, topic: &'static str, places: &[(i32, &str)]) {
    let numbers: Vec<i32> = places.iter().map(|(number, _)| *number).collect();
    let mut wanted: Vec<(i32, String)> =
        places.iter().map(|(number, path)| (*number, path.replace("DATA", &talk.text_of("DATA")))).collect();
    wanted.sort();
    let asked = DescribableLogDirTopic { topic, partitions: numbers.into() };
    let request = DescribeLogDirsRequest { topics: Some([asked].into()) };
    let body = wait_until("the partitions to be where they are to be", LONG, || {
        let body = talk.send_quietly(4, &request).expect("an answer");
        let answer: DescribeLogDirsResponse<'_> = read(&body, 4);
        let mut found = Vec::new();
        for dir in answer.results.iter() {
            for partition in dir.topics.iter().flat_map(|topic| topic.partitions.iter().collect::<Vec<_>>()) {
                let place = if partition.is_future_key { "on its way" } else { dir.log_dir };
                found.push((partition.partition_index, place.to_owned()));
            }
        }
        found.sort();
        (found == wanted).then_some(body)
    });
    note_sorted(talk, &body, 4);
}

fn topic(name: &str, num_partitions: i32) -> CreatableTopic<'_> {
    CreatableTopic { name, num_partitions, replication_factor: 1, ..CreatableTopic::default() }
}

pub(crate) fn placements(talk: &mut Talk) {
    for (version, name) in [(1, "placed-1"), (2, "placed-2")] {
        alter(talk, version, &[("DATA-2", &[(name, &[0, 1, 3])]), ("DATA", &[(name, &[2])])]);
        // The last word counts.
        alter(talk, version, &[("DATA", &[(name, &[1])])]);
        create(talk, 7, vec![topic(name, 3)]);
        until_settled(talk, name, &[(0, "DATA-2"), (1, "DATA"), (2, "DATA")]);
    }
    let more = CreatePartitionsTopic { name: "placed-2", count: 4, assignments: None };
    let request = CreatePartitionsRequest { topics: [more].into(), timeout_ms: 30_000, validate_only: false };
    let body = talk.send(3, &request).expect("an answer");
    let answer: CreatePartitionsResponse<'_> = read(&body, 3);
    talk.note(&answer);
    until_settled(talk, "placed-2", &[(0, "DATA-2"), (1, "DATA"), (2, "DATA"), (3, "DATA-2")]);
}

pub(crate) fn moves(talk: &mut Talk) {
    alter(talk, 2, &[("DATA", &[("moved", &[0, 1, 2])])]);
    create(talk, 7, vec![topic("moved", 3)]);
    until_settled(talk, "moved", &[(0, "DATA"), (1, "DATA"), (2, "DATA")]);
    for partition in [0, 1] {
        talk.append("moved", partition, &Batch::one("a record").seal());
    }
    for version in 1..=2 {
        // It is there.
        alter(talk, version, &[("DATA", &[("moved", &[0])])]);
        until_settled(talk, "moved", &[(0, "DATA"), (1, "DATA"), (2, "DATA")]);
        alter(talk, version, &[("DATA-2", &[("moved", &[0, 2])])]);
        until_settled(talk, "moved", &[(0, "DATA-2"), (1, "DATA"), (2, "DATA-2")]);
        talk.append("moved", 0, &Batch::one("another").seal());
        // Asked for twice, and the other way before it has come far.
        alter(talk, version, &[("DATA-2", &[("moved", &[1])])]);
        alter(talk, version, &[("DATA-2", &[("moved", &[1])])]);
        alter(talk, version, &[("DATA", &[("moved", &[1, 0])])]);
        until_settled(talk, "moved", &[(0, "DATA"), (1, "DATA"), (2, "DATA-2")]);
        alter(talk, version, &[("DATA", &[("moved", &[2])])]);
        until_settled(talk, "moved", &[(0, "DATA"), (1, "DATA"), (2, "DATA")]);
    }
    describe(talk, 5, Some(&[("moved", &[0, 1, 2])]));
}

pub(crate) fn refused_moves(talk: &mut Talk) {
    alter(talk, 2, &[("DATA", &[("stays", &[0, 1])])]);
    create(talk, 7, vec![topic("stays", 2)]);
    until_settled(talk, "stays", &[(0, "DATA"), (1, "DATA")]);
    for version in 1..=2 {
        alter(talk, version, &[]);
        alter(talk, version, &[("DATA", &[])]);
        alter(talk, version, &[("DATA-3", &[])]);
        alter(talk, version, &[("DATA", &[("stays", &[])])]);
        for path in ["DATA-3", "DATA/", "data", "", "/"] {
            alter(talk, version, &[(path, &[("stays", &[0]), ("absent", &[0])])]);
        }
        alter(talk, version, &[("DATA", &[("stays", &[-1, 0, 1, 2, 99])])]);
        let others: Named<'_> = &[("absent", &[0, -1]), ("", &[0]), ("not a name", &[0]), ("..", &[0])];
        alter(talk, version, &[("DATA-2", others)]);
        alter(talk, version, &[("DATA-2", &[("__cluster_metadata", &[0])])]);
        // One that is named twice goes where it was named last.
        alter(talk, version, &[("DATA-3", &[("stays", &[0])]), ("DATA", &[("stays", &[0, 0, 1])])]);
        until_settled(talk, "stays", &[(0, "DATA"), (1, "DATA")]);
    }
}
