//! The topics in which a broker's coordinators keep their state: what they are called, and how they are made.

use crate::config::BrokerSettings;
use crate::config::settings::InternalTopic;
use crate::controller::NewTopic;

/// Where groups and their offsets are kept.
pub(crate) const CONSUMER_OFFSETS: &str = "__consumer_offsets";

/// Where transactions are kept.
pub(crate) const TRANSACTION_STATE: &str = "__transaction_state";

/// Where share groups are kept.
const SHARE_GROUP_STATE: &str = "__share_group_state";

/// Whether a topic belongs to the broker and not to clients.
pub(crate) fn is_internal(topic: &str) -> bool {
    matches!(topic, CONSUMER_OFFSETS | TRANSACTION_STATE | SHARE_GROUP_STATE)
}

/// A topic as it is made when somebody asks for it: an internal one as its coordinator needs it, any other with the
/// broker's defaults. `None`: an internal one that nothing here would use.
pub(crate) fn topic_on_demand(name: &str, settings: &BrokerSettings) -> Option<NewTopic> {
    match name {
        CONSUMER_OFFSETS => {
            Some(internal(name, &settings.offsets.topic, &[("compression.type", "producer")]))
        }
        TRANSACTION_STATE => {
            let configs = [("compression.type", "uncompressed"), ("unclean.leader.election.enable", "false")];
            Some(internal(name, &settings.transactions.topic, &configs))
        }
        SHARE_GROUP_STATE => None,
        _ => Some(NewTopic {
            name: name.to_owned(),
            partition_count: -1,
            replication_factor: -1,
            ..NewTopic::default()
        }),
    }
}

fn internal(name: &str, topic: &InternalTopic, configs: &[(&str, &str)]) -> NewTopic {
    let own = |key: &str, value: String| (key.to_owned(), Some(value));
    let mut all = vec![
        own("cleanup.policy", "compact".to_owned()),
        own("segment.bytes", topic.segment_bytes.to_string()),
    ];
    all.extend(topic.insync_replicas_min.map(|least| own("min.insync.replicas", least.to_string())));
    all.extend(configs.iter().map(|(key, value)| own(key, (*value).to_owned())));
    NewTopic {
        name: name.to_owned(),
        partition_count: i32::try_from(topic.partitions).unwrap_or(i32::MAX),
        replication_factor: topic.replication_factor,
        configs: all,
        ..NewTopic::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{BrokerLevels, Properties};

    #[test]
    fn internal_topics_are_made_as_kafka_makes_them() {
        let file = Properties::from([("offsets.topic.num.partitions".to_owned(), "7".to_owned())]);
        let nothing = Properties::new();
        let levels =
            BrokerLevels { dynamic_broker: &nothing, dynamic_default: &nothing, static_broker: &file };
        let settings = BrokerSettings::resolve(&levels);
        let made = |name| {
            let topic = topic_on_demand(name, &settings).expect("one that is used");
            let mut configs: Vec<String> = topic
                .configs
                .iter()
                .map(|(key, value)| format!("{key}={}", value.as_deref().expect("no value is null")))
                .collect();
            configs.sort();
            (topic.partition_count, topic.replication_factor, configs.join(" "))
        };
        let offsets = "cleanup.policy=compact compression.type=producer segment.bytes=104857600";
        assert_eq!(made(CONSUMER_OFFSETS), (7, 3, offsets.to_owned()));
        let transactions = "cleanup.policy=compact compression.type=uncompressed min.insync.replicas=2 \
                            segment.bytes=104857600 unclean.leader.election.enable=false";
        assert_eq!(made(TRANSACTION_STATE), (50, 3, transactions.to_owned()));
        assert_eq!(made("orders"), (-1, -1, String::new()));
        assert_eq!(topic_on_demand(SHARE_GROUP_STATE, &settings), None);
    }
}
