// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API AddPartitionsToTxn (24).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `AddPartitionsToTxnRequest`, versions 0 to 5, flexible from 3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnRequest<'a> {
    /// Array of [`AddPartitionsToTxnTransaction`], versions 4 and up.
    pub transactions: Array<'a, AddPartitionsToTxnTransaction<'a>>,
    /// String, versions 0 to 3.
    pub v3_and_below_transactional_id: &'a str,
    /// Int64, versions 0 to 3.
    pub v3_and_below_producer_id: i64,
    /// Int16, versions 0 to 3.
    pub v3_and_below_producer_epoch: i16,
    /// Array of [`AddPartitionsToTxnTopic`], versions 0 to 3.
    pub v3_and_below_topics: Array<'a, AddPartitionsToTxnTopic<'a>>,
}

impl<'a> Element<'a> for AddPartitionsToTxnRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let transactions = if format.version >= 4 { Array::read(reader, format)? } else { Array::default() };
        let v3_and_below_transactional_id = if format.version <= 3 { reader.string(format)? } else { "" };
        let v3_and_below_producer_id = if format.version <= 3 { reader.int64()? } else { 0 };
        let v3_and_below_producer_epoch = if format.version <= 3 { reader.int16()? } else { 0 };
        let v3_and_below_topics =
            if format.version <= 3 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            transactions,
            v3_and_below_transactional_id,
            v3_and_below_producer_id,
            v3_and_below_producer_epoch,
            v3_and_below_topics,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 4 {
            self.transactions.write(out, format)?;
        } else {
            put::absent(self.transactions.is_empty(), "AddPartitionsToTxnRequest.transactions", format)?;
        }
        if format.version <= 3 {
            put::string(out, self.v3_and_below_transactional_id, format)?;
        } else {
            put::absent(
                self.v3_and_below_transactional_id.is_empty(),
                "AddPartitionsToTxnRequest.v3_and_below_transactional_id",
                format,
            )?;
        }
        if format.version <= 3 {
            put::int64(out, self.v3_and_below_producer_id);
        } else {
            put::absent(
                self.v3_and_below_producer_id == 0,
                "AddPartitionsToTxnRequest.v3_and_below_producer_id",
                format,
            )?;
        }
        if format.version <= 3 {
            put::int16(out, self.v3_and_below_producer_epoch);
        } else {
            put::absent(
                self.v3_and_below_producer_epoch == 0,
                "AddPartitionsToTxnRequest.v3_and_below_producer_epoch",
                format,
            )?;
        }
        if format.version <= 3 {
            self.v3_and_below_topics.write(out, format)?;
        } else {
            put::absent(
                self.v3_and_below_topics.is_empty(),
                "AddPartitionsToTxnRequest.v3_and_below_topics",
                format,
            )?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AddPartitionsToTxnRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnTransaction<'a> {
    /// String.
    pub transactional_id: &'a str,
    /// Int64.
    pub producer_id: i64,
    /// Int16.
    pub producer_epoch: i16,
    /// Bool.
    pub verify_only: bool,
    /// Array of [`AddPartitionsToTxnTopic`].
    pub topics: Array<'a, AddPartitionsToTxnTopic<'a>>,
}

impl<'a> Element<'a> for AddPartitionsToTxnTransaction<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let transactional_id = reader.string(format)?;
        let producer_id = reader.int64()?;
        let producer_epoch = reader.int16()?;
        let verify_only = reader.bool()?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { transactional_id, producer_id, producer_epoch, verify_only, topics })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.transactional_id, format)?;
        put::int64(out, self.producer_id);
        put::int16(out, self.producer_epoch);
        put::bool(out, self.verify_only);
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AddPartitionsToTxnRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnTopic<'a> {
    /// String.
    pub name: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for AddPartitionsToTxnTopic<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AddPartitionsToTxnRequest<'a> {
    const NAME: &'static str = "AddPartitionsToTxnRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Request<'a> for AddPartitionsToTxnRequest<'a> {
    const API_KEY: ApiKey = ApiKey::AddPartitionsToTxn;
}

/// Kafka's `AddPartitionsToTxnResponse`, versions 0 to 5, flexible from 3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16, versions 4 and up.
    pub error_code: i16,
    /// Array of [`AddPartitionsToTxnResult`], versions 4 and up.
    pub results_by_transaction: Array<'a, AddPartitionsToTxnResult<'a>>,
    /// Array of [`AddPartitionsToTxnTopicResult`], versions 0 to 3.
    pub results_by_topic_v3_and_below: Array<'a, AddPartitionsToTxnTopicResult<'a>>,
}

impl<'a> Element<'a> for AddPartitionsToTxnResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = if format.version >= 4 { reader.int16()? } else { 0 };
        let results_by_transaction =
            if format.version >= 4 { Array::read(reader, format)? } else { Array::default() };
        let results_by_topic_v3_and_below =
            if format.version <= 3 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, results_by_transaction, results_by_topic_v3_and_below })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        if format.version >= 4 {
            put::int16(out, self.error_code);
        }
        if format.version >= 4 {
            self.results_by_transaction.write(out, format)?;
        } else {
            put::absent(
                self.results_by_transaction.is_empty(),
                "AddPartitionsToTxnResponse.results_by_transaction",
                format,
            )?;
        }
        if format.version <= 3 {
            self.results_by_topic_v3_and_below.write(out, format)?;
        } else {
            put::absent(
                self.results_by_topic_v3_and_below.is_empty(),
                "AddPartitionsToTxnResponse.results_by_topic_v3_and_below",
                format,
            )?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AddPartitionsToTxnResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnResult<'a> {
    /// String.
    pub transactional_id: &'a str,
    /// Array of [`AddPartitionsToTxnTopicResult`].
    pub topic_results: Array<'a, AddPartitionsToTxnTopicResult<'a>>,
}

impl<'a> Element<'a> for AddPartitionsToTxnResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let transactional_id = reader.string(format)?;
        let topic_results = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { transactional_id, topic_results })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.transactional_id, format)?;
        self.topic_results.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AddPartitionsToTxnResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnTopicResult<'a> {
    /// String.
    pub name: &'a str,
    /// Array of [`AddPartitionsToTxnPartitionResult`].
    pub results_by_partition: Array<'a, AddPartitionsToTxnPartitionResult>,
}

impl<'a> Element<'a> for AddPartitionsToTxnTopicResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let results_by_partition = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, results_by_partition })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        self.results_by_partition.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AddPartitionsToTxnResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnPartitionResult {
    /// Int32.
    pub partition_index: i32,
    /// Int16.
    pub partition_error_code: i16,
}

impl Element<'_> for AddPartitionsToTxnPartitionResult {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let partition_index = reader.int32()?;
        let partition_error_code = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { partition_index, partition_error_code })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.partition_index);
        put::int16(out, self.partition_error_code);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AddPartitionsToTxnResponse<'a> {
    const NAME: &'static str = "AddPartitionsToTxnResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Response<'a> for AddPartitionsToTxnResponse<'a> {
    const API_KEY: ApiKey = ApiKey::AddPartitionsToTxn;
}
