//! The names in a log directory: partitions' directories, segments' files.

use loglane_model::{Offset, PartitionId};

/// Longest name of a file or directory, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// Longest name of a topic, in bytes.
pub const TOPIC_NAME_BYTES_MAX: usize = 249;

/// Lock file in the root of a log directory.
pub const LOCK_FILE_NAME: &str = ".lock";

/// What a partition's directory is for, after the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryKind {
    /// The partition itself: `<topic>-<p>`.
    Current,
    /// Deleted and about to go: `<topic>-<p>.<32 hex digits>-delete`.
    Deleted,
    /// A copy on its way to take the current one's place: `…-future`.
    Future,
    /// Found without a place in the metadata: `…-stray`.
    Stray,
}

/// The name of a partition's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDirectory {
    /// The topic. Of a deleted one only as much as fitted into the name.
    pub topic: String,
    /// The partition.
    pub partition: PartitionId,
    /// What it is for.
    pub kind: DirectoryKind,
}

/// Whether a topic may have this name: 1 to 249 of `[a-zA-Z0-9._-]`, and not `.` or `..`.
#[must_use]
pub fn is_topic_name(name: &str) -> bool {
    let legal = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
    (1..=TOPIC_NAME_BYTES_MAX).contains(&name.len()) && name != "." && name != ".." && name.bytes().all(legal)
}

/// The name of a partition's directory.
#[must_use]
pub fn partition_directory_name(topic: &str, partition: PartitionId) -> String {
    format!("{topic}-{}", partition.0)
}

/// The name that a partition's directory takes when it stops being current. `unique` are 128 random bits. A long
/// topic's name is cut so that the whole fits; nothing needs it any more, except that of a future copy, which Kafka
/// does not cut either.
///
/// # Panics
/// If `kind` is [`DirectoryKind::Current`].
#[must_use]
pub fn retired_directory_name(
    topic: &str,
    partition: PartitionId,
    kind: DirectoryKind,
    unique: [u8; 16],
) -> String {
    let word = match kind {
        DirectoryKind::Current => panic!("the current directory has no suffix"),
        DirectoryKind::Deleted => "delete",
        DirectoryKind::Future => "future",
        DirectoryKind::Stray => "stray",
    };
    let unique = u128::from_be_bytes(unique);
    let suffix = format!("-{}.{unique:032x}-{word}", partition.0);
    let room = NAME_BYTES_MAX - suffix.len();
    let topic = match kind {
        DirectoryKind::Future => topic,
        _ => topic.get(..room.min(topic.len())).expect("topic names are ASCII"),
    };
    format!("{topic}{suffix}")
}

/// The name that a copy's directory takes when nobody wants it any more; `None`: it is no copy's.
#[must_use]
pub fn unwanted_copy_name(name: &str) -> Option<String> {
    name.strip_suffix("-future").map(|stem| format!("{stem}-delete"))
}

impl PartitionDirectory {
    /// Reads a directory's name; `None` if it is no partition's. Kafka refuses to start beside such a directory.
    #[must_use]
    pub fn parse(name: &str) -> Option<PartitionDirectory> {
        let (stem, kind) = split_kind(name)?;
        let (topic, partition) = stem.rsplit_once('-')?;
        // Kafka writes neither a sign nor leading zeros, and two names for one partition would be a trap.
        let is_canonical = partition == "0"
            || (!partition.starts_with('0') && partition.bytes().all(|c| c.is_ascii_digit()));
        let partition: i32 = if is_canonical { partition.parse().ok()? } else { return None };
        let topic = is_topic_name(topic).then(|| topic.to_owned())?;
        Some(PartitionDirectory { topic, partition: PartitionId(partition), kind })
    }
}

fn split_kind(name: &str) -> Option<(&str, DirectoryKind)> {
    let kinds = [
        ("-delete", DirectoryKind::Deleted),
        ("-future", DirectoryKind::Future),
        ("-stray", DirectoryKind::Stray),
    ];
    for (suffix, kind) in kinds {
        let Some(rest) = name.strip_suffix(suffix) else {
            continue;
        };
        let (stem, unique) = rest.rsplit_once('.')?;
        let is_unique = unique.len() == 32 && unique.bytes().all(|c| c.is_ascii_hexdigit());
        return is_unique.then_some((stem, kind));
    }
    Some((name, DirectoryKind::Current))
}

/// The files of a segment, and what else stands under an offset's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SegmentFile {
    /// The batches.
    Log,
    /// Offset to position.
    OffsetIndex,
    /// Timestamp to offset.
    TimeIndex,
    /// Aborted transactions.
    TransactionIndex,
    /// Producer state as of this offset.
    ProducerSnapshot,
    /// This broker's own checksums of the others.
    Sums,
}

impl SegmentFile {
    /// All of them.
    pub const ALL: [SegmentFile; 6] = [
        SegmentFile::Log,
        SegmentFile::OffsetIndex,
        SegmentFile::TimeIndex,
        SegmentFile::TransactionIndex,
        SegmentFile::ProducerSnapshot,
        SegmentFile::Sums,
    ];

