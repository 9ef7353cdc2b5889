// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API AlterClientQuotas (49).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `AlterClientQuotasRequest`, versions 0 to 1, flexible from 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterClientQuotasRequest<'a> {
    /// Array of [`RequestEntryData`].
    pub entries: Array<'a, RequestEntryData<'a>>,
    /// Bool.
    pub validate_only: bool,
}

impl<'a> Element<'a> for AlterClientQuotasRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let entries = Array::read(reader, format)?;
        let validate_only = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { entries, validate_only })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.entries.write(out, format)?;
        put::bool(out, self.validate_only);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterClientQuotasRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RequestEntryData<'a> {
    /// Array of [`RequestEntityData`].
    pub entity: Array<'a, RequestEntityData<'a>>,
    /// Array of [`OpData`].
    pub ops: Array<'a, OpData<'a>>,
}

impl<'a> Element<'a> for RequestEntryData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let entity = Array::read(reader, format)?;
        let ops = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { entity, ops })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.entity.write(out, format)?;
        self.ops.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterClientQuotasRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct RequestEntityData<'a> {
    /// String.
    pub entity_type: &'a str,
    /// String, nullable.
    pub entity_name: Option<&'a str>,
}

impl Default for RequestEntityData<'_> {
    fn default() -> Self {
        Self { entity_type: "", entity_name: Some("") }
    }
}

impl<'a> Element<'a> for RequestEntityData<'a> {
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

/// Part of [`AlterClientQuotasRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OpData<'a> {
    /// String.
    pub key: &'a str,
    /// Float64.
    pub value: f64,
    /// Bool.
    pub remove: bool,
}

impl<'a> Element<'a> for OpData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let key = reader.string(format)?;
        let value = reader.float64()?;
        let remove = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { key, value, remove })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.key, format)?;
        put::float64(out, self.value);
        put::bool(out, self.remove);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AlterClientQuotasRequest<'a> {
    const NAME: &'static str = "AlterClientQuotasRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 1;
}

impl<'a> Request<'a> for AlterClientQuotasRequest<'a> {
    const API_KEY: ApiKey = ApiKey::AlterClientQuotas;
}

/// Kafka's `AlterClientQuotasResponse`, versions 0 to 1, flexible from 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterClientQuotasResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`ResponseEntryData`].
    pub entries: Array<'a, ResponseEntryData<'a>>,
}

impl<'a> Element<'a> for AlterClientQuotasResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let entries = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, entries })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.entries.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterClientQuotasResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseEntryData<'a> {
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Array of [`ResponseEntityData`].
    pub entity: Array<'a, ResponseEntityData<'a>>,
}

impl Default for ResponseEntryData<'_> {
    fn default() -> Self {
        Self { error_code: 0, error_message: Some(""), entity: Array::default() }
    }
}

impl<'a> Element<'a> for ResponseEntryData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let entity = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, error_message, entity })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        self.entity.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterClientQuotasResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseEntityData<'a> {
    /// String.
    pub entity_type: &'a str,
    /// String, nullable.
    pub entity_name: Option<&'a str>,
}

impl Default for ResponseEntityData<'_> {
    fn default() -> Self {
        Self { entity_type: "", entity_name: Some("") }
    }
}

impl<'a> Element<'a> for ResponseEntityData<'a> {
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

impl<'a> Message<'a> for AlterClientQuotasResponse<'a> {
    const NAME: &'static str = "AlterClientQuotasResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 1;
}

impl<'a> Response<'a> for AlterClientQuotasResponse<'a> {
    const API_KEY: ApiKey = ApiKey::AlterClientQuotas;
}
