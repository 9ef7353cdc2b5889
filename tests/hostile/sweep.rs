//! Every API in every version that is offered, with bodies of garbage, and sound requests with a few bytes changed.
//! Each must be answered or its connection closed; afterwards the broker holds what it held before, and no more memory
//! or descriptors.

use crate::target::Target;
use harness::client::{
    CREATE_TOPICS, FETCH, FetchFrom, LIST_OFFSETS, METADATA, PRODUCE, fetch_body, produce_body,
};
use harness::ledger::batch_of;
use harness::wire::{Api, Connection, Message};
use harness::{Chance, LONG};
use std::io::ErrorKind;

/// The share of the default memory budget that frames are received in.
const RECEIVE_BUDGET: u64 = 218 << 20;

/// How many sound requests are damaged.
const DAMAGED_REQUESTS: usize = 1_500;

fn garbage(chance: &mut Chance) -> Vec<Vec<u8>> {
    let random = usize::try_from(1 + chance.below(300)).expect("small");
    vec![
        Vec::new(),
        vec![0],
        vec![0; 64],
        vec![0x7f; 64],
        vec![0xff; 64],
        // Compact arrays and strings of two billion.
        [0xff, 0xff, 0xff, 0xff, 0x07].repeat(12),
        [&[0x7f, 0xff, 0xff, 0xff][..]; 12].concat(),
        chance.bytes(random),
    ]
}

#[test]
fn garbage_on_every_api_harms_nobody() {
    let _beside_others = crate::beside_others();
    let mut target = Target::new("garbage");
    let mut chance = Chance::from_env();
    let offered = target.witness.api_versions().expect("an answer");
    assert!(offered.len() > 5, "{offered:?}");
    let mut count = 0;
    for (key, low, high) in offered {
        // A Kafka keeps sessions, groups and quotas that garbage sets up; the question here is about versions.
        for version in low..=high {
            for flexible in [false, true] {
                for body in garbage(&mut chance) {
                    let header = Connection::header(Api { key, version }, count, flexible);
                    target.send(header.raw(&body).bytes());
                    count += 1;
                }
            }
        }
    }
    println!("{count} frames");
    target.check_unharmed();
}

#[test]
fn sound_requests_with_damage_harm_nobody() {
    let _beside_others = crate::beside_others();
    let target = Target::new("damage");
    let mut chance = Chance::from_env();
    let batch = batch_of(&[1, 2, 3]).seal();
    let create = Message::new().i32(1).string("new").i32(1).i16(1).i32(0).i32(0).i32(1000).i8(1);
    let list = Message::new().i32(-1).i8(0).i32(1).string("kept").i32(1).i32(0).i32(-1).i64(-1);
    let sound = [
        (PRODUCE, produce_body("none", 0, -1, &batch)),
        (FETCH, fetch_body(&FetchFrom::now("kept", 0, 3))),
        (METADATA, Message::new().i32(1).string("kept").i8(0)),
        (LIST_OFFSETS, list),
        (CREATE_TOPICS, create),
    ];
    for at in 0..DAMAGED_REQUESTS {
        let (api, body) = &sound[at % sound.len()];
        let mut frame = Connection::header(*api, 1, false).raw(body.bytes()).bytes().to_vec();
        for _ in 0..=chance.below(4) {
            // The key, the version and everything behind, but not the topic that must stay as it is.
            let position = usize::try_from(chance.below(frame.len() as u64)).expect("an index");
            frame[position] = match chance.below(4) {
                0 => 0,
                1 => 0xff,
                2 => frame[position] ^ (1 << chance.below(8)),
                _ => chance.number().to_le_bytes()[0],
            };
        }
        if chance.below(8) == 0 {
            frame.truncate(usize::try_from(chance.below(frame.len() as u64)).expect("an index"));
        }
        target.send(&frame);
    }
    target.check_unharmed();
}

