//! Any bytes at all as any message, and as a frame of any API in any version: refused, or decoded to something that
//! encodes to the same. `FUZZ_SECONDS=3600 cargo test --release -p loglane-net --test fuzz` goes on for an hour.

mod every_message;

use every_message::{Reencode, every_message, schema};
use harness::fuzz::rounds;
use loglane_codegen::{Message, Random, sample};
use loglane_net::fetch::FetchRequest;
use loglane_net::produce::ProduceRequest;
use loglane_net::{Reader, RequestHeader};

/// Bytes that mean something: ends of ranges, lengths that lie, and continuations that never end.
const TELLING: &[&[u8]] = &[
    &[0],
    &[1],
    &[0x7f],
    &[0x80],
    &[0xff],
    &[0xff, 0xff],
    &[0x7f, 0xff, 0xff, 0xff],
    &[0x80, 0, 0, 0],
    &[0xff, 0xff, 0xff, 0xff],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
    &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
];

/// One message, one version, and what to do with its bytes.
struct Target<'s> {
    message: &'s Message,
    reencode: Reencode,
}

#[test]
fn any_bytes_as_a_message_are_refused_or_decoded() {
    let schema = schema();
    let every = every_message(&schema);
    let every = every.into_iter().map(|(message, reencode)| Target { message, reencode });
    let every: Vec<Target<'_>> = every.collect();
    rounds(300_000, |seed| {
        let mut random = Random(seed);
        let target = &every[random.below(every.len())];
        let versions = target.message.versions;
        let span = usize::try_from(versions.to - versions.from + 1).expect("a range");
        let version = versions.from + i16::try_from(random.below(span)).expect("small");
        let bytes = bytes(target.message, version, &mut random);
        // Decoding may not allocate, and what it refuses costs nothing at all; encoding fills what is there.
        let mut out = Vec::with_capacity(bytes.len() + 64);
        let mut is_decoded = false;
        let counted =
            allocation_counter::measure(|| is_decoded = (target.reencode)(&bytes, version, &mut out).is_ok());
        assert!(counted.bytes_max <= 64, "{}: {} bytes at once", target.message.name, counted.bytes_max);
        assert!(is_decoded || counted.count_total == 0, "{}: refused after allocating", target.message.name);
        if is_decoded {
            let mut again = Vec::new();
            assert_eq!((target.reencode)(&out, version, &mut again), Ok(()), "{}", target.message.name);
            assert_eq!(again, out, "{}: encoding again changes nothing", target.message.name);
        }
    });
}

#[test]
fn any_bytes_as_a_frame_are_refused_or_walked() {
    let schema = schema();
    let every: Vec<&Message> = every_message(&schema).into_iter().map(|(message, _)| message).collect();
    let walked: Vec<&&Message> =
        every.iter().filter(|message| ["ProduceRequest", "FetchRequest"].contains(&&*message.name)).collect();
    rounds(150_000, |seed| {
        let mut random = Random(seed);
        let message = walked[random.below(walked.len())];
        let versions = message.versions;
        let span = usize::try_from(versions.to - versions.from + 1).expect("a range");
        let version = versions.from + i16::try_from(random.below(span)).expect("small");
        let body = bytes(message, version, &mut random);
        let is_produce = message.name == "ProduceRequest";
        let mut frame = [u16::from(!is_produce).to_be_bytes(), version.to_be_bytes()].concat();
        frame.extend([0, 0, 0, 7, 0, 2, b'm', b'e', 0]);
        if random.one_in(8) {
            damage(&mut frame, &mut random);
        }
        frame.extend(&body);
        let counted = allocation_counter::measure(|| {
            let mut reader = Reader::new(&frame);
            let _ = RequestHeader::decode(&mut reader);
            if is_produce {
                walk_produce(&body, version);
            } else {
                walk_fetch(&body, version);
            }
        });
        assert_eq!(counted.count_total, 0);
    });
}

fn walk_produce(bytes: &[u8], version: i16) {
    if let Ok(request) = ProduceRequest::decode(bytes, 0, version) {
        let within = |range: std::ops::Range<usize>| range.end <= bytes.len();
        assert!(request.partitions().all(|one| one.records.is_none_or(within)));
        assert_eq!(request.partitions().count(), request.partition_count());
    }
}

fn walk_fetch(bytes: &[u8], version: i16) {
    if let Ok(request) = FetchRequest::decode(&mut Reader::new(bytes), version) {
        assert_eq!(request.partitions().count(), request.partition_count());
        request.forgotten().for_each(drop);
    }
}

/// Bytes of a sound message as they are, with damage, or of none.
fn bytes(message: &Message, version: i16, random: &mut Random) -> Vec<u8> {
    if random.one_in(10) {
        return (0..random.below(200)).map(|_| random.next_u64().to_be_bytes()[0]).collect();
    }
    let mut bytes = sample(message, version, random);
    if !random.one_in(10) {
        damage(&mut bytes, random);
    }
    bytes
}

/// A few changes, anywhere.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let rest = bytes.len() - at;
        let telling = TELLING[random.below(TELLING.len())];
        match random.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.splice(at..at, telling.iter().copied())),
            2 => drop(bytes.splice(at..at + telling.len().min(rest), telling.iter().copied())),
            3 => drop(bytes.drain(at..at + random.below(rest.min(16) + 1))),
            4 => {
                // A piece of the message once more: fields out of place that are sound by themselves.
                let from = random.below(bytes.len() + 1);
                let piece = bytes[from..bytes.len().min(from + 1 + random.below(24))].to_vec();
                bytes.splice(at..at, piece).for_each(drop);
            }
            5 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            _ => bytes.insert(at, random.next_u64().to_be_bytes()[0]),
        }
    }
}
