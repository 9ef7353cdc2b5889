//! The load generator tells the truth: it finds nothing wrong with a broker that does everything right, and through a
//! proxy that loses, repeats, swaps or damages something it finds exactly that.
#![forbid(unsafe_code)]

use harness::{Broker, Scratch, free_port};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

const PRODUCE: i16 = 0;
const FETCH: i16 = 1;

/// What the proxy does, once, to the traffic of all connections together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Acknowledges a produce itself and tells the broker nothing.
    Lose,
    /// Sends a produce twice.
    Repeat,
    /// Holds a produce back until the next one of its connection is through.
    Swap,
    /// Flips a bit of a fetched record.
    Damage,
    /// From then on no produce is passed on, or answered.
    Silence,
}

/// The produce that is tampered with, and the first fetch that is: late enough for the load to be under way.
const TAMPERED_PRODUCE: usize = 5;

fn frame(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let body = usize::try_from(i32::from_be_bytes(length)).ok()?;
    let mut frame = length.to_vec();
    frame.resize(4 + body, 0);
    stream.read_exact(&mut frame[4..]).ok()?;
    Some(frame)
}

fn ask(broker: &mut TcpStream, request: &[u8]) -> Option<Vec<u8>> {
    broker.write_all(request).ok()?;
    frame(broker)
}

/// What a broker would say to a produce that went well: version 13, one topic by its id, partition 0.
fn acknowledgement(request: &[u8]) -> Vec<u8> {
    assert_eq!(request[4..8], [0, 0, 0, 13], "Produce 13");
    let client_id = usize::from(u16::from_be_bytes([request[12], request[13]]));
    // Behind the header: no transactional id, acks, timeout, the number of topics.
    let topic = 14 + client_id + 1 + 1 + 2 + 4 + 1;
    let mut body = request[8..12].to_vec();
    body.extend([0, 2]);
    body.extend(&request[topic..topic + 16]);
    body.push(2);
    body.extend(0i32.to_be_bytes());
    body.extend(0i16.to_be_bytes());
    for offset_or_time in [0i64, -1, 0] {
        body.extend(offset_or_time.to_be_bytes());
    }
    // No record errors, no message; the ends of partition and topic; no throttling; the end.
    body.extend([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut answer = i32::try_from(body.len()).expect("a small answer").to_be_bytes().to_vec();
    answer.extend(body);
    answer
}

/// Passes one connection on, a request at a time: the generator is told to have one in flight.
fn pass(
    mut client: TcpStream,
    mut broker: TcpStream,
    fault: Fault,
    produces: &AtomicUsize,
    damaged: &AtomicUsize,
) {
    let mut held: Option<Vec<u8>> = None;
    while let Some(request) = frame(&mut client) {
        let api = i16::from_be_bytes([request[4], request[5]]);
        let is_produce = api == PRODUCE;
        let number = if is_produce { produces.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let is_it = is_produce && number == TAMPERED_PRODUCE;
        let answer = match fault {
            Fault::Silence if number >= TAMPERED_PRODUCE => continue,
            Fault::Lose if is_it => Some(acknowledgement(&request)),
            Fault::Swap if is_it => {
                let answer = acknowledgement(&request);
                held = Some(request);
                Some(answer)
            }
            Fault::Repeat if is_it => {
                let answer = ask(&mut broker, &request);
                ask(&mut broker, &request).and(answer)
            }
            _ => {
                let answer = ask(&mut broker, &request);
                if is_produce && let Some(earlier) = held.take() {
                    ask(&mut broker, &earlier);
                }
                answer
            }
        };
        let Some(mut answer) = answer else { return };
        let has_records = api == FETCH && answer.len() > 2000;
        if fault == Fault::Damage && has_records && damaged.fetch_add(1, Ordering::Relaxed) == 0 {
            // Well behind all headers, and well before the tagged fields at the end.
            let place = answer.len() - 300;
            answer[place] ^= 4;
        }
        if client.write_all(&answer).is_err() {
            return;
        }
    }
}

/// Listens, and passes everything on to `broker` until the test ends.
fn proxy(listener: TcpListener, broker: std::net::SocketAddr, fault: Fault) {
    let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(client), Ok(broker)) = (client, TcpStream::connect(broker)) else { return };
            let counts = Arc::clone(&counts);
            thread::spawn(move || pass(client, broker, fault, &counts.0, &counts.1));
        }
    });
}

fn bench(broker: &Broker, arguments: &str) -> Output {
    let mut command = Command::new(BINARY);
    command.args([
        "bench",
        "--quiet",
        "--format",
        "json",
        "--ceiling",
        "0s",
        "--bootstrap",
        &broker.bootstrap(),
    ]);
    command.args(arguments.split_whitespace()).output().expect("the binary runs")
}

