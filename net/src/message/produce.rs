// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API Produce (0).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `ProduceRequest`, versions 3 to 13, flexible from 9.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProduceRequest<'a> {
    /// String, nullable, null by default.
    pub transactional_id: Option<&'a str>,
    /// Int16.
    pub acks: i16,
    /// Int32.
    pub timeout_ms: i32,
    /// Array of [`TopicProduceData`].
    pub topic_data: Array<'a, TopicProduceData<'a>>,
}

impl<'a> Element<'a> for ProduceRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let transactional_id = reader.nullable_string(format)?;
        let acks = reader.int16()?;
        let timeout_ms = reader.int32()?;
        let topic_data = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { transactional_id, acks, timeout_ms, topic_data })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_string(out, self.transactional_id, format)?;
        put::int16(out, self.acks);
        put::int32(out, self.timeout_ms);
        self.topic_data.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ProduceRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicProduceData<'a> {
    /// String, versions 3 to 12.
    pub name: &'a str,
    /// Uuid, versions 13 and up.
    pub topic_id: TopicId,
    /// Array of [`PartitionProduceData`].
    pub partition_data: Array<'a, PartitionProduceData<'a>>,
}

impl<'a> Element<'a> for TopicProduceData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = if format.version <= 12 { reader.string(format)? } else { "" };
        let topic_id = if format.version >= 13 { reader.uuid()? } else { TopicId::ZERO };
        let partition_data = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, topic_id, partition_data })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 12 {
            put::string(out, self.name, format)?;
        }
        if format.version >= 13 {
            put::uuid(out, self.topic_id);
        }
        self.partition_data.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ProduceRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionProduceData<'a> {
    /// Int32.
    pub index: i32,
    /// Records, nullable.
    pub records: Option<&'a [u8]>,
}

impl Default for PartitionProduceData<'_> {
    fn default() -> Self {
        Self { index: 0, records: Some(&[]) }
    }
}

impl<'a> Element<'a> for PartitionProduceData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let index = reader.int32()?;
        let records = reader.nullable_bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { index, records })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.index);
        put::nullable_bytes(out, self.records, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ProduceRequest<'a> {
    const NAME: &'static str = "ProduceRequest";
    const MIN_VERSION: i16 = 3;
    const MAX_VERSION: i16 = 13;
    const FIRST_FLEXIBLE_VERSION: i16 = 9;
}

impl<'a> Request<'a> for ProduceRequest<'a> {
    const API_KEY: ApiKey = ApiKey::Produce;
}

/// Kafka's `ProduceResponse`, versions 3 to 13, flexible from 9.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProduceResponse<'a> {
    /// Array of [`TopicProduceResponse`].
    pub responses: Array<'a, TopicProduceResponse<'a>>,
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`NodeEndpoint`], versions 10 and up, tag 0.
    pub node_endpoints: Array<'a, NodeEndpoint<'a>>,
}

impl<'a> Element<'a> for ProduceResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let responses = Array::read(reader, format)?;
        let throttle_time_ms = reader.int32()?;
        let mut node_endpoints = Array::default();
        if format.flexible {
            for _ in 0..reader.tag_count()? {
                let (tag, mut field) = reader.tagged_field()?;
                match tag {
                    0 if format.version >= 10 => node_endpoints = Array::read(&mut field, format)?,
                    _ => continue,
                }
                field.finish()?;
            }
        }
        Ok(Self { responses, throttle_time_ms, node_endpoints })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.responses.write(out, format)?;
        put::int32(out, self.throttle_time_ms);
        let has_0 = format.version >= 10 && !self.node_endpoints.is_empty();
        if format.version < 10 {
            put::absent(self.node_endpoints.is_empty(), "ProduceResponse.node_endpoints", format)?;
        }
        if format.flexible {
            put::tag_count(out, &[has_0]);
            if has_0 {
                put::tagged_field(out, 0, |out| self.node_endpoints.write(out, format))?;
            }
        }
        Ok(())
    }
}

/// Part of [`ProduceResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicProduceResponse<'a> {
    /// String, versions 3 to 12.
    pub name: &'a str,
    /// Uuid, versions 13 and up.
    pub topic_id: TopicId,
    /// Array of [`PartitionProduceResponse`].
    pub partition_responses: Array<'a, PartitionProduceResponse<'a>>,
}

