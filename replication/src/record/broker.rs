//! Records about brokers and controllers.

use super::Uuid;
use loglane_model::BrokerId;

/// Where a broker or controller listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerEndpoint {
    /// The listener's name.
    pub name: String,
    /// Host name or address, as advertised.
    pub host: String,
    /// Port, as advertised.
    pub port: u16,
    /// 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL.
    pub security_protocol: i16,
}

/// The levels of a feature that a node can run with, both inclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportedFeature {
    /// The feature.
    pub name: String,
    /// The lowest level.
    pub min: i16,
    /// The highest level.
    pub max: i16,
}

/// A broker's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterBroker {
    /// Who.
    pub broker: BrokerId,
    /// A leftover of ZooKeeper migrations; false.
    pub is_migrating_zk_broker: bool,
    /// New with every start of the process.
    pub incarnation: Uuid,
    /// The registration's number: the offset of this record.
    pub broker_epoch: i64,
    /// Where it listens.
    pub endpoints: Vec<BrokerEndpoint>,
    /// What it can run with.
    pub features: Vec<SupportedFeature>,
    /// Its rack.
    pub rack: Option<String>,
    /// Known but not to be used yet: every registration begins so.
    pub fenced: bool,
    /// It is about to leave.
    pub in_controlled_shutdown: bool,
    /// The ids of its log directories, sorted.
    pub log_dirs: Vec<Uuid>,
    /// Directories that take no new partitions; `None` before the broker has said.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

/// How a registration's fencing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FenceChange {
    /// −1: usable from now on.
    Unfence,
    /// 0.
    #[default]
    None,
    /// 1: not to be used.
    Fence,
}

/// How a registration's shutdown state changes. There is no way back but a new registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShutdownChange {
    /// 0.
    #[default]
    None,
    /// 1.
    InControlledShutdown,
}

/// A change within a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerRegistrationChange {
    /// Who.
    pub broker: BrokerId,
    /// Which registration.
    pub broker_epoch: i64,
    /// Fencing.
    pub fenced: FenceChange,
    /// Shutdown.
    pub in_controlled_shutdown: ShutdownChange,
    /// The directories from now on; empty: as before.
    pub log_dirs: Vec<Uuid>,
    /// The cordoned directories from now on; `None`: as before.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

/// A controller's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterController {
    /// Who.
    pub controller: BrokerId,
    /// New with every start of the process.
    pub incarnation: Uuid,
    /// A leftover of ZooKeeper migrations; false.
    pub zk_migration_ready: bool,
    /// Where it listens.
    pub endpoints: Vec<BrokerEndpoint>,
    /// What it can run with.
    pub features: Vec<SupportedFeature>,
}
