// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The API SaslHandshake (17).

use crate::api::ApiKey;
use crate::array::{Array, Element};
use crate::codec::{Message, Request, Response};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};

/// Kafka's `SaslHandshakeRequest`, versions 0 to 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SaslHandshakeRequest<'a> {
    /// String.
    pub mechanism: &'a str,
}

impl<'a> Element<'a> for SaslHandshakeRequest<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let mechanism = reader.string(format)?;
        Ok(Self { mechanism })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::string(out, self.mechanism, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for SaslHandshakeRequest<'a> {
    const NAME: &'static str = "SaslHandshakeRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Request<'a> for SaslHandshakeRequest<'a> {
    const API_KEY: ApiKey = ApiKey::SaslHandshake;
}

/// Kafka's `SaslHandshakeResponse`, versions 0 to 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SaslHandshakeResponse<'a> {
    /// Int16.
    pub error_code: i16,
    /// Array of string.
    pub mechanisms: Array<'a, &'a str>,
}

impl<'a> Element<'a> for SaslHandshakeResponse<'a> {
    fn read(reader: &mut Reader<'a>, format: Format) -> Result<Self, DecodeError> {
        let error_code = reader.int16()?;
        let mechanisms = Array::read(reader, format)?;
        Ok(Self { error_code, mechanisms })
    }

    fn write(&self, out: &mut Vec<u8>, format: Format) -> Result<(), EncodeError> {
        put::int16(out, self.error_code);
        self.mechanisms.write(out, format)?;
        Ok(())
    }
}

impl<'a> Message<'a> for SaslHandshakeResponse<'a> {
    const NAME: &'static str = "SaslHandshakeResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE_VERSION: i16 = i16::MAX;
}

impl<'a> Response<'a> for SaslHandshakeResponse<'a> {
    const API_KEY: ApiKey = ApiKey::SaslHandshake;
}
