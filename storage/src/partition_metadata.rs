//! `partition.metadata`: the topic's id, in each partition's directory. It must be durable before the first append.

use loglane_model::TopicId;

/// Name of the file in a partition's directory.
pub const FILE_NAME: &str = "partition.metadata";

/// Why the file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadPartitionMetadata {
    /// The version is missing or not 0.
    Version,
    /// The topic id is missing, no uuid, or the one that means "none".
    TopicId,
}

/// The text of the file.
#[must_use]
pub fn encode(topic_id: TopicId) -> String {
    format!("version: 0\ntopic_id: {topic_id}")
}

/// Reads the file.
pub fn decode(text: &str) -> Result<TopicId, BadPartitionMetadata> {
    let mut version = None;
    let mut topic_id = None;
    for line in text.lines() {
        match line.split_once(':') {
            Some(("version", value)) => version = value.trim().parse::<i32>().ok(),
            Some(("topic_id", value)) => topic_id = TopicId::parse(value.trim()),
            _ => {}
        }
    }
    if version != Some(0) {
        return Err(BadPartitionMetadata::Version);
    }
    topic_id.filter(|id| !id.is_zero()).ok_or(BadPartitionMetadata::TopicId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_without_version_or_id_are_refused() {
        let id = TopicId([7; 16]);
        assert_eq!(decode(&encode(id)), Ok(id));
        assert_eq!(decode(&format!("topic_id:{id}\nversion:0\n")), Ok(id), "any order, any space");
        for (text, expected) in [
            ("", BadPartitionMetadata::Version),
            ("version: 1\ntopic_id: AQEBAQEBAQEBAQEBAQEBAQ", BadPartitionMetadata::Version),
            ("version: 0", BadPartitionMetadata::TopicId),
            ("version: 0\ntopic_id: nonsense", BadPartitionMetadata::TopicId),
            ("version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA", BadPartitionMetadata::TopicId),
        ] {
            assert_eq!(decode(text), Err(expected), "{text:?}");
        }
    }
}
