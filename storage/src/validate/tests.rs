//! What is expected here was seen on a real Kafka 4.3.1: each batch of the table was sent to it, and the code that it
//! answered is the code of the refusal. The exceptions say so.

use super::*;
use crate::batch_builder::BatchBuilder;
use crate::compression::{DecompressError, compress};
use crate::random::Random;
use crate::record::BadRecord;
use loglane_model::varint;
use zerocopy::IntoBytes;

const NOW: i64 = 1_795_249_272_541;
const CLIENT: Origin = Origin::Client { produce_version: 12 };
const HOUR_MS: i64 = 3_600_000;

fn rules() -> AppendRules {
    AppendRules {
        message_bytes_max: 1_048_588,
        segment_bytes_max: 1 << 30,
        is_compacted: false,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_ms_max: i64::MAX,
        timestamp_after_ms_max: HOUR_MS,
        validate_compressed: false,
        decompressed_bytes_max: 1 << 24,
    }
}

fn compacted() -> AppendRules {
    AppendRules { is_compacted: true, ..rules() }
}

fn stamped() -> AppendRules {
    AppendRules { timestamp_type: TimestampType::LogAppendTime, ..rules() }
}

fn past() -> AppendRules {
    AppendRules { timestamp_before_ms_max: HOUR_MS, ..rules() }
}

fn strict() -> AppendRules {
    AppendRules { validate_compressed: true, ..rules() }
}

/// A record's parts, to be put together wrongly.
struct Raw {
    offset_delta: i32,
    timestamp_delta: i64,
    key: Option<&'static [u8]>,
    length_error: i32,
    attributes: u8,
    headers: Vec<u8>,
}

fn raw(offset_delta: i32) -> Raw {
    let headers = vec![0];
    Raw { offset_delta, timestamp_delta: 0, key: Some(b"k"), length_error: 0, attributes: 0, headers }
}

impl Raw {
    fn at(mut self, timestamp_delta: i64) -> Raw {
        self.timestamp_delta = timestamp_delta;
        self
    }

    fn keyless(mut self) -> Raw {
        self.key = None;
        self
    }

    fn headers(mut self, bytes: &[u8]) -> Raw {
        self.headers = bytes.to_vec();
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut body = vec![self.attributes];
        varint::write_i64(&mut body, self.timestamp_delta);
        varint::write_i32(&mut body, self.offset_delta);
        match self.key {
            None => varint::write_i32(&mut body, -1),
            Some(key) => {
                varint::write_i32(&mut body, i32::try_from(key.len()).unwrap());
                body.extend_from_slice(key);
            }
        }
        body.extend_from_slice(&[2, b'v']);
        body.extend_from_slice(&self.headers);
        let mut out = Vec::new();
        varint::write_i32(&mut out, i32::try_from(body.len()).unwrap() + self.length_error);
        out.extend_from_slice(&body);
        out
    }
}

fn area(records: &[Raw]) -> Vec<u8> {
    records.iter().flat_map(Raw::bytes).collect()
}

/// A batch around any area; `change` may spoil the header before the CRC is computed.
fn batch_with(area: &[u8], count: i32, change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
    let mut batch = BatchBuilder::new().finish();
    batch.extend_from_slice(area);
    let length = i32::try_from(batch.len() - BATCH_OVERHEAD_BYTES).unwrap();
    let header = BatchHeader::peek_mut(&mut batch).unwrap();
    header.batch_length = length.into();
    header.last_offset_delta = (count - 1).into();
    header.record_count = count.into();
    header.base_timestamp = NOW.into();
    header.max_timestamp = NOW.into();
    change(header);
    refresh_crc(&mut batch);
    batch
}

fn batch_of(records: &[Raw]) -> Vec<u8> {
    batch_with(&area(records), i32::try_from(records.len()).unwrap(), |_| {})
}

fn one(change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
    batch_with(&area(&[raw(0)]), 1, change)
}

fn gzip(records: &[Raw], count: i32) -> Vec<u8> {
    let area = compress(Compression::Gzip, None, &area(records)).unwrap();
    batch_with(&area, count, |header| header.attributes = 1.into())
}

fn with_length(length: i32) -> Vec<u8> {
    let mut batch = one(|_| {});
    BatchHeader::peek_mut(&mut batch).unwrap().batch_length = length.into();
    batch
}

