// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Records of __cluster_metadata: brokers and controllers.
//! Each value begins with three unsigned varints: frame version (1), record number, version.

use crate::array::{Array, Element};
use crate::codec::{Message, Record};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `RegisterBrokerRecord`, versions 0 to 4, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct RegisterBrokerRecord<'a> {
    /// Int32.
    pub broker_id: i32,
    /// Bool, versions 2 and up.
    pub is_migrating_zk_broker: bool,
    /// Uuid.
    pub incarnation_id: TopicId,
    /// Int64.
    pub broker_epoch: i64,
    /// Array of [`BrokerEndpoint`].
    pub end_points: Array<'a, BrokerEndpoint<'a>>,
    /// Array of [`BrokerFeature`].
    pub features: Array<'a, BrokerFeature<'a>>,
    /// String, nullable.
    pub rack: Option<&'a str>,
    /// Bool, true by default.
    pub fenced: bool,
    /// Bool, versions 1 and up.
    pub in_controlled_shutdown: bool,
    /// Array of uuid, versions 3 and up, tag 0.
    pub log_dirs: Array<'a, TopicId>,
    /// Array of uuid, versions 4 and up, tag 1, nullable, null by default.
    pub cordoned_log_dirs: Option<Array<'a, TopicId>>,
}

impl Default for RegisterBrokerRecord<'_> {
    fn default() -> Self {
        Self {
            broker_id: 0,
            is_migrating_zk_broker: false,
            incarnation_id: TopicId::ZERO,
            broker_epoch: 0,
            end_points: Array::default(),
            features: Array::default(),
            rack: Some(""),
            fenced: true,
            in_controlled_shutdown: false,
            log_dirs: Array::default(),
            cordoned_log_dirs: None,
        }
    }
}

impl<'a> Element<'a> for RegisterBrokerRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        let is_migrating_zk_broker = if format.version >= 2 { reader.bool()? } else { false };
        let incarnation_id = reader.uuid()?;
        let broker_epoch = reader.int64()?;
        let end_points = Array::read(reader, format)?;
        let features = Array::read(reader, format)?;
        let rack = reader.nullable_string(format)?;
        let fenced = reader.bool()?;
        let in_controlled_shutdown = if format.version >= 1 { reader.bool()? } else { false };
        let mut log_dirs = Array::default();
        let mut cordoned_log_dirs = None;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 if format.version >= 3 => log_dirs = Array::read(&mut field, format)?,
                1 if format.version >= 4 => cordoned_log_dirs = Array::read_nullable(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self {
            broker_id,
            is_migrating_zk_broker,
            incarnation_id,
            broker_epoch,
            end_points,
            features,
            rack,
            fenced,
            in_controlled_shutdown,
            log_dirs,
            cordoned_log_dirs,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        if format.version >= 2 {
            put::bool(out, self.is_migrating_zk_broker);
        } else {
            put::absent(!self.is_migrating_zk_broker, "RegisterBrokerRecord.is_migrating_zk_broker", format)?;
        }
        put::uuid(out, self.incarnation_id);
        put::int64(out, self.broker_epoch);
        self.end_points.write(out, format)?;
        self.features.write(out, format)?;
        put::nullable_string(out, self.rack, format)?;
        put::bool(out, self.fenced);
        if format.version >= 1 {
            put::bool(out, self.in_controlled_shutdown);
        } else {
            put::absent(!self.in_controlled_shutdown, "RegisterBrokerRecord.in_controlled_shutdown", format)?;
        }
        let has_0 = format.version >= 3 && !self.log_dirs.is_empty();
        if format.version < 3 {
            put::absent(self.log_dirs.is_empty(), "RegisterBrokerRecord.log_dirs", format)?;
        }
        let has_1 = format.version >= 4 && self.cordoned_log_dirs.is_some();
        if format.version < 4 {
            put::absent(self.cordoned_log_dirs.is_none(), "RegisterBrokerRecord.cordoned_log_dirs", format)?;
        }
        put::tag_count(out, &[has_0, has_1]);
        if has_0 {
            put::tagged_field(out, 0, |out| self.log_dirs.write(out, format))?;
        }
        if has_1 {
            put::tagged_field(out, 1, |out| {
                put::nullable_array(out, self.cordoned_log_dirs.as_ref(), format)
            })?;
        }
        Ok(())
    }
}

