// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Records of __transaction_state.
//! A key begins with an int16, its record number below; a value begins with an int16, its version.

use crate::array::{Array, Element};
use crate::codec::{Message, Record};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `TransactionLogKey`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TransactionLogKey<'a> {
    /// String.
    pub transactional_id: &'a str,
}

impl<'a> Element<'a> for TransactionLogKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let transactional_id = reader.string(format)?;
        Ok(Self { transactional_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.transactional_id, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for TransactionLogKey<'a> {
    const NAME: &'static str = "TransactionLogKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Record<'a> for TransactionLogKey<'a> {
    const RECORD_NUMBER: i16 = 0;
}

/// Kafka's `TransactionLogValue`, versions 0 to 1, flexible from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct TransactionLogValue<'a> {
    /// Int64.
    pub producer_id: i64,
    /// Int16.
    pub producer_epoch: i16,
    /// Int32.
    pub transaction_timeout_ms: i32,
    /// Int8.
    pub transaction_status: i8,
    /// Array of [`PartitionsSchema`], nullable.
    pub transaction_partitions: Option<Array<'a, PartitionsSchema<'a>>>,
    /// Int64.
    pub transaction_last_update_timestamp_ms: i64,
    /// Int64.
    pub transaction_start_timestamp_ms: i64,
}

impl Default for TransactionLogValue<'_> {
    fn default() -> Self {
        Self {
            producer_id: 0,
            producer_epoch: 0,
            transaction_timeout_ms: 0,
            transaction_status: 0,
            transaction_partitions: Some(Array::default()),
            transaction_last_update_timestamp_ms: 0,
            transaction_start_timestamp_ms: 0,
        }
    }
}

impl<'a> Element<'a> for TransactionLogValue<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let producer_id = reader.int64()?;
        let producer_epoch = reader.int16()?;
        let transaction_timeout_ms = reader.int32()?;
        let transaction_status = reader.int8()?;
        let transaction_partitions = Array::read_nullable(reader, format)?;
        let transaction_last_update_timestamp_ms = reader.int64()?;
        let transaction_start_timestamp_ms = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            producer_id,
            producer_epoch,
            transaction_timeout_ms,
            transaction_status,
            transaction_partitions,
            transaction_last_update_timestamp_ms,
            transaction_start_timestamp_ms,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int64(out, self.producer_id);
        put::int16(out, self.producer_epoch);
        put::int32(out, self.transaction_timeout_ms);
        put::int8(out, self.transaction_status);
        put::nullable_array(out, self.transaction_partitions.as_ref(), format)?;
        put::int64(out, self.transaction_last_update_timestamp_ms);
        put::int64(out, self.transaction_start_timestamp_ms);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`TransactionLogValue`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionsSchema<'a> {
    /// String.
    pub topic: &'a str,
    /// Array of int32.
    pub partition_ids: Array<'a, i32>,
}

impl<'a> Element<'a> for PartitionsSchema<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = reader.string(format)?;
        let partition_ids = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { topic, partition_ids })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic, format)?;
        self.partition_ids.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for TransactionLogValue<'a> {
    const NAME: &'static str = "TransactionLogValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 1;
}

impl<'a> Record<'a> for TransactionLogValue<'a> {
    const RECORD_NUMBER: i16 = 0;
}
