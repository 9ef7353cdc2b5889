//! Mistakes that everybody makes once: the message says what happened, why, and what to do. Those that keep the broker
//! from starting and need no preparation are in `start.rs`.
#![forbid(unsafe_code)]

use harness::client::{CREATE_TOPICS, Client};
use harness::wire::{Api, Message};
use harness::{Broker, Kind, LONG, Process, Scratch, free_port, is_root, skip, wait_until};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::process::Command;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

fn broker(scratch: &Scratch) -> Broker {
    Broker::new(Kind::Loglane(PathBuf::from(BINARY)), scratch.path())
}

/// Waits until the log has all of this.
fn await_words(process: &Process, words: &[&str]) {
    wait_until(&format!("{words:?} in {}", process.log()), LONG, || {
        let log = process.log();
        words.iter().all(|word| log.contains(word)).then_some(())
    });
}

/// Says this to the broker's port, as somebody who takes it for another, and waits until it hangs up.
fn say(address: SocketAddr, words: &[u8]) {
    let mut stream = TcpStream::connect(address).expect("the broker takes connections");
    stream.set_read_timeout(Some(LONG)).expect("a socket takes a timeout");
    stream.write_all(words).expect("the broker reads");
    let mut answer = Vec::new();
    // A reset is an end as well.
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(answer, b"", "there is no answer to that");
}

#[test]
fn who_speaks_another_protocol_is_told_so() {
    let scratch = Scratch::new("other-protocol");
    let mut broker = broker(&scratch);
    broker.start();
    say(broker.address(), b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await_words(broker.process(), &["connection closed: ", ": that is HTTP"]);
    // The first bytes of a TLS 1.3 client.
    say(broker.address(), &[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
    await_words(
        broker.process(),
        &[": that is TLS, and the listener is plain text (security.protocol=PLAINTEXT)"],
    );
}

#[test]
fn the_port_of_controllers_is_not_for_clients() {
    let scratch = Scratch::new("controllers-port");
    let mut broker = broker(&scratch);
    broker.set_combined().start();
    let mut client = Client::open(broker.controller_address()).expect("it takes connections");
    let offered = client.api_versions().expect("an answer");
    // Clients see for themselves that they are wrong here: there is neither Metadata nor Produce.
    assert!(offered.iter().all(|(key, _, _)| *key != 0 && *key != 3), "{offered:?}");
}

/// An address of this machine by which others reach it.
fn own_address() -> Option<IpAddr> {
    // Connecting a UDP socket sends nothing; the address is one that is kept for documentation.
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

#[test]
fn clients_that_are_sent_to_their_own_machine_are_noticed_once() {
    let Some(address) = own_address() else {
        skip("this machine has no address but its loopback's");
        return;
    };
    let scratch = Scratch::new("advertised");
    let mut broker = broker(&scratch);
    let port = free_port();
    broker.set("listeners", &format!("PLAINTEXT://0.0.0.0:{port}"));
    broker.set("advertised.listeners", &format!("PLAINTEXT://localhost:{port}"));
    broker.start_once();
    let process = broker.process();
    await_words(process, &["Transitioning from RECOVERY to RUNNING"]);
    for _ in 0..3 {
        let mut client =
            Client::open(SocketAddr::from((address, port))).expect("the broker takes connections");
        client.api_versions().expect("an answer");
    }
    let here = format!("are told to go on at PLAINTEXT://localhost:{port}, which is their own machine");
    await_words(process, &[&here, &format!("set advertised.listeners=PLAINTEXT://HOST:{port}")]);
    assert_eq!(process.log().matches(&here).count(), 1, "{}", process.log());
}

#[test]
fn a_directory_of_somebody_else_is_refused_with_the_remedy() {
    let scratch = Scratch::new("rights");
    let mut broker = broker(&scratch);
    fs::create_dir(broker.data()).expect("the folder can be made");
    let mut command = if is_root() {
        // Root without its privilege to pass over rights.
        chown(broker.data(), Some(65_534), Some(65_534)).expect("root gives away");
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set", "-dac_override,-dac_read_search"]);
        let serve = broker.command();
        command.arg(serve.get_program()).args(serve.get_args()).current_dir(scratch.path());
        command
    } else {
        broker.command()
    };
    fs::set_permissions(broker.data(), fs::Permissions::from_mode(0o500)).expect("its own folder");
    let mut process = Process::start(&mut command, &scratch.join("broker.log"));
    let status = process.wait(LONG);
    let log = process.log();
    assert_eq!(status.code(), Some(1), "{log}");
    for words in [
        "error[directory-unusable]: data directory ",
        "Permission denied",
        "cause: the directory, or the one above it, belongs to another user",
        "fix:   `chown -R $(id -u) ",
    ] {
        assert!(log.contains(words), "{words:?} is not in:\n{log}");
    }
    fs::set_permissions(broker.data(), fs::Permissions::from_mode(0o700)).expect("its own folder");
}

#[test]
fn three_replicas_on_one_broker_are_refused_in_kafkas_words() {
    let scratch = Scratch::new("replicas");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.start();
    // With a sentence, from version 1 on.
    let body = Message::new().i32(1).string("safe").i32(1).i16(3).i32(0).i32(0).i32(30_000).i8(0);
    let api = Api { version: 4, ..CREATE_TOPICS };
    let mut answer = broker.client().connection.call(api, &body).expect("an answer");
    let (_throttle, _count, _name) = (answer.i32(), answer.count(), answer.string());
    let (code, why) = (answer.i16().expect("a code"), answer.string().expect("a sentence"));
    assert_eq!(code, 38, "INVALID_REPLICATION_FACTOR");
    assert_eq!(
        why,
        "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because \
         only 1 broker(s) are registered or some brokers have all their log directories cordoned."
    );
}

/// Runs `test` where io_uring is forbidden, as Docker's default profile does.
fn without_io_uring(test: impl FnOnce() + Send) {
    // The filter holds for the thread and what it starts.
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            const EPERM: u32 = 1;
            // io_uring_setup, io_uring_enter and io_uring_register have the same numbers everywhere.
            let calls = (425..=427).map(|call| (call, Vec::new())).collect();
            let arch = TargetArch::try_from(std::env::consts::ARCH).expect("a machine with filters");
            let filter = SeccompFilter::new(calls, SeccompAction::Allow, SeccompAction::Errno(EPERM), arch);
            let program: BpfProgram = filter.expect("a sound filter").try_into().expect("a small filter");
            seccompiler::apply_filter(&program).expect("a thread can restrict itself");
            test();
        });
        thread.join().expect("what is found is told by the thread");
    });
}

#[test]
fn where_io_uring_is_forbidden_it_goes_on_and_says_why() {
    without_io_uring(|| {
        let scratch = Scratch::new("seccomp");
        let mut broker = broker(&scratch);
        broker.start();
        await_words(
            broker.process(),
            &[
                "io_uring is forbidden",
                "a seccomp filter is active",
                "Docker: `--security-opt",
                "Going on with epoll",
            ],
        );
        broker.client().create_topic("slower", 1, &[]).expect("it serves");
        broker.stop();

        broker.set("loglane.io.backend", "io_uring").start_once();
        let status = broker.process_mut().wait(LONG);
        let log = broker.process().log();
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(log.contains("error[io-uring-unavailable]"), "{log}");
    });
}
