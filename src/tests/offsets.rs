//! Committed offsets: where they are kept, and what is left of them after a death of any kind.

use super::broker::Broker;
use super::client::{ClientId, answer_of};
use super::ledger::Random;
use super::{Setup, with_seeds};
use loglane_model::TopicId;
use loglane_net::message::find_coordinator::{FindCoordinatorRequest, FindCoordinatorResponse};
use loglane_net::message::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponse,
};
use loglane_net::message::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchResponse,
};
use loglane_net::{ApiKey, ErrorCode, Message as _};
use loglane_ring::sim::DiskCall;
use std::collections::BTreeMap;
use std::time::Duration;

/// Versions in which a client of these tests speaks.
const COMMIT_VERSION: i16 = 8;
const FETCH_VERSION: i16 = 6;
const FIND_VERSION: i16 = 3;

const EIO: i32 = 5;

impl Broker {
    /// Asks until the group has a coordinator, and that has loaded.
    pub(super) fn find_coordinator(&mut self, client: ClientId, group: &str) {
        let request = FindCoordinatorRequest { key: group, ..FindCoordinatorRequest::default() };
        self.until_done("a coordinator is found", |broker| {
            let body = broker.ask(client, FIND_VERSION, &request);
            let answer: FindCoordinatorResponse<'_> = answer_of(&body, FIND_VERSION);
            let is_found = answer.error_code == 0;
            assert!(is_found || answer.error_code == ErrorCode::CoordinatorNotAvailable.to_i16());
            is_found
        });
        self.until_done("the group is loaded", |broker| {
            let (error, _) = broker.fetch_committed(client, group, "any", 0);
            let loads = [ErrorCode::CoordinatorLoadInProgress, ErrorCode::NotCoordinator];
            assert!(error == ErrorCode::None || loads.contains(&error), "{error:?}");
            error == ErrorCode::None
        });
    }

    /// Does something that takes turns of its own until it says that it is done.
    fn until_done(&mut self, what: &str, mut attempt: impl FnMut(&mut Broker) -> bool) {
        for _ in 0..1000 {
            if attempt(self) {
                return;
            }
            self.run_for(Duration::from_millis(5));
        }
        panic!("SEED={}: {what}: not within a thousand attempts", self.setup.seed);
    }

    /// Commits offsets without being a member, and does not wait for the answer.
    pub(super) fn send_commit(&mut self, client: ClientId, group: &str, topic: &str, offsets: &[(i32, i64)]) {
        let partition = |(partition_index, committed_offset): &(i32, i64)| OffsetCommitRequestPartition {
            partition_index: *partition_index,
            committed_offset: *committed_offset,
            committed_metadata: Some("metadata"),
            ..OffsetCommitRequestPartition::default()
        };
        let partitions = offsets.iter().map(partition).collect();
        let topics = [OffsetCommitRequestTopic { name: topic, topic_id: TopicId::ZERO, partitions }];
        let request =
            OffsetCommitRequest { group_id: group, topics: topics.into(), ..OffsetCommitRequest::default() };
        self.client(client).send(COMMIT_VERSION, &request);
    }

    /// Commits offsets that must be taken.
    pub(super) fn commit(&mut self, client: ClientId, group: &str, topic: &str, offsets: &[(i32, i64)]) {
        self.send_commit(client, group, topic, offsets);
        let answer = self.answer(client);
        assert_eq!(commit_codes(&answer), vec![ErrorCode::None; offsets.len()]);
    }

    /// The committed offset of a partition, with the code of the whole answer.
    fn fetch_committed(
        &mut self,
        client: ClientId,
        group: &str,
        topic: &str,
        partition: i32,
    ) -> (ErrorCode, i64) {
        let topics = [OffsetFetchRequestTopic { name: topic, partition_indexes: [partition].into() }];
        let request = OffsetFetchRequest {
            group_id: group,
            topics: Some(topics.into()),
            ..OffsetFetchRequest::default()
        };
        let body = self.ask(client, FETCH_VERSION, &request);
        let answer: OffsetFetchResponse<'_> = answer_of(&body, FETCH_VERSION);
        let error = ErrorCode::from_i16(answer.error_code).expect("a known code");
        let offset =
            answer.topics.iter().flat_map(|topic| topic.partitions.iter().collect::<Vec<_>>()).next();
        (error, offset.map_or(-1, |partition| partition.committed_offset))
    }

