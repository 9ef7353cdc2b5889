//! One member of a classic group.

use crate::groups::{JoinedMember, RequestToken};
use loglane_net::message::consumer_offsets::MemberMetadata;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A protocol that a member supports, and what it says of itself under it. Opaque to the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    /// The name by which members vote for it.
    pub name: Arc<str>,
    /// For the leader's eyes.
    pub metadata: Arc<[u8]>,
}

/// One member, static or dynamic.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) id: Arc<str>,
    /// Static members have one.
    pub(super) instance_id: Option<Arc<str>>,
    pub(super) client_id: Arc<str>,
    pub(super) client_host: Arc<str>,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) session_timeout_ms: i32,
    /// In the order of preference.
    pub(super) protocols: Vec<Protocol>,
    pub(super) assignment: Arc<[u8]>,
    /// The JoinGroup that waits for the next generation.
    pub(super) awaiting_join: Option<RequestToken>,
    /// The SyncGroup that waits for the assignment.
    pub(super) awaiting_sync: Option<RequestToken>,
    /// It has not been told of any generation yet, so that nothing can be heard of it but its JoinGroup.
    pub(super) is_new: bool,
    /// Members are told apart by age where Kafka takes whichever its map has first.
    pub(super) arrival: u64,
}

/// Roughly what a member takes besides the bytes that are counted one by one: its place in the maps of the group.
const MEMBER_BYTES: usize = size_of::<Member>() + 160;

/// A timeout from a request; nothing negative is slept.
pub(super) fn span(timeout_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0))
}

impl Member {
    pub(super) fn is_static(&self) -> bool {
        self.instance_id.is_some()
    }

    /// What it says of itself under a protocol; nothing if it does not support it.
    pub(super) fn metadata(&self, protocol: &str) -> Arc<[u8]> {
        let known = self.protocols.iter().find(|known| &*known.name == protocol);
        known.map_or_else(|| Arc::from([]), |known| Arc::clone(&known.metadata))
    }

    /// The protocol that it would like best among `candidates`.
    pub(super) fn vote<'a>(&self, candidates: &'a BTreeSet<Arc<str>>) -> Option<&'a Arc<str>> {
        self.protocols.iter().find_map(|protocol| candidates.get(&protocol.name))
    }

    /// The names of its protocols, each once, whatever the request repeated.
    pub(super) fn protocol_names(&self) -> BTreeSet<Arc<str>> {
        self.protocols.iter().map(|protocol| Arc::clone(&protocol.name)).collect()
    }

    /// Whether a passed session deadline is no reason to remove it. Whoever waits in a request sends no heartbeats; but
    /// a new member must not wait for ever, for it may long have gone.
    pub(super) fn is_excused(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }

    pub(super) fn session_timeout(&self) -> Duration {
        span(i64::from(self.session_timeout_ms))
    }

    pub(super) fn joined(&self, protocol: &str) -> JoinedMember {
        JoinedMember {
            member_id: Arc::clone(&self.id),
            instance_id: self.instance_id.clone(),
            metadata: self.metadata(protocol),
        }
    }

    /// The member as a record has it.
    pub(super) fn record<'a>(&'a self, protocol: &str, assignment: &'a [u8]) -> MemberMetadata<'a> {
        let known = self.protocols.iter().find(|known| &*known.name == protocol);
        MemberMetadata {
            member_id: &self.id,
            group_instance_id: self.instance_id.as_deref(),
            client_id: &self.client_id,
            client_host: &self.client_host,
            rebalance_timeout: self.rebalance_timeout_ms,
            session_timeout: self.session_timeout_ms,
            subscription: known.map_or(&[], |known| &known.metadata),
            assignment,
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let protocols: usize = self
            .protocols
            .iter()
            .map(|protocol| size_of::<Protocol>() + protocol.name.len() + protocol.metadata.len())
            .sum();
        let instance = self.instance_id.as_ref().map_or(0, |id| id.len());
        let texts = self.id.len() + instance + self.client_id.len() + self.client_host.len();
        MEMBER_BYTES + protocols + texts + self.assignment.len()
    }
}
