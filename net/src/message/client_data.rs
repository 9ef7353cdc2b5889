// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Data that clients and brokers put into byte fields of messages.

use crate::array::{Array, Element};
use crate::codec::Message;
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `ConsumerProtocolAssignment`, versions 0 to 3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerProtocolAssignment<'a> {
    /// Array of [`ConsumerProtocolAssignmentTopicPartition`].
    pub assigned_partitions: Array<'a, ConsumerProtocolAssignmentTopicPartition<'a>>,
    /// Bytes, nullable, null by default.
    pub user_data: Option<&'a [u8]>,
}

impl<'a> Element<'a> for ConsumerProtocolAssignment<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let assigned_partitions = Array::read(reader, format)?;
        let user_data = reader.nullable_bytes(format)?;
        Ok(Self { assigned_partitions, user_data })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.assigned_partitions.write(out, format)?;
        put::nullable_bytes(out, self.user_data, format)?;
        Ok(())
    }
}

/// Part of [`ConsumerProtocolAssignment`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerProtocolAssignmentTopicPartition<'a> {
    /// String.
    pub topic: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for ConsumerProtocolAssignmentTopicPartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        Ok(Self { topic, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic, format)?;
        self.partitions.write(out, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for ConsumerProtocolAssignment<'a> {
    const NAME: &'static str = "ConsumerProtocolAssignment";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

/// Kafka's `ConsumerProtocolSubscription`, versions 0 to 3.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsumerProtocolSubscription<'a> {
    /// Array of string.
    pub topics: Array<'a, &'a str>,
    /// Bytes, nullable, null by default.
    pub user_data: Option<&'a [u8]>,
    /// Array of [`ConsumerProtocolSubscriptionTopicPartition`], versions 1 and up.
    pub owned_partitions: Array<'a, ConsumerProtocolSubscriptionTopicPartition<'a>>,
    /// Int32, versions 2 and up, −1 by default.
    pub generation_id: i32,
    /// String, versions 3 and up, nullable, null by default.
    pub rack_id: Option<&'a str>,
}

impl Default for ConsumerProtocolSubscription<'_> {
    fn default() -> Self {
        Self {
            topics: Array::default(),
            user_data: None,
            owned_partitions: Array::default(),
            generation_id: -1,
            rack_id: None,
        }
    }
}

impl<'a> Element<'a> for ConsumerProtocolSubscription<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topics = Array::read(reader, format)?;
        let user_data = reader.nullable_bytes(format)?;
        let owned_partitions =
            if format.version >= 1 { Array::read(reader, format)? } else { Array::default() };
        let generation_id = if format.version >= 2 { reader.int32()? } else { -1 };
        let rack_id = if format.version >= 3 { reader.nullable_string(format)? } else { None };
        Ok(Self { topics, user_data, owned_partitions, generation_id, rack_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.topics.write(out, format)?;
        put::nullable_bytes(out, self.user_data, format)?;
        if format.version >= 1 {
            self.owned_partitions.write(out, format)?;
        }
        if format.version >= 2 {
            put::int32(out, self.generation_id);
        }
        if format.version >= 3 {
            put::nullable_string(out, self.rack_id, format)?;
        }
        Ok(())
    }
}

/// Part of [`ConsumerProtocolSubscription`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerProtocolSubscriptionTopicPartition<'a> {
    /// String.
    pub topic: &'a str,
    /// Array of int32.
    pub partitions: Array<'a, i32>,
}

impl<'a> Element<'a> for ConsumerProtocolSubscriptionTopicPartition<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let topic = reader.string(format)?;
        let partitions = Array::read(reader, format)?;
        Ok(Self { topic, partitions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.topic, format)?;
        self.partitions.write(out, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for ConsumerProtocolSubscription<'a> {
    const NAME: &'static str = "ConsumerProtocolSubscription";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

/// Kafka's `DefaultPrincipalData`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DefaultPrincipalData<'a> {
    /// String.
    pub r#type: &'a str,
    /// String.
    pub name: &'a str,
    /// Bool.
    pub token_authenticated: bool,
}

impl<'a> Element<'a> for DefaultPrincipalData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let r#type = reader.string(format)?;
        let name = reader.string(format)?;
        let token_authenticated = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { r#type, name, token_authenticated })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.r#type, format)?;
        put::string(out, self.name, format)?;
        put::bool(out, self.token_authenticated);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DefaultPrincipalData<'a> {
    const NAME: &'static str = "DefaultPrincipalData";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}
