//! Kafka's protocol between bytes and requests: framing, headers, the codec of every message, error codes.
//!
//! No sockets, no clock, no state that outlives a call. What comes from the wire is checked before it is used and
//! sizes no allocation: a decoded message borrows its frame.
#![forbid(unsafe_code)]

pub mod api;
pub mod api_versions;
pub mod array;
pub mod codec;
pub mod error_code;
pub mod fetch;
pub mod fetch_response;
pub mod frame;
pub mod header;
pub mod leader;
pub mod message;
pub mod produce;
pub mod put;
pub mod record;
pub mod topic;
pub mod wire;

pub use api::{ApiInfo, ApiKey, VersionRange};
pub use array::{Array, Element};
pub use codec::{Message, Record, Request, Response};
pub use error_code::ErrorCode;
pub use header::{HeaderError, RequestHeader};
pub use leader::{CurrentLeader, NodeEndpoint};
pub use put::EncodeError;
pub use topic::TopicRef;
pub use wire::{DecodeError, Format, Reader};