/// Part of [`RegisterBrokerRecord`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BrokerEndpoint<'a> {
    /// String.
    pub name: &'a str,
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
    /// Int16.
    pub security_protocol: i16,
}

impl<'a> Element<'a> for BrokerEndpoint<'a> {
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

/// Part of [`RegisterBrokerRecord`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BrokerFeature<'a> {
    /// String.
    pub name: &'a str,
    /// Int16.
    pub min_supported_version: i16,
    /// Int16.
    pub max_supported_version: i16,
}

impl<'a> Element<'a> for BrokerFeature<'a> {
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

impl<'a> Message<'a> for RegisterBrokerRecord<'a> {
    const NAME: &'static str = "RegisterBrokerRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for RegisterBrokerRecord<'a> {
    const RECORD_NUMBER: i16 = 0;
}

/// Kafka's `UnregisterBrokerRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UnregisterBrokerRecord {
    /// Int32.
    pub broker_id: i32,
    /// Int64.
    pub broker_epoch: i64,
}

impl Element<'_> for UnregisterBrokerRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        let broker_epoch = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { broker_id, broker_epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        put::int64(out, self.broker_epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for UnregisterBrokerRecord {
    const NAME: &'static str = "UnregisterBrokerRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for UnregisterBrokerRecord {
    const RECORD_NUMBER: i16 = 1;
}

/// Kafka's `FenceBrokerRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FenceBrokerRecord {
    /// Int32.
    pub id: i32,
    /// Int64.
    pub epoch: i64,
}

impl Element<'_> for FenceBrokerRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let id = reader.int32()?;
        let epoch = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { id, epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.id);
        put::int64(out, self.epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for FenceBrokerRecord {
    const NAME: &'static str = "FenceBrokerRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for FenceBrokerRecord {
    const RECORD_NUMBER: i16 = 7;
}

/// Kafka's `UnfenceBrokerRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UnfenceBrokerRecord {
    /// Int32.
    pub id: i32,
    /// Int64.
    pub epoch: i64,
}

impl Element<'_> for UnfenceBrokerRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let id = reader.int32()?;
        let epoch = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { id, epoch })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.id);
        put::int64(out, self.epoch);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for UnfenceBrokerRecord {
    const NAME: &'static str = "UnfenceBrokerRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for UnfenceBrokerRecord {
    const RECORD_NUMBER: i16 = 8;
}

/// Kafka's `BrokerRegistrationChangeRecord`, versions 0 to 3, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BrokerRegistrationChangeRecord<'a> {
    /// Int32.
    pub broker_id: i32,
    /// Int64.
    pub broker_epoch: i64,
    /// Int8, tag 0.
    pub fenced: i8,
    /// Int8, versions 1 and up, tag 1.
    pub in_controlled_shutdown: i8,
    /// Array of uuid, versions 2 and up, tag 2.
    pub log_dirs: Array<'a, TopicId>,
    /// Array of uuid, versions 3 and up, tag 3, nullable, null by default.
    pub cordoned_log_dirs: Option<Array<'a, TopicId>>,
}

