//! Coordinators of groups, and the offsets that they keep.

use crate::talk::{Talk, read};
use crate::topics::{create, delete, named};
use harness::{LONG, wait_until};
use loglane_model::TopicId;
use loglane_net::message::create_topics::CreatableTopic;
use loglane_net::message::find_coordinator::{FindCoordinatorRequest, FindCoordinatorResponse};
use loglane_net::message::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponse,
};
use loglane_net::message::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic, OffsetDeleteResponse,
};
use loglane_net::message::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
    OffsetFetchResponse, OffsetFetchResponseGroup, OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};

/// COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE and NOT_COORDINATOR: ask again.
const NOT_YET: [i16; 3] = [14, 15, 16];

/// A topic that no broker has.
const ABSENT: TopicId = TopicId(*b"no topic has it.");

/// Offsets to commit for one topic: partition, offset, metadata.
type Offsets<'a> = &'a [(i32, i64, Option<&'a str>)];

fn topic(name: &str, num_partitions: i32) -> CreatableTopic<'_> {
    CreatableTopic { name, num_partitions, replication_factor: 1, ..CreatableTopic::default() }
}

/// What is said about groups while there is no place for them.
pub(crate) fn without_a_topic(talk: &mut Talk) {
    create(talk, 7, vec![topic("o", 3), topic("p", 1)]);
    for version in 2..=10 {
        commit(talk, version, &plain("g"), &[("o", &[(0, 5, None)]), ("absent", &[(0, 5, None)])]);
        commit(talk, version, &plain("g"), &[]);
    }
    for version in 1..=10 {
        fetch(talk, version, "g", Some(&[("o", &[0, 1])]), false);
        if version >= 2 {
            fetch(talk, version, "g", None, version >= 7);
        }
    }
    delete_offsets(talk, "g", &[("o", &[0]), ("absent", &[0])]);
    delete_offsets(talk, "g", &[]);
}

/// Who coordinates, and the topic that asking makes.
pub(crate) fn coordinators(talk: &mut Talk) {
    // How often it takes is a matter of time.
    wait_until("a coordinator", LONG, || {
        let body = talk.send_quietly(4, &many(&["g"])).expect("an answer");
        let answer: FindCoordinatorResponse<'_> = read(&body, 4);
        let codes: Vec<i16> = answer.coordinators.iter().map(|it| it.error_code).collect();
        assert!(codes == [0] || codes == [15], "{codes:?}");
        (codes == [0]).then_some(())
    });
    for version in 0..=6 {
        for key_type in if version == 0 { vec![0] } else { vec![0, 2, 3, -1, 127] } {
            if version >= 6 && key_type == 2 {
                continue;
            }
            let requests = if version < 4 {
                let one = |key| FindCoordinatorRequest { key, key_type, ..FindCoordinatorRequest::default() };
                vec![one("g"), one("")]
            } else {
                let many = |keys: &[&'static str]| FindCoordinatorRequest { key_type, ..many(keys) };
                vec![many(&["g", "", "g", "a long name of a group"]), many(&[])]
            };
            for request in requests {
                talk.note(&request);
                let Some(body) = talk.send(version, &request) else { continue };
                talk.note(&read::<FindCoordinatorResponse<'_>>(&body, version));
            }
        }
    }
    // From here on everything is loaded.
    for group in ["g", "", "members", "h", "nobody's", "d", "many", "simple"] {
        wait_until("a group is loaded", LONG, || {
            let body = talk.send_quietly(6, &one_group(group, Some(&[]), false)).expect("an answer");
            let answer: OffsetFetchResponse<'_> = read(&body, 6);
            (!NOT_YET.contains(&answer.error_code)).then_some(())
        });
    }
}

fn many<'a>(keys: &[&'a str]) -> FindCoordinatorRequest<'a> {
    FindCoordinatorRequest { key: "", key_type: 0, coordinator_keys: keys.to_vec().into() }
}

fn plain(group_id: &str) -> OffsetCommitRequest<'_> {
    OffsetCommitRequest { group_id, ..OffsetCommitRequest::default() }
}

