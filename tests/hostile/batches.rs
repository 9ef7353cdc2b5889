//! Record batches that are broken in one way each, and some that only look so.

use crate::answers::Case;
use harness::client::{PRODUCE, produce_body};
use harness::record::{Batch, Record, now_ms};
use harness::wire::{Api, Message};

const PRODUCED: &str =
    "topics:[ name:str partitions:[ index:i32 code:i16 base:end ~append_time:i64 start:i64 ] ] throttle:i32";

/// Before version 5 there is no log start in the answer.
const PRODUCED_V3: &str =
    "topics:[ name:str partitions:[ index:i32 code:i16 base:end ~append_time:i64 ] ] throttle:i32";

fn three() -> Batch {
    let now = now_ms();
    Batch::of(&[b"a", b"b", b"c"].map(|value| Record::of_value(now, value)))
}

/// Everything that can be wrong with a batch whose partition, `t-1`, is otherwise empty; the last case, which is right,
/// shows that nothing before it was appended but what says `code=0`.
pub(crate) fn cases(producers: &[i64]) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, records: &[u8]| {
        cases.push(
            Case::new(&format!("batch {name}"), PRODUCE, produce_body("t", 1, -1, records), PRODUCED)
                .against("t", 1),
        );
    };
    headers(&mut add);
    lengths(&mut add);
    insides(&mut add);
    sequences(&mut add, producers);
    add("sound, at the end", &three().seal());
    cases.extend(topics());
    cases
}

fn headers(add: &mut impl FnMut(&str, &[u8])) {
    for magic in [-1, 0, 1, 3] {
        add(&format!("magic {magic}"), &Batch { magic, ..three() }.seal());
    }
    add("wrong checksum", &Batch { crc_error: 1 << 9, ..three() }.seal());
    for count in [0, -1, 2, 4, i32::MAX, i32::MIN] {
        add(&format!("record count {count} for 3"), &Batch { record_count: count, ..three() }.seal());
    }
    for delta in [-1, 0, 1, 3, i32::MAX, i32::MIN] {
        add(
            &format!("last offset delta {delta} for 2"),
            &Batch { last_offset_delta: delta, ..three() }.seal(),
        );
    }
    let both = Batch { last_offset_delta: i32::MAX, record_count: i32::MIN, ..three() };
    add("count and delta that agree by overflow", &both.seal());
    add(
        "no records at all",
        &Batch { last_offset_delta: -1, record_count: 0, records: Vec::new(), ..three() }.seal(),
    );
    for (name, attributes) in [
        ("control", 0x20),
        ("transactional", 0x10),
        ("transactional control", 0x30),
        ("log append time", 0x08),
        ("delete horizon", 0x40),
        ("an unused bit", 0x80),
        ("the highest bit", i16::MIN),
        ("codec 5", 5),
        ("codec 6", 6),
        ("codec 7", 7),
    ] {
        add(&format!("attribute {name}"), &Batch { attributes, ..three() }.seal());
    }
    for (name, base_offset) in [("7", 7), ("negative", -5), ("the highest", i64::MAX)] {
        add(&format!("base offset {name}"), &Batch { base_offset, ..three() }.seal());
    }
    for leader_epoch in [0, 77, -9] {
        add(&format!("leader epoch {leader_epoch}"), &Batch { leader_epoch, ..three() }.seal());
    }
    let now = now_ms();
    for (name, ahead) in
        [("in half an hour", 1_800_000), ("in two hours", 7_200_000), ("ten years ago", -315_360_000_000)]
    {
        add(&format!("timestamp {name}"), &Batch::of(&[Record::of_value(now + ahead, b"x")]).seal());
    }
    add("largest timestamp too small", &Batch { max_timestamp: now - 5_000, ..three() }.seal());
    add("largest timestamp too large", &Batch { max_timestamp: now + 5_000, ..three() }.seal());
    add("largest timestamp in two hours", &Batch { max_timestamp: now + 7_200_000, ..three() }.seal());
    add("no timestamp", &Batch::of(&[Record::of_value(-1, b"x")]).seal());
    add("negative timestamp", &Batch::of(&[Record::of_value(-77, b"x")]).seal());
}

fn lengths(add: &mut impl FnMut(&str, &[u8])) {
    let whole = three().seal();
    add("of no bytes", &[]);
    for keep in [1, 8, 11, 12, 16, 17, 60, 61] {
        add(&format!("cut after {keep} bytes"), &whole[..keep]);
    }
    add("without its last byte", &whole[..whole.len() - 1]);
    add("with a byte more", &[&whole[..], &[0]].concat());
    add("with twelve zeros more", &[&whole[..], &[0; 12]].concat());
    for error in [-1, 1, -30, 1000, i32::MAX / 2, -100, -1000] {
        add(&format!("length wrong by {error}"), &Batch { length_error: error, ..three() }.seal());
    }
    add("twice", &[&whole[..], &whole[..]].concat());
    add("of zeros", &[0; 200]);
    add("of ones", &[0xff; 200]);
}

