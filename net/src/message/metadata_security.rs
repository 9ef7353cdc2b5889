// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! Records of __cluster_metadata: access control, credentials, tokens, quotas.
//! Each value begins with three unsigned varints: frame version (1), record number, version.

use crate::array::{Array, Element};
use crate::codec::{Message, Record};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use loglane_model::TopicId;

/// Kafka's `DelegationTokenRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DelegationTokenRecord<'a> {
    /// String.
    pub owner: &'a str,
    /// String.
    pub requester: &'a str,
    /// Array of string.
    pub renewers: Array<'a, &'a str>,
    /// Int64.
    pub issue_timestamp: i64,
    /// Int64.
    pub max_timestamp: i64,
    /// Int64.
    pub expiration_timestamp: i64,
    /// String.
    pub token_id: &'a str,
}

impl<'a> Element<'a> for DelegationTokenRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let owner = reader.string(format)?;
        let requester = reader.string(format)?;
        let renewers = Array::read(reader, format)?;
        let issue_timestamp = reader.int64()?;
        let max_timestamp = reader.int64()?;
        let expiration_timestamp = reader.int64()?;
        let token_id = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            owner,
            requester,
            renewers,
            issue_timestamp,
            max_timestamp,
            expiration_timestamp,
            token_id,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.owner, format)?;
        put::string(out, self.requester, format)?;
        self.renewers.write(out, format)?;
        put::int64(out, self.issue_timestamp);
        put::int64(out, self.max_timestamp);
        put::int64(out, self.expiration_timestamp);
        put::string(out, self.token_id, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DelegationTokenRecord<'a> {
    const NAME: &'static str = "DelegationTokenRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for DelegationTokenRecord<'a> {
    const RECORD_NUMBER: i16 = 10;
}

/// Kafka's `UserScramCredentialRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UserScramCredentialRecord<'a> {
    /// String.
    pub name: &'a str,
    /// Int8.
    pub mechanism: i8,
    /// Bytes.
    pub salt: &'a [u8],
    /// Bytes.
    pub stored_key: &'a [u8],
    /// Bytes.
    pub server_key: &'a [u8],
    /// Int32.
    pub iterations: i32,
}

impl<'a> Element<'a> for UserScramCredentialRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let mechanism = reader.int8()?;
        let salt = reader.bytes(format)?;
        let stored_key = reader.bytes(format)?;
        let server_key = reader.bytes(format)?;
        let iterations = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, mechanism, salt, stored_key, server_key, iterations })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int8(out, self.mechanism);
        put::bytes(out, self.salt, format)?;
        put::bytes(out, self.stored_key, format)?;
        put::bytes(out, self.server_key, format)?;
        put::int32(out, self.iterations);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for UserScramCredentialRecord<'a> {
    const NAME: &'static str = "UserScramCredentialRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for UserScramCredentialRecord<'a> {
    const RECORD_NUMBER: i16 = 11;
}

/// Kafka's `ClientQuotaRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClientQuotaRecord<'a> {
    /// Array of [`EntityData`].
    pub entity: Array<'a, EntityData<'a>>,
    /// String.
    pub key: &'a str,
    /// Float64.
    pub value: f64,
    /// Bool.
    pub remove: bool,
}

impl<'a> Element<'a> for ClientQuotaRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let entity = Array::read(reader, format)?;
        let key = reader.string(format)?;
        let value = reader.float64()?;
        let remove = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { entity, key, value, remove })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.entity.write(out, format)?;
        put::string(out, self.key, format)?;
        put::float64(out, self.value);
        put::bool(out, self.remove);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ClientQuotaRecord`].
#[derive(Debug, Clone, PartialEq)]
pub struct EntityData<'a> {
    /// String.
    pub entity_type: &'a str,
    /// String, nullable.
    pub entity_name: Option<&'a str>,
}

impl Default for EntityData<'_> {
    fn default() -> Self {
        Self { entity_type: "", entity_name: Some("") }
    }
}

impl<'a> Element<'a> for EntityData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let entity_type = reader.string(format)?;
        let entity_name = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { entity_type, entity_name })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.entity_type, format)?;
        put::nullable_string(out, self.entity_name, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ClientQuotaRecord<'a> {
    const NAME: &'static str = "ClientQuotaRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for ClientQuotaRecord<'a> {
    const RECORD_NUMBER: i16 = 14;
}

/// Kafka's `AccessControlEntryRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AccessControlEntryRecord<'a> {
    /// Uuid.
    pub id: TopicId,
    /// Int8.
    pub resource_type: i8,
    /// String.
    pub resource_name: &'a str,
    /// Int8.
    pub pattern_type: i8,
    /// String.
    pub principal: &'a str,
    /// String.
    pub host: &'a str,
    /// Int8.
    pub operation: i8,
    /// Int8.
    pub permission_type: i8,
}

impl<'a> Element<'a> for AccessControlEntryRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let id = reader.uuid()?;
        let resource_type = reader.int8()?;
        let resource_name = reader.string(format)?;
        let pattern_type = reader.int8()?;
        let principal = reader.string(format)?;
        let host = reader.string(format)?;
        let operation = reader.int8()?;
        let permission_type = reader.int8()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            id,
            resource_type,
            resource_name,
            pattern_type,
            principal,
            host,
            operation,
            permission_type,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.id);
        put::int8(out, self.resource_type);
        put::string(out, self.resource_name, format)?;
        put::int8(out, self.pattern_type);
        put::string(out, self.principal, format)?;
        put::string(out, self.host, format)?;
        put::int8(out, self.operation);
        put::int8(out, self.permission_type);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AccessControlEntryRecord<'a> {
    const NAME: &'static str = "AccessControlEntryRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for AccessControlEntryRecord<'a> {
    const RECORD_NUMBER: i16 = 18;
}

/// Kafka's `RemoveAccessControlEntryRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RemoveAccessControlEntryRecord {
    /// Uuid.
    pub id: TopicId,
}

impl Element<'_> for RemoveAccessControlEntryRecord {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let id = reader.uuid()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::uuid(out, self.id);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl Message<'_> for RemoveAccessControlEntryRecord {
    const NAME: &'static str = "RemoveAccessControlEntryRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl Record<'_> for RemoveAccessControlEntryRecord {
    const RECORD_NUMBER: i16 = 19;
}

/// Kafka's `RemoveUserScramCredentialRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RemoveUserScramCredentialRecord<'a> {
    /// String.
    pub name: &'a str,
    /// Int8.
    pub mechanism: i8,
}

impl<'a> Element<'a> for RemoveUserScramCredentialRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let mechanism = reader.int8()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, mechanism })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int8(out, self.mechanism);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for RemoveUserScramCredentialRecord<'a> {
    const NAME: &'static str = "RemoveUserScramCredentialRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for RemoveUserScramCredentialRecord<'a> {
    const RECORD_NUMBER: i16 = 22;
}

/// Kafka's `RemoveDelegationTokenRecord`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RemoveDelegationTokenRecord<'a> {
    /// String.
    pub token_id: &'a str,
}

impl<'a> Element<'a> for RemoveDelegationTokenRecord<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let token_id = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { token_id })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.token_id, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for RemoveDelegationTokenRecord<'a> {
    const NAME: &'static str = "RemoveDelegationTokenRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Record<'a> for RemoveDelegationTokenRecord<'a> {
    const RECORD_NUMBER: i16 = 26;
}