/// Commits; from version 10 on topics are named by id.
fn commit(talk: &mut Talk, version: i16, base: &OffsetCommitRequest<'_>, topics: &[(&str, Offsets<'_>)]) {
    let topics: Vec<_> = topics
        .iter()
        .map(|(name, offsets)| OffsetCommitRequestTopic {
            name: if version >= 10 { "" } else { name },
            topic_id: if version >= 10 { id_of(talk, name) } else { TopicId::ZERO },
            partitions: offsets
                .iter()
                .map(|(partition_index, committed_offset, metadata)| OffsetCommitRequestPartition {
                    partition_index: *partition_index,
                    committed_offset: *committed_offset,
                    committed_leader_epoch: if version >= 6 { 0 } else { -1 },
                    committed_metadata: *metadata,
                })
                .collect(),
        })
        .collect();
    let request = OffsetCommitRequest { topics: topics.into(), ..base.clone() };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    talk.note(&read::<OffsetCommitResponse<'_>>(&body, version));
}

fn id_of(talk: &mut Talk, name: &str) -> TopicId {
    match name {
        "" => TopicId::ZERO,
        "absent" => ABSENT,
        name => talk.topic_id(name),
    }
}

fn one_group<'a>(
    group_id: &'a str,
    topics: Option<&[(&'a str, &'a [i32])]>,
    require_stable: bool,
) -> OffsetFetchRequest<'a> {
    let topics = topics.map(|topics| {
        let topic = |(name, partitions): &(&'a str, &'a [i32])| OffsetFetchRequestTopic {
            name,
            partition_indexes: (*partitions).into(),
        };
        topics.iter().map(topic).collect()
    });
    OffsetFetchRequest { group_id, topics, require_stable, ..OffsetFetchRequest::default() }
}