impl<'a> Element<'a> for TopicProduceResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = if format.version <= 12 { reader.string(format)? } else { "" };
        let topic_id = if format.version >= 13 { reader.uuid()? } else { TopicId::ZERO };
        let partition_responses = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, topic_id, partition_responses })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version <= 12 {
            put::string(out, self.name, format)?;
        }
        if format.version >= 13 {
            put::uuid(out, self.topic_id);
        }
        self.partition_responses.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ProduceResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionProduceResponse<'a> {
    /// Int32.
    pub index: i32,
    /// Int16.
    pub error_code: i16,
    /// Int64.
    pub base_offset: i64,
    /// Int64, −1 by default.
    pub log_append_time_ms: i64,
    /// Int64, versions 5 and up, −1 by default.
    pub log_start_offset: i64,
    /// Array of [`BatchIndexAndErrorMessage`], versions 8 and up.
    pub record_errors: Array<'a, BatchIndexAndErrorMessage<'a>>,
    /// String, versions 8 and up, nullable, null by default.
    pub error_message: Option<&'a str>,
    /// [`LeaderIdAndEpoch`], versions 10 and up, tag 0.
    pub current_leader: LeaderIdAndEpoch,
}

impl Default for PartitionProduceResponse<'_> {
    fn default() -> Self {
        Self {
            index: 0,
            error_code: 0,
            base_offset: 0,
            log_append_time_ms: -1,
            log_start_offset: -1,
            record_errors: Array::default(),
            error_message: None,
            current_leader: LeaderIdAndEpoch::default(),
        }
    }
}

impl<'a> Element<'a> for PartitionProduceResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let index = reader.int32()?;
        let error_code = reader.int16()?;
        let base_offset = reader.int64()?;
        let log_append_time_ms = reader.int64()?;
        let log_start_offset = if format.version >= 5 { reader.int64()? } else { -1 };
        let record_errors = if format.version >= 8 { Array::read(reader, format)? } else { Array::default() };
        let error_message = if format.version >= 8 { reader.nullable_string(format)? } else { None };
        let mut current_leader = LeaderIdAndEpoch::default();
        if format.flexible {
            for _ in 0..reader.tag_count()? {
                let (tag, mut field) = reader.tagged_field()?;
                match tag {
                    0 if format.version >= 10 => current_leader = LeaderIdAndEpoch::read(&mut field, format)?,
                    _ => continue,
                }
                field.finish()?;
            }
        }
        Ok(Self {
            index,
            error_code,
            base_offset,
            log_append_time_ms,
            log_start_offset,
            record_errors,
            error_message,
            current_leader,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.index);
        put::int16(out, self.error_code);
        put::int64(out, self.base_offset);
        put::int64(out, self.log_append_time_ms);
        if format.version >= 5 {
            put::int64(out, self.log_start_offset);
        }
        if format.version >= 8 {
            self.record_errors.write(out, format)?;
        }
        if format.version >= 8 {
            put::nullable_string(out, self.error_message, format)?;
        }
        let has_0 = format.version >= 10 && self.current_leader != LeaderIdAndEpoch::default();
        if format.version < 10 {
            put::absent(
                self.current_leader == LeaderIdAndEpoch::default(),
                "PartitionProduceResponse.current_leader",
                format,
            )?;
        }
        if format.flexible {
            put::tag_count(out, &[has_0]);
            if has_0 {
                put::tagged_field(out, 0, |out| self.current_leader.write(out, format))?;
            }
        }
        Ok(())
    }
}

/// Part of [`ProduceResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BatchIndexAndErrorMessage<'a> {
    /// Int32.
    pub batch_index: i32,
    /// String, nullable, null by default.
    pub batch_index_error_message: Option<&'a str>,
}

impl<'a> Element<'a> for BatchIndexAndErrorMessage<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let batch_index = reader.int32()?;
        let batch_index_error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { batch_index, batch_index_error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.batch_index);
        put::nullable_string(out, self.batch_index_error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ProduceResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct LeaderIdAndEpoch {
    /// Int32, −1 by default.
    pub leader_id: i32,
    /// Int32, −1 by default.
    pub leader_epoch: i32,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> Self {
        Self { leader_id: -1, leader_epoch: -1 }
    }
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

/// Part of [`ProduceResponse`].
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

impl<'a> Message<'a> for ProduceResponse<'a> {
    const NAME: &'static str = "ProduceResponse";
    const MIN_VERSION: i16 = 3;
    const MAX_VERSION: i16 = 13;
    const FIRST_FLEXIBLE_VERSION: i16 = 9;
}

impl<'a> Response<'a> for ProduceResponse<'a> {
    const API_KEY: ApiKey = ApiKey::Produce;
}
