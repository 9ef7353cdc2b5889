//! Log directories: what is in them, and what moves between them.

use crate::talk::{Talk, read};
use crate::topics::create;
use harness::record::Batch;
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
    let mut answer: DescribeLogDirsResponse<'_> = read(&body, version);
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
    let topic = |name, num_partitions| CreatableTopic {
        name,
        num_partitions,
        replication_factor: 1,
        ..CreatableTopic::default()
    };
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