    /// The committed offset of a partition; −1 if there is none.
    pub(super) fn committed(&mut self, client: ClientId, group: &str, topic: &str, partition: i32) -> i64 {
        let (error, offset) = self.fetch_committed(client, group, topic, partition);
        assert_eq!(error, ErrorCode::None);
        offset
    }
}

/// The codes of an answer to a commit, in its order.
fn commit_codes(answer: &[u8]) -> Vec<ErrorCode> {
    let (_, mut reader) = super::client::reader(answer, ApiKey::OffsetCommit, COMMIT_VERSION);
    let answer = OffsetCommitResponse::decode(&mut reader, COMMIT_VERSION).expect("an answer to a commit");
    let partitions = answer.topics.iter().flat_map(|topic| topic.partitions.iter().collect::<Vec<_>>());
    partitions.map(|it| ErrorCode::from_i16(it.error_code).expect("a known code")).collect()
}

fn setup(seed: u64, shards: u16) -> Setup {
    Setup::new(seed, shards).set("offsets.topic.replication.factor", 1).set("offsets.topic.num.partitions", 7)
}

#[test]
fn offsets_are_found_from_every_shard() {
    with_seeds(3, |seed| {
        let mut broker = setup(seed, 3).start();
        let clients: Vec<ClientId> = (0..3).map(|_| broker.connect()).collect();
        broker.create_topic(clients[0], "t");
        for group in 0..20 {
            let name = format!("group-{group}");
            broker.find_coordinator(clients[group % 3], &name);
            let offset = i64::try_from(group).unwrap();
            broker.commit(clients[group % 3], &name, "t", &[(0, offset), (3, offset + 1)]);
            assert_eq!(broker.committed(clients[(group + 1) % 3], &name, "t", 3), offset + 1);
            assert_eq!(broker.committed(clients[(group + 1) % 3], &name, "t", 1), -1);
        }
        broker.disconnect_all();
        broker.assert_nothing_left();
        broker.close();
    });
}

/// Lives that end in some way while clients commit: of each group's partitions the last acknowledged offset, or one
/// that was on its way, is there in the next one.
fn lives(seed: u64, setup: Setup, end: impl Fn(&mut Broker)) {
    let mut random = Random::new(seed);
    let mut broker = setup.start();
    let mut acknowledged: BTreeMap<String, i64> = BTreeMap::new();
    let mut next = 1i64;
    for life in 0..4 {
        if life > 0 {
            broker.setup.shards = 1 + u16::try_from(random.below(3)).expect("small");
            broker.boot();
        }
        let clients: Vec<ClientId> = (0..4).map(|_| broker.connect()).collect();
        if life == 0 {
            broker.create_topic(clients[0], "t");
        }
        for (group, offset) in &acknowledged {
            broker.find_coordinator(clients[0], group);
            let found = broker.committed(clients[0], group, "t", 0);
            assert!(found >= *offset && found < next, "SEED={seed}: {group} {found} {offset}");
            assert_eq!(
                broker.committed(clients[0], group, "t", 1),
                found,
                "SEED={seed}: all of a commit or none"
            );
        }
        let names: Vec<String> = (0..4).map(|number| format!("group-{}", number * 5)).collect();
        names.iter().for_each(|name| broker.find_coordinator(clients[0], name));
        let mut under_way: Vec<Option<i64>> = vec![None; clients.len()];
        for _ in 0..40 + random.below(100) {
            for ((client, name), sent) in clients.iter().zip(&names).zip(&mut under_way) {
                if let Some(answer) = broker.client(*client).take_answer() {
                    assert_eq!(commit_codes(&answer), [ErrorCode::None, ErrorCode::None]);
                    let offset = sent.take().expect("it was asked");
                    acknowledged.insert(name.clone(), offset);
                }
                if sent.is_none() {
                    broker.send_commit(*client, name, "t", &[(0, next), (1, next)]);
                    *sent = Some(next);
                    next += 1;
                }
            }
            (0..random.below(5)).for_each(|_| broker.step());
        }
        end(&mut broker);
        broker.clients.clear();
    }
    assert!(!acknowledged.is_empty(), "SEED={seed}");
}