/// The protocol's code of a refusal, so that the table reads as the broker answered.
fn code(refusal: &AppendRefusal) -> i16 {
    match refusal {
        AppendRefusal::Corrupt(_) => 2,
        AppendRefusal::MessageTooLarge { .. } => 10,
        AppendRefusal::LargerThanSegment { .. } => 18,
        AppendRefusal::InvalidTimestamps(_) => 32,
        AppendRefusal::UnsupportedCompression => 76,
        AppendRefusal::InvalidRecord(_) | AppendRefusal::MissingKeys(_) => 87,
    }
}

fn check<'a>(name: &str, bytes: &'a [u8], rules: &AppendRules, expected: i16) -> Option<BatchInfo<'a>> {
    let got = validate_for_append(bytes, rules, CLIENT, NOW);
    assert_eq!(got.as_ref().map_or_else(code, |_| 0), expected, "{name}: {got:?}");
    got.ok()
}

#[test]
fn bytes_that_are_not_one_batch_are_refused_as_a_real_broker_does() {
    let good = one(|_| {});
    check("as it should be", &good, &rules(), 0);
    for cut in [1, good.len() - 61, good.len() - 40, good.len() - 10, good.len()] {
        check("cut", &good[..good.len() - cut], &rules(), 87);
    }
    check("two batches", &[good.clone(), good.clone()].concat(), &rules(), 87);
    check("length 13", &with_length(13), &rules(), 2);
    check("length 20", &with_length(20), &rules(), 2);
    check("length -1", &with_length(-1), &rules(), 2);
    // Kafka's sum of lengths overflows here and it answers "unknown server error".
    check("length 2^31 - 1", &with_length(i32::MAX), &rules(), 87);
    for (magic, expected) in [(0, 87), (1, 87), (3, 2), (255, 2)] {
        check("magic", &one(|header| header.magic = magic), &rules(), expected);
    }
    let mut flipped = good;
    flipped[17] ^= 1;
    check("checksum", &flipped, &rules(), 2);
}

#[test]
fn what_stands_behind_the_batch_is_dropped_unless_it_cannot_begin_one() {
    let good = one(|_| {});
    for tail in [&[0u8; 5][..], &good[..40], &good[..good.len() - 1]] {
        let sent = [&good, tail].concat();
        let info = check("incomplete tail", &sent, &rules(), 0).unwrap();
        assert_eq!(info.bytes, good);
        // Only what is stored counts.
        let exact = AppendRules { message_bytes_max: good.len(), segment_bytes_max: good.len(), ..rules() };
        check("incomplete tail", &sent, &exact, 0);
    }
    check("zeros behind", &[&good[..], &[0; 20]].concat(), &rules(), 2);
}

#[test]
fn header_fields_are_held_against_each_other() {
    let two = area(&[raw(0), raw(1)]);
    let header_cases: [(&str, Vec<u8>, i16); 14] = [
        ("base offset 5", one(|h| h.base_offset = 5.into()), 87),
        ("base offset -1", one(|h| h.base_offset = (-1).into()), 87),
        ("no records", batch_with(&[], 0, |h| h.last_offset_delta = 0.into()), 87),
        ("no records, no offsets", batch_with(&[], 0, |_| {}), 87),
        ("count -1", one(|h| (h.record_count, h.last_offset_delta) = ((-1).into(), (-2).into())), 87),
        ("count 3 of 2", batch_with(&two, 3, |_| {}), 87),
        ("count 1 of 2", batch_with(&two, 1, |_| {}), 87),
        ("offsets past the count", batch_with(&two, 2, |h| h.last_offset_delta = 5.into()), 87),
        ("control", one(|h| h.attributes = Attributes::CONTROL.into()), 87),
        ("no sequence", one(|h| (h.producer_id, h.producer_epoch) = (7.into(), 0.into())), 87),
        ("no epoch", one(|h| (h.producer_id, h.base_sequence) = (7.into(), 0.into())), 0),
        ("producer -2", one(|h| h.producer_id = (-2).into()), 0),
        ("leader epoch", one(|h| h.leader_epoch = 77.into()), 0),
        ("unused bits", one(|h| h.attributes = 0x7f80.into()), 0),
    ];
    for (name, bytes, expected) in header_cases {
        check(name, &bytes, &rules(), expected);
    }
    // "Unknown server error" at Kafka, which says nothing to anybody.
    check("codec 5", &one(|h| h.attributes = 5.into()), &rules(), 87);
    check("codec 7", &one(|h| h.attributes = 7.into()), &rules(), 87);
}

