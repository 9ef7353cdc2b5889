use super::*;
use loglane_model::TopicId;
use loglane_net::message::fetch as message;
use loglane_net::{Message as _, Reader};
use std::sync::Arc;

/// The last version that names topics.
const VERSION: i16 = 12;
const PLACE: SessionPlace = SessionPlace { shard: ShardId(0), shard_count: 1 };

/// The bytes of a request that names partitions of topics, each with where to fetch from, and forgets others.
fn request(session: (i32, i32), topics: &[(&str, &[(i32, i64)])], forgotten: &[(&str, &[i32])]) -> Vec<u8> {
    let partition = |&(partition, fetch_offset): &(i32, i64)| message::FetchPartition {
        partition,
        fetch_offset,
        ..message::FetchPartition::default()
    };
    let topics: Vec<_> = topics
        .iter()
        .map(|(topic, partitions)| message::FetchTopic {
            topic,
            topic_id: TopicId::ZERO,
            partitions: partitions.iter().map(partition).collect::<Vec<_>>().into(),
        })
        .collect();
    let forgotten: Vec<_> = forgotten
        .iter()
        .map(|(topic, partitions)| message::ForgottenTopic {
            topic,
            topic_id: TopicId::ZERO,
            partitions: partitions.to_vec().into(),
        })
        .collect();
    let request = message::FetchRequest {
        session_id: session.0,
        session_epoch: session.1,
        topics: topics.into(),
        forgotten_topics_data: forgotten.into(),
        ..message::FetchRequest::default()
    };
    let mut bytes = Vec::new();
    request.encode(&mut bytes, VERSION).unwrap();
    bytes
}

fn random() -> impl FnMut() -> u64 {
    let mut state = 1_u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state
    }
}

/// Sessions of a shard that knows of no topic.
struct Stage {
    sessions: FetchSessions,
    topics: Topics,
    random: Box<dyn FnMut() -> u64>,
    now: Instant,
}

impl Stage {
    fn new(sessions_max: usize, bytes_max: usize) -> Stage {
        Stage {
            sessions: FetchSessions::new(SessionLimits { sessions_max, bytes_max }, random()),
            topics: Topics::new(random()),
            random: Box::new(random()),
            now: Instant::default(),
        }
    }

    fn open(&mut self, bytes: &[u8]) -> SessionOutcome {
        let request = FetchRequest::decode(&mut Reader::new(bytes), VERSION).unwrap();
        let outcome = self.sessions.open(PLACE, self.now, &mut self.random, &request, false, &self.topics);
        let counted: usize = self.sessions.sessions.values().map(|session| session.bytes).sum();
        assert_eq!(self.sessions.bytes(), counted);
        for session in self.sessions.sessions.values() {
            let entries = session.items.iter().flatten().map(|entry| entry_bytes(&entry.key.0));
            assert_eq!(session.bytes, SESSION_BYTES + entries.sum::<usize>());
        }
        outcome
    }

    /// The session that comes of naming partitions; 0: none.
    fn make(&mut self, topics: &[(&str, &[(i32, i64)])]) -> i32 {
        match self.open(&request((0, 0), topics, &[])) {
            SessionOutcome::Go(answer) => answer.id,
            SessionOutcome::Refused(error) => panic!("{error:?}"),
        }
    }

    fn items(&self, id: i32) -> Vec<SessionItem> {
        let mut items = Vec::new();
        self.sessions.for_each_item(id, &self.topics, &mut |item| items.push(item));
        items
    }

    /// What a request without a session asks for.
    fn named(&mut self, topics: &[(&str, &[(i32, i64)])]) -> Vec<SessionItem> {
        let bytes = request((0, -1), topics, &[]);
        let request = FetchRequest::decode(&mut Reader::new(&bytes), VERSION).unwrap();
        let mut items: Vec<SessionItem> = Vec::new();
        self.sessions.for_each_named(&request, false, &self.topics, &mut |place, item| {
            if place == items.len() { items.push(item) } else { items[place] = item }
        });
        items
    }
}

fn told(items: &[SessionItem]) -> Vec<(&str, i32, i64)> {
    items.iter().map(|item| (item.topic.name(), item.partition.0, item.wanted.fetch_offset.0)).collect()
}

fn names(items: &[SessionItem]) -> Vec<&Arc<str>> {
    items
        .iter()
        .map(|item| match &item.topic {
            NamedTopic::Missing { name, .. } => name,
            NamedTopic::Known(_) => panic!("nobody knows of a topic"),
        })
        .collect()
}

