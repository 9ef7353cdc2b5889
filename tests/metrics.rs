//! Metrics and health by HTTP: what is counted is what was done, damage shows, and nobody who asks badly harms anybody.
#![forbid(unsafe_code)]

use harness::client::{Client, FetchFrom};
use harness::ledger::batch_of;
use harness::record::{Batch, Record};
use harness::{Broker, Kind, LONG, Process, Scratch, free_port, may_open, wait_until};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// The admin server's address, as the banner tells it.
const IN_BANNER: &str = "\n  metrics     http://";

/// A broker, and where it will serve metrics.
fn broker(scratch: &Scratch) -> (Broker, SocketAddr) {
    let mut broker = Broker::new(Kind::Loglane(PathBuf::from(BINARY)), scratch.path());
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    broker.set("loglane.admin.listener", &address.to_string());
    (broker, address)
}

/// Sends these bytes, reads to the end of the connection, and returns what has come.
fn converse(address: SocketAddr, sent: &[u8]) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LONG))?;
    stream.write_all(sent)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Status and body of a GET.
fn get(address: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    let answer = converse(address, format!("GET {path} HTTP/1.1\r\nHost: broker\r\n\r\n").as_bytes())?;
    let parsed = answer
        .split_once("\r\n\r\n")
        .and_then(|(head, body)| Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned())));
    parsed.ok_or_else(|| io::Error::other(format!("no answer is {answer:?}")))
}

/// What was scraped: samples by name and labels, as they are written.
struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    /// Asks, and reads every line as Prometheus would.
    fn of(address: SocketAddr) -> Scrape {
        let (status, text) = get(address, "/metrics").expect("an answer");
        assert_eq!(status, 200, "{text}");
        let (mut samples, mut families) = (BTreeMap::new(), BTreeMap::new());
        let mut family = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                assert!(rest.split_once(' ').is_some_and(|(_, help)| help.ends_with('.')), "{line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a name and a type");
                assert!(matches!(kind, "counter" | "gauge"), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                assert_eq!(families.insert(name.to_owned(), kind.to_owned()), None, "twice: {line}");
                name.clone_into(&mut family);
            } else {
                let (name, value) = line.rsplit_once(' ').expect("a sample and its value");
                assert_eq!(name.split('{').next(), Some(family.as_str()), "a sample belongs to its family");
                let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
                assert!(value >= 0.0 && value.is_finite(), "{line}");
                assert_eq!(samples.insert(name.to_owned(), value), None, "twice: {line}");
            }
        }
        Scrape(samples)
    }

    #[track_caller]
    fn value(&self, sample: &str) -> f64 {
        self.found(sample).unwrap_or_else(|| panic!("no {sample} in {:#?}", self.0.keys()))
    }

    fn found(&self, sample: &str) -> Option<f64> {
        self.0.get(sample).copied()
    }

    fn sum(&self, family: &str) -> f64 {
        let is_in = |name: &str| name.split('{').next() == Some(family);
        self.0.iter().filter(|(name, _)| is_in(name)).map(|(_, value)| value).sum()
    }

    /// By how much a counter has risen since `before`, where it may not have been there.
    fn since(&self, before: &Scrape, sample: &str) -> f64 {
        self.found(sample).unwrap_or(0.0) - before.found(sample).unwrap_or(0.0)
    }
}

const MESSAGES_IN: &str = "kafka_server_brokertopicmetrics_messagesin_total";
const BYTES_IN: &str = "kafka_server_brokertopicmetrics_bytesin_total";
const BYTES_OUT: &str = "kafka_server_brokertopicmetrics_bytesout_total";

/// Bytes that went in and came out.
#[derive(Default)]
struct Moved {
    bytes_in: usize,
    bytes_out: usize,
}

/// Sixty records in twenty batches, two refused produces; four fetches, and a refused one.
fn produce_and_fetch(client: &mut Client) -> Moved {
    let mut moved = Moved::default();
    for id in 0..20u64 {
        let batch = batch_of(&[3 * id, 3 * id + 1, 3 * id + 2]).seal();
        let partition = i32::try_from(id % 4).expect("few");
        assert_eq!(client.produce("counted", partition, -1, &batch).expect("an answer").code, 0);
        moved.bytes_in += batch.len();
    }
    // UNKNOWN_TOPIC_OR_PARTITION, and a batch whose checksum is wrong.
    let batch = Batch::one("refused");
    assert_eq!(client.produce("counted", 9, -1, &batch.seal()).expect("an answer").code, 3);
    let damaged = Batch { crc_error: 1, ..batch };
    assert_eq!(client.produce("counted", 0, -1, &damaged.seal()).expect("an answer").code, 2);
    for partition in 0..4 {
        let fetched = client.fetch(&FetchFrom::now("counted", partition, 0)).expect("an answer");
        assert_eq!(fetched.code, 0);
        moved.bytes_out += fetched.records.len();
    }
    // OFFSET_OUT_OF_RANGE.
    assert_eq!(client.fetch(&FetchFrom::now("counted", 0, 1000)).expect("an answer").code, 1);
    moved
}

