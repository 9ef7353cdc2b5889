// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API AlterUserScramCredentials (51).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `AlterUserScramCredentialsRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterUserScramCredentialsRequest<'a> {
    /// Array of [`ScramCredentialDeletion`].
    pub deletions: Array<'a, ScramCredentialDeletion<'a>>,
    /// Array of [`ScramCredentialUpsertion`].
    pub upsertions: Array<'a, ScramCredentialUpsertion<'a>>,
}

impl<'a> Element<'a> for AlterUserScramCredentialsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let deletions = Array::read(reader, format)?;
        let upsertions = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { deletions, upsertions })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        self.deletions.write(out, format)?;
        self.upsertions.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterUserScramCredentialsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScramCredentialDeletion<'a> {
    /// String.
    pub name: &'a str,
    /// Int8.
    pub mechanism: i8,
}

impl<'a> Element<'a> for ScramCredentialDeletion<'a> {
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

/// Part of [`AlterUserScramCredentialsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScramCredentialUpsertion<'a> {
    /// String.
    pub name: &'a str,
    /// Int8.
    pub mechanism: i8,
    /// Int32.
    pub iterations: i32,
    /// Bytes.
    pub salt: &'a [u8],
    /// Bytes.
    pub salted_password: &'a [u8],
}

impl<'a> Element<'a> for ScramCredentialUpsertion<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        let mechanism = reader.int8()?;
        let iterations = reader.int32()?;
        let salt = reader.bytes(format)?;
        let salted_password = reader.bytes(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name, mechanism, iterations, salt, salted_password })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::int8(out, self.mechanism);
        put::int32(out, self.iterations);
        put::bytes(out, self.salt, format)?;
        put::bytes(out, self.salted_password, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AlterUserScramCredentialsRequest<'a> {
    const NAME: &'static str = "AlterUserScramCredentialsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for AlterUserScramCredentialsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::AlterUserScramCredentials;
}

/// Kafka's `AlterUserScramCredentialsResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterUserScramCredentialsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Array of [`AlterUserScramCredentialsResult`].
    pub results: Array<'a, AlterUserScramCredentialsResult<'a>>,
}

impl<'a> Element<'a> for AlterUserScramCredentialsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let results = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, results })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        self.results.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`AlterUserScramCredentialsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct AlterUserScramCredentialsResult<'a> {
    /// String.
    pub user: &'a str,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
}

impl Default for AlterUserScramCredentialsResult<'_> {
    fn default() -> Self {
        Self { user: "", error_code: 0, error_message: Some("") }
    }
}

impl<'a> Element<'a> for AlterUserScramCredentialsResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let user = reader.string(format)?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { user, error_code, error_message })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.user, format)?;
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for AlterUserScramCredentialsResponse<'a> {
    const NAME: &'static str = "AlterUserScramCredentialsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for AlterUserScramCredentialsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::AlterUserScramCredentials;
}
