//! Bytes that no honest peer sends: decoding them never panics and never allocates, whatever they are.

mod every_message;

use every_message::{every_message, schema};
use loglane_codegen::{Random, sample};
use loglane_net::fetch::FetchRequest;
use loglane_net::produce::ProduceRequest;
use loglane_net::{Reader, RequestHeader};

/// Damages valid bytes a little, so that the damage lies deep inside as often as in front.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len().max(1));
        let value = match random.below(6) {
            0 => 0,
            1 => 0x7f,
            2 => 0x80,
            3 => 0xff,
            _ => random.next_u64().to_be_bytes()[0],
        };
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), value),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            // A length or count of 2^31 − 1, which says: reserve two gigabytes.
            3 => bytes.splice(at..(at + 4).min(bytes.len()), [0x7f, 0xff, 0xff, 0xff]).for_each(drop),
            _ if at < bytes.len() => bytes[at] = value,
            _ => bytes.push(value),
        }
    }
}

#[test]
fn damaged_messages_are_decoded_or_refused_without_an_allocation() {
    let schema = schema();
    let (mut decoded, mut refused) = (0, 0);
    for (message, reencode) in every_message(&schema) {
        for version in message.versions.from..=message.versions.to {
            for seed in 0..60 {
                let mut random = Random(seed);
                let mut bytes = sample(message, version, &mut random);
                damage(&mut bytes, &mut random);
                eprintln!("{} version {version} seed {seed}", message.name);
                // Encoding what was decoded reads every array again, to the last element. Room enough is there
                // before, as an honest encoding is never longer: only decoding could allocate.
                let mut out = Vec::with_capacity(bytes.len() + 64);
                let mut result = Ok(());
                let counted = allocation_counter::measure(|| result = reencode(&bytes, version, &mut out));
                match result {
                    Ok(()) => decoded += 1,
                    Err(_) => {
                        refused += 1;
                        assert_eq!(counted.count_total, 0, "a refused message allocated");
                    }
                }
                // The one allocation that remains is the encoder's, for the length of a long tagged field.
                assert!(counted.bytes_max <= 64, "{} bytes at once", counted.bytes_max);
                assert!(out.len() <= bytes.len(), "{} bytes became {}", bytes.len(), out.len());
                let once = out.clone();
                out.clear();
                if result.is_ok() {
                    assert_eq!(reencode(&once, version, &mut out), Ok(()));
                    assert_eq!(out, once, "encoding again changes nothing");
                }
            }
        }
    }
    assert!(decoded > 1000 && refused > 1000, "{decoded} decoded, {refused} refused: damage more, or less");
}

#[test]
fn damaged_produce_and_fetch_requests_are_walked_or_refused_without_an_allocation() {
    let schema = schema();
    let walked = ["ProduceRequest", "FetchRequest"];
    let all = every_message(&schema).into_iter().map(|(message, _)| message);
    for message in all.filter(|message| walked.contains(&message.name.as_str())) {
        for version in message.versions.from..=message.versions.to {
            for seed in 0..500 {
                let mut random = Random(seed);
                let mut bytes = sample(message, version, &mut random);
                damage(&mut bytes, &mut random);
                eprintln!("{} version {version} seed {seed}", message.name);
                let counted = allocation_counter::measure(|| match message.name.as_str() {
                    "ProduceRequest" => walk_produce(&bytes, version),
                    _ => walk_fetch(&bytes, version),
                });
                assert_eq!(counted.count_total, 0);
            }
        }
    }
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

#[test]
fn random_headers_are_read_or_refused_without_an_allocation() {
    let mut random = Random(1);
    for _ in 0..100_000 {
        let mut bytes: Vec<u8> = (0..random.below(40)).map(|_| random.next_u64().to_be_bytes()[0]).collect();
        if let Some(first) = bytes.get_mut(..4) {
            // Mostly an API and a version that exist, or the rest is never looked at.
            first.copy_from_slice(&[0, first[1] % 100, 0, first[3] % 16]);
        }
        let counted = allocation_counter::measure(|| {
            let _ = RequestHeader::decode(&mut Reader::new(&bytes));
        });
        assert_eq!(counted.count_total, 0);
    }
}