/// By how much counters rise when that is done.
const DONE: [(&str, f64); 9] = [
    ("kafka_network_requestmetrics_requests_total{request=\"Produce\"}", 22.0),
    ("kafka_network_requestmetrics_requests_total{request=\"Fetch\"}", 5.0),
    ("kafka_server_brokertopicmetrics_totalproducerequests_total", 22.0),
    ("kafka_server_brokertopicmetrics_failedproducerequests_total", 2.0),
    ("kafka_server_brokertopicmetrics_totalfetchrequests_total", 5.0),
    ("kafka_server_brokertopicmetrics_failedfetchrequests_total", 1.0),
    (
        "kafka_network_requestmetrics_errors_total{request=\"Produce\",error=\"UNKNOWN_TOPIC_OR_PARTITION\"}",
        1.0,
    ),
    ("kafka_network_requestmetrics_errors_total{request=\"Produce\",error=\"CORRUPT_MESSAGE\"}", 1.0),
    ("kafka_network_requestmetrics_errors_total{request=\"Fetch\",error=\"OFFSET_OUT_OF_RANGE\"}", 1.0),
];

/// What a sound broker with one topic of four partitions says.
const SOUND: [(&str, f64); 14] = [
    ("kafka_server_replicamanager_partitioncount", 4.0),
    ("kafka_server_replicamanager_leadercount", 4.0),
    ("kafka_server_replicamanager_offlinereplicacount", 0.0),
    ("kafka_server_replicamanager_underreplicatedpartitions", 0.0),
    ("kafka_server_replicamanager_underminisrpartitioncount", 0.0),
    ("kafka_controller_kafkacontroller_activecontrollercount", 1.0),
    ("kafka_controller_kafkacontroller_globaltopiccount", 1.0),
    ("kafka_controller_kafkacontroller_globalpartitioncount", 4.0),
    ("kafka_controller_kafkacontroller_offlinepartitionscount", 0.0),
    ("kafka_controller_kafkacontroller_activebrokercount", 1.0),
    ("kafka_log_logmanager_offlinelogdirectorycount", 0.0),
    ("loglane_damaged_ranges", 0.0),
    ("loglane_damaged_partitions", 0.0),
    ("loglane_ready", 1.0),
];

#[test]
fn what_is_counted_is_what_was_done() {
    let scratch = Scratch::new("counted");
    let (mut broker, address) = broker(&scratch);
    broker.start();
    assert_eq!(get(address, "/healthz").expect("an answer"), (200, "ok\n".to_owned()));
    wait_until("the banner", LONG, || {
        broker.process().log().contains(&format!("{IN_BANNER}{address}/metrics\n")).then_some(())
    });
    assert_eq!(get(address, "/readyz").expect("an answer"), (200, "ready\n".to_owned()));
    let mut client = broker.client();
    client.create_topic("counted", 4, &[]).expect("a topic can be created");
    let before = Scrape::of(address);
    assert_eq!(before.value(MESSAGES_IN), 0.0);
    let moved = produce_and_fetch(&mut client);
    let after = Scrape::of(address);
    let done = |sample: &str| after.since(&before, sample);
    let of_topic = |family: &str| format!("{family}{{topic=\"counted\"}}");
    for (family, expected) in [(MESSAGES_IN, 60), (BYTES_IN, moved.bytes_in), (BYTES_OUT, moved.bytes_out)] {
        assert_eq!(done(family), expected as f64, "{family}");
        assert_eq!(done(&of_topic(family)), expected as f64, "{family} of the topic");
    }
    for (sample, expected) in DONE {
        assert_eq!(done(sample), expected, "{sample}");
    }
    for (sample, expected) in SOUND {
        assert_eq!(after.value(sample), expected, "{sample}");
    }
    assert!(after.value("loglane_uptime_seconds") > 0.0);
    assert!(after.value("process_resident_memory_bytes") > 1e6);
    // How long is not said: a core may have been too quick for the kernel's ticks.
    assert!(after.0.keys().any(|sample| sample.starts_with("loglane_core_busy_seconds_total{core=")));
    assert!(after.sum("loglane_memory_used_bytes") < after.sum("loglane_memory_limit_bytes"));
    for reason in ["mailbox", "requests", "blocks", "recovery"] {
        let sample = format!("loglane_core_overloaded{{core=\"0\",reason=\"{reason}\"}}");
        assert_eq!(after.0.get(&sample), Some(&0.0), "{sample}");
    }
    // What came of a topic that is gone is gone with it, and the sums stay.
    client.delete_topic("counted").expect("a topic can be deleted");
    wait_until("the topic to be gone", LONG, || {
        let now = Scrape::of(address);
        assert_eq!(now.value(MESSAGES_IN), 60.0);
        now.found(&of_topic(MESSAGES_IN)).is_none().then_some(())
    });
    broker.stop();
}

