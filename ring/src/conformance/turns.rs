//! What keeps a turn short on the operating system, whoever asks for much.

use super::os::OsRig;
use super::{Client, Rig, Stage, extent_of, outgoing_of, pattern};
use crate::io::{Done, Event, Op, Outgoing, OutgoingPart};
use crate::turns::{CONNECTIONS_PER_TURN, SEND_PARTS_PER_TURN};

const MUCH: usize = 8_000_000;

fn much() -> Outgoing {
    Outgoing { head: Vec::new(), parts: vec![OutgoingPart::Extent(extent_of(&pattern(MUCH, 9)))] }
}

/// How much has arrived at a client that does not read.
fn arrived(client: &std::net::TcpStream) -> usize {
    usize::try_from(rustix::io::ioctl_fionread(client).unwrap()).unwrap()
}

pub(crate) fn large_sends_take_their_turns(stage: &mut Stage<OsRig>) {
    let connections: Vec<_> = (0..8).map(|_| stage.connection()).collect();
    for (at, (_, socket)) in connections.iter().enumerate() {
        stage.submit(at as u64, Op::Send { socket: socket.clone(), outgoing: much() });
    }
    for turn in 1..=connections.len() / SEND_PARTS_PER_TURN {
        stage.rig.turn(0, &mut Vec::new());
        let served = connections.iter().filter(|(client, _)| arrived(client) > 0).count();
        assert_eq!(served, turn * SEND_PARTS_PER_TURN, "after turn {turn}");
    }
}

pub(crate) fn small_sends_pass_large_ones(stage: &mut Stage<OsRig>) {
    let connections: Vec<_> = (0..9).map(|_| stage.connection()).collect();
    let (small, large) = connections.split_last().unwrap();
    for (at, (_, socket)) in large.iter().enumerate() {
        stage.submit(at as u64, Op::Send { socket: socket.clone(), outgoing: much() });
    }
    stage.submit(100, Op::Send { socket: small.1.clone(), outgoing: outgoing_of(b"small") });
    stage.rig.turn(0, &mut Vec::new());
    assert_eq!(arrived(&small.0), 5, "it came last, and is there after the first turn");
}

pub(crate) fn large_sends_arrive_whole_side_by_side(stage: &mut Stage<OsRig>) {
    let mut connections: Vec<_> = (0..5).map(|_| stage.connection()).collect();
    for (at, (_, socket)) in connections.iter().enumerate() {
        stage.submit(at as u64, Op::Send { socket: socket.clone(), outgoing: much() });
    }
    let expected = pattern(MUCH, 9);
    for (at, (client, _)) in connections.iter_mut().enumerate() {
        assert!(stage.client_reads(client, MUCH) == expected, "connection {at} got something else");
        let Done::Sent { result, .. } = stage.done(at as u64) else { panic!("not a send") };
        result.unwrap();
    }
}

pub(crate) fn connections_come_and_end_a_few_in_a_turn(stage: &mut Stage<OsRig>) {
    let (listener, address) = stage.rig.listen();
    stage.submit(900, Op::Accept { listener });
    let clients: Vec<_> = (0..100).map(|_| stage.rig.connect(address)).collect();
    let mut accepted = Vec::new();
    stage.until(|stage| {
        let came: Vec<_> = stage.happened[0].drain(..).collect();
        assert!(came.len() <= CONNECTIONS_PER_TURN, "{} came at once", came.len());
        for event in came {
            let Event::Done { done: Done::Accepted(socket), .. } = event else { panic!("{event:?}") };
            accepted.push(socket.unwrap().0);
        }
        (accepted.len() == clients.len()).then_some(())
    });
    for (at, socket) in accepted.iter().enumerate() {
        stage.submit(at as u64, Op::Receive { socket: socket.clone() });
    }
    stage.rig.turn(0, &mut Vec::new());
    clients.into_iter().for_each(Client::reset);
    let mut ended = 0;
    stage.until(|stage| {
        let went = stage.happened[0].drain(..).count();
        assert!(went <= CONNECTIONS_PER_TURN, "{went} ended at once");
        ended += went;
        (ended == accepted.len()).then_some(())
    });
}
