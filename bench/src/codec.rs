//! The four codecs of Kafka: what a client does with the records of a batch.

use loglane_model::Compression;
use std::io::{self, Read, Write};

/// What the Java library of snappy writes in front of its blocks.
const XERIAL_MAGIC: [u8; 16] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];
const XERIAL_BLOCK_BYTES: usize = 32 * 1024;

/// The bits that a batch's attributes have for a codec.
#[must_use]
pub fn attribute_bits(compression: Compression) -> i16 {
    match compression {
        Compression::None => 0,
        Compression::Gzip => 1,
        Compression::Snappy => 2,
        Compression::Lz4 => 3,
        Compression::Zstd => 4,
    }
}

/// Compresses with the codec's default level.
///
/// # Errors
/// What the library says; none is expected.
pub fn compress(compression: Compression, bytes: &[u8]) -> io::Result<Vec<u8>> {
    match compression {
        Compression::None => Ok(bytes.to_vec()),
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        Compression::Snappy => compress_snappy(bytes),
        Compression::Lz4 => {
            // The Java client reads frames of independent blocks only.
            let mut frame = lz4_flex::frame::FrameInfo::new();
            frame.block_mode = lz4_flex::frame::BlockMode::Independent;
            frame.block_size = lz4_flex::frame::BlockSize::Max64KB;
            let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(frame, Vec::new());
            encoder.write_all(bytes)?;
            encoder.finish().map_err(io::Error::other)
        }
        Compression::Zstd => zstd::stream::encode_all(bytes, 0),
    }
}

fn compress_snappy(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = XERIAL_MAGIC.to_vec();
    let mut encoder = snap::raw::Encoder::new();
    for block in bytes.chunks(XERIAL_BLOCK_BYTES) {
        let compressed = encoder.compress_vec(block).map_err(io::Error::other)?;
        let length = u32::try_from(compressed.len()).expect("a block of 32 KiB stays small");
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&compressed);
    }
    Ok(out)
}

/// Decompresses, up to `bytes_max`.
///
/// # Errors
/// The bytes are damaged, or hold more.
pub fn decompress(compression: Compression, bytes: &[u8], bytes_max: usize) -> io::Result<Vec<u8>> {
    match compression {
        Compression::None => Ok(bytes.to_vec()),
        Compression::Gzip => read_bounded(flate2::bufread::MultiGzDecoder::new(bytes), bytes_max),
        Compression::Snappy => decompress_snappy(bytes, bytes_max),
        Compression::Lz4 => read_bounded(lz4_flex::frame::FrameDecoder::new(bytes), bytes_max),
        Compression::Zstd => read_bounded(zstd::stream::read::Decoder::with_buffer(bytes)?, bytes_max),
    }
}

fn read_bounded(reader: impl Read, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    reader.take(bytes_max as u64 + 1).read_to_end(&mut out)?;
    if out.len() > bytes_max { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(out) }
}

fn decompress_snappy(bytes: &[u8], bytes_max: usize) -> io::Result<Vec<u8>> {
    let block = |block: &[u8], left: usize| {
        if snap::raw::decompress_len(block).map_err(io::Error::other)? > left {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        snap::raw::Decoder::new().decompress_vec(block).map_err(io::Error::other)
    };
    let Some(mut rest) = bytes.strip_prefix(&XERIAL_MAGIC[..8]) else {
        return block(bytes, bytes_max);
    };
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    rest = rest.get(8..).ok_or_else(cut)?;
    let mut out = Vec::new();
    while !rest.is_empty() {
        let (length, behind) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = u32::from_be_bytes(*length) as usize;
        let (compressed, behind) = behind.split_at_checked(length).ok_or_else(cut)?;
        out.extend_from_slice(&block(compressed, bytes_max - out.len())?);
        rest = behind;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_gives_back_what_it_took() {
        let bytes: Vec<u8> = (0..100_000u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
        for compression in
            [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd]
        {
            let small = compress(compression, &bytes).unwrap();
            assert!(compression == Compression::None || small.len() < bytes.len());
            assert_eq!(decompress(compression, &small, bytes.len()).unwrap(), bytes, "{compression:?}");
            let refused = decompress(compression, &small, bytes.len() - 1);
            assert!(compression == Compression::None || refused.is_err(), "{compression:?}");
        }
    }
}
