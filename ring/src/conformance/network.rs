//! Sockets.

use super::{Client, Rig, Stage, extent_of, outgoing_of, pattern};
use crate::io::{Done, Io, Op, Outgoing, OutgoingPart, Token};
use loglane_model::Block;
use std::sync::Arc;

pub(crate) fn a_connection_is_accepted_and_echoes<R: Rig>(stage: &mut Stage<R>) {
    let (mut client, socket) = stage.connection();
    for round in 0..20 {
        let bytes = pattern(100 + round, round as u64);
        stage.client_writes(&mut client, &bytes);
        let mut echoed = 0;
        while echoed < bytes.len() {
            let received = stage.receive(&socket).unwrap();
            echoed += received.len();
            stage.submit(1, Op::Send { socket: socket.clone(), outgoing: outgoing_of(&received) });
            let Done::Sent { result, outgoing } = stage.done(1) else { panic!("not a send") };
            result.unwrap();
            assert_eq!(outgoing.head, received, "what was sent comes back for reuse");
        }
        assert_eq!(stage.client_reads(&mut client, bytes.len()), bytes);
    }
}

pub(crate) fn frames_larger_than_a_buffer_arrive_whole<R: Rig>(stage: &mut Stage<R>) {
    let (mut client, socket) = stage.connection();
    let bytes = pattern(3_000_000, 3);
    let block = Arc::new(Block::zeroed(loglane_model::pages_for(bytes.len() + 10)));
    stage.submit(1, Op::ReceiveExact { socket: socket.clone(), block, from: 10, to: 10 + bytes.len() });
    stage.client_writes(&mut client, &bytes);
    let Done::ReceivedExact { block, result } = stage.done(1) else { panic!("not an exact receive") };
    result.unwrap();
    assert_eq!(block.bytes()[..10], [0; 10], "bytes in front of the range stay");
    assert!(block.bytes()[10..10 + bytes.len()] == bytes, "the frame differs");
}

pub(crate) fn a_vectored_send_larger_than_the_socket_buffer_arrives_in_order<R: Rig>(stage: &mut Stage<R>) {
    let (mut client, socket) = stage.connection();
    let (header, trailer) = (pattern(37, 1), pattern(11, 2));
    let (first, second) = (pattern(6_000_000, 3), pattern(2_500_001, 4));
    let mut head = header.clone();
    head.extend(&trailer);
    let parts = vec![
        OutgoingPart::Head { start: 0, end: 37 },
        OutgoingPart::Extent(extent_of(&first)),
        OutgoingPart::Head { start: 37, end: 37 },
        OutgoingPart::Extent(extent_of(&second)),
        OutgoingPart::Head { start: 37, end: 48 },
    ];
    stage.submit(1, Op::Send { socket, outgoing: Outgoing { head, parts } });
    let expected = [header, first, second, trailer].concat();
    let read = stage.client_reads(&mut client, expected.len());
    assert!(read == expected, "{} bytes arrived, {} were sent", read.len(), expected.len());
    let Done::Sent { result, .. } = stage.done(1) else { panic!("not a send") };
    result.unwrap();
}

pub(crate) fn a_send_of_more_pieces_than_a_call_takes_arrives_in_order<R: Rig>(stage: &mut Stage<R>) {
    let (mut client, socket) = stage.connection();
    let head = pattern(9_000, 5);
    let parts = (0..3_000).map(|piece| OutgoingPart::Head { start: piece * 3, end: piece * 3 + 3 }).collect();
    stage.submit(1, Op::Send { socket, outgoing: Outgoing { head: head.clone(), parts } });
    assert_eq!(stage.client_reads(&mut client, head.len()), head);
    let Done::Sent { result, .. } = stage.done(1) else { panic!("not a send") };
    result.unwrap();
}

pub(crate) fn the_end_of_a_stream_is_a_receive_of_nothing<R: Rig>(stage: &mut Stage<R>) {
    let (mut client, socket) = stage.connection();
    stage.client_writes(&mut client, b"last words");
    client.finish();
    let mut received = Vec::new();
    loop {
        let bytes = stage.receive(&socket).unwrap();
        if bytes.is_empty() {
            break;
        }
        received.extend(bytes);
    }
    assert_eq!(received, b"last words");
    // The other direction still works.
    stage.submit(1, Op::Send { socket, outgoing: outgoing_of(b"farewell") });
    assert_eq!(stage.client_reads(&mut client, 8), b"farewell");
}

