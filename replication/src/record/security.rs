//! Records about users, their rights, credentials and quotas.

use super::Uuid;
use std::fmt;

/// An access rule; the codes are the protocol's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessControlEntry {
    /// The rule's id.
    pub id: Uuid,
    /// Topic, group, cluster, ...
    pub resource_type: i8,
    /// Which of them, or a prefix, or `*`.
    pub resource_name: String,
    /// Literal or prefixed.
    pub pattern_type: i8,
    /// `Type:name`.
    pub principal: String,
    /// An address or `*`.
    pub host: String,
    /// Read, write, ...
    pub operation: i8,
    /// Allow or deny.
    pub permission_type: i8,
}

/// A SCRAM mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScramMechanism {
    /// 1: SCRAM-SHA-256.
    Sha256,
    /// 2: SCRAM-SHA-512.
    Sha512,
}

/// What proves a user's password; the password itself is not in it.
#[derive(Clone, PartialEq, Eq)]
pub struct UserScramCredential {
    /// The user.
    pub name: String,
    /// For which mechanism.
    pub mechanism: ScramMechanism,
    /// Random bytes.
    pub salt: Vec<u8>,
    /// Proves the client.
    pub stored_key: Vec<u8>,
    /// Proves the server.
    pub server_key: Vec<u8>,
    /// How often the hash is applied.
    pub iterations: i32,
}

impl fmt::Debug for UserScramCredential {
    /// Without the keys: logs are read by more people than the metadata is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserScramCredential")
            .field("name", &self.name)
            .field("mechanism", &self.mechanism)
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

/// A delegation token; times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationToken {
    /// Who it stands for.
    pub owner: String,
    /// Who asked for it.
    pub requester: String,
    /// Who may renew it.
    pub renewers: Vec<String>,
    /// When it was made.
    pub issued_at_ms: i64,
    /// Beyond this no renewal helps.
    pub max_at_ms: i64,
    /// When it ends unless it is renewed.
    pub expires_at_ms: i64,
    /// Its id.
    pub token_id: String,
}

/// One part of what a quota applies to; parts are kept sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityPart {
    /// `user`, `client-id` or `ip`.
    pub kind: String,
    /// Which; `None` is the default of that kind.
    pub name: Option<String>,
}

/// A client quota.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientQuota {
    /// What it applies to.
    pub entity: Vec<EntityPart>,
    /// Which limit, such as `producer_byte_rate`.
    pub key: String,
    /// The limit.
    pub value: f64,
    /// Whether the limit is taken away.
    pub remove: bool,
}
