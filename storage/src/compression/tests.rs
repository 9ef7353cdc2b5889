use super::*;
use crate::random::Random;

const CODECS: [Compression; 5] =
    [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

fn bytes(length: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    // Half noise, half repetition.
    (0..length).map(|at| if at / 64 % 2 == 0 { random.byte() } else { b'x' }).collect()
}

#[test]
fn every_codec_gives_back_what_it_took_at_every_size() {
    for codec in CODECS {
        for length in [0, 1, 100, 32_767, 32_768, 32_769, 65_536, 65_537, 300_000] {
            let original = bytes(length, 3);
            let compressed = compress(codec, None, &original).unwrap();
            assert_eq!(decompress(codec, &compressed, length).unwrap(), original, "{codec:?} {length}");
        }
    }
}

#[test]
fn the_cap_is_exact() {
    let original = bytes(100_000, 4);
    for codec in CODECS {
        let compressed = compress(codec, None, &original).unwrap();
        for cap in [0, 1, 50_000, 99_999] {
            let got = decompress(codec, &compressed, cap);
            assert_eq!(got, Err(DecompressError::TooLarge { cap }), "{codec:?} {cap}");
        }
        assert!(decompress(codec, &compressed, 100_000).is_ok(), "{codec:?}");
    }
}

#[test]
fn snappy_is_read_raw_framed_and_in_several_streams() {
    let original = bytes(90_000, 5);
    let raw = snap::raw::Encoder::new().compress_vec(&original).unwrap();
    assert_eq!(decompress(Compression::Snappy, &raw, 90_000).unwrap(), original);
    let framed = compress(Compression::Snappy, None, &original).unwrap();
    assert_eq!(framed[..8], *b"\x82SNAPPY\0");
    let twice = [&framed[..], &framed].concat();
    assert_eq!(
        decompress(Compression::Snappy, &twice, 180_000).unwrap(),
        [&original[..], &original].concat()
    );
}

#[test]
fn a_block_that_claims_more_than_it_can_hold_is_refused_before_memory_is_taken() {
    // 4 GiB claimed by nine bytes.
    let claim = [0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0];
    // Had it been believed, it would have been too large.
    assert_eq!(decompress(Compression::Snappy, &claim, 1 << 20), Err(DecompressError::Corrupt));
    let framed = [&SNAPPY_STREAM_HEADER[..], &[0, 0, 0, 9], &claim].concat();
    assert_eq!(decompress(Compression::Snappy, &framed, 1 << 20), Err(DecompressError::Corrupt));
    let block_beyond_the_end = [&SNAPPY_STREAM_HEADER[..], &[0x7f, 0xff, 0xff, 0xff, 1]].concat();
    let got = decompress(Compression::Snappy, &block_beyond_the_end, 1 << 20);
    assert_eq!(got, Err(DecompressError::Corrupt));
}

#[test]
fn the_best_that_snappy_can_do_stays_below_the_bound() {
    let zeros = vec![0; 1 << 22];
    let raw = snap::raw::Encoder::new().compress_vec(&zeros).unwrap();
    assert!(raw.len() * SNAPPY_EXPANSION_MAX > zeros.len());
    assert_eq!(decompress(Compression::Snappy, &raw, 1 << 22).unwrap(), zeros);
}

#[test]
fn levels_have_their_range() {
    let original = bytes(5000, 6);
    for (codec, level, fits) in [
        (Compression::Gzip, 1, true),
        (Compression::Gzip, 9, true),
        (Compression::Gzip, -1, true),
        (Compression::Gzip, 0, false),
        (Compression::Gzip, 10, false),
        (Compression::Zstd, -7, true),
        (Compression::Zstd, 22, true),
        (Compression::Zstd, 23, false),
    ] {
        let compressed = compress(codec, Some(level), &original);
        assert_eq!(compressed.is_ok(), fits, "{codec:?} {level}");
        if let Ok(compressed) = compressed {
            assert_eq!(decompress(codec, &compressed, 5000).unwrap(), original);
        }
    }
}

#[test]
fn what_becomes_too_large_is_given_up() {
    let noise = bytes(300_000, 9);
    for codec in CODECS {
        for cap in [0, 10_000] {
            let mut to = Compressor::new(codec, None, cap).unwrap();
            let error = to.write_all(&noise).and_then(|()| to.finish()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::FileTooLarge, "{codec:?} {cap}");
        }
        let mut to = Compressor::new(codec, None, 400_000).unwrap();
        noise.chunks(777).for_each(|chunk| to.write_all(chunk).unwrap());
        assert_eq!(decompress(codec, &to.finish().unwrap(), noise.len()).unwrap(), noise, "{codec:?}");
    }
}

#[test]
fn little_comes_out_of_a_frame_with_a_large_window() {
    for (window_log, length, fits) in [
        (23, ZSTD_LARGE_WINDOW_BYTES_MAX + 1, true),
        (24, ZSTD_LARGE_WINDOW_BYTES_MAX, true),
        (24, ZSTD_LARGE_WINDOW_BYTES_MAX + 1, false),
        (27, 5_000, true),
        (27, ZSTD_LARGE_WINDOW_BYTES_MAX + 1, false),
    ] {
        let original = vec![7; length];
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(window_log).unwrap();
        encoder.write_all(&original).unwrap();
        let compressed = encoder.finish().unwrap();
        assert_eq!(zstd_window_bytes(&compressed), 1 << window_log);
        let got = decompress(Compression::Zstd, &compressed, 64 << 20);
        let too_large = DecompressError::TooLarge { cap: ZSTD_LARGE_WINDOW_BYTES_MAX };
        assert_eq!(got, if fits { Ok(original) } else { Err(too_large) }, "{window_log} {length}");
        // A small frame in front does not hide a large one.
        let small = compress(Compression::Zstd, Some(1), b"small").unwrap();
        let both = [&small[..], &compressed[..]].concat();
        assert_eq!(decompress(Compression::Zstd, &both, 64 << 20).is_ok(), window_log <= 23);
    }
}

#[test]
fn a_frame_of_one_segment_has_its_size_as_its_window() {
    for (length, descriptor_bytes) in [(100, 1), (300, 2), (70_000, 4)] {
        let frame = zstd::bulk::compress(&vec![1; length], 1).unwrap();
        assert_eq!(
            frame[4] & 0x20,
            0x20,
            "{length} bytes are one segment, with a size of {descriptor_bytes}"
        );
        assert_eq!(zstd_window_bytes(&frame), length as u64);
    }
    assert_eq!([&[][..], &[1; 4], &[1; 5]].map(zstd_window_bytes), [0; 3]);
}

#[test]
fn damage_is_an_error_or_other_bytes_but_never_a_panic() {
    for seed in 0..600 {
        let mut random = Random::new(seed);
        let codec = CODECS[1 + random.below(4)];
        let mut compressed = compress(codec, None, &bytes(2000, seed)).unwrap();
        for _ in 0..1 + random.below(4) {
            let at = random.below(compressed.len());
            compressed[at] = random.byte();
        }
        if random.below(3) == 0 {
            compressed.truncate(random.below(compressed.len()));
        }
        if let Ok(out) = decompress(codec, &compressed, 10_000) {
            assert!(out.len() <= 10_000, "seed {seed}");
        }
    }
}
