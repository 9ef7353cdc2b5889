//! Which partitions there are, and who leads them.

use loglane_model::TopicId;

/// A broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its node id.
    pub id: i32,
    /// `host:port` as advertised.
    pub address: String,
}

/// A topic of the load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its id; zero where the broker has none.
    pub id: TopicId,
    /// The leader of each partition, as an index of [`Layout::nodes`].
    pub leaders: Vec<Option<usize>>,
}

/// A partition's place in the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Index of the topic.
    pub topic: usize,
    /// The partition's number.
    pub partition: i32,
    /// Index of the leading node, if there is one.
    pub leader: Option<usize>,
}

/// All partitions of the load, numbered through: those of the first topic, then those of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    nodes: Vec<Node>,
    topics: Vec<Topic>,
    places: Vec<Place>,
    first_places: Vec<usize>,
}

impl Layout {
    /// Numbers the partitions.
    #[must_use]
    pub fn new(nodes: Vec<Node>, topics: Vec<Topic>) -> Layout {
        let mut places = Vec::new();
        let mut first_places = Vec::new();
        for (index, topic) in topics.iter().enumerate() {
            first_places.push(places.len());
            let of_topic = (0..).zip(&topic.leaders);
            places.extend(of_topic.map(|(partition, leader)| Place {
                topic: index,
                partition,
                leader: *leader,
            }));
        }
        Layout { nodes, topics, places, first_places }
    }

    /// The brokers.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The topics.
    #[must_use]
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// The partitions.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The number of a topic's first partition.
    #[must_use]
    pub fn first_place(&self, topic: usize) -> usize {
        self.first_places[topic]
    }

    /// The number of a partition.
    #[must_use]
    pub fn place_of(&self, topic: usize, partition: i32) -> Option<usize> {
        let partition = usize::try_from(partition).ok()?;
        (partition < self.topics.get(topic)?.leaders.len()).then(|| self.first_places[topic] + partition)
    }

    /// Places by the name of their topic; places in order.
    #[must_use]
    pub fn by_topic(&self, places: &[u32]) -> Vec<(&str, Vec<i32>)> {
        let topic_of = |place: &u32| self.places[*place as usize].topic;
        let partitions =
            |run: &[u32]| run.iter().map(|place| self.places[*place as usize].partition).collect();
        let runs = places.chunk_by(|a, b| topic_of(a) == topic_of(b));
        runs.map(|run| (self.topics[topic_of(&run[0])].name.as_str(), partitions(run))).collect()
    }

    /// Whether every partition has a leader.
    #[must_use]
    pub fn is_led(&self) -> bool {
        self.places.iter().all(|place| place.leader.is_some())
    }

    /// The same partitions with the leaders, and in the order of nodes, that `self` has where `old` knows a node: an
    /// index of a node means the same before and after.
    #[must_use]
    pub fn keeping_nodes_of(self, old: &Layout) -> Layout {
        let mut nodes = old.nodes.clone();
        let index_of: Vec<usize> = self
            .nodes
            .iter()
            .map(|node| match nodes.iter().position(|known| known.id == node.id) {
                Some(known) => {
                    nodes[known] = node.clone();
                    known
                }
                None => {
                    nodes.push(node.clone());
                    nodes.len() - 1
                }
            })
            .collect();
        let renumbered = |topic: &Topic| Topic {
            leaders: topic.leaders.iter().map(|leader| leader.map(|leader| index_of[leader])).collect(),
            ..topic.clone()
        };
        Layout::new(nodes, self.topics.iter().map(renumbered).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(nodes: &[i32], leaders: &[&[usize]]) -> Layout {
        let nodes = nodes.iter().map(|id| Node { id: *id, address: format!("host:{id}") }).collect();
        let topic = |(at, leaders): (usize, &&[usize])| Topic {
            name: format!("t{at}"),
            id: TopicId::ZERO,
            leaders: leaders.iter().map(|leader| Some(*leader)).collect(),
        };
        Layout::new(nodes, leaders.iter().enumerate().map(topic).collect())
    }

    #[test]
    fn partitions_are_numbered_through() {
        let layout = layout(&[1, 2], &[&[0, 1], &[1, 0, 1]]);
        assert_eq!(layout.places().len(), 5);
        assert_eq!(layout.place_of(1, 2), Some(4));
        assert_eq!(layout.place_of(1, 3), None);
        assert_eq!(layout.by_topic(&[1, 2, 4]), [("t0", vec![1]), ("t1", vec![0, 2])]);
        assert_eq!(layout.places()[3], Place { topic: 1, partition: 1, leader: Some(0) });
    }

    #[test]
    fn a_node_keeps_its_index_when_leaders_move() {
        let old = layout(&[1, 2, 3], &[&[0, 1, 2]]);
        let new = layout(&[3, 2, 4], &[&[0, 2, 1]]).keeping_nodes_of(&old);
        let ids: Vec<i32> = new.nodes().iter().map(|node| node.id).collect();
        assert_eq!(ids, [1, 2, 3, 4]);
        let leaders: Vec<_> = new.places().iter().map(|place| place.leader).collect();
        assert_eq!(leaders, [Some(2), Some(3), Some(1)]);
    }
}
