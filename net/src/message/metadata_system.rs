// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Records of __cluster_metadata: features, producer ids, transactions of the metadata log.
//! Each value begins with three unsigned varints: frame version (1), record number, version.

use crate::array::Element;
use crate::codec::{Message, Record};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `FeatureLevelRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeatureLevelRecord<'a> {
    /// String.
    pub name: &'a str,
    /// Int16.
    pub feature_level: i16,
}

impl<'a> Element<'a> for FeatureLevelRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let feature_level = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, feature_level })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int16(out, self.feature_level);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for FeatureLevelRecord<'a> {
    const NAME: &'static str = "FeatureLevelRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for FeatureLevelRecord<'a> {
    const RECORD_NUMBER: i16 = 12;
}

/// Kafka's `ProducerIdsRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct ProducerIdsRecord {
    /// Int32.
    pub broker_id: i32,
    /// Int64, −1 by default.
    pub broker_epoch: i64,
    /// Int64.
    pub next_producer_id: i64,
}

impl Default for ProducerIdsRecord {
    fn default() -> Self {
        Self { broker_id: 0, broker_epoch: -1, next_producer_id: 0 }
    }
}

impl Element<'_> for ProducerIdsRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        let broker_epoch = reader.int64()?;
        let next_producer_id = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { broker_id, broker_epoch, next_producer_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        put::int64(out, self.broker_epoch);
        put::int64(out, self.next_producer_id);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for ProducerIdsRecord {
    const NAME: &'static str = "ProducerIdsRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for ProducerIdsRecord {
    const RECORD_NUMBER: i16 = 15;
}

/// Kafka's `NoOpRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NoOpRecord {}

impl Element<'_> for NoOpRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        reader.skip_tagged_fields(format)?;
        Ok(Self {})
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for NoOpRecord {
    const NAME: &'static str = "NoOpRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for NoOpRecord {
    const RECORD_NUMBER: i16 = 20;
}

/// Kafka's `ZkMigrationStateRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ZkMigrationStateRecord {
    /// Int8.
    pub zk_migration_state: i8,
}

impl Element<'_> for ZkMigrationStateRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let zk_migration_state = reader.int8()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { zk_migration_state })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int8(out, self.zk_migration_state);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for ZkMigrationStateRecord {
    const NAME: &'static str = "ZkMigrationStateRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for ZkMigrationStateRecord {
    const RECORD_NUMBER: i16 = 21;
}

/// Kafka's `BeginTransactionRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BeginTransactionRecord<'a> {
    /// String, tag 0, nullable, null by default.
    pub name: Option<&'a str>,
}

impl<'a> Element<'a> for BeginTransactionRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let mut name = None;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => name = field.nullable_string(format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { name })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        let has_0 = self.name.is_some();
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| put::nullable_string(out, self.name, format))?;
        }
        Ok(())
    }
}

impl<'a> Message<'a> for BeginTransactionRecord<'a> {
    const NAME: &'static str = "BeginTransactionRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for BeginTransactionRecord<'a> {
    const RECORD_NUMBER: i16 = 23;
}

/// Kafka's `EndTransactionRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndTransactionRecord {}

impl Element<'_> for EndTransactionRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        reader.skip_tagged_fields(format)?;
        Ok(Self {})
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for EndTransactionRecord {
    const NAME: &'static str = "EndTransactionRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for EndTransactionRecord {
    const RECORD_NUMBER: i16 = 24;
}

/// Kafka's `AbortTransactionRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AbortTransactionRecord<'a> {
    /// String, tag 0, nullable, null by default.
    pub reason: Option<&'a str>,
}

impl<'a> Element<'a> for AbortTransactionRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let mut reason = None;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => reason = field.nullable_string(format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { reason })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        let has_0 = self.reason.is_some();
        put::tag_count(out, &[has_0]);
        if has_0 {
            put::tagged_field(out, 0, |out| put::nullable_string(out, self.reason, format))?;
        }
        Ok(())
    }
}

impl<'a> Message<'a> for AbortTransactionRecord<'a> {
    const NAME: &'static str = "AbortTransactionRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for AbortTransactionRecord<'a> {
    const RECORD_NUMBER: i16 = 25;
}
