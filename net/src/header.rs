//! The headers in front of requests and responses.
//!
//! A flexible version has a header with tagged fields (request header 2, response header 1), the others have the
//! older one (1 and 0). ApiVersions responses always have the oldest: the client does not know yet what it talks to.

use crate::api::ApiKey;
use crate::codec::{Request, Response};
use crate::frame::{self, FrameStart};
use crate::put::{self, EncodeError};
use crate::wire::{DecodeError, Format, Reader};
use std::fmt;

/// The client id has the older form of a string in every header, so that any broker can read it.
const CLIENT_ID: Format = Format { version: 0, flexible: false };

/// What stands in front of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHeader<'a> {
    /// What is asked.
    pub api: ApiKey,
    /// In which version; see [`RequestHeader::decode`] for which ones to expect.
    pub version: i16,
    /// Comes back in the response.
    pub correlation_id: i32,
    /// What the client calls itself.
    pub client_id: Option<&'a str>,
}

/// Why a request cannot be answered. Kafka closes the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderError {
    /// No API of 4.x has this number.
    UnknownApi(i16),
    /// The API is not served in this version.
    UnsupportedVersion {
        /// What was asked.
        api: ApiKey,
        /// In which version.
        version: i16,
    },
    /// The bytes are no header.
    Malformed(DecodeError),
}

impl From<DecodeError> for HeaderError {
    fn from(error: DecodeError) -> HeaderError {
        HeaderError::Malformed(error)
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeaderError::UnknownApi(key) => write!(f, "no API has the number {key}"),
            HeaderError::UnsupportedVersion { api, version } => {
                write!(f, "{} is not served in version {version}", api.name())
            }
            HeaderError::Malformed(error) => write!(f, "a malformed request header: {error}"),
        }
    }
}

impl std::error::Error for HeaderError {}

impl<'a> RequestHeader<'a> {
    /// Reads a header; the body follows in the reader. The version is one that a 4.3 broker serves, except for
    /// ApiVersions: there it may be any, and one that is not served must be answered, not refused (KIP-511; see
    /// [`api_versions`](crate::api_versions)).
    ///
    /// # Errors
    /// The connection has to be closed; see [`HeaderError`].
    #[inline]
    pub fn decode(reader: &mut Reader<'a>) -> Result<RequestHeader<'a>, HeaderError> {
        let key = reader.int16()?;
        let version = reader.int16()?;
        let correlation_id = reader.int32()?;
        let api = ApiKey::from_i16(key).ok_or(HeaderError::UnknownApi(key))?;
        let client_id = reader.nullable_name(CLIENT_ID)?;
        if !api.versions().contains(version) {
            if api != ApiKey::ApiVersions {
                return Err(HeaderError::UnsupportedVersion { api, version });
            }
            // Nobody knows what follows: the answer is the same whatever it is.
            return Ok(RequestHeader { api, version, correlation_id, client_id });
        }
        reader.skip_tagged_fields(Format { version, flexible: api.is_flexible(version) })?;
        Ok(RequestHeader { api, version, correlation_id, client_id })
    }

    /// Appends the header.
    ///
    /// # Errors
    /// The client id is longer than a string can be.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        put::int16(out, self.api.to_i16());
        put::int16(out, self.version);
        put::int32(out, self.correlation_id);
        put::nullable_string(out, self.client_id, CLIENT_ID)?;
        put::no_tagged_fields(
            out,
            Format { version: self.version, flexible: self.api.is_flexible(self.version) },
        );
        Ok(())
    }
}

/// Whether responses have the header with tagged fields.
#[inline]
fn response_header_is_flexible(api: ApiKey, version: i16) -> bool {
    api != ApiKey::ApiVersions && api.is_flexible(version)
}

/// Reads a response's header, for clients: the correlation id.
///
/// # Errors
/// The bytes are no header.
pub fn decode_response_header(
    reader: &mut Reader<'_>,
    api: ApiKey,
    version: i16,
) -> Result<i32, DecodeError> {
    let correlation_id = reader.int32()?;
    let flexible = response_header_is_flexible(api, version);
    reader.skip_tagged_fields(Format { version, flexible })?;
    Ok(correlation_id)
}

/// Begins a response: room for the length, and the header. The body follows, then [`frame::end`].
#[inline]
pub fn begin_response(out: &mut Vec<u8>, api: ApiKey, version: i16, correlation_id: i32) -> FrameStart {
    let start = frame::begin(out);
    put::int32(out, correlation_id);
    put::no_tagged_fields(out, Format { version, flexible: response_header_is_flexible(api, version) });
    start
}

