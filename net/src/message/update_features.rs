// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API UpdateFeatures (57).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `UpdateFeaturesRequest`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateFeaturesRequest<'a> {
    /// Int32, 60000 by default.
    pub timeout_ms: i32,
    /// Array of [`FeatureUpdateKey`].
    pub feature_updates: Array<'a, FeatureUpdateKey<'a>>,
    /// Bool, versions 1 and up.
    pub validate_only: bool,
}

impl Default for UpdateFeaturesRequest<'_> {
    fn default() -> Self {
        Self { timeout_ms: 60_000, feature_updates: Array::default(), validate_only: false }
    }
}

impl<'a> Element<'a> for UpdateFeaturesRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let timeout_ms = reader.int32()?;
        let feature_updates = Array::read(reader, format)?;
        let validate_only = if format.version >= 1 { reader.bool()? } else { false };
        reader.skip_tagged_fields(format)?;
        Ok(Self { timeout_ms, feature_updates, validate_only })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.timeout_ms);
        self.feature_updates.write(out, format)?;
        if format.version >= 1 {
            put::bool(out, self.validate_only);
        } else {
            put::absent(!self.validate_only, "UpdateFeaturesRequest.validate_only", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`UpdateFeaturesRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureUpdateKey<'a> {
    /// String.
    pub feature: &'a str,
    /// Int16.
    pub max_version_level: i16,
    /// Bool, version 0.
    pub allow_downgrade: bool,
    /// Int8, versions 1 and up, 1 by default.
    pub upgrade_type: i8,
}

impl Default for FeatureUpdateKey<'_> {
    fn default() -> Self {
        Self { feature: "", max_version_level: 0, allow_downgrade: false, upgrade_type: 1 }
    }
}

impl<'a> Element<'a> for FeatureUpdateKey<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let feature = reader.string(format)?;
        let max_version_level = reader.int16()?;
        let allow_downgrade = if format.version <= 0 { reader.bool()? } else { false };
        let upgrade_type = if format.version >= 1 { reader.int8()? } else { 1 };
        reader.skip_tagged_fields(format)?;
        Ok(Self { feature, max_version_level, allow_downgrade, upgrade_type })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.feature, format)?;
        put::int16(out, self.max_version_level);
        if format.version <= 0 {
            put::bool(out, self.allow_downgrade);
        } else {
            put::absent(!self.allow_downgrade, "FeatureUpdateKey.allow_downgrade", format)?;
        }
        if format.version >= 1 {
            put::int8(out, self.upgrade_type);
        } else {
            put::absent(self.upgrade_type == 1, "FeatureUpdateKey.upgrade_type", format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for UpdateFeaturesRequest<'a> {
    const NAME: &'static str = "UpdateFeaturesRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for UpdateFeaturesRequest<'a> {
    const API_KEY: ApiKey = ApiKey::UpdateFeatures;
}

/// Kafka's `UpdateFeaturesResponse`, versions 0 to 2, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateFeaturesResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Array of [`UpdatableFeatureResult`], versions 0 to 1.
    pub results: Array<'a, UpdatableFeatureResult<'a>>,
}

impl Default for UpdateFeaturesResponse<'_> {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, error_message: Some(""), results: Array::default() }
    }
}

impl<'a> Element<'a> for UpdateFeaturesResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let results = if format.version <= 1 { Array::read(reader, format)? } else { Array::default() };
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, error_message, results })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        if format.version <= 1 {
            self.results.write(out, format)?;
        }
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`UpdateFeaturesResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct UpdatableFeatureResult<'a> {
    /// String.
    pub feature: &'a str,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
}

impl Default for UpdatableFeatureResult<'_> {
    fn default() -> Self {
        Self { feature: "", error_code: 0, error_message: Some("") }
    }
}

impl<'a> Element<'a> for UpdatableFeatureResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let feature = reader.string(format)?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { feature, error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.feature, format)?;
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for UpdateFeaturesResponse<'a> {
    const NAME: &'static str = "UpdateFeaturesResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for UpdateFeaturesResponse<'a> {
    const API_KEY: ApiKey = ApiKey::UpdateFeatures;
}
