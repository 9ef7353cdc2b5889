//! The embedded controller: decides what is written into the metadata log.
//!
//! Each request is checked against the state that all records so far make, the controller's own unwritten ones
//! included, and answered with a [`Decision`]: records to append, an answer, and the offset at which the answer may
//! be given. The shard appends the records, and answers once they are durable *and* applied by every shard; an answer
//! without records waits too, because it may rest on records that are still on their way to the disk.
//!
//! The controller does no I/O, and it never takes a decision back: it is the only voter, so what it decided is
//! committed as soon as it is on disk, and a write that fails stops the process. The invariant: [`Controller::image`]
//! is what the metadata log will say once everything decided is in it.

mod activation;
mod broker;
mod config;
mod directory;
mod election;
mod feature;
mod feature_update;
mod placement;
mod producer_id;
mod reassignment;
mod request_records;
mod snapshot_policy;
mod table_rules;
#[cfg(test)]
mod tests;
mod topic;

pub use activation::{Activation, ActivationRefusal, BOOTSTRAP_TRANSACTION};
pub use broker::{BrokerRegistration, RegisterBrokerError, StaleBrokerEpoch};
pub use config::{
    AlterConfigError, ConfigChange, ConfigEdit, ConfigRefusal, ConfigRules, KEYS_PER_RESOURCE_MAX,
    ListOperation, PerResource,
};
pub use directory::{PREFERRED_MAX, UnregisterRefusal};
pub use election::{Elected, Election, ElectionRefusal};
pub use feature::{
    FeatureRefusal, KRAFT_VERSION, METADATA_VERSION_LATEST, METADATA_VERSION_OLDEST, features_to_lower,
};
pub use feature_update::{FeatureDirection, FeatureUpdateRefusal};
pub use placement::PlacementError;
pub use producer_id::{PRODUCER_ID_BLOCK, ProducerIdBlock, ProducerIdError};
pub use reassignment::{Reassigned, Reassignment, ReassignmentRefusal, is_reassigning};
pub use request_records::{RECORD_BYTES_PER_REQUEST_MAX, RECORDS_PER_REQUEST_MAX, RecordExcess};
pub use snapshot_policy::{SnapshotOnDisk, SnapshotPolicy, Trim, plan_trim};
pub use table_rules::TableRules;
pub use topic::{
    AssignmentError, CreatePartitionsError, CreateTopicError, CreateTopicRules, CreatedTopic,
    DeleteTopicError, MoreTopicPartitions, NewTopic, PerTopic, TOPIC_NAME_CHARACTERS_MAX, TopicNameError,
    check_topic_name,
};

use crate::metadata::fit_one_batch;
use loglane_model::{BrokerId, LeaderEpoch, Offset, PartitionId};
use loglane_replication::image::METADATA_VERSION;
use loglane_replication::record::Uuid;
use loglane_replication::{Delta, MetadataImage, MetadataRecord};
use std::collections::BTreeMap;

/// Most partitions that one request may make, over all its topics (Kafka's `MAX_PARTITIONS_PER_BATCH`).
pub const PARTITIONS_PER_REQUEST_MAX: usize = 10_000;

/// Records to append to the metadata log together: either all of them count or none does.
#[derive(Debug, Clone, PartialEq)]
pub struct Append {
    /// The offset of the first one. It is the log's end by then, or the controller and its log have parted.
    pub base_offset: Offset,
    /// The controller's epoch, which goes into the batch as the leader epoch.
    pub epoch: LeaderEpoch,
    /// The records; never empty.
    pub records: Vec<MetadataRecord>,
}

/// What the controller decided about a request.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "the controller already counts on the records being appended"]
pub struct Decision<T> {
    /// What to append, if anything.
    pub append: Option<Append>,
    /// The answer may be given once every shard's image covers this offset: its `applied_end_offset` is not below.
    pub visible_at: Offset,
    /// What to answer.
    pub answer: T,
}

/// The controller of a cluster with one voter.
#[derive(Debug)]
pub struct Controller {
    node: BrokerId,
    epoch: LeaderEpoch,
    image: MetadataImage,
    next_offset: Offset,
    /// Directories of this node that were asked for by name, for partitions that are yet to be made.
    preferred: BTreeMap<(String, PartitionId), Uuid>,
}

impl Controller {
    /// The state that the log makes once everything decided is in it.
    #[must_use]
    pub fn image(&self) -> &MetadataImage {
        &self.image
    }

    /// The number of this controller's leadership.
    #[must_use]
    pub fn epoch(&self) -> LeaderEpoch {
        self.epoch
    }

    /// Where the metadata log ends once everything decided is in it.
    #[must_use]
    pub fn next_offset(&self) -> Offset {
        self.next_offset
    }

    /// A record that says nothing. Kafka writes one every 500 ms of silence, by which followers notice a dead leader.
    pub fn no_op(&mut self) -> Decision<()> {
        self.decide(vec![MetadataRecord::NoOp], ())
    }

    /// Registers this process as a controller, for those who ask for the quorum's endpoints.
    pub fn register_controller(
        &mut self,
        registration: loglane_replication::record::RegisterController,
    ) -> Decision<()> {
        self.decide(vec![MetadataRecord::RegisterController(registration)], ())
    }

    /// Takes the records for decided: later requests are checked against them.
    ///
    /// What does not fit one batch is put into a metadata transaction, so that a crash between two batches leaves none
    /// of it. Only a broker with very many partitions makes so much, when it becomes usable, or an election or a
    /// reassignment of very many; other requests may not (`request_records.rs`).
    fn decide<T>(&mut self, mut records: Vec<MetadataRecord>, answer: T) -> Decision<T> {
        if !fit_one_batch(&records, self.image.feature_level(METADATA_VERSION)) {
            records.insert(0, MetadataRecord::BeginTransaction { name: None });
            records.push(MetadataRecord::EndTransaction);
        }
        if records.is_empty() {
            return Decision { append: None, visible_at: self.next_offset, answer };
        }
        let base_offset = self.next_offset;
        let mut delta = Delta::default();
        for record in &records {
            let applied = self.image.apply(record, &mut delta);
            applied.expect("a request was checked before records were made of it");
        }
        let count = i64::try_from(records.len()).expect("a request makes at most some thousand records");
        self.next_offset = base_offset.plus(count);
        self.image.applied_end_offset = self.next_offset;
        self.image.applied_epoch = self.epoch;
        let append = Append { base_offset, epoch: self.epoch, records };
        Decision { append: Some(append), visible_at: self.next_offset, answer }
    }
}
