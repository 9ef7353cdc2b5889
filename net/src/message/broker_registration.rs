// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API BrokerRegistration (62).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `BrokerRegistrationRequest`, versions 0 to 4, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerRegistrationRequest<'a> {
    /// Int32.
    pub broker_id: i32,
    /// String.
    pub cluster_id: &'a str,
    /// Uuid.
    pub incarnation_id: TopicId,
    /// Array of [`Listener`].
    pub listeners: Array<'a, Listener<'a>>,
    /// Array of [`Feature`].
    pub features: Array<'a, Feature<'a>>,
    /// String, nullable.
    pub rack: Option<&'a str>,
    /// Bool, versions 1 and up.
    pub is_migrating_zk_broker: bool,
    /// Array of uuid, versions 2 and up.
    pub log_dirs: Array<'a, TopicId>,
    /// Int64, versions 3 and up, −1 by default.
    pub previous_broker_epoch: i64,
}

impl Default for BrokerRegistrationRequest<'_> {
    fn default() -> Self {
        Self {
            broker_id: 0,
            cluster_id: "",
            incarnation_id: TopicId::ZERO,
            listeners: Array::default(),
            features: Array::default(),
            rack: Some(""),
            is_migrating_zk_broker: false,
            log_dirs: Array::default(),
            previous_broker_epoch: -1,
        }
    }
}

impl<'a> Element<'a> for BrokerRegistrationRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        let cluster_id = reader.string(format)?;
        let incarnation_id = reader.uuid()?;
        let listeners = Array::read(reader, format)?;
        let features = Array::read(reader, format)?;
        let rack = reader.nullable_string(format)?;
        let is_migrating_zk_broker = if format.version >= 1 { reader.bool()? } else { false };
        let log_dirs = if format.version >= 2 { Array::read(reader, format)? } else { Array::default() };
        let previous_broker_epoch = if format.version >= 3 { reader.int64()? } else { -1 };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            broker_id,
            cluster_id,
            incarnation_id,
            listeners,
            features,
            rack,
            is_migrating_zk_broker,
            log_dirs,
            previous_broker_epoch,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        put::string(out, self.cluster_id, format)?;
        put::uuid(out, self.incarnation_id);
        self.listeners.write(out, format)?;
        self.features.write(out, format)?;
        put::nullable_string(out, self.rack, format)?;
        if format.version >= 1 {
            put::bool(out, self.is_migrating_zk_broker);
        } else {
            put::absent(
                !self.is_migrating_zk_broker,
                "BrokerRegistrationRequest.is_migrating_zk_broker",
                format,
            )?;
        }
        if format.version >= 2 {
            self.log_dirs.write(out, format)?;
        }
        if format.version >= 3 {
            put::int64(out, self.previous_broker_epoch);
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`BrokerRegistrationRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listener<'a> {
    /// String.
    pub name: &'a str,
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
    /// Int16.
    pub security_protocol: i16,
}

impl<'a> Element<'a> for Listener<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let host = reader.string(format)?;
        let port = reader.uint16()?;
        let security_protocol = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, host, port, security_protocol })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::string(out, self.host, format)?;
        put::uint16(out, self.port);
        put::int16(out, self.security_protocol);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`BrokerRegistrationRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Feature<'a> {
    /// String.
    pub name: &'a str,
    /// Int16.
    pub min_supported_version: i16,
    /// Int16.
    pub max_supported_version: i16,
}

impl<'a> Element<'a> for Feature<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let min_supported_version = reader.int16()?;
        let max_supported_version = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, min_supported_version, max_supported_version })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int16(out, self.min_supported_version);
        put::int16(out, self.max_supported_version);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for BrokerRegistrationRequest<'a> {
    const NAME: &'static str = "BrokerRegistrationRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for BrokerRegistrationRequest<'a> {
    const API_KEY: ApiKey = ApiKey::BrokerRegistration;
}

/// Kafka's `BrokerRegistrationResponse`, versions 0 to 4, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerRegistrationResponse {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// Int64, −1 by default.
    pub broker_epoch: i64,
}

impl Default for BrokerRegistrationResponse {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, broker_epoch: -1 }
    }
}

impl Element<'_> for BrokerRegistrationResponse {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let broker_epoch = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, broker_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::int64(out, self.broker_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for BrokerRegistrationResponse {
    const NAME: &'static str = "BrokerRegistrationResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Response<'_> for BrokerRegistrationResponse {
    const API_KEY: ApiKey = ApiKey::BrokerRegistration;
}