#[test]
fn a_coordinator_may_write_what_a_client_may_not() {
    let marker = crate::control::end_marker_batch(
        ProducerId(7),
        1,
        crate::control::EndMarker { committed: true, coordinator_epoch: 3 },
        NOW,
    );
    let info = validate_for_append(&marker, &rules(), Origin::Coordinator, NOW).unwrap();
    assert!(info.is_control && info.is_transactional && info.base_sequence == -1);
    check("from a client", &marker, &rules(), 87);
}

#[test]
fn records_are_walked_to_the_last_byte() {
    let long = Raw { length_error: 1, ..raw(0) };
    let short = Raw { length_error: -1, ..raw(0) };
    let cut = {
        let whole = area(&[raw(0), raw(1)]);
        whole[..whole.len() - 3].to_vec()
    };
    let cases: [(&str, Vec<u8>, i16); 13] = [
        ("length too long", batch_of(&[long]), 87),
        ("length too short", batch_of(&[short]), 87),
        ("length negative", batch_with(&[5], 1, |_| {}), 87),
        ("length huge", batch_with(&[0xfe, 0xff, 0xff, 0xff, 0x0f, 1, 2], 1, |_| {}), 87),
        ("second record cut", batch_with(&cut, 2, |_| {}), 87),
        ("bytes left", batch_with(&[area(&[raw(0)]), b"xyz".to_vec()].concat(), 1, |_| {}), 87),
        ("header count -1", batch_of(&[raw(0).headers(&[1])]), 87),
        ("header count 5", batch_of(&[raw(0).headers(&[10])]), 87),
        ("header key null", batch_of(&[raw(0).headers(&[2, 1, 2, b'v'])]), 87),
        ("header key no text", batch_of(&[raw(0).headers(&[2, 4, 0xff, 0xfe, 2, b'v'])]), 0),
        ("header value null", batch_of(&[raw(0).headers(&[2, 2, b'h', 1])]), 0),
        ("key length -2", batch_with(&[14, 0, 0, 0, 3, 2, b'v', 0], 1, |_| {}), 0),
        ("record attributes", batch_of(&[Raw { attributes: 0xff, ..raw(0) }]), 0),
    ];
    for (name, bytes, expected) in cases {
        check(name, &bytes, &rules(), expected);
    }
    // Kafka stores these as they are, and readers then see offsets that belong to other records.
    check("offsets 0, 0", &batch_of(&[raw(0), raw(0)]), &rules(), 87);
    check("offsets 5, 9", &batch_of(&[raw(5), raw(9)]), &rules(), 87);
}

#[test]
fn timestamps_must_lie_in_the_window() {
    let at =
        |timestamp: i64| one(|h| (h.base_timestamp, h.max_timestamp) = (timestamp.into(), timestamp.into()));
    let cases: [(&str, Vec<u8>, AppendRules, i16); 12] = [
        ("two hours ahead", batch_of(&[raw(0), raw(1).at(2 * HOUR_MS)]), rules(), 32),
        ("an hour ahead", batch_of(&[raw(0), raw(1).at(HOUR_MS)]), rules(), 0),
        ("two hours ago", batch_of(&[raw(0), raw(1).at(-2 * HOUR_MS)]), past(), 32),
        ("two hours ago, no limit", batch_of(&[raw(0), raw(1).at(-2 * HOUR_MS)]), rules(), 0),
        ("none", at(-1), rules(), 0),
        ("none, with a limit", at(-1), past(), 0),
        ("-5", at(-5), rules(), 0),
        ("-5, with a limit", at(-5), past(), 32),
        ("the least there is", at(i64::MIN), rules(), 32),
        (
            "overflowing",
            batch_with(&area(&[raw(0).at(100)]), 1, |h| h.base_timestamp = (i64::MAX - 50).into()),
            rules(),
            32,
        ),
        ("ahead, but stamped", at(NOW + 10 * HOUR_MS), stamped(), 0),
        ("ahead in the header only", one(|h| h.max_timestamp = (NOW + 2 * HOUR_MS).into()), rules(), 0),
    ];
    for (name, bytes, rules, expected) in cases {
        check(name, &bytes, &rules, expected);
    }
    // One without a timestamp does not stand for the others.
    let mixed = |second: i64| batch_of(&[raw(0).at(-1 - NOW), raw(1).at(second), raw(2)]);
    check("too old, behind one without", &mixed(-2 * HOUR_MS), &past(), 32);
    check("old enough, behind one without", &mixed(-HOUR_MS), &past(), 0);
    check("the oldest there can be, behind one without", &mixed(-NOW), &past(), 32);
    check("none has one", &batch_of(&[raw(0).at(-1 - NOW), raw(1).at(-1 - NOW)]), &past(), 0);
    let batch = batch_of(&[raw(0), raw(1).at(2 * HOUR_MS)]);
    let refusal = validate_for_append(&batch, &rules(), CLIENT, NOW);
    let fault = RecordFault::Timestamp(NOW + 2 * HOUR_MS);
    let errors = RecordErrors { records: vec![RecordError { index: 1, fault }], count: 1 };
    assert_eq!(refusal, Err(AppendRefusal::InvalidTimestamps(errors)));
}