impl<'a> Element<'a> for BrokerRegistrationChangeRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let broker_id = reader.int32()?;
        let broker_epoch = reader.int64()?;
        let mut fenced = 0;
        let mut in_controlled_shutdown = 0;
        let mut log_dirs = Array::default();
        let mut cordoned_log_dirs = None;
        for _ in 0..reader.tag_count()? {
            let (tag, mut field) = reader.tagged_field()?;
            match tag {
                0 => fenced = field.int8()?,
                1 if format.version >= 1 => in_controlled_shutdown = field.int8()?,
                2 if format.version >= 2 => log_dirs = Array::read(&mut field, format)?,
                3 if format.version >= 3 => cordoned_log_dirs = Array::read_nullable(&mut field, format)?,
                _ => continue,
            }
            field.finish()?;
        }
        Ok(Self { broker_id, broker_epoch, fenced, in_controlled_shutdown, log_dirs, cordoned_log_dirs })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.broker_id);
        put::int64(out, self.broker_epoch);
        let has_0 = self.fenced != 0;
        let has_1 = format.version >= 1 && self.in_controlled_shutdown != 0;
        if format.version < 1 {
            put::absent(
                self.in_controlled_shutdown == 0,
                "BrokerRegistrationChangeRecord.in_controlled_shutdown",
                format,
            )?;
        }
        let has_2 = format.version >= 2 && !self.log_dirs.is_empty();
        if format.version < 2 {
            put::absent(self.log_dirs.is_empty(), "BrokerRegistrationChangeRecord.log_dirs", format)?;
        }
        let has_3 = format.version >= 3 && self.cordoned_log_dirs.is_some();
        if format.version < 3 {
            put::absent(
                self.cordoned_log_dirs.is_none(),
                "BrokerRegistrationChangeRecord.cordoned_log_dirs",
                format,
            )?;
        }
        put::tag_count(out, &[has_0, has_1, has_2, has_3]);
        if has_0 {
            put::tagged_field(out, 0, |out| {
                put::int8(out, self.fenced);
                Ok(())
            })?;
        }
        if has_1 {
            put::tagged_field(out, 1, |out| {
                put::int8(out, self.in_controlled_shutdown);
                Ok(())
            })?;
        }
        if has_2 {
            put::tagged_field(out, 2, |out| self.log_dirs.write(out, format))?;
        }
        if has_3 {
            put::tagged_field(out, 3, |out| {
                put::nullable_array(out, self.cordoned_log_dirs.as_ref(), format)
            })?;
        }
        Ok(())
    }
}

impl<'a> Message<'a> for BrokerRegistrationChangeRecord<'a> {
    const NAME: &'static str = "BrokerRegistrationChangeRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for BrokerRegistrationChangeRecord<'a> {
    const RECORD_NUMBER: i16 = 17;
}

/// Kafka's `RegisterControllerRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RegisterControllerRecord<'a> {
    /// Int32.
    pub controller_id: i32,
    /// Uuid.
    pub incarnation_id: TopicId,
    /// Bool.
    pub zk_migration_ready: bool,
    /// Array of [`ControllerEndpoint`].
    pub end_points: Array<'a, ControllerEndpoint<'a>>,
    /// Array of [`ControllerFeature`].
    pub features: Array<'a, ControllerFeature<'a>>,
}

impl<'a> Element<'a> for RegisterControllerRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let controller_id = reader.int32()?;
        let incarnation_id = reader.uuid()?;
        let zk_migration_ready = reader.bool()?;
        let end_points = Array::read(reader, format)?;
        let features = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { controller_id, incarnation_id, zk_migration_ready, end_points, features })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.controller_id);
        put::uuid(out, self.incarnation_id);
        put::bool(out, self.zk_migration_ready);
        self.end_points.write(out, format)?;
        self.features.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`RegisterControllerRecord`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ControllerEndpoint<'a> {
    /// String.
    pub name: &'a str,
    /// String.
    pub host: &'a str,
    /// Uint16.
    pub port: u16,
    /// Int16.
    pub security_protocol: i16,
}

impl<'a> Element<'a> for ControllerEndpoint<'a> {
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

/// Part of [`RegisterControllerRecord`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ControllerFeature<'a> {
    /// String.
    pub name: &'a str,
    /// Int16.
    pub min_supported_version: i16,
    /// Int16.
    pub max_supported_version: i16,
}

impl<'a> Element<'a> for ControllerFeature<'a> {
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

impl<'a> Message<'a> for RegisterControllerRecord<'a> {
    const NAME: &'static str = "RegisterControllerRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for RegisterControllerRecord<'a> {
    const RECORD_NUMBER: i16 = 27;
}
