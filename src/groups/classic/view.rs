//! What others ask of a group: commits, expiry of offsets, descriptions.

use super::{ClassicGroup, ClassicState};
use crate::groups::Moment;
use loglane_net::message::client_data::ConsumerProtocolSubscription;
use loglane_net::{DecodeError, ErrorCode, Message as _, Reader};
use std::collections::BTreeSet;

/// The protocol type of consumers, the only one whose members' metadata the broker looks into.
const CONSUMER: &str = "consumer";

/// From when on the time runs after which a committed offset is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It does not run: the group has members, and is not known to have lost interest.
    Never,
    /// From each offset's own commit. Topics that the group is subscribed to are kept.
    SinceCommit,
    /// For all offsets from when the group lost its last member.
    Since(i64),
}

/// A member as DescribeGroups shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DescribedMember<'a> {
    /// Its id.
    pub member_id: &'a str,
    /// Of a static member.
    pub instance_id: Option<&'a str>,
    /// From the header of its JoinGroup.
    pub client_id: &'a str,
    /// Its address, with a slash before it.
    pub client_host: &'a str,
    /// Under the chosen protocol; empty unless the group is stable.
    pub metadata: &'a [u8],
    /// From the leader.
    pub assignment: &'a [u8],
}

impl ClassicGroup {
    /// A group of which only offsets are known: somebody commits without being a member, or the log has them.
    #[must_use]
    pub fn with_offsets(id: &str, wall_ms: i64) -> ClassicGroup {
        ClassicGroup { is_new: false, ..ClassicGroup::new(id, wall_ms) }
    }

    /// The group's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where the group is.
    #[must_use]
    pub fn state(&self) -> ClassicState {
        self.state
    }

    /// The kind of group; empty if nobody has ever joined.
    #[must_use]
    pub fn protocol_type(&self) -> &str {
        self.protocol_type.as_deref().unwrap_or("")
    }

    /// What DescribeGroups shows as the group's protocol: the one voted for, once the group is stable.
    #[must_use]
    pub fn protocol_data(&self) -> &str {
        match self.state {
            ClassicState::Stable => self.protocol_name.as_deref().unwrap_or(""),
            ClassicState::Empty
            | ClassicState::PreparingRebalance
            | ClassicState::CompletingRebalance
            | ClassicState::Dead => "",
        }
    }