#[test]
fn connections_are_counted_as_they_come_and_go() {
    let scratch = Scratch::new("connected");
    let (mut broker, address) = broker(&scratch);
    broker.start();
    let open = || Scrape::of(address).sum("kafka_server_socket_server_metrics_connection_count");
    wait_until("nobody to be connected", LONG, || (open() == 0.0).then_some(()));
    let clients: Vec<_> = (0..5).map(|_| broker.client()).collect();
    wait_until("all to be connected", LONG, || (open() == 5.0).then_some(()));
    drop(clients);
    wait_until("all to be gone", LONG, || (open() == 0.0).then_some(()));
    let made = Scrape::of(address).sum("kafka_server_socket_server_metrics_connection_creation_total");
    assert!(made >= 5.0, "{made}");
    broker.stop();
}

#[test]
fn damage_shows_before_anybody_reads_it() {
    let scratch = Scratch::new("damage");
    let (mut broker, address) = broker(&scratch);
    broker.set("log.segment.bytes", "1048576").set("loglane.scrub.interval.ms", "1000");
    broker.start();
    let mut client = broker.client();
    client.create_topic("harmed", 1, &[]).expect("a topic can be created");
    let now = harness::record::now_ms();
    for _ in 0..8 {
        let batch = Batch::of(&[Record::of_value(now, &[b'v'; 400_000])]).seal();
        assert_eq!(client.produce("harmed", 0, -1, &batch).expect("an answer").code, 0);
    }
    let clean = Scrape::of(address);
    assert_eq!(clean.value("loglane_damaged_ranges"), 0.0);
    broker.stop();
    let segment = broker.data().join("harmed-0/00000000000000000000.log");
    let mut bytes = fs::read(&segment).expect("the first segment is there");
    bytes[1000] ^= 1;
    fs::write(&segment, bytes).expect("the segment can be written");

    broker.start();
    let found = wait_until("the damage to be found", LONG, || {
        Some(Scrape::of(address)).filter(|scrape| scrape.value("loglane_damaged_ranges") > 0.0)
    });
    assert!(found.sum("loglane_damaged_ranges_found_total") >= 1.0);
    assert_eq!(found.value("loglane_damaged_ranges_found_total{by=\"read\"}"), 0.0);
    assert_eq!(found.value("loglane_damaged_partitions"), 1.0);
    assert!(found.value("loglane_partition_damaged_bytes{topic=\"harmed\",partition=\"0\"}") >= 400_000.0);
    assert!(found.value("loglane_scrub_bytes_total") >= 400_000.0);
    let told = "batches on the disk are not what was written there";
    assert!(broker.process().log().contains(told), "{}", broker.process().log());

    // CORRUPT_MESSAGE, which is counted; and what lies behind the damage is served.
    let mut client = broker.client();
    assert_eq!(client.fetch(&FetchFrom::now("harmed", 0, 0)).expect("an answer").code, 2);
    assert_eq!(client.fetch(&FetchFrom::now("harmed", 0, 7)).expect("an answer").code, 0);
    let errors = "kafka_network_requestmetrics_errors_total{request=\"Fetch\",error=\"CORRUPT_MESSAGE\"}";
    assert_eq!(Scrape::of(address).value(errors), 1.0);
    broker.stop();
}

#[test]
fn a_log_directory_that_cannot_be_used_shows() {
    let scratch = Scratch::new("offline");
    let (mut broker, address) = broker(&scratch);
    // A file where a directory should be.
    let (sound, broken) = (scratch.join("sound"), scratch.join("broken"));
    fs::create_dir(&broken).expect("the folder can be written");
    broker.set("log.dirs", &format!("{},{}", sound.display(), broken.display()));
    broker.start();
    broker.stop();
    fs::rename(&broken, scratch.join("away")).expect("the folder can be renamed");
    fs::write(&broken, "no directory").expect("the folder can be written");
    broker.start();
    let scrape = Scrape::of(address);
    assert_eq!(scrape.value("kafka_log_logmanager_offlinelogdirectorycount"), 1.0);
    let of = |path: &PathBuf| {
        scrape.value(&format!(
            "kafka_log_logmanager_logdirectoryoffline{{logDirectory=\"{}\"}}",
            path.display()
        ))
    };
    assert_eq!((of(&sound), of(&broken)), (0.0, 1.0));
    broker.stop();
}