/// Runs a load through a proxy; the exit code, and the whole result as text.
fn through(fault: Fault, options: &str) -> (Option<i32>, String) {
    let scratch = Scratch::new("bench-proxy");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.set("advertised.listeners", &format!("PLAINTEXT://127.0.0.1:{port}"));
    broker.set("group.initial.rebalance.delay.ms", "0");
    broker.start();
    proxy(listener, broker.address(), fault);
    let output = bench(
        &broker,
        &format!(
            "--records 600 --rate max --producers 1 --partitions 1 --record-size 400 --batch-records 10 --in-flight 1 \
             --idempotence false --patience 60s {options}"
        ),
    );
    broker.stop();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn figure(result: &str, name: &str) -> u64 {
    let key = format!("\"{name}\": ");
    let at = result.find(&key).unwrap_or_else(|| panic!("no {name} in {result}")) + key.len();
    let digits: String = result[at..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

fn findings(fault: Fault) -> (Option<i32>, [u64; 5]) {
    let (code, result) = through(fault, "--consumers 1");
    let names = ["checked", "lost", "duplicated", "reordered", "corrupt"];
    (code, names.map(|name| figure(&result, name)))
}

#[test]
fn a_sound_broker_is_found_to_be_sound() {
    assert_eq!(findings(Fault::None), (Some(0), [600, 0, 0, 0, 0]));
}

#[test]
fn what_a_proxy_loses_is_found_lost() {
    assert_eq!(findings(Fault::Lose), (Some(5), [590, 10, 0, 0, 0]));
}

#[test]
fn what_a_proxy_repeats_is_found_duplicated() {
    assert_eq!(findings(Fault::Repeat), (Some(5), [610, 0, 10, 0, 0]));
}

#[test]
fn what_a_proxy_swaps_is_found_reordered() {
    assert_eq!(findings(Fault::Swap), (Some(5), [600, 0, 0, 10, 0]));
}

#[test]
fn what_a_proxy_damages_is_found_corrupt() {
    let (code, [checked, lost, _, _, corrupt]) = findings(Fault::Damage);
    assert_eq!((code, corrupt), (Some(5), 1), "one batch");
    assert_eq!(checked + lost, 600, "whose records nobody could look at");
}

#[test]
fn what_nobody_acknowledged_or_came_to_read_is_not_lost() {
    let (code, result) = through(Fault::Silence, "--consumers 1 --patience 3s");
    assert_eq!((code, figure(&result, "lost")), (Some(4), 0), "not complete, and nothing wrong: {result}");
    assert!(figure(&result, "checked") <= 50, "{result}");
}

/// Members that come and go every tenth of a second, while partitions are read.
const RESTLESS: &str = "--group --churn 100ms --heartbeat 20ms --commit-every 30ms";

#[test]
fn a_group_that_deals_its_partitions_out_again_and_again_misses_nothing() {
    let scratch = Scratch::new("bench-group");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.set("group.initial.rebalance.delay.ms", "0");
    broker.start();
    let load =
        "--rate 3000 --duration 4s --warm-up 0s --producers 2 --consumers 3 --partitions 7 --record-size 200";
    let output = bench(&broker, &format!("{load} {RESTLESS} --patience 60s --assert generation>3,errors==0"));
    let result = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{} {result}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        figure(&result, "checked"),
        12_000,
        "each record counts once, however often it came: {result}"
    );
    assert_eq!(figure(&result, "wrong_commits"), 0);
    broker.stop();
}

#[test]
fn what_a_proxy_loses_is_found_by_a_group_as_well() {
    let (code, result) = through(Fault::Lose, &format!("--consumers 2 {RESTLESS}"));
    assert_eq!((code, figure(&result, "lost")), (Some(5), 10), "{result}");
}

#[test]
fn a_topic_may_have_more_partitions_than_a_broker_makes_at_once() {
    let scratch = Scratch::new("bench-partitions");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.start();
    let load = "--partitions 10000 --records 100 --rate max --producers 1 --consumers 0 --batch-records 10 --patience 60s";
    let output = bench(&broker, load);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(figure(&String::from_utf8_lossy(&output.stdout), "records"), 100);
    broker.stop();
}

#[test]
fn the_exit_code_says_what_went_wrong() {
    let scratch = Scratch::new("bench-codes");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.start();
    let run = "--records 100 --rate max --producers 1 --consumers 1 --patience 60s --assert";
    let code = |arguments: &str| bench(&broker, arguments).status.code();
    assert_eq!(code(&format!("{run} lost==0,errors==0")), Some(0));
    assert_eq!(code(&format!("{run} p99<1ns")), Some(5));
    assert_eq!(code(&format!("{run} p99<1")), Some(2), "a latency without a unit");
    assert_eq!(code("no-such-workload"), Some(2));
    assert_eq!(code("--records 1 --rate max --topic x --replication 7"), Some(1), "one broker");
    let nobody = format!("--bootstrap 127.0.0.1:{}", free_port());
    assert_eq!(code(&nobody), Some(3));
    broker.stop();
}

/// Chromium, if it is installed.
fn chromium() -> Option<&'static str> {
    let answers = |name: &&str| {
        Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(answers)
}

#[test]
fn the_report_opens_without_a_network() {
    let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    let installed = || (is_ci && harness::ensure_command("chromium", "chromium")).then_some("chromium");
    let Some(browser) = chromium().or_else(installed) else {
        return harness::skip("Chromium is not installed (apt-get install chromium)");
    };
    let scratch = Scratch::new("bench-report");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.start();
    let page = scratch.join("report.html");
    let output = bench(&broker, &format!("--rate 500 --duration 2s --warm-up 0s --html {}", page.display()));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    broker.stop();
    let requests = scratch.join("requests.json");
    let mut command = Command::new(browser);
    command.args([
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        "--dump-dom",
    ]);
    // What the browser does on its own account is switched off.
    command.args(["--disable-background-networking", "--disable-component-update", "--no-first-run"]);
    command.arg(format!("--user-data-dir={}", scratch.join("profile").display()));
    command.arg(format!("--log-net-log={}", requests.display()));
    let output = command.arg(format!("file://{}", page.display())).output().expect("the browser runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("CONSOLE"), "the page complains: {said}");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.matches("<canvas").count() >= 5, "charts were drawn: {shown}");
    assert!(shown.contains("nothing lost, duplicated, reordered or corrupt"), "{shown}");
    // The browser's own requests have no origin; a page has one, if only "null".
    let asked = std::fs::read_to_string(&requests).expect("the browser notes what it asks for");
    let mut initiators = asked.split("\"initiator\":\"").skip(1);
    assert!(
        initiators.all(|initiator| initiator.starts_with("not an origin")),
        "the page asked for something"
    );
}