    /// The members in the order of their ids.
    pub fn described_members(&self) -> impl Iterator<Item = DescribedMember<'_>> {
        let protocol = self.protocol_name.as_deref().filter(|_| self.state == ClassicState::Stable);
        self.members.values().map(move |member| {
            let described = member.record(protocol.unwrap_or(""), &member.assignment);
            DescribedMember {
                member_id: described.member_id,
                instance_id: described.group_instance_id,
                client_id: described.client_id,
                client_host: described.client_host,
                metadata: if protocol.is_some() { described.subscription } else { &[] },
                assignment: described.assignment,
            }
        })
    }

    /// Whether the group only holds offsets of consumers that assign partitions to themselves.
    #[must_use]
    pub fn is_simple(&self) -> bool {
        self.protocol_type.is_none() && self.state == ClassicState::Empty && self.pending_members.is_empty()
    }

    /// An OffsetCommit, or a TxnOffsetCommit. One by a member is a sign of life.
    ///
    /// `generation_id` is −1 and `member_id` empty for whoever is not a member.
    ///
    /// # Errors
    /// Such a commit is not taken now.
    pub fn on_offset_commit(
        &mut self,
        moment: &Moment<'_>,
        member_id: &str,
        instance_id: Option<&str>,
        generation_id: i32,
        is_transactional: bool,
    ) -> Result<(), ErrorCode> {
        self.check_offset_commit(member_id, instance_id, generation_id, is_transactional)?;
        if !is_transactional && matches!(self.state, ClassicState::Stable | ClassicState::PreparingRebalance)
        {
            self.expect_heartbeat(member_id, moment);
        }
        Ok(())
    }

    fn check_offset_commit(
        &self,
        member_id: &str,
        instance_id: Option<&str>,
        generation_id: i32,
        is_transactional: bool,
    ) -> Result<(), ErrorCode> {
        if self.state == ClassicState::Dead {
            return Err(ErrorCode::CoordinatorNotAvailable);
        }
        if generation_id < 0 && self.state == ClassicState::Empty {
            return Ok(());
        }
        if generation_id >= 0 || !member_id.is_empty() || instance_id.is_some() {
            self.check_member(member_id, instance_id)?;
            if generation_id != self.generation_id {
                return Err(ErrorCode::IllegalGeneration);
            }
        } else if !is_transactional && self.state != ClassicState::Empty {
            return Err(ErrorCode::UnknownMemberId);
        }
        if !is_transactional && self.state == ClassicState::CompletingRebalance {
            // It knows the generation, so it is a consumer that has to sync first.
            return Err(ErrorCode::RebalanceInProgress);
        }
        Ok(())
    }

    /// Whether offsets may be deleted; then those of topics that the group is subscribed to may still not.
    ///
    /// # Errors
    /// The group is in use by something other than consumers, or has gone.
    pub fn check_offset_delete(&self) -> Result<(), ErrorCode> {
        match self.state {
            ClassicState::Dead => Err(ErrorCode::GroupIdNotFound),
            ClassicState::Empty => Ok(()),
            ClassicState::PreparingRebalance | ClassicState::CompletingRebalance | ClassicState::Stable => {
                if self.is_of_consumers() {
                    Ok(())
                } else {
                    Err(ErrorCode::NonEmptyGroup)
                }
            }
        }
    }

    /// Whether the group may be deleted.
    ///
    /// # Errors
    /// It has members, or has gone.
    pub fn check_delete(&self) -> Result<(), ErrorCode> {
        match self.state {
            ClassicState::Dead => Err(ErrorCode::GroupIdNotFound),
            ClassicState::Empty => Ok(()),
            ClassicState::PreparingRebalance | ClassicState::CompletingRebalance | ClassicState::Stable => {
                Err(ErrorCode::NonEmptyGroup)
            }
        }
    }

    /// Since when committed offsets grow old.
    #[must_use]
    pub fn offset_expiry(&self) -> Expiry {
        match (self.state, &self.protocol_type) {
            (_, None) => Expiry::SinceCommit,
            (ClassicState::Empty, Some(_)) => self.state_since_ms.map_or(Expiry::SinceCommit, Expiry::Since),
            (ClassicState::Stable, Some(_)) if self.is_of_consumers() && self.subscribed_topics.is_some() => {
                Expiry::SinceCommit
            }
            (_, Some(_)) => Expiry::Never,
        }
    }

    /// Whether the group reads a topic, as far as is known; consumers whose topics are not known may read any.
    #[must_use]
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        match &self.subscribed_topics {
            Some(topics) => topics.contains(topic),
            None => self.is_of_consumers(),
        }
    }

    fn is_of_consumers(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER)
    }

    /// The topics that the members of a group of consumers name.
    pub(super) fn find_subscribed_topics(&self) -> Option<BTreeSet<Box<str>>> {
        if !self.is_of_consumers() {
            return None;
        }
        let mut topics = BTreeSet::new();
        if self.members.is_empty() {
            return Some(topics);
        }
        let protocol = self.protocol_name.as_deref()?;
        for member in self.members.values() {
            let metadata = member.metadata(protocol);
            match subscription(&metadata) {
                Ok(subscription) => topics.extend(subscription.topics.iter().map(Box::from)),
                Err(error) => {
                    tracing::warn!(group = %self.id, member = %member.id, %error, "a subscription cannot be read");
                    return None;
                }
            }
        }
        Some(topics)
    }
}

/// A consumer's metadata: a version, then its fields. Each version begins as version 0 does.
fn subscription(metadata: &[u8]) -> Result<ConsumerProtocolSubscription<'_>, DecodeError> {
    let mut reader = Reader::new(metadata);
    let version = reader.int16()?;
    if version < 0 {
        return Err(DecodeError::UnsupportedVersion);
    }
    ConsumerProtocolSubscription::decode(&mut reader, 0)
}