/// Lengths that no frame may have, and frames that never end.
#[test]
fn frames_that_lie_about_their_length_harm_nobody() {
    let _beside_others = crate::beside_others();
    let target = Target::new("lengths");
    for length in [0, -1, i32::MIN, i32::MAX, (100 << 20) + 1, 1, 3, 7] {
        let mut connection = Connection::open(target.broker.address()).expect("the broker takes connections");
        connection.answer_within(LONG).expect("a connected socket");
        let bytes = Message::new().i32(length).raw(&[0; 10]);
        connection.send_raw(bytes.bytes()).expect("the broker reads");
        connection.end_sending().expect("a connected socket");
        let error = connection.receive().expect_err("no such frame is answered");
        assert!(
            matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset),
            "a frame of {length} bytes: {error}"
        );
    }
    // Two hundred clients announce a mebibyte each and send next to nothing; another still gets through.
    let mut stuck = Vec::new();
    for at in 0..200 {
        let mut connection = Connection::open(target.broker.address()).expect("the broker takes connections");
        let header = Connection::header(PRODUCE, at, false);
        connection
            .send_raw(Message::new().i32(1 << 20).raw(header.bytes()).bytes())
            .expect("the broker reads");
        stuck.push(connection);
    }
    let mut other = target.broker.client();
    other.create_topic("beside", 1, &[]).expect("a topic can be created beside them");
    for id in 0..20 {
        let produced = other.produce("beside", 0, -1, &batch_of(&[id]).seal()).expect("an answer");
        assert_eq!(produced.code, 0);
    }
    assert_eq!(other.read_all("beside", 0, 0).expect("the topic can be read").len(), 20);
    drop(stuck);
    // Each of them had its length reserved, and a pool keeps what it has touched; the budget bounds that.
    target.check_unharmed_within(RECEIVE_BUDGET);
}

/// Requests one behind the other without waiting are answered one behind the other.
#[test]
fn answers_come_in_the_order_of_the_requests() {
    let _beside_others = crate::beside_others();
    let target = Target::new("order");
    let mut client = target.broker.client();
    client.create_topic("order", 4, &[]).expect("a topic can be created");
    let mut chance = Chance::from_env();
    let mut sent = Vec::new();
    let mut receiver = client.connection.split().expect("a descriptor");
    let reader = std::thread::spawn(move || {
        let mut received = Vec::new();
        for _ in 0..500 {
            received.push(receiver.receive().expect("every request is answered").0);
        }
        received
    });
    for id in 0..500 {
        let partition = i32::try_from(chance.below(4)).expect("small");
        let (api, body) = match chance.below(4) {
            0 => (METADATA, Message::new().i32(1).string("order").i8(0)),
            1 => (
                FETCH,
                fetch_body(&FetchFrom { wait_ms: 3, min_bytes: 1 << 30, ..FetchFrom::now("order", 0, 0) }),
            ),
            _ => (PRODUCE, produce_body("order", partition, -1, &batch_of(&[id]).seal())),
        };
        sent.push(client.connection.send(api, &body).expect("the broker reads"));
    }
    assert_eq!(reader.join().expect("the reader ends"), sent);
    target.check_unharmed();
}

/// A thousand clients that say nothing cost next to nothing, and stop nobody.
#[test]
fn idle_connections_cost_little() {
    let _beside_others = crate::beside_others();
    let target = Target::new("idle");
    let idle: Vec<_> =
        (0..1000).map(|_| Connection::open(target.broker.address()).expect("a connection")).collect();
    let mut other = target.broker.client();
    other.create_topic("beside", 1, &[]).expect("a topic can be created beside them");
    assert_eq!(other.produce("beside", 0, 1, &batch_of(&[1]).seal()).expect("an answer").code, 0);
    if target.broker.is_loglane() {
        let grown = target.broker.process().resident_bytes().saturating_sub(target.resident);
        assert!(grown < 16 << 20, "1,000 idle connections cost {grown} bytes");
    }
    drop(idle);
    target.check_unharmed();
}

/// Clients that ask for much and never read an answer: what is lent to them is bounded.
#[test]
fn clients_that_do_not_read_cost_little() {
    let _beside_others = crate::beside_others();
    let target = Target::new("stalled");
    let mut other = target.broker.client();
    other.create_topic("much", 1, &[]).expect("a topic can be created");
    for first in (0..20_000).step_by(2000) {
        let ids: Vec<u64> = (first..first + 2000).collect();
        assert_eq!(other.produce("much", 0, -1, &batch_of(&ids).seal()).expect("an answer").code, 0);
    }
    let mut stalled = Vec::new();
    for _ in 0..60 {
        let mut connection = Connection::open(target.broker.address()).expect("a connection");
        for offset in [0, 4000, 8000, 12_000] {
            let from = FetchFrom { max_bytes: 8 << 20, ..FetchFrom::now("much", 0, offset) };
            connection.send(FETCH, &fetch_body(&from)).expect("the broker reads");
        }
        stalled.push(connection);
    }
    // Others are served all the while.
    for id in 0..50 {
        assert_eq!(
            other.produce("kept", 0, 1, &[]).expect("an answer").code,
            87,
            "an empty produce, number {id}"
        );
        let log = other.fetch(&FetchFrom::now("much", 0, 19_000)).expect("an answer");
        assert_eq!(log.code, 0);
    }
    drop(stalled);
    target.check_unharmed();
}