/// Appends a whole response: length, header, body.
///
/// # Errors
/// The version cannot hold the body, or it is longer than 2 GiB; `out` is as it was.
pub fn encode_response<'a, R: Response<'a>>(
    out: &mut Vec<u8>,
    version: i16,
    correlation_id: i32,
    body: &R,
) -> Result<(), EncodeError> {
    let before = out.len();
    let start = begin_response(out, R::API_KEY, version, correlation_id);
    let written = body.encode(out, version).and_then(|()| frame::try_end(out, start, 0));
    written.inspect_err(|_| out.truncate(before))
}

/// Appends a whole request: length, header, body. For clients.
///
/// # Errors
/// The version cannot hold the body, or it is longer than 2 GiB; `out` is as it was.
pub fn encode_request<'a, R: Request<'a>>(
    out: &mut Vec<u8>,
    version: i16,
    correlation_id: i32,
    client_id: Option<&str>,
    body: &R,
) -> Result<(), EncodeError> {
    let before = out.len();
    let start = frame::begin(out);
    let header = RequestHeader { api: R::API_KEY, version, correlation_id, client_id };
    let written = header.encode(out).and_then(|()| body.encode(out, version));
    written.and_then(|()| frame::try_end(out, start, 0)).inspect_err(|_| out.truncate(before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Message;
    use crate::message::heartbeat::{HeartbeatRequest, HeartbeatResponse};

    fn header(bytes: &[u8]) -> Result<RequestHeader<'_>, HeaderError> {
        RequestHeader::decode(&mut Reader::new(bytes))
    }

    #[test]
    fn a_request_survives_the_round_trip_in_both_headers() {
        for version in 0..=4 {
            let body = HeartbeatRequest { group_id: "g", member_id: "m", ..HeartbeatRequest::default() };
            let mut out = Vec::new();
            encode_request(&mut out, version, 7, Some("client"), &body).unwrap();
            assert_eq!(frame::body_bytes(&out, 1000), Ok(Some(out.len() - 4)));
            let mut reader = Reader::new(&out[4..]);
            let header = RequestHeader::decode(&mut reader).unwrap();
            assert_eq!((header.api, header.version), (ApiKey::Heartbeat, version));
            assert_eq!((header.correlation_id, header.client_id), (7, Some("client")));
            assert_eq!(HeartbeatRequest::decode(&mut reader, version), Ok(body));
            reader.finish().unwrap();
        }
    }

    #[test]
    fn a_response_header_is_flexible_but_for_api_versions() {
        for (api, version, header_bytes) in
            [(ApiKey::Heartbeat, 3, 4), (ApiKey::Heartbeat, 4, 5), (ApiKey::ApiVersions, 4, 4)]
        {
            let mut out = Vec::new();
            let start = begin_response(&mut out, api, version, 9);
            frame::end(&mut out, start, 0);
            assert_eq!(out.len(), 4 + header_bytes);
            assert_eq!(decode_response_header(&mut Reader::new(&out[4..]), api, version), Ok(9));
        }
        let mut out = Vec::new();
        encode_response(&mut out, 4, 9, &HeartbeatResponse::default()).unwrap();
        assert_eq!(out, [0, 0, 0, 12, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_client_id_that_is_not_utf8_harms_no_request() {
        let request = [0, 12, 0, 3, 0, 0, 0, 1, 0, 4, b'c', b'a', b'f', 0xe9];
        let mut reader = Reader::new(&request);
        assert_eq!(RequestHeader::decode(&mut reader).unwrap().client_id, Some("caf"));
        assert_eq!(reader.finish(), Ok(()), "the body begins behind all of it");
        assert_eq!(header(&[0, 12, 0, 3, 0, 0, 0, 1, 0, 1, 0xff]).unwrap().client_id, Some(""));
    }

    #[test]
    fn what_is_not_served_is_refused_but_for_api_versions() {
        let produce_2 = [0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff];
        let refused = HeaderError::UnsupportedVersion { api: ApiKey::Produce, version: 2 };
        assert_eq!(header(&produce_2), Err(refused));
        assert_eq!(header(&[0, 6, 0, 0, 0, 0, 0, 1, 0xff, 0xff]), Err(HeaderError::UnknownApi(6)));
        let future = header(&[0, 18, 0, 99, 0, 0, 0, 1, 0xff, 0xff, 0xfa, 0xfb]).unwrap();
        assert_eq!((future.api, future.version), (ApiKey::ApiVersions, 99));
        assert_eq!(header(&[0, 18, 0]), Err(HeaderError::Malformed(DecodeError::Truncated)));
    }
}
