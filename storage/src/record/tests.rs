use super::*;
use crate::batch::records_of;
use crate::batch_builder::BatchBuilder;
use crate::compression::compress;
use crate::random::Random;
use crate::record_stream::{RecordHead, walk_compressed};
use loglane_model::{BATCH_HEADER_BYTES, Compression, varint};

fn sample() -> Vec<u8> {
    let mut builder = BatchBuilder::new();
    builder.push(1000, Some(b"key"), Some(&[9; 300]), &[("a", Some(b"1")), ("b", None), ("a", Some(b""))]);
    builder.push(900, None, None, &[]);
    builder.push(i64::from(i32::MAX) * 10, Some(b""), Some(b"v"), &[]);
    builder.finish()
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let batch = sample();
    let records: Vec<RecordView<'_>> = records_of(&batch).collect::<Result<_, _>>().unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(records[0].key, Some(&b"key"[..]));
    assert_eq!(records[0].value, Some(&[9; 300][..]));
    let headers: Vec<(&[u8], Option<&[u8]>)> =
        records[0].headers().map(|header| (header.key, header.value)).collect();
    assert_eq!(headers, [(&b"a"[..], Some(&b"1"[..])), (b"b", None), (b"a", Some(b""))]);
    assert_eq!((records[1].key, records[1].value, records[1].timestamp_delta), (None, None, -100));
    assert_eq!((records[2].key, records[2].offset_delta), (Some(&b""[..]), 2));
    assert_eq!(records[2].timestamp_delta, i64::from(i32::MAX) * 10 - 1000);
}

#[test]
fn records_end_behind_the_first_error() {
    let batch = sample();
    let area = &batch[BATCH_HEADER_BYTES..];
    let mut too_many = Records::new(area, 4);
    assert_eq!(too_many.by_ref().nth(3), Some(Err(BadRecord::Cut)));
    assert_eq!(too_many.next(), None);
    let mut too_few = Records::new(area, 2);
    assert_eq!(too_few.by_ref().nth(2), Some(Err(BadRecord::BytesLeft)));
    assert_eq!(too_few.next(), None);
    assert_eq!(Records::new(&[], 0).next(), None);
    assert_eq!(Records::new(&[], -5).next(), None);
}

#[test]
fn a_varint_is_read_at_every_width() {
    for value in [0, -1, 63, -64, 64, 8191, -8192, 8192, 1 << 20, i32::MAX, i32::MIN] {
        let mut bytes = Vec::new();
        varint::write_i32(&mut bytes, value);
        bytes.push(77);
        let mut rest = &bytes[..];
        assert_eq!(take_i32(&mut rest), Ok(value));
        assert_eq!(rest, [77]);
        let mut wide = Vec::new();
        varint::write_i64(&mut wide, i64::from(value) << 31);
        assert_eq!(take_i64(&mut &wide[..]), Ok(i64::from(value) << 31));
        assert_eq!(take_i64(&mut &wide[..wide.len() - 1]), Err(BadRecord::Cut));
    }
    assert_eq!(take_i32(&mut &[0x80, 0x80, 0][..]), Ok(0), "nobody has to write the shortest form");
    assert_eq!(take_i64(&mut &[0xff; 11][..]), Err(BadRecord::Varint));
    let mut tenth = [0xff; 10];
    tenth[9] = 2;
    assert_eq!(take_i64(&mut &tenth[..]), Err(BadRecord::Varint), "65 bits");
    tenth[9] = 1;
    assert_eq!(take_i64(&mut &tenth[..]), Ok(i64::MIN));
    assert_eq!(take_i32(&mut &[0xff; 6][..]), Err(BadRecord::Varint));
    assert_eq!(take_i32(&mut &[0xff, 0xff, 0xff, 0xff, 0x7f][..]), Err(BadRecord::Varint));
}

/// Both walks over the same bytes: the records they saw and whether they ended well.
fn both_ways(area: &[u8], count: i32) -> [(Vec<RecordHead>, bool); 2] {
    let mut plain = (Vec::new(), true);
    for record in Records::new(area, count) {
        match record {
            Ok(record) => plain.0.push(RecordHead {
                offset_delta: record.offset_delta,
                timestamp_delta: record.timestamp_delta,
                has_key: record.key.is_some(),
            }),
            Err(_) => plain.1 = false,
        }
    }
    let compressed = compress(Compression::Lz4, None, area).unwrap();
    let mut heads = Vec::new();
    let end = walk_compressed(Compression::Lz4, &compressed, count, usize::MAX, &mut |head| heads.push(head));
    [plain, (heads, end.is_ok())]
}

#[test]
fn the_walk_over_a_stream_sees_what_the_walk_over_bytes_sees() {
    let batch = sample();
    let mut good = 0;
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let mut area = batch[BATCH_HEADER_BYTES..].to_vec();
        for _ in 0..random.below(3) {
            let at = random.below(area.len());
            area[at] = if random.below(2) == 0 { random.byte() } else { area[at] ^ 1 << random.below(8) };
        }
        if random.below(4) == 0 {
            area.truncate(random.below(area.len()));
        }
        let count = if random.below(4) == 0 { random.below(6) } else { 3 };
        let [plain, stream] = both_ways(&area, i32::try_from(count).unwrap());
        assert_eq!(plain, stream, "seed {seed}");
        good += usize::from(plain.1);
    }
    assert!(good > 500, "{good} of 3000 were sound");
}
