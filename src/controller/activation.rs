//! What a controller writes when it begins to lead.

use super::feature::{FeatureRefusal, lowered_level, plan_lowering};
use super::{Append, Controller};
use crate::metadata::{ControlRecord, Quorum, Voter};
use loglane_model::{BrokerId, LeaderEpoch, Offset};
use loglane_replication::image::METADATA_VERSION;
use loglane_replication::record::SupportedFeature;
use loglane_replication::{ImageBuilder, MetadataRecord};
use std::collections::BTreeMap;
use std::fmt;

/// The name of the transaction around the first records of a log, as Kafka writes it.
pub const BOOTSTRAP_TRANSACTION: &str = "Bootstrap records";

/// A controller that has begun to lead, and what it wants written before anything else, in this order.
#[derive(Debug)]
pub struct Activation {
    /// The controller, which counts on all of this being appended.
    pub controller: Controller,
    /// Where the control batch goes.
    pub control_base_offset: Offset,
    /// The control records of one batch, first of all.
    pub control: Vec<ControlRecord>,
    /// What follows.
    pub appends: Vec<Append>,
}

/// Why a controller cannot lead on a metadata log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivationRefusal {
    /// A finalized feature stands in the way.
    Feature(FeatureRefusal),
    /// The quorum has other voters; this broker cannot be one of several yet.
    OtherVoters(Vec<BrokerId>),
    /// The quorum has a voter with this node's id, whose directory is another one.
    OtherDirectory {
        /// As the log says.
        log: String,
        /// As this node has it.
        own: String,
    },
    /// The log is empty and there is nothing to bootstrap it with: `bootstrap.checkpoint` does not say which
    /// metadata.version to begin with.
    NoMetadataVersion,
}

impl fmt::Display for ActivationRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActivationRefusal::Feature(refusal) => refusal.fmt(f),
            ActivationRefusal::OtherVoters(voters) => {
                let ids: Vec<String> = voters.iter().map(|id| id.0.to_string()).collect();
                write!(
                    f,
                    "the metadata quorum has other voters ({}); this broker can only be the one voter of its quorum",
                    ids.join(", ")
                )
            }
            ActivationRefusal::OtherDirectory { log, own } => write!(
                f,
                "the metadata log names directory {log} for this voter, but the directory's own id is {own}"
            ),
            ActivationRefusal::NoMetadataVersion => {
                f.write_str("bootstrap.checkpoint does not say which metadata.version to begin with")
            }
        }
    }
}

impl Controller {
    /// Begins to lead on a log that `builder` has followed to its end.
    ///
    /// `epoch` is the new leadership's number: it is in the quorum-state file already, and above every epoch in the
    /// log. `quorum` is what log and snapshots say about the voters, `own` this node as a voter. `bootstrap` are the
    /// records of `bootstrap.checkpoint`, used where the log has none of its own. `in_use` says what uses a feature as
    /// far as metadata does not show it; it is asked only about features that have to be lowered.
    pub fn activate(
        epoch: LeaderEpoch,
        builder: &ImageBuilder,
        quorum: &Quorum,
        own: &Voter,
        bootstrap: &[MetadataRecord],
        supported: &[SupportedFeature],
        in_use: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Activation, ActivationRefusal> {
        let control_base_offset = builder.next_offset();
        let control = control_records(builder, quorum, own)?;
        let control_count = i64::try_from(control.len()).expect("a handful");
        let mut controller = Controller {
            node: own.id,
            epoch,
            image: builder.image().clone(),
            next_offset: control_base_offset.plus(control_count),
            preferred: BTreeMap::new(),
        };
        let mut appends = Vec::new();
        let mut append = |controller: &mut Controller, records| {
            appends.extend(controller.decide(records, ()).append);
        };
        if builder.in_transaction() {
            // The process ended in the middle of it: what it has written so far must never count.
            let reason = Some("the controller was restarted before the transaction ended".to_owned());
            append(&mut controller, vec![MetadataRecord::AbortTransaction { reason }]);
        }
        if controller.image.feature_level(METADATA_VERSION) == 0 {
            append(&mut controller, bootstrap_records(bootstrap, supported)?);
        }
        let lowering =
            plan_lowering(&controller.image, supported, in_use).map_err(ActivationRefusal::Feature)?;
        append(&mut controller, lowering);
        Ok(Activation { controller, control_base_offset, control, appends })
    }
}

/// A LeaderChange always; on an empty log also the quorum's version and voters, which the snapshot at offset 0 holds,
/// so that the log is complete without it. Voters again when this node's endpoints have changed.
fn control_records(
    builder: &ImageBuilder,
    quorum: &Quorum,
    own: &Voter,
) -> Result<Vec<ControlRecord>, ActivationRefusal> {
    let mut records = vec![ControlRecord::LeaderChange { leader: own.id, voters: vec![own.id] }];
    if quorum.kraft_version == 0 {
        // The voters of a static quorum are in the configuration, which has been checked already.
        return Ok(records);
    }
    let others: Vec<BrokerId> =
        quorum.voters.iter().map(|voter| voter.id).filter(|id| *id != own.id).collect();
    if !others.is_empty() {
        return Err(ActivationRefusal::OtherVoters(others));
    }
    let known = quorum.voters.first();
    if let Some(known) = known.filter(|known| known.directory_id != own.directory_id) {
        let (log, own) = (known.directory_id.to_string(), own.directory_id.to_string());
        return Err(ActivationRefusal::OtherDirectory { log, own });
    }
    let is_first = builder.next_offset() == Offset::ZERO;
    if is_first {
        records.push(ControlRecord::KRaftVersion(quorum.kraft_version));
    }
    if is_first || known != Some(own) {
        records.push(ControlRecord::KRaftVoters(vec![own.clone()]));
    }
    Ok(records)
}

fn bootstrap_records(
    bootstrap: &[MetadataRecord],
    supported: &[SupportedFeature],
) -> Result<Vec<MetadataRecord>, ActivationRefusal> {
    let mut records = vec![MetadataRecord::BeginTransaction { name: Some(BOOTSTRAP_TRANSACTION.to_owned()) }];
    let mut has_metadata_version = false;
    for record in bootstrap {
        match record {
            // Nothing uses a feature of a log that is only about to begin.
            MetadataRecord::FeatureLevel { name, level } => {
                let lowered = lowered_level(name, *level, supported).map_err(ActivationRefusal::Feature)?;
                let level = lowered.unwrap_or(*level);
                has_metadata_version |= name == METADATA_VERSION;
                if level > 0 {
                    records.push(MetadataRecord::FeatureLevel { name: name.clone(), level });
                }
            }
            other => records.push(other.clone()),
        }
    }
    if !has_metadata_version {
        return Err(ActivationRefusal::NoMetadataVersion);
    }
    records.push(MetadataRecord::EndTransaction);
    Ok(records)
}
