//! Clients that say that they have nothing more to say, and still wait for what they asked. A client that is gone for
//! good says no more than that.

use crate::target::{KEPT, Target};
use harness::client::{
    API_VERSIONS, FETCH, FetchFrom, METADATA, PRODUCE, fetch_body, fetched, produce_body, produced,
};
use harness::ledger::batch_of;
use harness::wire::{Api, Connection, Message};
use harness::{LONG, wait_until};
use std::io::ErrorKind;

/// The last version in which a member gets its id with its first assignment.
const JOIN_GROUP: Api = Api { key: 11, version: 3 };

type Request = (Api, Message);

fn open(target: &Target) -> Connection {
    let mut connection = Connection::open(target.broker.address()).expect("the broker takes connections");
    connection.answer_within(2 * LONG).expect("a connected socket");
    connection
}

/// Sends all of it, and the end of sending behind it.
fn say_all(target: &Target, requests: &[Request]) -> Connection {
    let mut connection = open(target);
    for (api, body) in requests {
        connection.send(*api, body).expect("the broker reads");
    }
    connection.end_sending().expect("a connected socket");
    connection
}

/// The broker has hung up, and not by a reset.
fn check_closed(connection: &mut Connection) {
    let end = connection.receive().expect_err("then the connection is closed");
    assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
}

/// Everything is answered in its order, and then the connection is closed.
fn check_answered(connection: &mut Connection, requests: &[Request]) {
    for (at, (api, _)) in (1..).zip(requests) {
        let answer = connection.receive();
        let (id, _) = answer.unwrap_or_else(|error| panic!("request {at}, of {api:?}: {error}"));
        assert_eq!(id, at, "{api:?}");
    }
    check_closed(connection);
}

fn write(partition: i32) -> Request {
    (PRODUCE, produce_body("beside", partition, -1, &batch_of(&[1]).seal()))
}

/// A fetch at the end of a partition that nobody writes to.
fn wait_at_the_end(wait_ms: i32) -> Request {
    let from = FetchFrom { wait_ms, min_bytes: 1, ..FetchFrom::now("kept", 0, KEPT as i64) };
    (FETCH, fetch_body(&from))
}

#[test]
fn who_ends_sending_gets_the_answers_to_what_was_asked() {
    let _beside_others = crate::beside_others();
    let mut target = Target::new("half-closed");
    target.witness.create_topic("beside", 4, &[]).expect("a topic can be created");
    let versions = || (API_VERSIONS, Message::new());
    let all = || (METADATA, Message::new().i32(-1).i8(0));
    let fetch = || (FETCH, fetch_body(&FetchFrom::now("kept", 0, 0)));
    let cases = [
        vec![versions()],
        vec![all()],
        vec![write(0)],
        vec![fetch()],
        (1..4).map(write).collect(),
        vec![write(0), all(), fetch(), versions()],
        vec![wait_at_the_end(20)],
        vec![write(1), wait_at_the_end(20), write(2), wait_at_the_end(0), versions()],
    ];
    for case in cases.iter().cycle().take(20 * cases.len()) {
        check_answered(&mut say_all(&target, case), case);
    }
    target.check_unharmed();
}

#[test]
fn who_ends_sending_in_the_middle_of_a_request_gets_the_answers_to_those_before() {
    let _beside_others = crate::beside_others();
    let mut target = Target::new("half-said");
    target.witness.create_topic("beside", 4, &[]).expect("a topic can be created");
    let large = Message::new().i32(900_000).raw(Connection::header(PRODUCE, 9, false).bytes());
    let small = Message::new().i32(60).raw(&[0; 20]);
    let length = Message::new().raw(&[0, 0]);
    let pieces = [large, small, length];
    let cases = [vec![write(0)], vec![write(1), wait_at_the_end(20)]];
    for (piece, case) in pieces.iter().zip(cases.iter().cycle()).cycle().take(30) {
        let mut connection = open(&target);
        for (api, body) in case {
            connection.send(*api, body).expect("the broker reads");
        }
        connection.send_raw(piece.bytes()).expect("the broker reads");
        connection.end_sending().expect("a connected socket");
        check_answered(&mut connection, case);
    }
    target.check_unharmed();
}

/// What waits for others is answered when they come.
#[test]
fn who_ends_sending_while_others_are_waited_for_gets_the_answers_when_they_come() {
    let _beside_others = crate::beside_others();
    let mut target = Target::with("half-closed-waiting", &[("group.initial.rebalance.delay.ms", "300")]);
    target.witness.create_topic("beside", 1, &[]).expect("a topic can be created");
    let end = FetchFrom { wait_ms: 50_000, min_bytes: 1, ..FetchFrom::now("beside", 0, 0) };
    let mut reader = say_all(&target, &[(FETCH, fetch_body(&end))]);
    let mut late = say_all(&target, &[wait_at_the_end(500), write(0)]);
    // What stands behind the fetch is not taken up before it is answered, so this is what the reader sees.
    let (_, mut answer) = late.receive().expect("the fetch is answered, with nothing");
    assert_eq!(fetched(&mut answer).expect("an answer").records, b"");
    let (_, mut answer) = late.receive().expect("the produce is answered");
    assert_eq!(produced(&mut answer).expect("an answer").base_offset, 0);
    check_closed(&mut late);
    let (_, mut answer) = reader.receive().expect("there is something now");
    let seen = fetched(&mut answer).expect("an answer");
    assert_eq!((seen.code, seen.records.is_empty()), (0, false));
    check_closed(&mut reader);

    let find = Message::new().string("half").i8(0);
    let mut client = target.broker.client();
    wait_until("a coordinator", LONG, || {
        let mut answer = client.connection.call(Api { key: 10, version: 1 }, &find).expect("an answer");
        answer.i32().expect("a throttle time");
        (answer.i16().expect("a code") == 0).then_some(())
    });
    let join = Message::new().string("half").i32(30_000).i32(30_000).string("").string("consumer");
    let join = join.i32(1).string("range").blob(b"me");
    // The group may not be loaded yet.
    wait_until("a member to be let in", LONG, || {
        let mut member = say_all(&target, &[(JOIN_GROUP, join.clone())]);
        let (_, mut answer) = member.receive().expect("the member is answered");
        answer.i32().expect("a throttle time");
        let code = answer.i16().expect("a code");
        check_closed(&mut member);
        assert!([0, 14, 15, 16].contains(&code), "{code}");
        (code == 0).then_some(())
    });
    target.check_unharmed();
}

/// Somebody who is gone looks like somebody who waits: for `connections.max.idle.ms`, and not for weeks.
#[test]
fn who_is_gone_while_he_waits_for_weeks_is_forgotten() {
    let _beside_others = crate::beside_others();
    let target = Target::with("half-closed-idle", &[("connections.max.idle.ms", "6000")]);
    let open_files = target.broker.process().open_files();
    let weeks = wait_at_the_end(i32::MAX);
    let gone: Vec<Connection> = (0..100).map(|_| say_all(&target, std::slice::from_ref(&weeks))).collect();
    drop(gone);
    let mut waiting = say_all(&target, &[weeks]);
    check_closed(&mut waiting);
    if target.broker.is_loglane() {
        target.broker.process().await_open_files(open_files, LONG);
    }
}