/// Requests that are none, and the status of their answers; none where the connection is closed without one.
fn nonsense() -> Vec<(Vec<u8>, &'static [u16])> {
    let long_line = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000));
    let many_lines = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(500));
    vec![
        (b"\r\n\r\n\r\n\r\nquatsch\r\n\r\n".to_vec(), &[400]),
        (vec![0; 4096], &[400]),
        ((0..=255).cycle().take(5000).collect(), &[400]),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), &[400]),
        (b"GET /metrics HTTP/9.9\r\n\r\n".to_vec(), &[400]),
        (long_line.into_bytes(), &[400, 414, 431]),
        (many_lines.into_bytes(), &[400, 431]),
        (b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), &[404]),
        (b"GET /metrics/../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), &[404]),
        (b"DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), &[405]),
        (b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n".to_vec(), &[405]),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_vec(), &[400]),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n".to_vec(), &[200, 400]),
        (b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), &[200]),
        (b"GET / HTTP/1.0\r\n\r\n".to_vec(), &[200]),
    ]
}

/// Connections of those who ask for nothing.
const CROWD: usize = 1_000;

#[test]
fn who_asks_badly_harms_nobody() {
    if !may_open(CROWD as u64 + 200) {
        return;
    }
    let scratch = Scratch::new("badly");
    let (mut broker, address) = broker(&scratch);
    broker.start();
    let mut client = broker.client();
    client.create_topic("beside", 1, &[]).expect("a topic can be created");
    let batch = batch_of(&[1]).seal();
    let mut offset = 0;
    let mut check_broker = || {
        let produced = client.produce("beside", 0, -1, &batch).expect("an answer");
        assert_eq!((produced.code, produced.base_offset), (0, offset));
        offset += 1;
    };
    for (sent, expected) in nonsense() {
        let shown = String::from_utf8_lossy(&sent[..sent.len().min(60)]).into_owned();
        // A connection that is closed with something unread may lose its answer.
        if let Ok(answer) = converse(address, &sent)
            && !answer.is_empty()
        {
            let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
            assert!(status.is_some_and(|status| expected.contains(&status)), "{shown:?}: {answer}");
        }
        check_broker();
    }
    let open_before = broker.process().open_files();
    // A crowd that says nothing, or begins and never ends.
    let mut crowd = Vec::new();
    for at in 0..CROWD {
        let mut stream = TcpStream::connect(address).expect("a connection");
        if at % 2 == 0 {
            // It may have had to make room already.
            let _ = stream.write_all(b"GET /metrics HTT");
        }
        crowd.push(stream);
    }
    wait_until("an answer beside the crowd", LONG, || {
        get(address, "/healthz").is_ok_and(|(status, _)| status == 200).then_some(())
    });
    check_broker();
    let open = broker.process().open_files();
    assert!(open <= open_before + 32, "{open} descriptors are open, {open_before} were");
    drop(crowd);
    // Many who ask rightly at a time, and some who do not wait for their answers.
    let askers: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(move || {
                for _ in 0..5 {
                    let mut stream = TcpStream::connect(address).expect("a connection");
                    let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
                    drop(stream);
                    wait_until("an answer", LONG, || get(address, "/metrics").ok());
                }
            })
        })
        .collect();
    for asker in askers {
        asker.join().expect("every one is answered");
    }
    check_broker();
    broker.process().await_open_files(open_before, LONG);
    assert!(!broker.process().log().contains("panicked"), "{}", broker.process().log());
    broker.stop();
}

#[test]
fn a_port_that_is_taken_keeps_no_broker_from_starting_unless_it_was_asked_for() {
    let scratch = Scratch::new("taken");
    // Perhaps somebody else has it, which does as well.
    let _held = TcpListener::bind("127.0.0.1:9644");
    let mut command = Command::new(BINARY);
    command.args(["serve", "--override", &format!("listeners=PLAINTEXT://127.0.0.1:{}", free_port())]);
    let process = Process::start(command.current_dir(scratch.path()), &scratch.join("unasked.log"));
    wait_until("the banner", LONG, || process.log().contains("\n  next ").then_some(()));
    let log = process.log();
    assert!(log.contains("there are no metrics: 127.0.0.1:9644 is taken by "), "{log}");
    assert!(!log.contains(IN_BANNER), "{log}");
    drop(process);

    let held = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = held.local_addr().expect("it is bound").to_string();
    let (mut broker, _) = broker(&scratch);
    broker.set("loglane.admin.listener", &address);
    broker.start_once();
    let status = broker.process_mut().wait(LONG);
    let log = broker.process().log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains(&format!("error[port-in-use]: {address} is taken by process ")), "{log}");
    assert!(log.contains("set another port in loglane.admin.listener, or off there"), "{log}");
}
