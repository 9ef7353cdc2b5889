// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API DescribeDelegationToken (41).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `DescribeDelegationTokenRequest`, versions 1 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeDelegationTokenRequest<'a> {
    /// Array of [`DescribeDelegationTokenOwner`], nullable.
    pub owners: Option<Array<'a, DescribeDelegationTokenOwner<'a>>>,
}

impl Default for DescribeDelegationTokenRequest<'_> {
    fn default() -> Self {
        Self { owners: Some(Array::default()) }
    }
}

impl<'a> Element<'a> for DescribeDelegationTokenRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let owners = Array::read_nullable(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { owners })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::nullable_array(out, self.owners.as_ref(), format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeDelegationTokenRequest`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeDelegationTokenOwner<'a> {
    /// String.
    pub principal_type: &'a str,
    /// String.
    pub principal_name: &'a str,
}

impl<'a> Element<'a> for DescribeDelegationTokenOwner<'a> {
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

impl<'a> Message<'a> for DescribeDelegationTokenRequest<'a> {
    const NAME: &'static str = "DescribeDelegationTokenRequest";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Request<'a> for DescribeDelegationTokenRequest<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeDelegationToken;
}

/// Kafka's `DescribeDelegationTokenResponse`, versions 1 to 3, flexible from 2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeDelegationTokenResponse<'a> {
    /// Int16.
    pub error_code: i16,
    /// Array of [`DescribedDelegationToken`].
    pub tokens: Array<'a, DescribedDelegationToken<'a>>,
    /// Int32.
    pub throttle_time_ms: i32,
}

impl<'a> Element<'a> for DescribeDelegationTokenResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let tokens = Array::read(reader, format)?;
        let throttle_time_ms = reader.int32()?;
        reader.skip_tagged_fields(format)?;
        Ok(Self { error_code, tokens, throttle_time_ms })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        self.tokens.write(out, format)?;
        put::int32(out, self.throttle_time_ms);
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeDelegationTokenResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribedDelegationToken<'a> {
    /// String.
    pub principal_type: &'a str,
    /// String.
    pub principal_name: &'a str,
    /// String, versions 3 and up.
    pub token_requester_principal_type: &'a str,
    /// String, versions 3 and up.
    pub token_requester_principal_name: &'a str,
    /// Int64.
    pub issue_timestamp: i64,
    /// Int64.
    pub expiry_timestamp: i64,
    /// Int64.
    pub max_timestamp: i64,
    /// String.
    pub token_id: &'a str,
    /// Bytes.
    pub hmac: &'a [u8],
    /// Array of [`DescribedDelegationTokenRenewer`].
    pub renewers: Array<'a, DescribedDelegationTokenRenewer<'a>>,
}

impl<'a> Element<'a> for DescribedDelegationToken<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let principal_type = reader.string(format)?;
        let principal_name = reader.string(format)?;
        let token_requester_principal_type = if format.version >= 3 { reader.string(format)? } else { "" };
        let token_requester_principal_name = if format.version >= 3 { reader.string(format)? } else { "" };
        let issue_timestamp = reader.int64()?;
        let expiry_timestamp = reader.int64()?;
        let max_timestamp = reader.int64()?;
        let token_id = reader.string(format)?;
        let hmac = reader.bytes(format)?;
        let renewers = Array::read(reader, format)?;
        reader.skip_tagged_fields(format)?;
        Ok(Self {
            principal_type,
            principal_name,
            token_requester_principal_type,
            token_requester_principal_name,
            issue_timestamp,
            expiry_timestamp,
            max_timestamp,
            token_id,
            hmac,
            renewers,
        })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.principal_type, format)?;
        put::string(out, self.principal_name, format)?;
        if format.version >= 3 {
            put::string(out, self.token_requester_principal_type, format)?;
        } else {
            put::absent(
                self.token_requester_principal_type.is_empty(),
                "DescribedDelegationToken.token_requester_principal_type",
                format,
            )?;
        }
        if format.version >= 3 {
            put::string(out, self.token_requester_principal_name, format)?;
        } else {
            put::absent(
                self.token_requester_principal_name.is_empty(),
                "DescribedDelegationToken.token_requester_principal_name",
                format,
            )?;
        }
        put::int64(out, self.issue_timestamp);
        put::int64(out, self.expiry_timestamp);
        put::int64(out, self.max_timestamp);
        put::string(out, self.token_id, format)?;
        put::bytes(out, self.hmac, format)?;
        self.renewers.write(out, format)?;
        put::no_tagged_fields(out, format);
        Ok(())
    }
}

/// Part of [`DescribeDelegationTokenResponse`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribedDelegationTokenRenewer<'a> {
    /// String.
    pub principal_type: &'a str,
    /// String.
    pub principal_name: &'a str,
}

impl<'a> Element<'a> for DescribedDelegationTokenRenewer<'a> {
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

impl<'a> Message<'a> for DescribeDelegationTokenResponse<'a> {
    const NAME: &'static str = "DescribeDelegationTokenResponse";
    const MIN_VERSION: i16 = 1;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE_VERSION: i16 = 2;
}

impl<'a> Response<'a> for DescribeDelegationTokenResponse<'a> {
    const API_KEY: ApiKey = ApiKey::DescribeDelegationToken;
}