pub(crate) fn an_exact_receive_reports_an_early_end<R: Rig>(stage: &mut Stage<R>) {
    let (mut client, socket) = stage.connection();
    stage.client_writes(&mut client, b"half");
    client.finish();
    stage.submit(1, Op::ReceiveExact { socket, block: Arc::new(Block::zeroed(1)), from: 0, to: 8 });
    let Done::ReceivedExact { block, result } = stage.done(1) else { panic!("not an exact receive") };
    assert_eq!(result.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    assert_eq!(Arc::strong_count(&block), 1, "the block is the submitter's again");
}

pub(crate) fn a_reset_is_an_error_or_an_end<R: Rig>(stage: &mut Stage<R>) {
    let (client, socket) = stage.connection();
    stage.submit(1, Op::Receive { socket: socket.clone() });
    client.reset();
    let Done::Received(received) = stage.done(1) else { panic!("not a receive") };
    assert!(received.is_err() || received.is_ok_and(|(_, len)| len == 0));
    // A send into the void fails sooner or later, and never kills the process by a signal.
    stage.until(|stage| {
        stage.submit(2, Op::Send { socket: socket.clone(), outgoing: outgoing_of(&pattern(100_000, 6)) });
        let Done::Sent { result, .. } = stage.done(2) else { panic!("not a send") };
        result.is_err().then_some(())
    });
}

pub(crate) fn shutdown_ends_pending_operations<R: Rig>(stage: &mut Stage<R>) {
    let (mut client, socket) = stage.connection();
    stage.submit(1, Op::Receive { socket: socket.clone() });
    let outgoing =
        Outgoing { head: Vec::new(), parts: vec![OutgoingPart::Extent(extent_of(&pattern(30_000_000, 7)))] };
    stage.submit(2, Op::Send { socket: socket.clone(), outgoing });
    let mut events = Vec::new();
    stage.rig.turn(0, &mut events);
    stage.happened[0].append(&mut events);
    stage.io(0).shutdown(&socket);
    let Done::Received(received) = stage.done(1) else { panic!("not a receive") };
    assert!(received.is_err() || received.is_ok_and(|(_, len)| len == 0));
    let Done::Sent { result, .. } = stage.done(2) else { panic!("not a send") };
    assert!(result.is_err(), "nobody has read 30 MB");
    let read = stage.client_reads(&mut client, usize::MAX);
    assert!(read.len() < 30_000_000, "the client sees an end before the whole");
}

pub(crate) fn receives_wait_for_buffers_and_go_on<R: Rig>(stage: &mut Stage<R>) {
    // Far more connections have bytes than there are buffers (eight, in every rig), and the first ones are kept.
    let mut connections: Vec<_> = (0..30).map(|_| stage.connection()).collect();
    for (at, (client, socket)) in connections.iter_mut().enumerate() {
        stage.client_writes(client, &[at as u8; 10]);
        stage.submit(at as u64, Op::Receive { socket: socket.clone() });
    }
    let mut kept = Vec::new();
    for at in 0..connections.len() {
        // Which ones get the buffers is not said; all do in the end, provided that buffers come back.
        let (from, block, len) = stage.until(|stage| {
            let at = stage.happened[0]
                .iter()
                .position(|event| matches!(event, crate::io::Event::Done { done: Done::Received(_), .. }))?;
            match stage.happened[0].remove(at) {
                crate::io::Event::Done { token, done: Done::Received(Ok((block, len))) } => {
                    Some((token.0, block, len))
                }
                other => panic!("{other:?}"),
            }
        });
        assert_eq!(block.bytes()[..len], vec![from as u8; len], "receive {at}");
        kept.push(block);
        if kept.len() == 8 {
            kept.drain(..).for_each(|block| stage.io(0).recycle(block));
        }
    }
}

pub(crate) fn a_dropped_socket_reaches_its_peer_as_an_end<R: Rig>(stage: &mut Stage<R>) {
    let (mut client, socket) = stage.connection();
    stage.client_writes(&mut client, b"x");
    assert_eq!(stage.receive(&socket).unwrap(), b"x");
    drop(socket);
    assert_eq!(stage.client_reads(&mut client, 1), b"", "no shutdown is needed");
}

pub(crate) fn many_connections_are_served_side_by_side<R: Rig>(stage: &mut Stage<R>) {
    let (listener, address) = stage.rig.listen();
    stage.submit(900, Op::Accept { listener });
    let mut connections = Vec::new();
    for _ in 0..100 {
        let client = stage.rig.connect(address);
        let Done::Accepted(accepted) = stage.done(900) else { panic!("not an accept") };
        let (socket, peer) = accepted.unwrap();
        assert_eq!(peer.ip(), address.ip());
        connections.push((client, socket));
    }
    stage.io(0).cancel_accept(Token(900));
    for round in 0..3u8 {
        for (at, (client, socket)) in connections.iter_mut().enumerate() {
            stage.submit(at as u64, Op::Receive { socket: socket.clone() });
            stage.client_writes(client, &[at as u8, round]);
            let Done::Received(received) = stage.done(at as u64) else { panic!("not a receive") };
            let (block, len) = received.unwrap();
            assert_eq!(block.bytes()[0], at as u8);
            if len == 1 {
                stage.receive(socket).unwrap();
            }
            stage.io(0).recycle(block);
        }
    }
}

pub(crate) fn a_cancelled_accept_accepts_no_more<R: Rig>(stage: &mut Stage<R>) {
    let (listener, address) = stage.rig.listen();
    stage.submit(900, Op::Accept { listener: listener.clone() });
    let _first = stage.rig.connect(address);
    stage.done(900);
    stage.io(0).cancel_accept(Token(900));
    let mut events = Vec::new();
    for _ in 0..5 {
        stage.rig.turn(0, &mut events);
    }
    let _second = stage.rig.connect(address);
    for _ in 0..5 {
        stage.rig.turn(0, &mut events);
    }
    assert!(events.is_empty(), "{events:?}");
    // Another accept takes it up again.
    stage.submit(902, Op::Accept { listener });
    let Done::Accepted(accepted) = stage.done(902) else { panic!("not an accept") };
    accepted.unwrap();
}