#[test]
fn a_partition_that_is_named_again_keeps_its_place_and_takes_what_was_said_last() {
    let mut stage = Stage::new(10, 1 << 20);
    let topics: &[(&str, &[(i32, i64)])] =
        &[("a", &[(0, 1), (1, 2), (0, 3)]), ("b", &[(0, 4)]), ("a", &[(1, 5), (2, 6)])];
    let expected = [("a", 0, 3), ("a", 1, 5), ("b", 0, 4), ("a", 2, 6)];
    assert_eq!(told(&stage.named(topics)), expected);
    assert_eq!(told(&stage.named(topics)), expected, "nothing is left of the request before");
    let id = stage.make(topics);
    assert_eq!(told(&stage.items(id)), expected);
}

#[test]
fn partitions_of_an_unknown_topic_share_one_copy_of_its_name() {
    let mut stage = Stage::new(10, 1 << 20);
    let topics: &[(&str, &[(i32, i64)])] = &[("none", &[(0, 0), (1, 0), (2, 0)])];
    let items = stage.named(topics);
    assert!(names(&items).windows(2).all(|pair| Arc::ptr_eq(pair[0], pair[1])));
    let id = stage.make(topics);
    let (items, again) = (stage.items(id), stage.items(id));
    let first = names(&items)[0];
    assert_eq!(items.len(), 3);
    assert!(names(&items).iter().chain(&names(&again)).all(|name| Arc::ptr_eq(name, first)));
}

#[test]
fn a_session_whose_partitions_do_not_fit_is_not_made_or_ends() {
    let mut stage = Stage::new(10, SESSION_BYTES + 3 * (ENTRY_BYTES + 1));
    assert_eq!(stage.make(&[("t", &[(0, 0), (1, 0), (2, 0), (3, 0)])]), 0);
    assert_eq!(stage.sessions.bytes(), 0);
    let id = stage.make(&[("t", &[(0, 0), (1, 0), (0, 7)])]);
    assert_ne!(id, 0);
    // One goes and two come, one of which is there already.
    let next = request((id, 1), &[("t", &[(2, 0), (3, 0), (2, 1)])], &[("t", &[0, 5])]);
    assert!(matches!(stage.open(&next), SessionOutcome::Go(_)));
    assert_eq!(stage.items(id).len(), 3);
    // Nobody else gets one meanwhile.
    assert_eq!(stage.make(&[("t", &[(0, 0)])]), 0);
    let more = request((id, 2), &[("t", &[(4, 0)])], &[]);
    assert_eq!(stage.open(&more), SessionOutcome::Refused(ErrorCode::FetchSessionIdNotFound));
    assert_eq!((stage.items(id).len(), stage.sessions.bytes()), (0, 0));
    assert_ne!(stage.make(&[("t", &[(0, 0)])]), 0);
}

#[test]
fn sessions_that_nobody_uses_give_way_to_one_that_needs_their_room() {
    let mut stage = Stage::new(10, 2 * SESSION_BYTES + 4 * (ENTRY_BYTES + 1));
    let first = stage.make(&[("t", &[(0, 0), (1, 0)])]);
    let second = stage.make(&[("t", &[(0, 0), (1, 0)])]);
    assert_eq!(stage.make(&[("t", &[(0, 0)])]), 0);
    stage.now = stage.now.after(EVICTABLE_AFTER);
    assert!(matches!(stage.open(&request((second, 1), &[], &[])), SessionOutcome::Go(_)));
    assert_ne!(stage.make(&[("t", &[(0, 0)])]), 0);
    assert_eq!((stage.items(first).len(), stage.items(second).len()), (0, 2));
}

#[test]
fn a_name_that_no_topic_can_have_is_kept_by_no_session() {
    let mut stage = Stage::new(10, 1 << 20);
    let long = "x".repeat(TOPIC_NAME_CHARACTERS_MAX + 1);
    assert_eq!(stage.make(&[(&long, &[(0, 0)])]), 0);
    let id = stage.make(&[("t", &[(0, 0)])]);
    let next = request((id, 1), &[], &[(&long, &[0])]);
    assert!(matches!(stage.open(&next), SessionOutcome::Go(_)));
    let next = request((id, 2), &[(&long, &[(0, 0)])], &[]);
    assert_eq!(stage.open(&next), SessionOutcome::Refused(ErrorCode::FetchSessionIdNotFound));
}
