// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ShareFetch (78).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `ShareFetchRequest`, versions 1 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareFetchRequest<'a> {
    /// String, nullable, null by default.
    pub group_id: Option<&'a str>,
    /// String, nullable.
    pub member_id: Option<&'a str>,
    /// Int32.
    pub share_session_epoch: i32,
    /// Int32.
    pub max_wait_ms: i32,
    /// Int32.
    pub min_bytes: i32,
    /// Int32, 2147483647 by default.
    pub max_bytes: i32,
    /// Int32.
    pub max_records: i32,
    /// Int32.
    pub batch_size: i32,
    /// Int8, versions 2 and up.
    pub share_acquire_mode: i8,
    /// Bool, versions 2 and up.
    pub is_renew_ack: bool,
    /// Array of [`FetchTopic`].
    pub topics: Array<'a, FetchTopic<'a>>,
    /// Array of [`ForgottenTopic`].
    pub forgotten_topics_data: Array<'a, ForgottenTopic<'a>>,
}

impl Default for ShareFetchRequest<'_> {
    fn default() -> Self {
        Self {
            group_id: None,
            member_id: Some(""),
            share_session_epoch: 0,
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: 2_147_483_647,
            max_records: 0,
            batch_size: 0,
            share_acquire_mode: 0,
            is_renew_ack: false,
            topics: Array::default(),
            forgotten_topics_data: Array::default(),
        }
    }
}

impl<'a> Element<'a> for ShareFetchRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let group_id = reader.nullable_string(format)?;
        let member_id = reader.nullable_string(format)?;
        let share_session_epoch = reader.int32()?;
        let max_wait_ms = reader.int32()?;
        let min_bytes = reader.int32()?;
        let max_bytes = reader.int32()?;
        let max_records = reader.int32()?;
        let batch_size = reader.int32()?;
        let share_acquire_mode = if format.version >= 2 { reader.int8()? } else { 0 };
        let is_renew_ack = if format.version >= 2 { reader.bool()? } else { false };
        let topics = Array::read(reader, format)?;
        let forgotten_topics_data = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            group_id,
            member_id,
            share_session_epoch,
            max_wait_ms,
            min_bytes,
            max_bytes,
            max_records,
            batch_size,
            share_acquire_mode,
            is_renew_ack,
            topics,
            forgotten_topics_data,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.group_id, format)?;
        put::nullable_string(out, self.member_id, format)?;
        put::int32(out, self.share_session_epoch);
        put::int32(out, self.max_wait_ms);
        put::int32(out, self.min_bytes);
        put::int32(out, self.max_bytes);
        put::int32(out, self.max_records);
        put::int32(out, self.batch_size);
        if format.version >= 2 {
            put::int8(out, self.share_acquire_mode);
        }
        if format.version >= 2 {
            put::bool(out, self.is_renew_ack);
        } else {
            put::absent(!self.is_renew_ack, "ShareFetchRequest.is_renew_ack", format)?;
        }
        self.topics.write(out, format)?;
        self.forgotten_topics_data.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareFetchRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FetchTopic<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`FetchPartition`].
    pub partitions: Array<'a, FetchPartition<'a>>,
}

impl<'a> Element<'a> for FetchTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareFetchRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FetchPartition<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Array of [`AcknowledgementBatch`].
    pub acknowledgement_batches: Array<'a, AcknowledgementBatch<'a>>,
}

impl<'a> Element<'a> for FetchPartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let acknowledgement_batches = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, acknowledgement_batches })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        self.acknowledgement_batches.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareFetchRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AcknowledgementBatch<'a> {
    /// Int64.
    pub first_offset: i64,
    /// Int64.
    pub last_offset: i64,
    /// Array of int8.
    pub acknowledge_types: Array<'a, i8>,
}

impl<'a> Element<'a> for AcknowledgementBatch<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let first_offset = reader.int64()?;
        let last_offset = reader.int64()?;
        let acknowledge_types = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { first_offset, last_offset, acknowledge_types })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.first_offset);
        put::int64(out, self.last_offset);
        self.acknowledge_types.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareFetchRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ForgottenTopic<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for ForgottenTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareFetchRequest<'a> {
    const NAME: &'static str = "ShareFetchRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for ShareFetchRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ShareFetch;
}

