// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeCluster (60).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DescribeClusterRequest`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeClusterRequest {
    /// Bool.
    pub include_cluster_authorized_operations: bool,
    /// Int8, versions 1 and up, 1 by default.
    pub endpoint_type: i8,
    /// Bool, versions 2 and up.
    pub include_fenced_brokers: bool,
}

impl Default for DescribeClusterRequest {
    fn default() -> Self {
        Self { include_cluster_authorized_operations: false, endpoint_type: 1, include_fenced_brokers: false }
    }
}

impl Element<'_> for DescribeClusterRequest {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let include_cluster_authorized_operations = reader.bool()?;
        let endpoint_type = if format.version >= 1 { reader.int8()? } else { 1 };
        let include_fenced_brokers = if format.version >= 2 { reader.bool()? } else { false };
        reader.skip_tagged_fields(format)?;
        Ok(Self { include_cluster_authorized_operations, endpoint_type, include_fenced_brokers })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::bool(out, self.include_cluster_authorized_operations);
        if format.version >= 1 {
            put::int8(out, self.endpoint_type);
        } else {
            put::absent(self.endpoint_type == 1, "DescribeClusterRequest.endpoint_type", format)?;
        }
        if format.version >= 2 {
            put::bool(out, self.include_fenced_brokers);
        } else {
            put::absent(
                !self.include_fenced_brokers,
                "DescribeClusterRequest.include_fenced_brokers",
                format,
            )?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for DescribeClusterRequest {
    const NAME: &'static str = "DescribeClusterRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Request<'_> for DescribeClusterRequest {
    const API_KEY: ApiKey = ApiKey::DescribeCluster;
}

/// Kafka's `DescribeClusterResponse`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeClusterResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
    /// Int8, versions 1 and up, 1 by default.
    pub endpoint_type: i8,
    /// String.
    pub cluster_id: &'a str,
    /// Int32, −1 by default.
    pub controller_id: i32,
    /// Array of [`DescribeClusterBroker`].
    pub brokers: Array<'a, DescribeClusterBroker<'a>>,
    /// Int32, −2147483648 by default.
    pub cluster_authorized_operations: i32,
}

impl Default for DescribeClusterResponse<'_> {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: None,
            endpoint_type: 1,
            cluster_id: "",
            controller_id: -1,
            brokers: Array::default(),
            cluster_authorized_operations: -2_147_483_648,
        }
    }
}

impl<'a> Element<'a> for DescribeClusterResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let endpoint_type = if format.version >= 1 { reader.int8()? } else { 1 };
        let cluster_id = reader.string(format)?;
        let controller_id = reader.int32()?;
        let brokers = Array::read(reader, format)?;
        let cluster_authorized_operations = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            throttle_time_ms,
            error_code,
            error_message,
            endpoint_type,
            cluster_id,
            controller_id,
            brokers,
            cluster_authorized_operations,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        if format.version >= 1 {
            put::int8(out, self.endpoint_type);
        } else {
            put::absent(self.endpoint_type == 1, "DescribeClusterResponse.endpoint_type", format)?;
        }
        put::string(out, self.cluster_id, format)?;
        put::int32(out, self.controller_id);
        self.brokers.write(out, format)?;
        put::int32(out, self.cluster_authorized_operations);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeClusterResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeClusterBroker<'a> {
    /// Int32.
    pub broker_id: i32,
    /// String.
    pub host: &'a str,
    /// Int32.
    pub port: i32,
    /// String, nullable, null by default.
    pub rack: Option<&'a str>,
    /// Bool, versions 2 and up.
    pub is_fenced: bool,
}

impl<'a> Element<'a> for DescribeClusterBroker<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        let host = reader.string(format)?;
        let port = reader.int32()?;
        let rack = reader.nullable_string(format)?;
        let is_fenced = if format.version >= 2 { reader.bool()? } else { false };
        reader.skip_tagged_fields(format)?;
        Ok(Self { broker_id, host, port, rack, is_fenced })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        put::string(out, self.host, format)?;
        put::int32(out, self.port);
        put::nullable_string(out, self.rack, format)?;
        if format.version >= 2 {
            put::bool(out, self.is_fenced);
        } else {
            put::absent(!self.is_fenced, "DescribeClusterBroker.is_fenced", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeClusterResponse<'a> {
    const NAME: &'static str = "DescribeClusterResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for DescribeClusterResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeCluster;
}