    /// How the file's name ends.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            SegmentFile::Log => ".log",
            SegmentFile::OffsetIndex => ".index",
            SegmentFile::TimeIndex => ".timeindex",
            SegmentFile::TransactionIndex => ".txnindex",
            SegmentFile::ProducerSnapshot => ".snapshot",
            SegmentFile::Sums => ".loglane-sums",
        }
    }
}

/// What the end of a segment file's name says beyond its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentFileState {
    /// In use.
    Live,
    /// About to be removed.
    Deleted,
    /// Compaction was writing it; worthless after a crash.
    Cleaned,
    /// Compaction finished it and was putting it in place; recovery completes that.
    Swap,
}

/// A segment file's name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentFileName {
    /// The segment's base offset (of a snapshot: the offset it speaks of).
    pub base_offset: Offset,
    /// Which of the segment's files.
    pub file: SegmentFile,
    /// Whether it is in use.
    pub state: SegmentFileState,
}

/// The name of a segment's file: the base offset in 20 digits, and the suffix.
#[must_use]
pub fn segment_file_name(base_offset: Offset, file: SegmentFile) -> String {
    format!("{:020}{}", base_offset.0, file.suffix())
}

impl SegmentFileName {
    /// Reads a file's name; `None` if it is no segment's.
    #[must_use]
    pub fn parse(name: &str) -> Option<SegmentFileName> {
        let states = [
            (".deleted", SegmentFileState::Deleted),
            (".cleaned", SegmentFileState::Cleaned),
            (".swap", SegmentFileState::Swap),
        ];
        let (name, state) = states
            .into_iter()
            .find_map(|(suffix, state)| Some((name.strip_suffix(suffix)?, state)))
            .unwrap_or((name, SegmentFileState::Live));
        let (digits, suffix) = name.split_at_checked(20)?;
        let file = SegmentFile::ALL.into_iter().find(|file| file.suffix() == suffix)?;
        let all_digits = digits.bytes().all(|c| c.is_ascii_digit());
        let base_offset = Offset(if all_digits { digits.parse().ok()? } else { return None });
        Some(SegmentFileName { base_offset, file, state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_partitions_are_made_and_read() {
        for topic in ["orders", "a-b-0", "x.y_z", "__consumer_offsets"] {
            let name = partition_directory_name(topic, PartitionId(12));
            let parsed = PartitionDirectory::parse(&name).unwrap();
            let expected = PartitionDirectory {
                topic: topic.to_owned(),
                partition: PartitionId(12),
                kind: DirectoryKind::Current,
            };
            assert_eq!(parsed, expected);
            for kind in [DirectoryKind::Deleted, DirectoryKind::Future, DirectoryKind::Stray] {
                let name = retired_directory_name(topic, PartitionId(12), kind, [0xab; 16]);
                assert_eq!(
                    PartitionDirectory::parse(&name),
                    Some(PartitionDirectory { kind, ..expected.clone() })
                );
            }
        }
        let name = retired_directory_name("t", PartitionId(3), DirectoryKind::Deleted, [1; 16]);
        assert_eq!(name, "t-3.01010101010101010101010101010101-delete");
    }

    #[test]
    fn a_long_topic_s_name_is_cut_where_its_directory_retires() {
        let topic = "t".repeat(TOPIC_NAME_BYTES_MAX);
        let name = retired_directory_name(&topic, PartitionId(2), DirectoryKind::Deleted, [7; 16]);
        assert_eq!(name.len(), NAME_BYTES_MAX);
        assert!(PartitionDirectory::parse(&name).is_some());
    }

    #[test]
    fn names_that_are_no_partition_s_are_refused() {
        for name in [
            "",
            "orders",
            "-0",
            "orders-",
            "orders-x",
            "orders-+1",
            "orders-01",
            "orders-2147483648",
            "a b-0",
            "..-0",
            ".-1",
            "lost+found",
            "t-0-delete",
            "t-0.-delete",
            "t-0.zz-delete",
            "t-0.0101010101010101010101010101010-delete",
        ] {
            assert_eq!(PartitionDirectory::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn segment_files_are_named_and_read() {
        for file in SegmentFile::ALL {
            let name = segment_file_name(Offset(1234), file);
            assert_eq!(name, format!("00000000000000001234{}", file.suffix()));
            for (suffix, state) in [
                ("", SegmentFileState::Live),
                (".deleted", SegmentFileState::Deleted),
                (".cleaned", SegmentFileState::Cleaned),
                (".swap", SegmentFileState::Swap),
            ] {
                let parsed = SegmentFileName::parse(&format!("{name}{suffix}"));
                assert_eq!(parsed, Some(SegmentFileName { base_offset: Offset(1234), file, state }));
            }
        }
        for name in [
            "1234.log",
            "0000000000000000123x.log",
            "00000000000000001234.lo",
            "99999999999999999999.log",
            "+0000000000000001234.log",
            "leader-epoch-checkpoint",
            "",
            "é0000000000000000000.log",
        ] {
            assert_eq!(SegmentFileName::parse(name), None, "{name:?}");
        }
    }
}
