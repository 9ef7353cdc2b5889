// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API ApiVersions (18).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `ApiVersionsRequest`, versions 0 to 4, flexible from 3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ApiVersionsRequest<'a> {
    /// String, versions 3 and up.
    pub client_software_name: &'a str,
    /// String, versions 3 and up.
    pub client_software_version: &'a str,
}

impl<'a> Element<'a> for ApiVersionsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let client_software_name = if format.version >= 3 { reader.string(format)? } else { "" };
        let client_software_version = if format.version >= 3 { reader.string(format)? } else { "" };
        reader.skip_tagged_fields(format)?;
        Ok(Self { client_software_name, client_software_version })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 3 {
            put::string(out, self.client_software_name, format)?;
        }
        if format.version >= 3 {
            put::string(out, self.client_software_version, format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ApiVersionsRequest<'a> {
    const NAME: &'static str = "ApiVersionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Request<'a> for ApiVersionsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::ApiVersions;
}

/// Kafka's `ApiVersionsResponse`, versions 0 to 4, flexible from 3.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiVersionsResponse<'a> {
    /// Int16.
    pub error_code: i16,
    /// Array of [`ApiVersion`].
    pub api_keys: Array<'a, ApiVersion>,
    /// Int32, versions 1 and up.
    pub throttle_time_ms: i32,
    /// Array of [`SupportedFeatureKey`], versions 3 and up, tag 0.
    pub supported_features: Array<'a, SupportedFeatureKey<'a>>,
    /// Int64, versions 3 and up, tag 1, −1 by default.
    pub finalized_features_epoch: i64,
    /// Array of [`FinalizedFeatureKey`], versions 3 and up, tag 2.
    pub finalized_features: Array<'a, FinalizedFeatureKey<'a>>,
    /// Bool, versions 3 and up, tag 3.
    pub zk_migration_ready: bool,
}

impl Default for ApiVersionsResponse<'_> {
    fn default() -> Self {
        Self {
            error_code: 0,
            api_keys: Array::default(),
            throttle_time_ms: 0,
            supported_features: Array::default(),
            finalized_features_epoch: -1,
            finalized_features: Array::default(),
            zk_migration_ready: false,
        }
    }
}

impl<'a> Element<'a> for ApiVersionsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let api_keys = Array::read(reader, format)?;
        let throttle_time_ms = if format.version >= 1 { reader.int32()? } else { 0 };
        let mut supported_features = Array::default();
        let mut finalized_features_epoch = -1;
        let mut finalized_features = Array::default();
        let mut zk_migration_ready = false;
        if format.flexible {
            for _ in 0..reader.tag_count()? {
                let (tag, mut field) = reader.tagged_field()?;
                match tag {
                    0 => supported_features = Array::read(&mut field, format)?,
                    1 => finalized_features_epoch = field.int64()?,
                    2 => finalized_features = Array::read(&mut field, format)?,
                    3 => zk_migration_ready = field.bool()?,
                    _ => continue,
                }
                field.finish()?;
            }
        }
        Ok(Self {
            error_code,
            api_keys,
            throttle_time_ms,
            supported_features,
            finalized_features_epoch,
            finalized_features,
            zk_migration_ready,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        self.api_keys.write(out, format)?;
        if format.version >= 1 {
            put::int32(out, self.throttle_time_ms);
        }
        let has_0 = !self.supported_features.is_empty();
        let has_1 = self.finalized_features_epoch != -1;
        let has_2 = !self.finalized_features.is_empty();
        let has_3 = self.zk_migration_ready;
        if format.flexible {
            put::tag_count(out, &[has_0, has_1, has_2, has_3]);
            if has_0 {
                put::tagged_field(out, 0, |out| self.supported_features.write(out, format))?;
            }
            if has_1 {
                put::tagged_field(out, 1, |out| {
                    put::int64(out, self.finalized_features_epoch);
                    Ok(())
                })?;
            }
            if has_2 {
                put::tagged_field(out, 2, |out| self.finalized_features.write(out, format))?;
            }
            if has_3 {
                put::tagged_field(out, 3, |out| {
                    put::bool(out, self.zk_migration_ready);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

/// Part of [`ApiVersionsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ApiVersion {
    /// Int16.
    pub api_key: i16,
    /// Int16.
    pub min_version: i16,
    /// Int16.
    pub max_version: i16,
}

impl Element<'_> for ApiVersion {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let api_key = reader.int16()?;
        let min_version = reader.int16()?;
        let max_version = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { api_key, min_version, max_version })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.api_key);
        put::int16(out, self.min_version);
        put::int16(out, self.max_version);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ApiVersionsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SupportedFeatureKey<'a> {
    /// String.
    pub name: &'a str,
    /// Int16.
    pub min_version: i16,
    /// Int16.
    pub max_version: i16,
}

impl<'a> Element<'a> for SupportedFeatureKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let min_version = reader.int16()?;
        let max_version = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, min_version, max_version })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int16(out, self.min_version);
        put::int16(out, self.max_version);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`ApiVersionsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FinalizedFeatureKey<'a> {
    /// String.
    pub name: &'a str,
    /// Int16.
    pub max_version_level: i16,
    /// Int16.
    pub min_version_level: i16,
}

impl<'a> Element<'a> for FinalizedFeatureKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let max_version_level = reader.int16()?;
        let min_version_level = reader.int16()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, max_version_level, min_version_level })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int16(out, self.max_version_level);
        put::int16(out, self.min_version_level);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for ApiVersionsResponse<'a> {
    const NAME: &'static str = "ApiVersionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE_VERSION: i16 = 3;
}

impl<'a> Response<'a> for ApiVersionsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::ApiVersions;
}
