//! Frames that real clients and a real broker exchanged, and records that the broker wrote: all of them decode, and
//! encode again to the same bytes; so does a random instance of every message, written by Kafka's own classes. The
//! first line of each file under `frames` says whose they are.

mod every_message;

use every_message::{Reencode, every_message, schema};
use loglane_codegen::{Kind, Schema};
use loglane_net::api_versions::{advertised, write_response};
use loglane_net::header::{begin_response, decode_response_header};
use loglane_net::message::api_versions::ApiVersionsResponse;
use loglane_net::record::{decode_key_number, decode_metadata_head};
use loglane_net::{ApiKey, Message, Reader, RequestHeader, frame};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The lines of a file without its comment, as words.
fn lines(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames").join(name);
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap_or_else(|_| panic!("hex: {hex}"));
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn codec(schema: &Schema, name: &str) -> Reencode {
    let mut all = every_message(schema).into_iter();
    all.find(|(message, _)| message.name == name).unwrap_or_else(|| panic!("no message {name}")).1
}

/// Decodes and encodes a whole frame.
fn frame_again(schema: &Schema, direction: &str, api: ApiKey, version: i16, bytes: &[u8]) -> Vec<u8> {
    let mut reader = Reader::new(bytes);
    let mut out = Vec::new();
    let name = if direction == "request" {
        let header = RequestHeader::decode(&mut reader).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((header.api, header.version), (api, version));
        header.encode(&mut out).unwrap_or_else(|error| panic!("{error}"));
        format!("{}Request", api.name())
    } else {
        let id = decode_response_header(&mut reader, api, version).unwrap_or_else(|error| panic!("{error}"));
        let start = begin_response(&mut out, api, version, id);
        frame::end(&mut out, start, 0);
        out.drain(..frame::LENGTH_BYTES);
        format!("{}Response", api.name())
    };
    codec(schema, &name)(reader.rest(), version, &mut out).unwrap_or_else(|error| panic!("{error}"));
    out
}

fn check(file: &str, frames_min: usize) {
    let schema = schema();
    let lines = lines(file);
    assert!(lines.len() >= frames_min, "{file} has only {} frames", lines.len());
    for line in lines {
        let [direction, name, version, hex] = line.as_slice() else { panic!("{file}: {line:?}") };
        eprintln!("{file}: {direction} {name} {version}");
        let api = ApiKey::ALL.into_iter().find(|api| api.name() == name).expect("a known name");
        let version = version.parse().expect("a number");
        let frame = bytes(hex);
        assert_eq!(frame_again(&schema, direction, api, version, &frame), frame);
    }
}

#[test]
fn every_message_as_kafkas_own_classes_write_it() {
    let schema = schema();
    let mut left: BTreeSet<(String, i16)> = every_message(&schema)
        .into_iter()
        .flat_map(|(message, _)| {
            (message.versions.from..=message.versions.to).map(|version| (message.name.clone(), version))
        })
        .collect();
    for line in lines("every-message.txt") {
        let [name, version, hex] = line.as_slice() else { panic!("{line:?}") };
        let version = version.parse().expect("a number");
        let written = if hex == "." { Vec::new() } else { bytes(hex) };
        let mut out = Vec::new();
        assert_eq!(codec(&schema, name)(&written, version, &mut out), Ok(()), "{name} version {version}");
        assert_eq!(out, written, "{name} version {version}");
        assert!(left.remove(&(name.clone(), version)), "{name} version {version} comes twice");
    }
    assert!(left.is_empty(), "not in the file: {left:?}");
}

#[test]
fn frames_of_java_clients() {
    check("java-clients-4.3.1.txt", 80);
}

#[test]
fn frames_of_a_broker_to_itself() {
    check("broker-4.3.1.txt", 8);
}

#[test]
fn frames_of_librdkafka() {
    check("librdkafka-2.16.1.txt", 30);
    check("librdkafka-2.0.2.txt", 10);
}

#[test]
fn frames_of_kafka_python_aiokafka_and_kafkajs() {
    check("kafka-python-3.0.12.txt", 25);
    check("aiokafka-0.14.0.txt", 15);
    check("kafkajs-2.2.4.txt", 30);
}

#[test]
fn the_refusal_of_a_future_api_versions_is_byte_for_byte_that_of_kafka() {
    let lines = lines("api-versions-99.txt");
    let request = bytes(&lines[0][3]);
    let header = RequestHeader::decode(&mut Reader::new(&request)).expect("any version is let through");
    assert_eq!((header.api, header.version), (ApiKey::ApiVersions, 99));
    let mut out = Vec::new();
    let id = header.correlation_id;
    write_response(&mut out, header.version, id, &Default::default()).expect("names are short");
    assert_eq!(out[frame::LENGTH_BYTES..], bytes(&lines[1][3]));
}

#[test]
fn a_broker_of_4_3_advertises_the_versions_of_the_schema() {
    // Telemetry is announced only where a receiver for it is configured.
    let telemetry = [ApiKey::GetTelemetrySubscriptions, ApiKey::PushTelemetry];
    let expected: Vec<_> = ApiKey::ALL
        .into_iter()
        .filter(|api| api.info().on_broker && !telemetry.contains(api))
        .map(advertised)
        .collect();
    let recorded = lines("java-clients-4.3.1.txt");
    let line = recorded.iter().find(|line| line[0] == "response" && line[1] == "ApiVersions");
    let frame = bytes(&line.expect("every client asks")[3]);
    let mut reader = Reader::new(&frame);
    decode_response_header(&mut reader, ApiKey::ApiVersions, 4).expect("a header");
    let response = ApiVersionsResponse::decode(&mut reader, 4).expect("a response");
    assert_eq!(response.api_keys.iter().collect::<Vec<_>>(), expected);
}

/// The message of a record by number; keys and values of a coordinator's topic share one.
fn record_codec(schema: &Schema, modules: &[&str], number: i16, ending: &str) -> Reencode {
    let groups = schema.groups.iter().filter(|group| modules.contains(&group.module.as_str()));
    let message = groups
        .flat_map(|group| &group.messages)
        .find(|message| message.kind == Kind::Record(number) && message.name.ends_with(ending))
        .unwrap_or_else(|| panic!("no record {number} in {modules:?}"));
    codec(schema, &message.name)
}

/// Checks keys and values of a coordinator's topic.
fn check_records(file: &str, modules: &[&str]) {
    let schema = schema();
    let mut numbers = BTreeSet::new();
    for line in lines(file) {
        let [kind, key, value] = line.as_slice() else { panic!("{file}: {line:?}") };
        if kind == "control" {
            continue;
        }
        let key = bytes(key);
        let mut reader = Reader::new(&key);
        let number = decode_key_number(&mut reader).expect("two bytes");
        eprintln!("{file}: record {number}");
        numbers.insert(number);
        let mut out = number.to_be_bytes().to_vec();
        assert_eq!(record_codec(&schema, modules, number, "Key")(reader.rest(), 0, &mut out), Ok(()));
        assert_eq!(out, key);
        if value == "-" {
            continue;
        }
        let value = bytes(value);
        let version = i16::from_be_bytes([value[0], value[1]]);
        let mut out = version.to_be_bytes().to_vec();
        let codec = record_codec(&schema, modules, number, "Value");
        assert_eq!(codec(&value[2..], version, &mut out), Ok(()));
        assert_eq!(out, value);
    }
    assert!(!numbers.is_empty());
}

#[test]
fn records_of_the_coordinators_topics() {
    let groups = ["consumer_offsets", "consumer_group", "share_group", "streams_group"];
    check_records("consumer-offsets.txt", &groups);
    check_records("transaction-state.txt", &["transaction_state"]);
    check_records("share-group-state.txt", &["share_group_state"]);
}

#[test]
fn records_of_the_metadata_log() {
    let schema = schema();
    let modules = ["metadata_topics", "metadata_brokers", "metadata_security", "metadata_system"];
    // The second number of a control record's key says what its value is.
    let control = ["", "", "LeaderChangeMessage", "SnapshotHeaderRecord", "SnapshotFooterRecord"];
    let control = [&control[..], &["KRaftVersionRecord", "VotersRecord"]].concat();
    for line in lines("cluster-metadata.txt") {
        let [kind, key, value] = line.as_slice() else { panic!("{line:?}") };
        let value = bytes(value);
        let mut out = Vec::new();
        if kind == "control" {
            let name = control[usize::from(bytes(key)[3])];
            eprintln!("control record {name}");
            // The value begins with its version, which is also its first field.
            let version = i16::from_be_bytes([value[0], value[1]]);
            assert_eq!(codec(&schema, name)(&value, version, &mut out), Ok(()));
        } else {
            let mut reader = Reader::new(&value);
            let head = decode_metadata_head(&mut reader).expect("a frame");
            eprintln!("metadata record {head:?}");
            out.extend_from_slice(&value[..reader.position()]);
            let codec = record_codec(&schema, &modules, head.number, "Record");
            assert_eq!(codec(reader.rest(), head.version, &mut out), Ok(()));
        }
        assert_eq!(out, value);
    }
}