/// Kafka's `ShareFetchResponse`, versions 1 to 2, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareFetchResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
    /// Int32.
    pub acquisition_lock_timeout_ms: i32,
    /// Array of [`ShareFetchableTopicResponse`].
    pub responses: Array<'a, ShareFetchableTopicResponse<'a>>,
    /// Array of [`NodeEndpoint`].
    pub node_endpoints: Array<'a, NodeEndpoint<'a>>,
}

impl<'a> Element<'a> for ShareFetchResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let acquisition_lock_timeout_ms = reader.int32()?;
        let responses = Array::read(reader, format)?;
        let node_endpoints = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            throttle_time_ms,
            error_code,
            error_message,
            acquisition_lock_timeout_ms,
            responses,
            node_endpoints,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::int32(out, self.acquisition_lock_timeout_ms);
        self.responses.write(out, format)?;
        self.node_endpoints.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareFetchResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShareFetchableTopicResponse<'a> {
    /// Uuid.
    pub topic_id: TopicId,
    /// Array of [`PartitionData`].
    pub partitions: Array<'a, PartitionData<'a>>,
}

impl<'a> Element<'a> for ShareFetchableTopicResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic_id = reader.uuid()?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic_id, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.topic_id);
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareFetchResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionData<'a> {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable, null by default.
    pub error_message: Option<&'a str>,
    /// Int16.
    pub acknowledge_error_code: i16,
    /// String, nullable, null by default.
    pub acknowledge_error_message: Option<&'a str>,
    /// [`LeaderIdAndEpoch`].
    pub current_leader: LeaderIdAndEpoch,
    /// Records.
    pub records: &'a [u8],
    /// Array of [`AcquiredRecords`].
    pub acquired_records: Array<'a, AcquiredRecords>,
}

impl<'a> Element<'a> for PartitionData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let acknowledge_error_code = reader.int16()?;
        let acknowledge_error_message = reader.nullable_string(format)?;
        let current_leader = LeaderIdAndEpoch::read(reader, format)?;
        let records = reader.bytes(format)?;
        let acquired_records = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            partition_index,
            error_code,
            error_message,
            acknowledge_error_code,
            acknowledge_error_message,
            current_leader,
            records,
            acquired_records,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::int16(out, self.acknowledge_error_code);
        put::nullable_string(out, self.acknowledge_error_message, format)?;
        self.current_leader.write(out, format)?;
        put::bytes(out, self.records, format)?;
        self.acquired_records.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareFetchResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeaderIdAndEpoch {
    /// Int32.
    pub leader_id: i32,
    /// Int32.
    pub leader_epoch: i32,
}

impl Element<'_> for LeaderIdAndEpoch {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let leader_id = reader.int32()?;
        let leader_epoch = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { leader_id, leader_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.leader_id);
        put::int32(out, self.leader_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareFetchResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AcquiredRecords {
    /// Int64.
    pub first_offset: i64,
    /// Int64.
    pub last_offset: i64,
    /// Int16.
    pub delivery_count: i16,
}

impl Element<'_> for AcquiredRecords {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let first_offset = reader.int64()?;
        let last_offset = reader.int64()?;
        let delivery_count = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { first_offset, last_offset, delivery_count })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.first_offset);
        put::int64(out, self.last_offset);
        put::int16(out, self.delivery_count);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ShareFetchResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeEndpoint<'a> {
    /// Int32.
    pub node_id: i32,
    /// String.
    pub host: &'a str,
    /// Int32.
    pub port: i32,
    /// String, nullable, null by default.
    pub rack: Option<&'a str>,
}

impl<'a> Element<'a> for NodeEndpoint<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let node_id = reader.int32()?;
        let host = reader.string(format)?;
        let port = reader.int32()?;
        let rack = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { node_id, host, port, rack })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.node_id);
        put::string(out, self.host, format)?;
        put::int32(out, self.port);
        put::nullable_string(out, self.rack, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ShareFetchResponse<'a> {
    const NAME: &'static str = "ShareFetchResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for ShareFetchResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ShareFetch;
}
