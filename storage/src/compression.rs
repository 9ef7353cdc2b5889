//! The four codecs of Kafka, with a bound on what comes out.
//!
//! gzip is RFC 1952 (one member or several); lz4 is the LZ4 frame format; zstd is RFC 8878; snappy is either the
//! framing of the Java library (which Kafka's own client writes) or one raw block (which others write).
//! Decompression streams through fixed buffers. The only allocations that follow the input's claims are limited by
//! what the input could truly hold: snappy expands at most 22-fold, and zstd's window is address space that is
//! touched only as output is produced, so never beyond the caller's cap.

use loglane_model::Compression;
use std::io::{self, Read, Write};

/// Why compressed bytes could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecompressError {
    /// They are not what the codec writes, or they are cut.
    Corrupt,
    /// More than the caller's cap came out.
    TooLarge {
        /// The cap, in bytes.
        cap: usize,
    },
}

/// The codec refused to compress, which only a level out of its range brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompressError;

/// Streams the decompressed bytes, at most `cap` of them: the byte beyond is an error of kind
/// [`io::ErrorKind::FileTooLarge`].
pub struct Decompressor<'a> {
    codec: Codec<'a>,
    left: usize,
    cap: usize,
}

enum Codec<'a> {
    None(&'a [u8]),
    Gzip(Box<flate2::bufread::MultiGzDecoder<&'a [u8]>>),
    Snappy(SnappyBlocks<'a>),
    Lz4(Box<lz4_flex::frame::FrameDecoder<&'a [u8]>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, &'a [u8]>>),
}

impl<'a> Decompressor<'a> {
    /// Opens the records of a batch.
    pub fn new(
        compression: Compression,
        bytes: &'a [u8],
        cap: usize,
    ) -> Result<Decompressor<'a>, DecompressError> {
        let codec = match compression {
            Compression::None => Codec::None(bytes),
            Compression::Gzip => Codec::Gzip(Box::new(flate2::bufread::MultiGzDecoder::new(bytes))),
            Compression::Snappy => Codec::Snappy(SnappyBlocks::new(bytes, cap)),
            Compression::Lz4 => Codec::Lz4(Box::new(lz4_flex::frame::FrameDecoder::new(bytes))),
            Compression::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(bytes);
                Codec::Zstd(Box::new(decoder.map_err(|_| DecompressError::Corrupt)?))
            }
        };
        Ok(Decompressor { codec, left: cap, cap })
    }

    /// What an error of this reader means.
    #[must_use]
    pub fn why(&self, error: &io::Error) -> DecompressError {
        if error.kind() == io::ErrorKind::FileTooLarge {
            DecompressError::TooLarge { cap: self.cap }
        } else {
            DecompressError::Corrupt
        }
    }

    fn read_codec(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.codec {
            Codec::None(bytes) => bytes.read(into),
            Codec::Gzip(decoder) => decoder.read(into),
            Codec::Snappy(blocks) => blocks.read(into),
            Codec::Lz4(decoder) => decoder.read(into),
            Codec::Zstd(decoder) => decoder.read(into),
        }
    }
}

impl Read for Decompressor<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            // At the cap it still matters whether there is more.
            return match self.read_codec(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::ErrorKind::FileTooLarge.into()),
            };
        }
        let limit = into.len().min(self.left);
        let taken = self.read_codec(&mut into[..limit])?;
        self.left -= taken;
        Ok(taken)
    }
}

/// All of it at once, at most `cap` bytes.
pub fn decompress(compression: Compression, bytes: &[u8], cap: usize) -> Result<Vec<u8>, DecompressError> {
    let mut reader = Decompressor::new(compression, bytes, cap)?;
    let mut out = Vec::new();
    match reader.read_to_end(&mut out) {
        Ok(_) => Ok(out),
        Err(error) => Err(reader.why(&error)),
    }
}

/// Compresses the records of a batch. `level` is the codec's own (gzip 1..9, zstd −131072..22, `None` its default);
/// lz4 and snappy have one speed here and ignore it.
pub fn compress(
    compression: Compression,
    level: Option<i32>,
    bytes: &[u8],
) -> Result<Vec<u8>, CompressError> {
    match compression {
        Compression::None => Ok(bytes.to_vec()),
        Compression::Gzip => compress_gzip(level, bytes),
        Compression::Snappy => compress_snappy(bytes),
        Compression::Lz4 => compress_lz4(bytes).map_err(|_| CompressError),
        Compression::Zstd => compress_zstd(level, bytes).map_err(|_| CompressError),
    }
}

