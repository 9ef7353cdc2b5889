//! Why topics are not created, deleted or grown. Each kind names the protocol's code; the texts are Kafka's.

use crate::controller::config::ConfigRefusal;
use crate::controller::placement::PlacementError;
use crate::controller::request_records::RecordExcess;
use loglane_model::BrokerId;
use std::fmt;

/// Characters in a topic's name.
pub const TOPIC_NAME_CHARACTERS_MAX: usize = 249;

/// Why a name cannot be a topic's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicNameError {
    /// It is empty.
    Empty,
    /// It is `.` or `..`.
    Dots(String),
    /// It has more than 249 characters.
    TooLong(String),
    /// It has characters that file names and metrics could not bear.
    Characters(String),
}

impl fmt::Display for TopicNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TopicNameError::Empty => f.write_str("Topic name is invalid: the empty string is not allowed"),
            TopicNameError::Dots(name) => write!(f, "Topic name is invalid: '{name}' is not allowed"),
            TopicNameError::TooLong(name) => write!(
                f,
                "Topic name is invalid: the length of '{name}' is longer than the max allowed length \
                 {TOPIC_NAME_CHARACTERS_MAX}"
            ),
            TopicNameError::Characters(name) => write!(
                f,
                "Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, \
                 '.', '_' and '-'"
            ),
        }
    }
}

/// Why the brokers that a request names for a partition cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssignmentError {
    /// Partitions are not numbered 0, 1, 2, ...
    NotConsecutive,
    /// A partition is named twice.
    Repeated(i32),
    /// A partition has no brokers.
    NoReplicas,
    /// A partition has the same broker twice.
    DuplicateBroker(BrokerId),
    /// A broker is not registered.
    UnknownBroker(BrokerId),
    /// The partitions differ in how many brokers they have.
    Uneven {
        /// How many brokers the one has.
        found: usize,
        /// How many the others have.
        expected: usize,
    },
    /// The brokers of the partition are all fenced.
    AllFenced {
        /// The partition.
        partition: i32,
    },
    /// More or fewer assignments than new partitions.
    WrongCount {
        /// How many partitions are new.
        wanted: usize,
        /// How many assignments there are.
        found: usize,
    },
}

impl fmt::Display for AssignmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AssignmentError::NotConsecutive => {
                f.write_str("partitions should be a consecutive 0-based integer sequence")
            }
            AssignmentError::Repeated(partition) => {
                write!(f, "Found multiple manual partition assignments for partition {partition}")
            }
            AssignmentError::NoReplicas => {
                f.write_str("The manual partition assignment includes an empty replica list.")
            }
            AssignmentError::DuplicateBroker(id) => {
                write!(f, "The manual partition assignment includes the broker {} more than once.", id.0)
            }
            AssignmentError::UnknownBroker(id) => write!(
                f,
                "The manual partition assignment includes broker {}, but no such broker is registered.",
                id.0
            ),
            AssignmentError::Uneven { found, expected } => write!(
                f,
                "The manual partition assignment includes a partition with {found} replica(s), but this is not \
                 consistent with previous partitions, which have {expected} replica(s)."
            ),
            AssignmentError::AllFenced { partition } => write!(
                f,
                "All brokers specified in the manual partition assignment for partition {partition} are fenced or in \
                 controlled shutdown."
            ),
            AssignmentError::WrongCount { wanted, found } => write!(
                f,
                "Attempted to add {wanted} additional partition(s), but only {found} assignment(s) were specified."
            ),
        }
    }
}

/// Why a topic is not created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateTopicError {
    /// The request names it twice. INVALID_REQUEST.
    Duplicate,
    /// It is the metadata log. INVALID_REQUEST.
    Prohibited(String),
    /// INVALID_TOPIC_EXCEPTION.
    Name(TopicNameError),
    /// A topic exists whose name differs only in '.' and '_', which metrics cannot tell apart.
    /// INVALID_TOPIC_EXCEPTION.
    Collision {
        /// The new name.
        name: String,
        /// The topic that exists.
        existing: String,
    },
    /// TOPIC_ALREADY_EXISTS.
    Exists(String),
    /// INVALID_PARTITIONS.
    PartitionCount,
    /// INVALID_REPLICATION_FACTOR.
    ReplicationFactor,
    /// INVALID_REPLICATION_FACTOR.
    Placement {
        /// How many replicas were asked for.
        replication_factor: i16,
        /// Why they have no place.
        error: PlacementError,
    },
    /// A replication factor or a number of partitions beside an assignment. INVALID_REQUEST.
    AssignmentBeside {
        /// `replication factor` or `numPartitions`.
        field: &'static str,
    },
    /// INVALID_REPLICA_ASSIGNMENT.
    Assignment(AssignmentError),
    /// What the configuration rules say.
    Config(ConfigRefusal),
    /// The request's topics have too many partitions together. POLICY_VIOLATION.
    TooManyPartitions,
    /// The request would take too many records. POLICY_VIOLATION.
    Excess(RecordExcess),
}