fn insides(add: &mut impl FnMut(&str, &[u8])) {
    let of = |records: &[u8]| Batch { records: records.to_vec(), ..Batch::one("x") }.seal();
    // Length, attributes, timestamp delta, offset delta, key length, value length, value, headers.
    add("record, sound", &of(&[14, 0, 0, 0, 1, 2, b'x', 0]));
    add("record too long by one", &of(&[16, 0, 0, 0, 1, 2, b'x', 0]));
    add("record too short by one", &of(&[12, 0, 0, 0, 1, 2, b'x', 0]));
    add("record of negative length", &of(&[13, 0, 0, 0, 1, 2, b'x', 0]));
    add("record of length 0", &of(&[0, 0, 0, 0, 1, 2, b'x', 0]));
    add("record with bytes behind it", &of(&[14, 0, 0, 0, 1, 2, b'x', 0, 0, 0]));
    add("record with attributes", &of(&[14, 7, 0, 0, 1, 2, b'x', 0]));
    add("record with offset delta 1 for 0", &of(&[14, 0, 0, 2, 1, 2, b'x', 0]));
    add("record with offset delta -1", &of(&[14, 0, 0, 1, 1, 2, b'x', 0]));
    add("record with timestamp delta -1", &of(&[14, 0, 1, 0, 1, 2, b'x', 0]));
    add("record with key length -2", &of(&[14, 0, 0, 0, 3, 2, b'x', 0]));
    add("record with value length -2", &of(&[12, 0, 0, 0, 1, 3, 0]));
    add("record with a value past its end", &of(&[14, 0, 0, 0, 1, 20, b'x', 0]));
    add("record with header count -1", &of(&[14, 0, 0, 0, 1, 2, b'x', 1]));
    add("record with header count 1 and none there", &of(&[14, 0, 0, 0, 1, 2, b'x', 2]));
    add("record with a header of no key", &of(&[18, 0, 0, 0, 1, 2, b'x', 2, 1, 1]));
    add("record with a number of eleven bytes", &of(&[0xff; 30]));
    let counted = |count: i32| Batch { record_count: count, last_offset_delta: count - 1, ..three() }.seal();
    add("says 2 records, holds 3", &counted(2));
    add("says 4 records, holds 3", &counted(4));
    add("says a billion records, holds 3", &counted(1_000_000_000));
    for codec in 1..=4 {
        let garbage = Batch { attributes: codec, records: vec![0xa5; 40], ..three() };
        add(&format!("codec {codec} with garbage inside"), &garbage.seal());
        let nothing = Batch { attributes: codec, records: Vec::new(), ..three() };
        add(&format!("codec {codec} with nothing inside"), &nothing.seal());
    }
}

fn sequences(add: &mut impl FnMut(&str, &[u8]), producers: &[i64]) {
    let by = |producer: i64, epoch: i16, sequence: i32| {
        three().by_producer(producers[0] + producer, epoch, sequence)
    };
    add("sequence -1 of a producer", &by(0, 0, -1).seal());
    add("sequence -2 of a producer", &by(0, 0, -2).seal());
    add("epoch -1 of a producer", &by(0, -1, 0).seal());
    add("epoch -1 and sequence -1 of a producer", &by(0, -1, -1).seal());
    add("producer -2", &three().by_producer(-2, 0, 0).seal());
    add("no producer but an epoch and a sequence", &three().by_producer(-1, 0, 0).seal());
    // One after the other: what a partition remembers of a producer.
    let one = producers[1] - producers[0];
    add("in sequence, first", &by(one, 0, 0).seal());
    add("in sequence, first again", &by(one, 0, 0).seal());
    add("in sequence, second", &by(one, 0, 3).seal());
    add("in sequence, first once more", &by(one, 0, 0).seal());
    add("sequence with a gap", &by(one, 0, 9).seal());
    add("sequence that overlaps", &by(one, 0, 4).seal());
    add("same first sequence, other length", &Batch::one("x").by_producer(producers[1], 0, 3).seal());
    add("new epoch that begins at 5", &by(one, 1, 5).seal());
    add("new epoch that begins at 0", &by(one, 1, 0).seal());
    add("old epoch", &by(one, 0, 6).seal());
    add("in sequence, after the old epoch", &by(one, 1, 3).seal());
    for (turn, sequence) in (0..6).zip((6..).step_by(3)) {
        add(&format!("in sequence, number {turn} of six"), &by(one, 1, sequence).seal());
    }
    add("the last but four again", &by(one, 1, 9).seal());
    add("the last but five again", &by(one, 1, 6).seal());
    let two = producers[2] - producers[0];
    add("sequence up to its end", &by(two, 0, i32::MAX - 2).seal());
    add("sequence over its end", &by(two, 0, 0).seal());
    add("sequence over its end, again", &by(two, 0, 0).seal());
    let three = producers[3] - producers[0];
    add("sequence that wraps inside", &by(three, 0, i32::MAX - 1).seal());
    add("sequence behind the wrap", &by(three, 0, 1).seal());
}

