// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeClientQuotas (48).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DescribeClientQuotasRequest`, versions 0 to 1, flexible from 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeClientQuotasRequest<'a> {
    /// Array of [`ComponentData`].
    pub components: Array<'a, ComponentData<'a>>,
    /// Bool.
    pub strict: bool,
}

impl<'a> Element<'a> for DescribeClientQuotasRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let components = Array::read(reader, format)?;
        let strict = reader.bool()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { components, strict })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.components.write(out, format)?;
        put::bool(out, self.strict);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeClientQuotasRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentData<'a> {
    /// String.
    pub entity_type: &'a str,
    /// Int8.
    pub match_type: i8,
    /// String, nullable.
    pub r#match: Option<&'a str>,
}

impl Default for ComponentData<'_> {
    fn default() -> Self {
        Self { entity_type: "", match_type: 0, r#match: Some("") }
    }
}

impl<'a> Element<'a> for ComponentData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let entity_type = reader.string(format)?;
        let match_type = reader.int8()?;
        let r#match = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { entity_type, match_type, r#match })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.entity_type, format)?;
        put::int8(out, self.match_type);
        put::nullable_string(out, self.r#match, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeClientQuotasRequest<'a> {
    const NAME: &'static str = "DescribeClientQuotasRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 1;
}

impl<'a> Request<'a> for DescribeClientQuotasRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeClientQuotas;
}

/// Kafka's `DescribeClientQuotasResponse`, versions 0 to 1, flexible from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeClientQuotasResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Array of [`EntryData`], nullable.
    pub entries: Option<Array<'a, EntryData<'a>>>,
}

impl Default for DescribeClientQuotasResponse<'_> {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, error_message: Some(""), entries: Some(Array::default()) }
    }
}

impl<'a> Element<'a> for DescribeClientQuotasResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let entries = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, error_message, entries })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::nullable_array(out, self.entries.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeClientQuotasResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EntryData<'a> {
    /// Array of [`EntityData`].
    pub entity: Array<'a, EntityData<'a>>,
    /// Array of [`ValueData`].
    pub values: Array<'a, ValueData<'a>>,
}

impl<'a> Element<'a> for EntryData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let entity = Array::read(reader, format)?;
        let values = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { entity, values })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.entity.write(out, format)?;
        self.values.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeClientQuotasResponse`].
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

/// Part of [`DescribeClientQuotasResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValueData<'a> {
    /// String.
    pub key: &'a str,
    /// Float64.
    pub value: f64,
}

impl<'a> Element<'a> for ValueData<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let key = reader.string(format)?;
        let value = reader.float64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { key, value })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.key, format)?;
        put::float64(out, self.value);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeClientQuotasResponse<'a> {
    const NAME: &'static str = "DescribeClientQuotasResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = 1;
}

impl<'a> Response<'a> for DescribeClientQuotasResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeClientQuotas;
}