impl fmt::Display for CreateTopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CreateTopicError::Duplicate => f.write_str("Duplicate topic name."),
            CreateTopicError::Prohibited(name) => {
                write!(f, "Creation of internal topic {name} is prohibited.")
            }
            CreateTopicError::Name(error) => error.fmt(f),
            CreateTopicError::Collision { name, existing } => {
                write!(f, "Topic '{name}' collides with existing topic: {existing}")
            }
            CreateTopicError::Exists(name) => write!(f, "Topic '{name}' already exists."),
            CreateTopicError::PartitionCount => {
                f.write_str("Number of partitions was set to an invalid non-positive value.")
            }
            CreateTopicError::ReplicationFactor => {
                f.write_str("Replication factor must be larger than 0, or -1 to use the default value.")
            }
            CreateTopicError::Placement { replication_factor, error } => {
                write!(f, "Unable to replicate the partition {replication_factor} time(s): {error}")
            }
            CreateTopicError::AssignmentBeside { field } => {
                write!(f, "A manual partition assignment was specified, but {field} was not set to -1.")
            }
            CreateTopicError::Assignment(error) => error.fmt(f),
            CreateTopicError::Config(refusal) => refusal.fmt(f),
            CreateTopicError::TooManyPartitions => {
                f.write_str("Excessively large number of partitions per request.")
            }
            CreateTopicError::Excess(excess) => excess.fmt(f),
        }
    }
}

/// Why a topic is not deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteTopicError {
    /// UNKNOWN_TOPIC_OR_PARTITION for a name, UNKNOWN_TOPIC_ID for an id.
    Unknown,
    /// The request names it twice. INVALID_REQUEST.
    Duplicate,
    /// `delete.topic.enable` is false. TOPIC_DELETION_DISABLED.
    Disabled,
}

/// Why a topic gets no more partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreatePartitionsError {
    /// The request names it twice. INVALID_REQUEST.
    Duplicate,
    /// UNKNOWN_TOPIC_OR_PARTITION; Kafka says nothing more.
    Unknown,
    /// It has that many already. INVALID_PARTITIONS.
    NoChange {
        /// How many it has.
        current: usize,
    },
    /// It has more already. INVALID_PARTITIONS.
    Fewer {
        /// The topic.
        name: String,
        /// How many it has.
        current: usize,
        /// How many were asked for.
        wanted: i32,
    },
    /// INVALID_REPLICATION_FACTOR.
    Placement {
        /// How many replicas its partitions have.
        replication_factor: usize,
        /// Why they have no place.
        error: PlacementError,
    },
    /// INVALID_REPLICA_ASSIGNMENT.
    Assignment(AssignmentError),
    /// POLICY_VIOLATION.
    TooManyPartitions,
    /// The request would take too many records. POLICY_VIOLATION.
    Excess(RecordExcess),
}

impl fmt::Display for CreatePartitionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CreatePartitionsError::Duplicate => f.write_str("Duplicate topic name."),
            CreatePartitionsError::Unknown => Ok(()),
            CreatePartitionsError::NoChange { current } => {
                write!(f, "Topic already has {current} partition(s).")
            }
            CreatePartitionsError::Fewer { name, current, wanted } => write!(
                f,
                "The topic {name} currently has {current} partition(s); {wanted} would not be an increase."
            ),
            CreatePartitionsError::Placement { replication_factor, error } => {
                write!(f, "Unable to replicate the partition {replication_factor} time(s): {error}")
            }
            CreatePartitionsError::Assignment(error) => error.fmt(f),
            CreatePartitionsError::Excess(excess) => excess.fmt(f),
            CreatePartitionsError::TooManyPartitions => {
                f.write_str("Excessively large number of partitions per request.")
            }
        }
    }
}
