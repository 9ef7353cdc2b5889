// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeUserScramCredentials (50).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DescribeUserScramCredentialsRequest`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeUserScramCredentialsRequest<'a> {
    /// Array of [`UserName`], nullable.
    pub users: Option<Array<'a, UserName<'a>>>,
}

impl Default for DescribeUserScramCredentialsRequest<'_> {
    fn default() -> Self {
        Self { users: Some(Array::default()) }
    }
}

impl<'a> Element<'a> for DescribeUserScramCredentialsRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let users = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { users })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_array(out, self.users.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeUserScramCredentialsRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UserName<'a> {
    /// String.
    pub name: &'a str,
}

impl<'a> Element<'a> for UserName<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let name = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { name })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.name, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeUserScramCredentialsRequest<'a> {
    const NAME: &'static str = "DescribeUserScramCredentialsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Request<'a> for DescribeUserScramCredentialsRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeUserScramCredentials;
}

/// Kafka's `DescribeUserScramCredentialsResponse`, version 0, always flexible.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeUserScramCredentialsResponse<'a> {
    /// Int32.
    pub throttle_time_ms: i32,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Array of [`DescribeUserScramCredentialsResult`].
    pub results: Array<'a, DescribeUserScramCredentialsResult<'a>>,
}

impl Default for DescribeUserScramCredentialsResponse<'_> {
    fn default() -> Self {
        Self { throttle_time_ms: 0, error_code: 0, error_message: Some(""), results: Array::default() }
    }
}

impl<'a> Element<'a> for DescribeUserScramCredentialsResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let throttle_time_ms = reader.int32()?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let results = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { throttle_time_ms, error_code, error_message, results })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int32(out, self.throttle_time_ms);
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        self.results.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeUserScramCredentialsResponse`].
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeUserScramCredentialsResult<'a> {
    /// String.
    pub user: &'a str,
    /// Int16.
    pub error_code: i16,
    /// String, nullable.
    pub error_message: Option<&'a str>,
    /// Array of [`CredentialInfo`].
    pub credential_infos: Array<'a, CredentialInfo>,
}

impl Default for DescribeUserScramCredentialsResult<'_> {
    fn default() -> Self {
        Self { user: "", error_code: 0, error_message: Some(""), credential_infos: Array::default() }
    }
}

impl<'a> Element<'a> for DescribeUserScramCredentialsResult<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let user = reader.string(format)?;
        let error_code = reader.int16()?;
        let error_message = reader.nullable_string(format)?;
        let credential_infos = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { user, error_code, error_message, credential_infos })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.user, format)?;
        put::int16(out, self.error_code);
        put::nullable_string(out, self.error_message, format)?;
        self.credential_infos.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeUserScramCredentialsResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CredentialInfo {
    /// Int8.
    pub mechanism: i8,
    /// Int32.
    pub iterations: i32,
}

impl Element<'_> for CredentialInfo {
    fn read(reader: &mut Reader<'_>, format: Format) -> Result<Self, DecodeError> {
        let mechanism = reader.int8()?;
        let iterations = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { mechanism, iterations })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int8(out, self.mechanism);
        put::int32(out, self.iterations);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for DescribeUserScramCredentialsResponse<'a> {
    const NAME: &'static str = "DescribeUserScramCredentialsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE_VERSION: i16 = 0;
}

impl<'a> Response<'a> for DescribeUserScramCredentialsResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeUserScramCredentials;
}
