//! Frames: each request and response follows its length in four bytes.
//!
//! [`body_bytes`] looks at what was received; [`begin`] and [`end`] put the length in front of what is sent.

use crate::put::EncodeError;
use std::fmt;

/// Bytes of the length in front of a frame.
pub const LENGTH_BYTES: usize = 4;

/// Why a length cannot be one. The connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// The length is below zero.
    Negative(i32),
    /// The length is above what the caller accepts (`socket.request.max.bytes`).
    TooLarge {
        /// What the peer announced.
        bytes: usize,
        /// What is accepted.
        bytes_max: usize,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::Negative(length) => write!(f, "a frame of {length} bytes"),
            FrameError::TooLarge { bytes, bytes_max } => {
                write!(f, "a frame of {bytes} bytes, {bytes_max} are accepted")
            }
        }
    }
}

impl std::error::Error for FrameError {}

/// The bytes of the frame behind the length that `received` begins with; `None` while the length is not complete.
///
/// # Errors
/// The length is negative or above `bytes_max`: nothing may be reserved for it.
#[inline]
pub fn body_bytes(received: &[u8], bytes_max: usize) -> Result<Option<usize>, FrameError> {
    let Some(length) = received.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
    let length = i32::from_be_bytes(*length);
    match usize::try_from(length) {
        Err(_) => Err(FrameError::Negative(length)),
        Ok(bytes) if bytes > bytes_max => Err(FrameError::TooLarge { bytes, bytes_max }),
        Ok(bytes) => Ok(Some(bytes)),
    }
}

/// Where a frame begins in a buffer. [`end`] must follow.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct FrameStart(usize);

/// Begins a frame at the end of `out`; its length is filled in by [`end`].
#[inline]
pub fn begin(out: &mut Vec<u8>) -> FrameStart {
    let start = FrameStart(out.len());
    out.extend_from_slice(&[0; LENGTH_BYTES]);
    start
}

/// Ends the frame. `lent_bytes` count what is sent in between from elsewhere, such as the records of a fetch
/// response.
///
/// Panics above 2 GiB, which the limits of produces and fetches rule out.
#[inline]
pub fn end(out: &mut [u8], start: FrameStart, lent_bytes: usize) {
    try_end(out, start, lent_bytes).expect("a response is far below 2 GiB");
}

/// As [`end`], where a client may have something to say about how long the response is.
///
/// # Errors
/// The frame is longer than its length can say. What was written is of no use.
#[inline]
pub fn try_end(out: &mut [u8], start: FrameStart, lent_bytes: usize) -> Result<(), EncodeError> {
    let body = out.len() - start.0 - LENGTH_BYTES + lent_bytes;
    let length = i32::try_from(body).map_err(|_| EncodeError::TooLong)?;
    out[start.0..start.0 + LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_believed_only_up_to_the_cap() {
        assert_eq!(body_bytes(&[0, 0, 1], 1000), Ok(None));
        assert_eq!(body_bytes(&[0, 0, 1, 0, 9], 1000), Ok(Some(256)));
        assert_eq!(body_bytes(&[0, 0, 0, 0], 1000), Ok(Some(0)));
        let too_large = FrameError::TooLarge { bytes: 1001, bytes_max: 1000 };
        assert_eq!(body_bytes(&[0, 0, 3, 0xe9], 1000), Err(too_large));
        assert_eq!(body_bytes(&[0xff; 4], 1000), Err(FrameError::Negative(-1)));
    }

    #[test]
    fn a_frame_counts_what_is_lent_too() {
        let mut out = vec![7, 7];
        let start = begin(&mut out);
        out.extend_from_slice(b"head");
        end(&mut out, start, 100);
        assert_eq!(out, [7, 7, 0, 0, 0, 104, b'h', b'e', b'a', b'd']);
        assert_eq!(body_bytes(&out[2..], 1000), Ok(Some(104)));
    }

    #[test]
    fn a_frame_of_two_gibibytes_is_an_error() {
        let mut out = Vec::new();
        let start = begin(&mut out);
        assert_eq!(try_end(&mut out, start, i32::MAX as usize), Ok(()));
        assert_eq!(try_end(&mut out, start, i32::MAX as usize + 1), Err(EncodeError::TooLong));
    }
}