/// Fetches the offsets of one group, in whatever form the version has.
fn fetch(
    talk: &mut Talk,
    version: i16,
    group: &str,
    topics: Option<&[(&str, &[i32])]>,
    require_stable: bool,
) {
    if version >= 8 {
        fetch_groups(talk, version, &[(group, topics)], require_stable);
        return;
    }
    let request = one_group(group, topics, require_stable);
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    note_fetched(talk, &read::<OffsetFetchResponse<'_>>(&body, version), topics.is_none());
}

/// A group and the topics that are asked for; `None` for all.
type Asked<'a> = (&'a str, Option<&'a [(&'a str, &'a [i32])]>);

fn fetch_groups(talk: &mut Talk, version: i16, groups: &[Asked<'_>], require_stable: bool) {
    let mut asked = Vec::new();
    for (group_id, topics) in groups {
        let topics = topics.map(|topics| {
            let topics = topics.iter().map(|(name, partitions)| OffsetFetchRequestTopics {
                name: if version >= 10 { "" } else { name },
                topic_id: if version >= 10 { id_of(talk, name) } else { TopicId::ZERO },
                partition_indexes: (*partitions).into(),
            });
            topics.collect()
        });
        asked.push(OffsetFetchRequestGroup { group_id, topics, ..OffsetFetchRequestGroup::default() });
    }
    let request =
        OffsetFetchRequest { groups: asked.into(), require_stable, ..OffsetFetchRequest::default() };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    let is_all = groups.iter().any(|(_, topics)| topics.is_none());
    note_fetched(talk, &read::<OffsetFetchResponse<'_>>(&body, version), is_all);
}

/// Writes an answer down; one about all topics in an order of its own, since Kafka's is that of a hash table.
fn note_fetched(talk: &mut Talk, answer: &OffsetFetchResponse<'_>, is_all: bool) {
    let mut answer = answer.clone();
    if is_all {
        let mut topics: Vec<_> = answer
            .topics
            .iter()
            .map(|topic| {
                let mut partitions: Vec<_> = topic.partitions.iter().collect();
                partitions.sort_by_key(|partition| partition.partition_index);
                OffsetFetchResponseTopic { partitions: partitions.into(), ..topic }
            })
            .collect();
        topics.sort_by_key(|topic| topic.name);
        answer.topics = topics.into();
        let groups: Vec<_> = answer.groups.iter().map(|group| sorted(talk, &group)).collect();
        answer.groups = groups.into();
    }
    talk.note(&answer);
}

fn sorted<'a>(talk: &mut Talk, group: &OffsetFetchResponseGroup<'a>) -> OffsetFetchResponseGroup<'a> {
    let mut topics: Vec<_> = group
        .topics
        .iter()
        .map(|topic| {
            let mut partitions: Vec<_> = topic.partitions.iter().collect();
            partitions.sort_by_key(|partition| partition.partition_index);
            OffsetFetchResponseTopics { partitions: partitions.into(), ..topic }
        })
        .collect();
    topics.sort_by_key(|topic| (topic.name, talk.number_of(topic.topic_id)));
    OffsetFetchResponseGroup { topics: topics.into(), ..group.clone() }
}

fn delete_offsets(talk: &mut Talk, group_id: &str, topics: &[(&str, &[i32])]) {
    let topics = topics.iter().map(|(name, partitions)| {
        let partition = |index: &i32| OffsetDeleteRequestPartition { partition_index: *index };
        OffsetDeleteRequestTopic { name, partitions: partitions.iter().map(partition).collect() }
    });
    let request = OffsetDeleteRequest { group_id, topics: topics.collect() };
    talk.note(&request);
    let Some(body) = talk.send(0, &request) else { return };
    talk.note(&read::<OffsetDeleteResponse<'_>>(&body, 0));
}

/// Commits and fetches in every version.
pub(crate) fn every_version(talk: &mut Talk) {
    let long = "m".repeat(4096);
    let wide = "é".repeat(4096);
    let too_long = "m".repeat(4097);
    for version in 2..=10 {
        let offset = i64::from(version) * 100;
        let good: Offsets<'_> =
            &[(0, offset, None), (2, offset + 2, Some("here")), (1, offset + 1, Some(""))];
        commit(talk, version, &plain("g"), &[("o", good), ("p", &[(0, -1, Some("nothing"))])]);
        let bad: Offsets<'_> =
            &[(7, 1, None), (0, i64::MAX, Some(&long)), (1, -7, Some(&wide)), (2, 1, Some(&too_long))];
        commit(
            talk,
            version,
            &plain("g"),
            &[("absent", &[(0, 1, None)]), ("o", bad), ("p", &[(-1, 1, None)])],
        );
        commit(
            talk,
            version,
            &plain("g"),
            &[("o", &[(0, 1, None)]), ("o", &[(0, 2, None), (9, 9, None)]), ("o", &[])],
        );
        commit(talk, version, &plain("g"), &[("absent", &[(0, 1, None)])]);
        commit(talk, version, &plain(""), &[("o", &[(0, offset, None)])]);
        if version >= 10 {
            commit(talk, version, &plain("g"), &[("", &[(0, 1, None)]), ("o", &[(0, 3, None)])]);
        }
    }
    for version in 1..=10 {
        let some: &[(&str, &[i32])] =
            &[("o", &[2, 0, 1, 7, -1]), ("absent", &[0]), ("p", &[0]), ("o", &[0]), ("p", &[])];
        fetch(talk, version, "g", Some(some), false);
        fetch(talk, version, "", Some(&[("o", &[0])]), version >= 7);
        fetch(talk, version, "nobody's", Some(&[("o", &[0])]), version >= 7);
        fetch(talk, version, "g", Some(&[]), false);
        if version >= 2 {
            fetch(talk, version, "g", None, version >= 7);
            fetch(talk, version, "nobody's", None, false);
        }
        if version >= 8 {
            let groups: &[Asked<'_>] =
                &[("g", Some(&[("o", &[0])])), ("nobody's", None), ("", None), ("g", None), ("g", Some(&[]))];
            fetch_groups(talk, version, groups, false);
            fetch_groups(talk, version, &[], true);
        }
        if version >= 10 {
            fetch(talk, version, "g", Some(&[("", &[0])]), false);
        }
        if version >= 9 {
            for (member_id, member_epoch) in [(Some("somebody"), 3), (Some(""), -1), (None, 7)] {
                let group = OffsetFetchRequestGroup { group_id: "g", member_id, member_epoch, topics: None };
                let request = OffsetFetchRequest { groups: [group].into(), ..OffsetFetchRequest::default() };
                talk.note(&request);
                let Some(body) = talk.send(version, &request) else { continue };
                note_fetched(talk, &read::<OffsetFetchResponse<'_>>(&body, version), true);
            }
        }
    }
}

/// Who may commit where nobody is a member.
pub(crate) fn committers(talk: &mut Talk) {
    for version in 2..=10 {
        for (group_id, generation, member_id, instance) in [
            ("nobody's", 0, "", None),
            ("nobody's", 5, "somebody", None),
            ("simple", -1, "", None),
            ("simple", -1, "somebody", None),
            ("simple", -1, "", Some("an instance")),
            ("simple", 0, "", None),
            ("simple", 0, "somebody", None),
            ("simple", 0, "somebody", Some("an instance")),
            ("simple", -2, "", None),
            ("simple", i32::MIN, "somebody", None),
        ] {
            let request = OffsetCommitRequest {
                generation_id_or_member_epoch: generation,
                member_id,
                group_instance_id: if version >= 7 { instance } else { None },
                ..plain(group_id)
            };
            commit(talk, version, &request, &[("o", &[(0, 1, None)]), ("absent", &[(0, 1, None)])]);
        }
    }
    fetch(talk, 9, "nobody's", None, false);
}

/// Offsets with an end of their own.
pub(crate) fn retention(talk: &mut Talk) {
    for version in 2..=4 {
        for retention_time_ms in [-1, 0, 1, 3_600_000, i64::MAX, -2] {
            let request = OffsetCommitRequest { retention_time_ms, ..plain("h") };
            commit(talk, version, &request, &[("o", &[(0, retention_time_ms, None)])]);
            fetch(talk, 5, "h", Some(&[("o", &[0])]), false);
        }
    }
}

/// Offsets that are made to be forgotten.
pub(crate) fn deletions(talk: &mut Talk) {
    let offsets: Offsets<'_> = &[(0, 1, None), (1, 2, None), (2, 3, None)];
    commit(talk, 8, &plain("d"), &[("o", offsets), ("p", &[(0, 4, None)])]);
    delete_offsets(talk, "d", &[("o", &[1, 1, 7]), ("absent", &[0, 1]), ("p", &[])]);
    fetch(talk, 8, "d", None, false);
    delete_offsets(talk, "d", &[("absent", &[0])]);
    delete_offsets(talk, "d", &[("o", &[9]), ("o", &[0]), ("o", &[1])]);
    delete_offsets(talk, "d", &[]);
    delete_offsets(talk, "nobody's", &[("o", &[0]), ("absent", &[0])]);
    delete_offsets(talk, "", &[("o", &[0])]);
    fetch(talk, 8, "d", None, false);
    delete_offsets(talk, "d", &[("p", &[0]), ("o", &[2])]);
    fetch(talk, 8, "d", None, false);
    // The group is still there.
    delete_offsets(talk, "d", &[("p", &[0])]);
}

/// What becomes of offsets when their topic goes, and comes again.
pub(crate) fn deleted_topics(talk: &mut Talk) {
    create(talk, 7, vec![topic("gone", 2)]);
    talk.until_topic("gone", true);
    let before = talk.topic_id("gone");
    commit(talk, 9, &plain("many"), &[("gone", &[(0, 1, None), (1, 2, None)]), ("o", &[(0, 3, None)])]);
    fetch(talk, 9, "many", None, false);
    delete(talk, 6, vec![named("gone")], 30_000);
    talk.until_topic("gone", false);
    wait_until("the offsets to go", LONG, || {
        let body =
            talk.send_quietly(6, &one_group("many", Some(&[("gone", &[0, 1])]), false)).expect("an answer");
        let answer: OffsetFetchResponse<'_> = read(&body, 6);
        let partitions = answer.topics.iter().next().expect("the topic that was asked for").partitions;
        partitions.iter().all(|partition| partition.committed_offset == -1).then_some(())
    });
    fetch(talk, 9, "many", None, false);
    fetch(talk, 10, "many", None, false);
    create(talk, 7, vec![topic("gone", 2)]);
    talk.until_topic("gone", true);
    fetch(talk, 9, "many", Some(&[("gone", &[0, 1])]), false);
    commit(talk, 10, &plain("many"), &[("gone", &[(1, 9, None)])]);
    fetch(talk, 10, "many", None, false);
    let old = OffsetFetchRequestTopics { name: "", topic_id: before, partition_indexes: [1].into() };
    let group = OffsetFetchRequestGroup {
        group_id: "many",
        topics: Some([old].into()),
        ..OffsetFetchRequestGroup::default()
    };
    let request = OffsetFetchRequest { groups: [group].into(), ..OffsetFetchRequest::default() };
    talk.note(&request);
    let Some(body) = talk.send(10, &request) else { return };
    talk.note(&read::<OffsetFetchResponse<'_>>(&body, 10));
}
