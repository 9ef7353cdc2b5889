//! Batches of a few kilobytes that unpack to a gibibyte: whoever unpacks them must not hold what comes out.

use crate::BINARY;
use harness::record::{Batch, now_ms, varint};
use harness::{Broker, LONG, Scratch};

/// What a bomb may cost for a moment, besides the frame that it comes in and its place in the log.
const UNPACKED_BYTES_MAX: u64 = 24 << 20;

/// That frame's block, a copy on the other core's way, and the log's own.
const PACKED_BYTES_MAX: u64 = 40 << 20;

/// The value of the one record, all zeros.
const VALUE_BYTES: i64 = 1 << 30;

const GZIP: i16 = 1;
const LZ4: i16 = 3;
const ZSTD: i16 = 4;

/// Zstandard's descriptor of a window of 1 MiB, and of 128 MiB: the largest that decoders take unless told otherwise.
const SMALL_WINDOW: u8 = 0x50;
const LARGE_WINDOW: u8 = 0x88;

/// The record up to its value.
fn record_head() -> Vec<u8> {
    let mut body = vec![0, 0, 0, 1];
    varint(&mut body, VALUE_BYTES);
    let mut head = Vec::new();
    let head_bytes = i64::try_from(body.len()).expect("small");
    // The value, and a byte that says: no headers.
    varint(&mut head, head_bytes + VALUE_BYTES + 1);
    head.extend(body);
    head
}

/// Zstandard: a raw block for the head, then blocks that repeat one zero 128 KiB times in four bytes.
fn zstd(window: u8) -> Vec<u8> {
    const BLOCK: u32 = 128 << 10;
    let head = record_head();
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, window];
    let mut block = |last: bool, repeat: bool, size: u32, content: &[u8]| {
        let header = u32::from(last) | u32::from(repeat) << 1 | size << 3;
        out.extend_from_slice(&header.to_le_bytes()[..3]);
        out.extend_from_slice(content);
    };
    block(false, false, u32::try_from(head.len()).expect("small"), &head);
    for _ in 0..VALUE_BYTES / i64::from(BLOCK) {
        block(false, true, BLOCK, &[0]);
    }
    block(true, true, 1, &[0]);
    out
}

/// The bits of a deflate stream, lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    fn push(&mut self, value: u32, bits: usize) {
        for at in 0..bits {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = (value >> at & 1).to_le_bytes()[0];
            *self.bytes.last_mut().expect("just made") |= bit << (self.count % 8);
            self.count += 1;
        }
    }

    /// Codes stand with their highest bit first.
    fn push_code(&mut self, code: u32, bits: usize) {
        self.push(code.reverse_bits() >> (32 - bits), bits);
    }
}

/// Gzip: one block of the fixed codes that repeats the last byte 258 times in 13 bits.
fn gzip() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0b011, 3);
    let literal = |bits: &mut Bits, byte: u8| match u32::from(byte) {
        low @ 0..=143 => bits.push_code(0x30 + low, 8),
        high => bits.push_code(0x190 + high - 144, 9),
    };
    for byte in record_head() {
        literal(&mut bits, byte);
    }
    literal(&mut bits, 0);
    for _ in 0..VALUE_BYTES / 258 + 1 {
        bits.push_code(0xc5, 8);
        bits.push_code(0, 5);
    }
    bits.push_code(0, 7);
    // The check sum and the length at the end are not right: nobody knows before everything was unpacked.
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    [&header[..], &bits.bytes, &[0; 8]].concat()
}

/// LZ4: blocks of 64 KiB, each some literals and one match that repeats the last of them.
fn lz4() -> Vec<u8> {
    const BLOCK: usize = 64 << 10;
    // A block ends with some literals.
    const LAST: usize = 12;
    let mut out = vec![0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];
    let mut literals = record_head();
    literals.extend_from_slice(&[0; 15]);
    for _ in 0..=VALUE_BYTES / 65_536 {
        let mut block = vec![0xff, u8::try_from(literals.len() - 15).expect("small")];
        block.extend_from_slice(&literals);
        block.extend_from_slice(&[1, 0]);
        let mut left = BLOCK - literals.len() - LAST - 4 - 15;
        while left >= 255 {
            block.push(255);
            left -= 255;
        }
        block.push(u8::try_from(left).expect("less than 255"));
        block.push(u8::try_from(LAST).expect("small") << 4);
        block.extend_from_slice(&[0; LAST]);
        out.extend_from_slice(&u32::try_from(block.len()).expect("small").to_le_bytes());
        out.extend_from_slice(&block);
        literals = vec![0; 15];
    }
    out.extend_from_slice(&[0; 4]);
    out
}

