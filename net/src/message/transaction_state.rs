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
    /// Int64, versions 1 and up, tag 0, −1 by default.
    pub previous_producer_id: i64,
    /// Int64, versions 1 and up, tag 1, −1 by default.
    pub next_producer_id: i64,
    /// Int16.
    pub producer_epoch: i16,
    /// Int16, versions 1 and up, tag 3, −1 by default.
    pub next_producer_epoch: i16,
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
    /// Int16, versions 1 and up, tag 2.
    pub client_transaction_version: i16,
}

impl Default for TransactionLogValue<'_> {
    fn default() -> Self {
        Self {
            producer_id: 0,
            previous_producer_id: -1,
            next_producer_id: -1,
            producer_epoch: 0,
            next_producer_epoch: -1,
            transaction_timeout_ms: 0,
            transaction_status: 0,
            transaction_partitions: Some(Array::default()),
            transaction_last_update_timestamp_ms: 0,
            transaction_start_timestamp_ms: 0,
            client_transaction_version: 0,
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
        let mut previous_producer_id = -1;
        let mut next_producer_id = -1;
        let mut next_producer_epoch = -1;
        let mut client_transaction_version = 0;
        if format.flexible {
            for _ in 0..reader.tag_count()? {
                let (tag, mut field) = reader.tagged_field()?;
                match tag {
                    0 => previous_producer_id = field.int64()?,
                    1 => next_producer_id = field.int64()?,
                    3 => next_producer_epoch = field.int16()?,
                    2 => client_transaction_version = field.int16()?,
                    _ => continue,
                }
                field.finish()?;
            }
        }
        Ok(Self {
            producer_id,
            previous_producer_id,
            next_producer_id,
            producer_epoch,
            next_producer_epoch,
            transaction_timeout_ms,
            transaction_status,
            transaction_partitions,
            transaction_last_update_timestamp_ms,
            transaction_start_timestamp_ms,
            client_transaction_version,
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
        let has_0 = self.previous_producer_id != -1;
        if format.version < 1 {
            put::absent(self.previous_producer_id == -1, "TransactionLogValue.previous_producer_id", format)?;
        }
        let has_1 = self.next_producer_id != -1;
        if format.version < 1 {
            put::absent(self.next_producer_id == -1, "TransactionLogValue.next_producer_id", format)?;
        }
        let has_3 = self.next_producer_epoch != -1;
        if format.version < 1 {
            put::absent(self.next_producer_epoch == -1, "TransactionLogValue.next_producer_epoch", format)?;
        }
        let has_2 = self.client_transaction_version != 0;
        if format.version < 1 {
            put::absent(
                self.client_transaction_version == 0,
                "TransactionLogValue.client_transaction_version",
                format,
            )?;
        }
        if format.flexible {
            put::tag_count(out, &[has_0, has_1, has_2, has_3]);
            if has_0 {
                put::tagged_field(out, 0, |out| {
                    put::int64(out, self.previous_producer_id);
                    Ok(())
                })?;
            }
            if has_1 {
                put::tagged_field(out, 1, |out| {
                    put::int64(out, self.next_producer_id);
                    Ok(())
                })?;
            }
            if has_2 {
                put::tagged_field(out, 2, |out| {
                    put::int16(out, self.client_transaction_version);
                    Ok(())
                })?;
            }
            if has_3 {
                put::tagged_field(out, 3, |out| {
                    put::int16(out, self.next_producer_epoch);
                    Ok(())
                })?;
            }
        }
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