fn compress_gzip(level: Option<i32>, bytes: &[u8]) -> Result<Vec<u8>, CompressError> {
    let level = match level {
        None | Some(-1) => flate2::Compression::default(),
        Some(level @ 1..=9) => flate2::Compression::new(level.unsigned_abs()),
        Some(_) => return Err(CompressError),
    };
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|_| CompressError)
}

fn compress_lz4(bytes: &[u8]) -> Result<Vec<u8>, lz4_flex::frame::Error> {
    // Independent blocks of 64 KiB without checksums: the only kind that Kafka's own decoder takes is independent.
    let mut frame = lz4_flex::frame::FrameInfo::new();
    frame.block_mode = lz4_flex::frame::BlockMode::Independent;
    frame.block_size = lz4_flex::frame::BlockSize::Max64KB;
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(frame, Vec::new());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn compress_zstd(level: Option<i32>, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let level = level.unwrap_or(zstd::DEFAULT_COMPRESSION_LEVEL);
    if !zstd::compression_level_range().contains(&level) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), level)?;
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// What the Java library puts in front: its name, and two version numbers of 1.
const SNAPPY_STREAM_HEADER: [u8; 16] = *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";

/// Bytes of the header by which a stream is known; what follows are versions.
const SNAPPY_STREAM_NAME_BYTES: usize = 8;

/// Bytes before compression in one block of a Java stream.
const SNAPPY_BLOCK_BYTES: usize = 32 * 1024;

/// Three bytes of a raw block copy at most 64, so no block grows further than this.
const SNAPPY_EXPANSION_MAX: usize = 22;

fn compress_snappy(bytes: &[u8]) -> Result<Vec<u8>, CompressError> {
    let mut out = SNAPPY_STREAM_HEADER.to_vec();
    let mut encoder = snap::raw::Encoder::new();
    for chunk in bytes.chunks(SNAPPY_BLOCK_BYTES) {
        let block = encoder.compress_vec(chunk).map_err(|_| CompressError)?;
        let length = u32::try_from(block.len()).map_err(|_| CompressError)?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&block);
    }
    Ok(out)
}

/// Snappy as Kafka meets it, one block decompressed at a time.
struct SnappyBlocks<'a> {
    rest: &'a [u8],
    is_stream: bool,
    block: Vec<u8>,
    at: usize,
    cap: usize,
}

impl<'a> SnappyBlocks<'a> {
    fn new(bytes: &'a [u8], cap: usize) -> SnappyBlocks<'a> {
        let is_stream = bytes.starts_with(&SNAPPY_STREAM_HEADER[..SNAPPY_STREAM_NAME_BYTES]);
        SnappyBlocks { rest: bytes, is_stream, block: Vec::new(), at: 0, cap }
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            let Some(compressed) = self.next_block()? else {
                return Ok(0);
            };
            self.decompress_block(compressed)?;
        }
        let taken = into.len().min(self.block.len() - self.at);
        into[..taken].copy_from_slice(&self.block[self.at..self.at + taken]);
        self.at += taken;
        Ok(taken)
    }

    fn next_block(&mut self) -> io::Result<Option<&'a [u8]>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        if !self.is_stream {
            return Ok(Some(std::mem::take(&mut self.rest)));
        }
        // Streams may stand one behind the other: a header can come wherever a block can.
        while self.rest.starts_with(&SNAPPY_STREAM_HEADER[..SNAPPY_STREAM_NAME_BYTES]) {
            self.rest = self.rest.get(SNAPPY_STREAM_HEADER.len()..).ok_or(io::ErrorKind::InvalidData)?;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (length, rest) = self.rest.split_first_chunk::<4>().ok_or(io::ErrorKind::InvalidData)?;
        let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| io::ErrorKind::InvalidData)?;
        let (block, rest) = rest.split_at_checked(length).ok_or(io::ErrorKind::InvalidData)?;
        self.rest = rest;
        Ok(Some(block))
    }

    fn decompress_block(&mut self, compressed: &[u8]) -> io::Result<()> {
        let bytes = snap::raw::decompress_len(compressed).map_err(|_| io::ErrorKind::InvalidData)?;
        if bytes > compressed.len().saturating_mul(SNAPPY_EXPANSION_MAX) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if bytes > self.cap {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.block.resize(bytes, 0);
        self.at = 0;
        let written = snap::raw::Decoder::new().decompress(compressed, &mut self.block);
        match written {
            Ok(count) if count == bytes => Ok(()),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

#[cfg(test)]
mod tests;
