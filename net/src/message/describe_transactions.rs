// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeTransactions (65).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DescribeTransactionsRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeTransactionsRequest<'a> {
    /// Array of string.
    pub transactional_ids: Array<'a, &'a str>,
}

impl<'a> Element<'a> for DescribeTransactionsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let transactional_ids = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { transactional_ids })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.transactional_ids.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeTransactionsRequest<'a> {
    const NAME: &'static str = "DescribeTransactionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for DescribeTransactionsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeTransactions;
}

/// Kafka's `DescribeTransactionsResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeTransactionsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`TransactionState`].
    pub transaction_states: Array<'a, TransactionState<'a>>,
}

impl<'a> Element<'a> for DescribeTransactionsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let transaction_states = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, transaction_states })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.transaction_states.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeTransactionsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TransactionState<'a> {
    /// Int16.
    pub error_code: i16,
    /// String.
    pub transactional_id: &'a str,
    /// String.
    pub transaction_state: &'a str,
    /// Int32.
    pub transaction_timeout_ms: i32,
    /// Int64.
    pub transaction_start_time_ms: i64,
    /// Int64.
    pub producer_id: i64,
    /// Int16.
    pub producer_epoch: i16,
    /// Array of [`TopicData`].
    pub topics: Array<'a, TopicData<'a>>,
}

impl<'a> Element<'a> for TransactionState<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let transactional_id = reader.string(format)?;
        let transaction_state = reader.string(format)?;
        let transaction_timeout_ms = reader.int32()?;
        let transaction_start_time_ms = reader.int64()?;
        let producer_id = reader.int64()?;
        let producer_epoch = reader.int16()?;
        let topics = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            error_code,
            transactional_id,
            transaction_state,
            transaction_timeout_ms,
            transaction_start_time_ms,
            producer_id,
            producer_epoch,
            topics,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::string(out, self.transactional_id, format)?;
        put::string(out, self.transaction_state, format)?;
        put::int32(out, self.transaction_timeout_ms);
        put::int64(out, self.transaction_start_time_ms);
        put::int64(out, self.producer_id);
        put::int16(out, self.producer_epoch);
        self.topics.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeTransactionsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicData<'a> {
    /// String.
    pub topic: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for TopicData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic, format)?;
        self.partitions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeTransactionsResponse<'a> {
    const NAME: &'static str = "DescribeTransactionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for DescribeTransactionsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeTransactions;
}