/// What depends on the topic, the version or the acknowledgements.
fn topics() -> Vec<Case> {
    let case = |name: &str, topic: &'static str, partition: i32, acks: i16, batch: &Batch| {
        let body = produce_body(topic, partition, acks, &batch.seal());
        let case = Case::new(&format!("produce {name}"), PRODUCE, body, PRODUCED);
        let is_there = ["small", "compacted", "stamped"].contains(&topic) || (topic == "t" && partition == 2);
        if is_there { case.against(topic, partition) } else { case }
    };
    let large = Batch::one(&"x".repeat(2000));
    let keyed = Batch::of(&[Record { key: Some(b"k".to_vec()), ..Record::of_value(now_ms(), b"v") }]);
    let mut mixed = Batch::of(&[Record { key: Some(b"k".to_vec()), ..Record::of_value(now_ms(), b"v") }]);
    mixed.attributes = 0x08;
    let mut cases = vec![
        case("more than max.message.bytes", "small", 0, -1, &large),
        case("less than max.message.bytes", "small", 0, -1, &Batch::one("x")),
        case("without a key to a compacted topic", "compacted", 0, -1, &three()),
        case("with a key to a compacted topic", "compacted", 0, -1, &keyed),
        case("with the append time already set", "stamped", 0, -1, &mixed),
        case("to a topic that stamps", "stamped", 0, -1, &keyed),
        case("to an unknown topic", "unknown", 0, -1, &three()),
        case("to a topic of an illegal name", "no/such", 0, -1, &three()),
        case("to a topic of no name", "", 0, -1, &three()),
        case("to partition 3 of 3", "t", 3, -1, &three()),
        case("to partition -1", "t", -1, -1, &three()),
        case("with acks 2", "t", 2, 2, &three()),
        case("with acks -2", "t", 2, -2, &three()),
        case("of a broken batch with acks 0", "t", 2, 0, &Batch { crc_error: 1, ..three() }),
        case("to an unknown topic with acks 0", "unknown", 0, 0, &three()),
        case("to an internal topic", "__consumer_offsets", 0, -1, &three()),
    ];
    let null_records =
        Message::new().null_string().i16(-1).i32(30_000).i32(1).string("t").i32(1).i32(2).i32(-1);
    cases.push(Case::new("produce null records", PRODUCE, null_records, PRODUCED).may_be_silent());
    let nothing = Message::new().null_string().i16(-1).i32(30_000).i32(0);
    cases.push(Case::new("produce no topics", PRODUCE, nothing, PRODUCED));
    let twice = Message::new().null_string().i16(-1).i32(30_000).i32(1).string("t").i32(2);
    let twice = twice.i32(2).blob(&three().seal()).i32(2).blob(&three().seal());
    cases.push(Case::new("produce a partition twice", PRODUCE, twice, PRODUCED).against("t", 2));
    let good_and_bad = Message::new().null_string().i16(-1).i32(30_000).i32(1).string("t").i32(2);
    let good_and_bad = good_and_bad.i32(2).blob(&three().seal()).i32(9).blob(&three().seal());
    let name = "produce to a partition that is there and one that is not";
    cases.push(Case::new(name, PRODUCE, good_and_bad, PRODUCED).against("t", 2));
    let transactional = Message::new().string("tx").i16(-1).i32(30_000).i32(1).string("t").i32(1);
    let transactional = transactional.i32(2).blob(&three().seal());
    cases.push(
        Case::new("produce plainly with a transactional id", PRODUCE, transactional, PRODUCED)
            .against("t", 2),
    );
    let zstd = produce_body("t", 2, -1, &Batch { attributes: 4, ..three() }.seal());
    cases.push(
        Case::new("produce zstd before version 7", Api { key: 0, version: 3 }, zstd, PRODUCED_V3)
            .against("t", 2),
    );
    for version in [3, 4] {
        let body = produce_body("t", 2, -1, &three().seal());
        let name = format!("produce version {version}");
        cases.push(Case::new(&name, Api { key: 0, version }, body, PRODUCED_V3).against("t", 2));
    }
    for version in [0, 1, 2] {
        let body = Message::new().i16(-1).i32(30_000).i32(1).string("t").i32(1).i32(2).blob(&three().seal());
        let name = format!("produce version {version}");
        cases.push(Case::new(&name, Api { key: 0, version }, body, PRODUCED_V3));
    }
    cases
}