#[test]
fn acknowledged_offsets_survive_kills() {
    with_seeds(8, |seed| lives(seed, setup(seed, 2), Broker::kill));
}

#[test]
fn acknowledged_offsets_survive_power_cuts() {
    with_seeds(8, |seed| lives(seed, setup(seed, 3), Broker::cut_power));
}

#[test]
fn offsets_are_kept_through_clean_stops() {
    with_seeds(4, |seed| lives(seed, setup(seed, 3), Broker::close));
}

#[test]
fn a_disk_that_fails_takes_its_groups_along_and_no_others() {
    with_seeds(6, |seed| {
        let setup = setup(seed, 2).set("log.dirs", "/meta,/a,/b").set("metadata.log.dir", "/meta");
        let (mut broker, client) = with_group(setup, "group-0");
        let names: Vec<String> = (0..20).map(|number| format!("group-{number}")).collect();
        for name in &names {
            broker.find_coordinator(client, name);
            broker.commit(client, name, "t", &[(0, 1)]);
        }
        let home = |broker: &Broker, group: &str| {
            let home = broker.shards[0].home_of_group(group).expect("there is a topic");
            let shard = &broker.shards[usize::from(home.shard.0)];
            let coordinator = shard.groups.coordinator(home.partition).expect("it coordinates");
            shard.partitions.get(coordinator.slot).expect("it is there").directory
        };
        let homes: Vec<u16> = names.iter().map(|name| home(&broker, name)).collect();
        let failing = names.iter().zip(&homes).find(|(_, directory)| **directory == 1);
        let (failing, _) = failing.expect("some of twenty groups are there");
        broker.world.fail_disk(DiskCall::Write, 1, EIO);
        let other = broker.connect();
        broker.send_commit(other, failing, "t", &[(0, 2)]);
        broker.until("an answer or an end", |broker| broker.client(other).has_answer());
        assert!(broker.client(other).is_closed, "SEED={seed}: nobody knows whether it is there");
        broker.run_for(Duration::from_millis(50));
        for (name, directory) in names.iter().zip(&homes) {
            broker.send_commit(client, name, "t", &[(0, 3)]);
            let codes = commit_codes(&broker.answer(client));
            let expected = if *directory == 1 { ErrorCode::NotCoordinator } else { ErrorCode::None };
            // The topic's own partition may have been lost as well, which is the first thing to be looked at.
            assert!(
                codes == [expected] || codes == [ErrorCode::UnknownTopicOrPartition],
                "SEED={seed} {codes:?}"
            );
        }
        broker.disconnect_all();
        broker.assert_nothing_left();
        broker.close();
        // The disk was repaired.
        broker.boot();
        let client = broker.connect();
        for name in &names {
            broker.find_coordinator(client, name);
            assert!(broker.committed(client, name, "t", 0) >= 1, "SEED={seed}");
        }
    });
}

/// A broker with a topic and a coordinator that has loaded.
fn with_group(setup: Setup, group: &str) -> (Broker, ClientId) {
    let mut broker = setup.start();
    let client = broker.connect();
    broker.create_topic(client, "t");
    broker.find_coordinator(client, group);
    (broker, client)
}

#[test]
fn offsets_expire_and_stay_expired() {
    with_seeds(2, |seed| {
        let setup = setup(seed, 2)
            .set("offsets.retention.minutes", 1)
            .set("offsets.retention.check.interval.ms", 5_000);
        let (mut broker, client) = with_group(setup, "g");
        broker.commit(client, "g", "t", &[(0, 5), (1, 6)]);
        broker.run_for(Duration::from_secs(50));
        broker.commit(client, "g", "t", &[(1, 7)]);
        broker.run_for(Duration::from_secs(20));
        assert_eq!(broker.committed(client, "g", "t", 0), -1);
        assert_eq!(broker.committed(client, "g", "t", 1), 7);
        broker.kill();
        broker.clients.clear();
        broker.boot();
        let client = broker.connect();
        broker.find_coordinator(client, "g");
        assert_eq!(broker.committed(client, "g", "t", 0), -1);
        broker.run_for(Duration::from_secs(60));
        assert_eq!(broker.committed(client, "g", "t", 1), -1);
        assert!(broker.shards.iter().all(|shard| shard.groups.bytes() == 0), "the group has gone as well");
        broker.close();
    });
}