#[test]
fn the_maximum_timestamp_is_the_real_one() {
    for claimed in [NOW, NOW + 500] {
        let batch = batch_with(&area(&[raw(0), raw(1).at(50), raw(2).at(50)]), 3, |h| {
            h.max_timestamp = claimed.into()
        });
        let info = check("claims another maximum", &batch, &rules(), 0).unwrap();
        assert_eq!(info.max_timestamp, NOW + 50);
        assert_eq!(info.offset_delta_of_max_timestamp, Some(1), "the first that has it");
        assert_eq!(info.header_fix, HeaderFix::MaxTimestamp);
        let mut fixed = batch.clone();
        apply_header_fix(&mut fixed, &info);
        let header = crate::batch::check_batch(&fixed).unwrap();
        assert_eq!(header.max_timestamp.get(), NOW + 50);
        assert_eq!(validate_for_append(&fixed, &rules(), CLIENT, NOW).unwrap().header_fix, HeaderFix::None);
    }
    let older = one(|h| (h.base_timestamp, h.max_timestamp) = ((-5).into(), (-5).into()));
    assert_eq!(check("-5", &older, &rules(), 0).unwrap().max_timestamp, -1, "as Kafka stores it");
}

#[test]
fn append_time_is_set_by_the_broker_alone() {
    let claims = one(|h| h.attributes = Attributes::LOG_APPEND_TIME.into());
    let info = check("on a create time topic", &claims, &rules(), 0).unwrap();
    assert_eq!(info.header_fix, HeaderFix::MaxTimestamp);
    let mut fixed = claims.clone();
    apply_header_fix(&mut fixed, &info);
    assert_eq!(crate::batch::check_batch(&fixed).unwrap().attributes(), Attributes(0));

    check("on a stamped topic", &claims, &stamped(), 32);
    let without =
        one(|h| (h.attributes, h.max_timestamp) = (Attributes::LOG_APPEND_TIME.into(), (-1).into()));
    check("without a time", &without, &rules(), 32);

    let plain = batch_of(&[raw(0), raw(1).at(50)]);
    let info = check("stamped", &plain, &stamped(), 0).unwrap();
    assert_eq!((info.max_timestamp, info.header_fix), (NOW, HeaderFix::AppendTime));
    let (mut by_fix, mut by_hand) = (plain.clone(), plain.clone());
    apply_header_fix(&mut by_fix, &info);
    stamp_append_time(&mut by_hand, NOW);
    assert_eq!(by_fix, by_hand);
    let header = crate::batch::check_batch(&by_fix).unwrap();
    assert_eq!((header.attributes().0, header.max_timestamp.get()), (Attributes::LOG_APPEND_TIME, NOW));
}

#[test]
fn a_compacted_topic_wants_keys_and_names_the_records_without() {
    let missing = |index| RecordError { index, fault: RecordFault::MissingKey };
    let plain = batch_of(&[raw(0), raw(1).keyless(), raw(2), raw(3).keyless()]);
    let expected = RecordErrors { records: vec![missing(1), missing(3)], count: 2 };
    let got = validate_for_append(&plain, &compacted(), CLIENT, NOW);
    assert_eq!(got, Err(AppendRefusal::MissingKeys(expected)));
    check("elsewhere", &plain, &rules(), 0);

    let both = batch_of(&[raw(0).keyless(), raw(1).at(2 * HOUR_MS)]);
    let Err(AppendRefusal::InvalidTimestamps(errors)) = validate_for_append(&both, &compacted(), CLIENT, NOW)
    else {
        panic!("the timestamp decides the code");
    };
    assert_eq!(errors.records.iter().map(|error| error.index).collect::<Vec<_>>(), [0, 1]);

    let compressed = gzip(&[raw(0), raw(1).keyless()], 2);
    check("compressed", &compressed, &compacted(), 87);
    check("compressed, elsewhere", &compressed, &rules(), 0);
}

