//! The four codecs of Kafka, with a bound on what comes out.
//!
//! gzip is RFC 1952 (one member or several); lz4 is the LZ4 frame format; zstd is RFC 8878; snappy is either the
//! framing of the Java library (which Kafka's own client writes) or one raw block (which others write).
//! Both directions stream through fixed buffers. The only allocations that follow the input's claims are limited by
//! what the input could truly hold: snappy expands at most 22-fold, and zstd's window is address space that is
//! touched only as output is produced; where it is a large one, less may come out.

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
        mut cap: usize,
    ) -> Result<Decompressor<'a>, DecompressError> {
        let codec = match compression {
            Compression::None => Codec::None(bytes),
            Compression::Gzip => Codec::Gzip(Box::new(flate2::bufread::MultiGzDecoder::new(bytes))),
            Compression::Snappy => Codec::Snappy(SnappyBlocks::new(bytes, cap)),
            Compression::Lz4 => Codec::Lz4(Box::new(lz4_flex::frame::FrameDecoder::new(bytes))),
            Compression::Zstd => {
                let mut decoder =
                    zstd::stream::read::Decoder::with_buffer(bytes).map_err(|_| DecompressError::Corrupt)?;
                if zstd_window_bytes(bytes) > 1 << ZSTD_WINDOW_LOG_FREE {
                    cap = cap.min(ZSTD_LARGE_WINDOW_BYTES_MAX);
                } else {
                    decoder.window_log_max(ZSTD_WINDOW_LOG_FREE).map_err(|_| DecompressError::Corrupt)?;
                }
                Codec::Zstd(Box::new(decoder))
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

/// Windows up to 8 MiB (this power of two) cost what they cost: those of all levels below zstd's "ultra" ones, 20 to 22.
const ZSTD_WINDOW_LOG_FREE: u32 = 23;

/// A decoder keeps as much of what came out as its window is large. Where a frame asks for more than the above, so
/// much may come out: the ultra levels announce 32 to 128 MiB even for a few kilobytes.
const ZSTD_LARGE_WINDOW_BYTES_MAX: usize = 16 << 20;

/// The window that the first frame asks for (RFC 8878, 3.1.1.1); 0 where that cannot be read, which the decoder will
/// say itself.
fn zstd_window_bytes(bytes: &[u8]) -> u64 {
    let Some([_, _, _, _, descriptor, rest @ ..]) = bytes.get(..).filter(|bytes| bytes.len() > 4) else {
        return 0;
    };
    let is_single_segment = descriptor & 0x20 != 0;
    if !is_single_segment {
        let Some(window) = rest.first() else { return 0 };
        let (exponent, mantissa) = (window >> 3, u64::from(window & 7));
        let base = 1_u64 << (10 + exponent);
        return base + base / 8 * mantissa;
    }
    // The window is the content, whose size lies behind the dictionary's id.
    let id_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size_bytes = [1, 2, 4, 8][usize::from(descriptor >> 6)];
    let Some(size) = rest.get(id_bytes..id_bytes + size_bytes) else { return 0 };
    let value = size.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
    if size_bytes == 2 { value + 256 } else { value }
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
    let mut to = Compressor::new(compression, level, usize::MAX)?;
    to.write_all(bytes).map_err(|_| CompressError)?;
    to.finish().map_err(|_| CompressError)
}

/// Compresses what is written to it, and holds no more than what comes out: at most `cap` bytes, beyond which a write
/// fails with [`io::ErrorKind::FileTooLarge`].
pub struct Compressor(Encoder);

enum Encoder {
    None(Bounded),
    Gzip(Box<flate2::write::GzEncoder<Bounded>>),
    Snappy(SnappyEncoder),
    Lz4(Box<lz4_flex::frame::FrameEncoder<Bounded>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, Bounded>>),
}

impl Compressor {
    /// Opens the records of a new batch; `level` as in [`compress`].
    pub fn new(
        compression: Compression,
        level: Option<i32>,
        cap: usize,
    ) -> Result<Compressor, CompressError> {
        let out = Bounded { bytes: Vec::new(), cap };
        Ok(Compressor(match compression {
            Compression::None => Encoder::None(out),
            Compression::Gzip => {
                let level = match level {
                    None | Some(-1) => flate2::Compression::default(),
                    Some(level @ 1..=9) => flate2::Compression::new(level.unsigned_abs()),
                    Some(_) => return Err(CompressError),
                };
                Encoder::Gzip(Box::new(flate2::write::GzEncoder::new(out, level)))
            }
            Compression::Snappy => Encoder::Snappy(SnappyEncoder::new(out)),
            Compression::Lz4 => {
                // Independent blocks of 64 KiB without checksums: the only kind that Kafka's own decoder takes is
                // independent.
                let mut frame = lz4_flex::frame::FrameInfo::new();
                frame.block_mode = lz4_flex::frame::BlockMode::Independent;
                frame.block_size = lz4_flex::frame::BlockSize::Max64KB;
                Encoder::Lz4(Box::new(lz4_flex::frame::FrameEncoder::with_frame_info(frame, out)))
            }
            Compression::Zstd => {
                let level = level.unwrap_or(zstd::DEFAULT_COMPRESSION_LEVEL);
                if !zstd::compression_level_range().contains(&level) {
                    return Err(CompressError);
                }
                let encoder = zstd::stream::write::Encoder::new(out, level);
                Encoder::Zstd(Box::new(encoder.map_err(|_| CompressError)?))
            }
        }))
    }

    /// The compressed bytes.
    ///
    /// # Errors
    /// As a write.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        let out = match self.0 {
            Encoder::None(out) => out,
            Encoder::Gzip(encoder) => encoder.finish()?,
            Encoder::Snappy(encoder) => encoder.finish()?,
            Encoder::Lz4(encoder) => encoder.finish().map_err(io::Error::from)?,
            Encoder::Zstd(encoder) => encoder.finish()?,
        };
        Ok(out.bytes)
    }
}