#[test]
fn offsets_go_with_their_topic_for_good() {
    with_seeds(4, |seed| {
        let (mut broker, client) = with_group(setup(seed, 3), "g");
        broker.commit(client, "g", "t", &[(0, 5), (1, 6)]);
        assert_eq!(broker.delete_topic(client, "t"), ErrorCode::None);
        broker.create_topic(client, "t");
        assert_eq!(broker.committed(client, "g", "t", 0), -1);
        broker.commit(client, "g", "t", &[(1, 9)]);
        broker.cut_power();
        broker.clients.clear();
        broker.boot();
        let client = broker.connect();
        broker.find_coordinator(client, "g");
        assert_eq!(broker.committed(client, "g", "t", 0), -1);
        assert_eq!(broker.committed(client, "g", "t", 1), 9);
        broker.close();
    });
}

#[test]
fn the_topic_of_groups_can_go_and_come_again() {
    with_seeds(4, |seed| {
        let (mut broker, client) = with_group(setup(seed, 3), "g");
        broker.commit(client, "g", "t", &[(0, 5)]);
        let other = broker.connect();
        // One that is on its way is answered or disconnected, and nobody hangs.
        broker.send_commit(other, "g", "t", &[(0, 6)]);
        assert_eq!(broker.delete_topic(client, "__consumer_offsets"), ErrorCode::None);
        broker.until("an answer or an end", |broker| broker.client(other).has_answer());
        broker.find_coordinator(client, "g");
        assert_eq!(broker.committed(client, "g", "t", 0), -1);
        broker.commit(client, "g", "t", &[(0, 7)]);
        broker.disconnect_all();
        broker.assert_nothing_left();
        broker.close();
    });
}

#[test]
fn clients_do_not_write_to_the_topic_of_groups() {
    let (mut broker, client) = with_group(setup(1, 2), "g");
    let records = super::client::batch(&[b"x"]);
    let produced = broker.produce(client, 1, "__consumer_offsets", &[(0, &records), (1, &records)]);
    assert!(produced.iter().all(|of| of.error == ErrorCode::InvalidTopicException), "{produced:?}");
    broker.close();
}

#[test]
fn groups_take_their_memory_and_no_more() {
    let (mut broker, client) = with_group(setup(1, 1), "g");
    let most = broker.shards[0].limits.group_bytes_max;
    let partitions: Vec<(i32, i64)> = (0..6).map(|partition| (partition, 1)).collect();
    let mut made = 0;
    let refused = loop {
        let group = format!("group-{made}-{}", "x".repeat(1000));
        broker.send_commit(client, &group, "t", &partitions);
        let answer = broker.answer(client);
        let codes = commit_codes(&answer);
        if codes != vec![ErrorCode::None; 6] {
            break codes;
        }
        made += 1;
        assert!(made < most / 1000, "there is an end");
    };
    assert_eq!(refused, vec![ErrorCode::PolicyViolation; 6]);
    let taken = broker.shards[0].groups.bytes();
    assert!(taken <= most && taken > most / 2, "{taken} of {most} bytes after {made} groups");
    // What is there already goes on.
    broker.commit(client, &format!("group-0-{}", "x".repeat(1000)), "t", &[(0, 2)]);
    broker.close();
}

#[test]
fn a_group_that_is_named_very_often_does_not_fill_the_memory() {
    let (mut broker, client) = with_group(setup(1, 2), "g");
    broker.commit(client, "g", "t", &[(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]);
    let most = broker.shards.iter().map(|shard| shard.limits.answer_bytes_max).max().expect("two");
    let group = OffsetFetchRequestGroup { group_id: "g", topics: None, ..OffsetFetchRequestGroup::default() };
    let groups = vec![group; most / 100];
    let request = OffsetFetchRequest { groups: groups.into(), ..OffsetFetchRequest::default() };
    let body = broker.ask(client, 9, &request);
    let answer: OffsetFetchResponse<'_> = answer_of(&body, 9);
    let first = answer.groups.iter().next().expect("all are answered");
    assert_eq!((first.error_code, first.topics.len()), (0, 1));
    let last = answer.groups.iter().last().expect("all are answered");
    assert_eq!((last.error_code, last.topics.len()), (ErrorCode::UnknownServerError.to_i16(), 0));
    assert!(body.len() < 2 * most, "{} of {most} bytes", body.len());
    broker.close();
}
