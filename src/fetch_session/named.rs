//! The partitions that a fetch without a session names. One that is named more than once is asked for once, where it
//! came first and with what was said last, as in Kafka, which puts them into a map.

use super::{SessionItem, Wanted};
use crate::topics::{NamedTopic, TopicKey, Topics};
use loglane_model::PartitionId;
use loglane_net::fetch::FetchRequest;
use std::collections::HashMap;

/// The room for partitions that is kept for the next request.
const ROOM_MAX: usize = 1024;

/// Memory for one request after the other; empty between them.
#[derive(Debug)]
pub(super) struct Named {
    /// The numbers of the topics, of which those that come again get the same.
    topics: HashMap<TopicKey, usize, ahash::RandomState>,
    /// By number of the topic and partition: the place in the list.
    places: HashMap<(usize, PartitionId), usize, ahash::RandomState>,
}

impl Named {
    pub(super) fn new(hash: ahash::RandomState) -> Named {
        Named { topics: HashMap::with_hasher(hash.clone()), places: HashMap::with_hasher(hash) }
    }

    /// Hands out the partitions, each with its place; one that is named again has the place that it had. A topic is looked up once for all its partitions that stand together.
    pub(super) fn list(
        &mut self,
        request: &FetchRequest<'_>,
        by_id: bool,
        topics: &Topics,
        each: &mut dyn FnMut(usize, SessionItem),
    ) {
        let is_alone = request.partition_count() == 1;
        let mut run: Option<(usize, usize, NamedTopic)> = None;
        for entry in request.partitions() {
            let (number, topic) = match &run {
                Some((index, number, topic)) if *index == entry.topic_index => (*number, topic.clone()),
                _ => {
                    let topic = topics.resolve(entry.topic);
                    let next = self.topics.len();
                    let number = *self.topics.entry(topic.key(by_id)).or_insert(next);
                    run = Some((entry.topic_index, number, topic.clone()));
                    (number, topic)
                }
            };
            let (partition, wanted) = (PartitionId(entry.partition), Wanted::of(&entry));
            let next = self.places.len();
            let place = if is_alone { 0 } else { *self.places.entry((number, partition)).or_insert(next) };
            each(place, SessionItem { topic, partition, wanted, told: None });
        }
        self.topics.clear();
        self.places.clear();
        if self.places.capacity() > ROOM_MAX {
            self.topics.shrink_to(ROOM_MAX);
            self.places.shrink_to(ROOM_MAX);
        }
    }
}