#[test]
fn a_refusal_names_no_more_records_than_its_bound() {
    let records: Vec<Raw> = (0..1500).map(|at| raw(at).keyless()).collect();
    let Err(AppendRefusal::MissingKeys(errors)) =
        validate_for_append(&batch_of(&records), &compacted(), CLIENT, NOW)
    else {
        panic!("keys are missing");
    };
    assert_eq!((errors.records.len(), errors.count), (RECORD_ERRORS_MAX, 1500));
}

#[test]
fn compressed_records_are_checked_where_the_rules_say_so() {
    let two = || [raw(0), raw(1).at(5)];
    let good = gzip(&two(), 2);
    let info = check("as it should be", &good, &strict(), 0).unwrap();
    assert_eq!((info.max_timestamp, info.offset_delta_of_max_timestamp), (NOW + 5, Some(1)));
    assert_eq!(info.header_fix, HeaderFix::MaxTimestamp, "the header says NOW");
    let trusting = check("by the header", &good, &rules(), 0).unwrap();
    assert_eq!((trusting.max_timestamp, trusting.offset_delta_of_max_timestamp), (NOW, None));

    check("count 3 of 2", &gzip(&two(), 3), &strict(), 87);
    check("count 1 of 2", &gzip(&two(), 1), &strict(), 87);
    let left = compress(Compression::Gzip, None, &[area(&two()), b"xx".to_vec()].concat()).unwrap();
    check("bytes left", &batch_with(&left, 2, |h| h.attributes = 1.into()), &strict(), 87);
    let members =
        [raw(0).bytes(), raw(1).bytes()].map(|bytes| compress(Compression::Gzip, None, &bytes).unwrap());
    check("two members", &batch_with(&members.concat(), 2, |h| h.attributes = 1.into()), &strict(), 0);
    check("ahead", &gzip(&[raw(0), raw(1).at(2 * HOUR_MS)], 2), &strict(), 32);
    // Kafka answers "unknown server error" to these.
    check("offsets 5, 9", &gzip(&[raw(5), raw(9)], 2), &strict(), 87);
    for codec in 1..=4 {
        check("junk", &batch_with(b"junkjunkjunk", 1, |h| h.attributes = codec.into()), &strict(), 87);
        check("nothing", &batch_with(b"", 1, |h| h.attributes = codec.into()), &strict(), 87);
    }
}

#[test]
fn a_header_that_looks_wrong_is_settled_by_the_records() {
    let far = |h: &mut BatchHeader| (h.attributes, h.max_timestamp) = (1.into(), (NOW + 2 * HOUR_MS).into());
    let area = compress(Compression::Gzip, None, &area(&[raw(0), raw(1).at(7)])).unwrap();
    let ahead = batch_with(&area, 2, far);
    let info = check("only the header is ahead", &ahead, &rules(), 0).unwrap();
    assert_eq!((info.max_timestamp, info.header_fix), (NOW + 7, HeaderFix::MaxTimestamp));
}

#[test]
fn a_bomb_is_refused_at_the_cap() {
    let zeros = vec![0u8; 1 << 24];
    let mut builder = BatchBuilder::new();
    builder.push(NOW, Some(b"k"), Some(&zeros), &[]);
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let bomb = builder.clone().finish_compressed(codec, None).unwrap();
        let bounds = AppendRules { decompressed_bytes_max: 1 << 20, message_bytes_max: 1 << 25, ..strict() };
        let got = validate_for_append(&bomb, &bounds, CLIENT, NOW);
        let too_large = InvalidBatch::Decompress(DecompressError::TooLarge { cap: 1 << 20 });
        assert_eq!(got, Err(AppendRefusal::InvalidRecord(too_large)), "{codec:?}");
        let roomy = AppendRules { decompressed_bytes_max: 1 << 25, ..bounds };
        assert!(validate_for_append(&bomb, &roomy, CLIENT, NOW).is_ok(), "{codec:?}");
    }
}