impl Write for Compressor {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Encoder::None(out) => out.write(bytes),
            Encoder::Gzip(encoder) => encoder.write(bytes),
            Encoder::Snappy(encoder) => encoder.write(bytes),
            Encoder::Lz4(encoder) => encoder.write(bytes),
            Encoder::Zstd(encoder) => encoder.write(bytes),
        }
    }

    /// Does nothing: what is cut into blocks for it would come out larger.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes in memory, up to a bound.
struct Bounded {
    bytes: Vec<u8>,
    cap: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.cap - self.bytes.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the Java library puts in front: its name, and two version numbers of 1.
const SNAPPY_STREAM_HEADER: [u8; 16] = *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";

/// Bytes of the header by which a stream is known; what follows are versions.
const SNAPPY_STREAM_NAME_BYTES: usize = 8;

/// Bytes before compression in one block of a Java stream.
const SNAPPY_BLOCK_BYTES: usize = 32 * 1024;

/// Three bytes of a raw block copy at most 64, so no block grows further than this.
const SNAPPY_EXPANSION_MAX: usize = 22;

/// Snappy as the Java library frames it.
struct SnappyEncoder {
    out: Bounded,
    /// What is yet to fill a block.
    chunk: Vec<u8>,
}

impl SnappyEncoder {
    fn new(out: Bounded) -> SnappyEncoder {
        SnappyEncoder { out, chunk: Vec::new() }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.len() == SNAPPY_BLOCK_BYTES {
            self.end_block()?;
        }
        let taken = bytes.len().min(SNAPPY_BLOCK_BYTES - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn end_block(&mut self) -> io::Result<()> {
        if self.out.bytes.is_empty() {
            self.out.write_all(&SNAPPY_STREAM_HEADER)?;
        }
        let block = snap::raw::Encoder::new().compress_vec(&self.chunk)?;
        self.chunk.clear();
        let length = u32::try_from(block.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(&block)
    }

    fn finish(mut self) -> io::Result<Bounded> {
        if !self.chunk.is_empty() {
            self.end_block()?;
        }
        if self.out.bytes.is_empty() {
            self.out.write_all(&SNAPPY_STREAM_HEADER)?;
        }
        Ok(self.out)
    }
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
