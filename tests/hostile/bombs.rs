//! Batches of a few kilobytes that unpack to a gibibyte: whoever unpacks them must not hold what comes out.

use crate::BINARY;
use harness::record::{Batch, now_ms, varint};
use harness::{Broker, Scratch};

/// What a bomb may cost for good.
const RESIDENT_GROWTH_MAX: u64 = 16 << 20;

/// The value of the one record, all zeros.
const VALUE_BYTES: i64 = 1 << 30;

const GZIP: i16 = 1;
const ZSTD: i16 = 4;

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
fn zstd() -> Vec<u8> {
    const BLOCK: u32 = 128 << 10;
    let head = record_head();
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50];
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

#[test]
fn a_batch_that_unpacks_to_a_gibibyte_costs_no_memory() {
    let scratch = Scratch::new("bombs");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.set("loglane.validate.compressed", "true");
    broker.start();
    let mut client = broker.client();
    client.create_topic("plain", 1, &[("max.message.bytes", "10000000")]).expect("a topic");
    let compacted = [("max.message.bytes", "10000000"), ("cleanup.policy", "compact")];
    client.create_topic("compacted", 1, &compacted).expect("a topic");
    let before = broker.process().resident_bytes();
    for (attributes, records) in [(ZSTD, zstd()), (GZIP, gzip())] {
        let now = now_ms();
        let bomb =
            Batch { attributes, records, base_timestamp: now, max_timestamp: now, ..Batch::one("x") }.seal();
        for topic in ["plain", "compacted"] {
            let produced = client.produce(topic, 0, -1, &bomb).expect("an answer");
            // One record of a gibibyte is no lie; but it has no key.
            assert!(topic == "plain" || produced.code != 0, "{topic}: {produced:?}");
        }
    }
    if broker.is_loglane() {
        let grown = broker.process().resident_bytes().saturating_sub(before);
        assert!(grown <= RESIDENT_GROWTH_MAX, "resident memory grew by {grown} bytes");
    }
    let produced = client.produce("plain", 0, -1, &Batch::one("alive").seal()).expect("an answer");
    assert_eq!(produced.code, 0);
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
    let output = harness::run(Command::new("python3").args(["-c", program]).arg(&file), "", harness::LONG);
    let text = String::from_utf8(output.expect("python3 runs").stdout).expect("text");
    let bytes: i64 = text.split(' ').next().expect("a length").parse().expect("a number");
    assert!(bytes >= VALUE_BYTES && text.contains("True"), "{text}");
    assert!(gzip().len() < 8 << 20 && zstd().len() < 40 << 10);
}
