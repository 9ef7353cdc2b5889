//! `meta.properties` in the root of each log directory: which cluster, which node, which directory.

use crate::java_properties;
use loglane_model::{BrokerId, TopicId};

/// Name of the file.
pub const FILE_NAME: &str = "meta.properties";

/// What the file says. The directory's id is a uuid in the same text form as a topic's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaProperties {
    /// The cluster's id; usually a uuid as text, but any text is allowed.
    pub cluster_id: String,
    /// This node.
    pub node_id: BrokerId,
    /// This directory; directories formatted before Kafka 3.7 have none.
    pub directory_id: Option<TopicId>,
}

/// Why the file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadMetaProperties {
    /// Not Java properties at all.
    Syntax,
    /// The version is missing or not 1 (version 0 belongs to clusters with ZooKeeper).
    Version,
    /// The cluster's id is missing or empty.
    ClusterId,
    /// The node's id is missing or not a number of 0 or more.
    NodeId,
    /// The directory's id is no uuid, or one of the reserved ones.
    DirectoryId,
}

impl MetaProperties {
    /// The text of the file. Kafka puts a comment with the time in front; nobody reads it.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::from("#\n");
        let mut line = |key: &str, value: &str| {
            text.push_str(&java_properties::format_line(key, value));
            text.push('\n');
        };
        line("cluster.id", &self.cluster_id);
        if let Some(id) = self.directory_id {
            line("directory.id", &id.to_string());
        }
        line("node.id", &self.node_id.0.to_string());
        line("version", "1");
        text
    }

    /// Reads the file. Keys that are not known are left alone.
    pub fn decode(text: &str) -> Result<MetaProperties, BadMetaProperties> {
        let properties = java_properties::parse(text).map_err(|_| BadMetaProperties::Syntax)?;
        let get = |wanted: &str| {
            properties.iter().rev().find(|(key, _)| key == wanted).map(|(_, value)| value.trim())
        };
        if get("version") != Some("1") {
            return Err(BadMetaProperties::Version);
        }
        let cluster_id = get("cluster.id").filter(|id| !id.is_empty()).ok_or(BadMetaProperties::ClusterId)?;
        let node_id = get("node.id").and_then(|id| id.parse::<i32>().ok()).filter(|&id| id >= 0);
        let directory_id = match get("directory.id") {
            None => None,
            Some(id) => Some(parse_directory_id(id).ok_or(BadMetaProperties::DirectoryId)?),
        };
        Ok(MetaProperties {
            cluster_id: cluster_id.to_owned(),
            node_id: BrokerId(node_id.ok_or(BadMetaProperties::NodeId)?),
            directory_id,
        })
    }
}

/// The first hundred uuids are reserved: 0 unassigned, 1 lost, 2 migrating.
fn parse_directory_id(text: &str) -> Option<TopicId> {
    const RESERVED: u128 = 100;
    TopicId::parse(text).filter(|id| u128::from_be_bytes(id.0) >= RESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_misses_something_is_refused() {
        let good = "version=1\ncluster.id=c 1\nnode.id=3\n";
        let meta = MetaProperties::decode(good).unwrap();
        assert_eq!((meta.cluster_id.as_str(), meta.node_id, meta.directory_id), ("c 1", BrokerId(3), None));
        assert_eq!(MetaProperties::decode(&meta.encode()), Ok(meta));
        for (text, expected) in [
            ("", BadMetaProperties::Version),
            ("version=0\ncluster.id=c\nnode.id=3", BadMetaProperties::Version),
            ("version=1\nnode.id=3", BadMetaProperties::ClusterId),
            ("version=1\ncluster.id=\nnode.id=3", BadMetaProperties::ClusterId),
            ("version=1\ncluster.id=c", BadMetaProperties::NodeId),
            ("version=1\ncluster.id=c\nnode.id=-1", BadMetaProperties::NodeId),
            ("version=1\ncluster.id=c\nnode.id=3\ndirectory.id=x", BadMetaProperties::DirectoryId),
            (
                "version=1\ncluster.id=c\nnode.id=3\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ",
                BadMetaProperties::DirectoryId,
            ),
            ("version=\\u1", BadMetaProperties::Syntax),
        ] {
            assert_eq!(MetaProperties::decode(text), Err(expected), "{text:?}");
        }
    }
}