/// Whole batches by the names of their codecs.
pub(crate) fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let now = now_ms();
    let batch = |attributes, records| {
        Batch { attributes, records, base_timestamp: now, max_timestamp: now, ..Batch::one("x") }.seal()
    };
    vec![
        ("gzip", batch(GZIP, gzip())),
        ("lz4", batch(LZ4, lz4())),
        ("zstd", batch(ZSTD, zstd(SMALL_WINDOW))),
        ("zstd with a large window", batch(ZSTD, zstd(LARGE_WINDOW))),
    ]
}

/// Settings of topics for which a batch is unpacked, by the topics' names.
const UNPACKING: &[(&str, &str, &str)] = &[
    ("compacted", "cleanup.policy", "compact"),
    ("stamped", "message.timestamp.type", "LogAppendTime"),
    ("uncompressed", "compression.type", "uncompressed"),
    ("to-gzip", "compression.type", "gzip"),
    ("to-snappy", "compression.type", "snappy"),
    ("to-lz4", "compression.type", "lz4"),
    ("to-zstd", "compression.type", "zstd"),
    ("plain", "max.message.bytes", "10000000"),
];

#[test]
fn a_batch_that_unpacks_to_a_gibibyte_costs_no_memory() {
    let _alone = crate::alone();
    for validate in ["true", "false"] {
        check_bombs(validate);
    }
}

const MESSAGE_TOO_LARGE: i16 = 10;

fn check_bombs(validate: &str) {
    let scratch = Scratch::new("bombs");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.set("loglane.validate.compressed", validate).set("offsets.topic.num.partitions", "1");
    broker.start();
    let mut client = broker.client();
    client.connection.answer_within(LONG).expect("a connected socket");
    for (topic, key, value) in UNPACKING {
        let settings = [(*key, *value), ("max.message.bytes", "10000000")];
        let settings = if *key == settings[1].0 { &settings[..1] } else { &settings[..] };
        client.create_topic(topic, 1, settings).expect("a topic");
    }
    for (codec, bomb) in bombs() {
        for (topic, _, _) in UNPACKING {
            let what = format!("{codec} for {topic}, compressed batches are looked into: {validate}");
            let produced =
                measured(&broker, &what, || client.produce(topic, 0, -1, &bomb).expect("an answer"));
            // One record of a gibibyte is no lie; but where it is unpacked it is too large, and whoever sent it is told
            // to send less at once.
            assert!(*topic != "compacted" || produced.code == MESSAGE_TOO_LARGE, "{what}: {produced:?}");
            let before = now_ms() - 3_600_000;
            measured(&broker, &format!("{what}, looked up"), || {
                client.list_offset(topic, 0, before).map(|_| ())
            })
            .unwrap_or_else(|failure| eprintln!("{what}, looked up: {failure:?}"));
        }
    }
    let produced = client.produce("plain", 0, -1, &Batch::one("alive").seal()).expect("an answer");
    assert_eq!(produced.code, 0);
}

/// Does it, and looks at the most memory that the broker had meanwhile.
fn measured<T>(broker: &Broker, what: &str, does: impl FnOnce() -> T) -> T {
    if !broker.is_loglane() {
        return does();
    }
    broker.process().forget_peak();
    let before = broker.process().resident_bytes();
    let done = does();
    let grown = broker.process().peak_resident_bytes().saturating_sub(before);
    assert!(grown <= UNPACKED_BYTES_MAX + PACKED_BYTES_MAX, "{what}: {} MiB", grown >> 20);
    done
}

#[test]
fn the_bombs_are_what_they_say() {
    use std::process::Command;
    let scratch = Scratch::new("bomb-check");
    let file = scratch.join("bomb.gz");
    std::fs::write(&file, gzip()).expect("the folder can be written");
    let program = "import sys, zlib\n\
        unpack = zlib.decompressobj(wbits=-15)\n\
        print(len(unpack.decompress(open(sys.argv[1], 'rb').read()[10:], 1 << 31)), unpack.eof)";
    let output = harness::run(Command::new("python3").args(["-c", program]).arg(&file), "", LONG);
    let text = String::from_utf8(output.expect("python3 runs").stdout).expect("text");
    let bytes: i64 = text.split(' ').next().expect("a length").parse().expect("a number");
    assert!(bytes >= VALUE_BYTES && text.contains("True"), "{text}");
    assert!(gzip().len() < 8 << 20 && zstd(SMALL_WINDOW).len() < 40 << 10 && lz4().len() < 8 << 20);
}