#[test]
fn sizes_are_bounded_before_anything_is_computed() {
    let batch = one(|_| {});
    let mut spoiled = batch.clone();
    spoiled[17] ^= 1;
    let small = AppendRules { message_bytes_max: batch.len() - 1, ..rules() };
    check("too large, and spoiled", &spoiled, &small, 10);
    let exact = AppendRules { message_bytes_max: batch.len(), segment_bytes_max: batch.len(), ..rules() };
    check("exactly as large", &batch, &exact, 0);
    check(
        "larger than a segment",
        &batch,
        &AppendRules { segment_bytes_max: batch.len() - 1, ..rules() },
        18,
    );
}

#[test]
fn zstd_needs_a_client_that_knows_it() {
    let batch = one(|h| h.attributes = 4.into());
    for (produce_version, expected) in [(3, Some(76)), (6, Some(76)), (7, None)] {
        let got = validate_for_append(&batch, &rules(), Origin::Client { produce_version }, NOW);
        assert_eq!(got.as_ref().err().map(code), expected, "{produce_version}");
    }
}

#[test]
fn the_leader_s_fields_lie_outside_the_checksum() {
    let mut batch = one(|_| {});
    patch_leader_fields(&mut batch, Offset(1234), LeaderEpoch(9));
    let header = crate::batch::check_batch(&batch).unwrap();
    assert_eq!((header.base_offset(), header.leader_epoch()), (Offset(1234), LeaderEpoch(9)));
}

#[test]
fn a_record_that_cannot_be_read_says_how() {
    let batch = batch_with(&[5], 1, |_| {});
    let got = validate_for_append(&batch, &rules(), CLIENT, NOW);
    let why = InvalidBatch::Record(BadRecord::NegativeLength);
    assert_eq!(got, Err(AppendRefusal::InvalidRecord(why)));
    assert!(!got.unwrap_err().to_string().is_empty());
}

#[test]
fn no_mutation_of_a_batch_makes_the_checks_panic_or_hang() {
    for seed in 0..400u64 {
        let mut random = Random::new(seed);
        let mut builder = BatchBuilder::new().producer(ProducerId(5), 1, 3);
        for at in 0..1 + random.below(6) {
            let value = vec![7; random.below(300)];
            let key = (random.below(3) > 0).then_some(&b"key"[..]);
            builder.push(
                NOW + i64::try_from(at).unwrap(),
                key,
                Some(&value),
                &[("h", None), ("i", Some(b"x"))],
            );
        }
        let codecs =
            [Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];
        let codec = codecs[random.below(5)];
        let mut batch = builder.finish_compressed(codec, None).unwrap();
        for _ in 0..40 {
            for _ in 0..1 + random.below(3) {
                let at = random.below(batch.len());
                batch[at] = random.byte();
            }
            if random.below(3) == 0 {
                batch.truncate(BATCH_HEADER_BYTES.max(random.below(batch.len() + 1)));
                let length = i32::try_from(batch.len() - BATCH_OVERHEAD_BYTES).unwrap();
                BatchHeader::peek_mut(&mut batch).unwrap().batch_length = length.into();
            }
            if let Some(header) = BatchHeader::peek_mut(&mut batch)
                && random.below(2) == 0
            {
                header.magic = MAGIC;
                header.base_offset = 0.into();
                header.record_count = (header.last_offset_delta.get().wrapping_add(1)).into();
            }
            refresh_crc(&mut batch);
            let batch_bytes = batch.len();
            if random.below(4) == 0 {
                // What an incomplete batch behind it would be.
                batch.extend_from_within(..random.below(batch_bytes));
            }
            for rules in [rules(), compacted(), strict(), stamped(), past()] {
                let before = batch.clone();
                if let Ok(info) = validate_for_append(&batch, &rules, CLIENT, NOW) {
                    let mut fixed = info.bytes.to_vec();
                    apply_header_fix(&mut fixed, &info);
                    assert!(crate::batch::check_batch(&fixed).is_ok(), "seed {seed}");
                }
                assert_eq!(before.as_bytes(), batch.as_bytes());
            }
            let _ = crate::batch::Batches::checked(&batch).count();
            let _ = crate::control::ControlBatch::parse(&batch);
            let _ = crate::recompress::recompress(&batch, Compression::None, None, 1 << 16, 1 << 16);
            batch.truncate(batch_bytes);
        }
    }
}
