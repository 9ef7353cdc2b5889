// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API CreateDelegationToken (38).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `CreateDelegationTokenRequest`, versions 1 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateDelegationTokenRequest<'a> {
    /// String, versions 3 and up, nullable.
    pub owner_principal_type: Option<&'a str>,
    /// String, versions 3 and up, nullable.
    pub owner_principal_name: Option<&'a str>,
    /// Array of [`CreatableRenewers`].
    pub renewers: Array<'a, CreatableRenewers<'a>>,
    /// Int64.
    pub max_lifetime_ms: i64,
}

impl Default for CreateDelegationTokenRequest<'_> {
    fn default() -> Self {
        Self {
            owner_principal_type: Some(""),
            owner_principal_name: Some(""),
            renewers: Array::default(),
            max_lifetime_ms: 0,
        }
    }
}

impl<'a> Element<'a> for CreateDelegationTokenRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let owner_principal_type =
            if format.version >= 3 { reader.nullable_string(format)? } else { Some("") };
        let owner_principal_name =
            if format.version >= 3 { reader.nullable_string(format)? } else { Some("") };
        let renewers = Array::read(reader, format)?;
        let max_lifetime_ms = reader.int64()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { owner_principal_type, owner_principal_name, renewers, max_lifetime_ms })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        if format.version >= 3 {
            put::nullable_string(out, self.owner_principal_type, format)?;
        } else {
            put::absent(
                self.owner_principal_type == Some(""),
                "CreateDelegationTokenRequest.owner_principal_type",
                format,
            )?;
        }
        if format.version >= 3 {
            put::nullable_string(out, self.owner_principal_name, format)?;
        } else {
            put::absent(
                self.owner_principal_name == Some(""),
                "CreateDelegationTokenRequest.owner_principal_name",
                format,
            )?;
        }
        self.renewers.write(out, format)?;
        put::int64(out, self.max_lifetime_ms);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`CreateDelegationTokenRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatableRenewers<'a> {
    /// String.
    pub principal_type: &'a str,
    /// String.
    pub principal_name: &'a str,
}

impl<'a> Element<'a> for CreatableRenewers<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let principal_type = reader.string(format)?;
        let principal_name = reader.string(format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { principal_type, principal_name })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.principal_type, format)?;
        put::string(out, self.principal_name, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for CreateDelegationTokenRequest<'a> {
    const NAME: &'static str = "CreateDelegationTokenRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for CreateDelegationTokenRequest<'a> {
    const API_KEY: ApiKey = ApiKey::CreateDelegationToken;
}

/// Kafka's `CreateDelegationTokenResponse`, versions 1 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateDelegationTokenResponse<'a> {
    /// Int16.
    pub error_code: i16,
    /// String.
    pub principal_type: &'a str,
    /// String.
    pub principal_name: &'a str,
    /// String, versions 3 and up.
    pub token_requester_principal_type: &'a str,
    /// String, versions 3 and up.
    pub token_requester_principal_name: &'a str,
    /// Int64.
    pub issue_timestamp_ms: i64,
    /// Int64.
    pub expiry_timestamp_ms: i64,
    /// Int64.
    pub max_timestamp_ms: i64,
    /// String.
    pub token_id: &'a str,
    /// Bytes.
    pub hmac: &'a [u8],
    /// Int32.
    pub throttle_time_ms: i32,
}

impl<'a> Element<'a> for CreateDelegationTokenResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let principal_type = reader.string(format)?;
        let principal_name = reader.string(format)?;
        let token_requester_principal_type = if format.version >= 3 { reader.string(format)? } else { "" };
        let token_requester_principal_name = if format.version >= 3 { reader.string(format)? } else { "" };
        let issue_timestamp_ms = reader.int64()?;
        let expiry_timestamp_ms = reader.int64()?;
        let max_timestamp_ms = reader.int64()?;
        let token_id = reader.string(format)?;
        let hmac = reader.bytes(format)?;
        let throttle_time_ms = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            error_code,
            principal_type,
            principal_name,
            token_requester_principal_type,
            token_requester_principal_name,
            issue_timestamp_ms,
            expiry_timestamp_ms,
            max_timestamp_ms,
            token_id,
            hmac,
            throttle_time_ms,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        put::string(out, self.principal_type, format)?;
        put::string(out, self.principal_name, format)?;
        if format.version >= 3 {
            put::string(out, self.token_requester_principal_type, format)?;
        } else {
            put::absent(
                self.token_requester_principal_type.is_empty(),
                "CreateDelegationTokenResponse.token_requester_principal_type",
                format,
            )?;
        }
        if format.version >= 3 {
            put::string(out, self.token_requester_principal_name, format)?;
        } else {
            put::absent(
                self.token_requester_principal_name.is_empty(),
                "CreateDelegationTokenResponse.token_requester_principal_name",
                format,
            )?;
        }
        put::int64(out, self.issue_timestamp_ms);
        put::int64(out, self.expiry_timestamp_ms);
        put::int64(out, self.max_timestamp_ms);
        put::string(out, self.token_id, format)?;
        put::bytes(out, self.hmac, format)?;
        put::int32(out, self.throttle_time_ms);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

impl<'a> Message<'a> for CreateDelegationTokenResponse<'a> {
    const NAME: &'static str = "CreateDelegationTokenResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for CreateDelegationTokenResponse<'a> {
    const API_KEY: ApiKey = ApiKey::CreateDelegationToken;
}
