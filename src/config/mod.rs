//! Configuration: text becomes typed, checked values at start-up or when an alter-config arrives, and nowhere else.
//!
//! Nothing here reads a file, the environment or a clock: text comes in, values and sentences go out.

pub mod alter;
pub mod broker;
pub mod describe;
pub mod environment;
pub mod levels;
pub mod listeners;
pub mod nearest;
pub mod properties;
pub mod settings;
mod sources;
pub mod table;
pub mod topic;
pub mod value;

pub use broker::{
    Config, ConfigError, Durability, IoBackend, LogFormat, ScrubSettings, Warning, default_memory_bytes,
};
pub use levels::BrokerLevels;
pub use listeners::{AdminListener, Listener, SecurityProtocol};
pub use settings::BrokerSettings;
pub use sources::{Origin, Sources};
pub use topic::TopicConfig;

/// Configuration as text: keys and what they were set to.
pub type Properties = std::collections::BTreeMap<String, String>;
