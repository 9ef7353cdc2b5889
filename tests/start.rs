//! Starting, refusing to start, stopping, and starting again with other cores, ports and disks.
#![forbid(unsafe_code)]

use harness::ledger::batch_of;
use harness::{Broker, Kind, LONG, Scratch};
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// Exit code for a command line that cannot be meant.
const USAGE: i32 = 2;

fn broker(scratch: &Scratch) -> Broker {
    Broker::new(Kind::Loglane(PathBuf::from(BINARY)), scratch.path())
}

fn run(arguments: &[&str]) -> Output {
    harness::run(Command::new(BINARY).args(arguments), "", LONG).expect("the binary runs")
}

/// Starts a broker that must not start: it ends by itself with this fatal code, and says what, why, and what to do.
fn expect_refusal(broker: &mut Broker, code: &str) -> String {
    broker.start_once();
    let status = broker.process_mut().wait(LONG);
    let log = broker.process().log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains(code), "the code {code} is not in:\n{log}");
    log
}

#[test]
fn help_and_version_are_short_and_right() {
    let version = run(&["--version"]);
    assert!(version.status.success());
    let text = String::from_utf8_lossy(&version.stdout);
    assert!(text.starts_with("loglane ") && text.contains(env!("CARGO_PKG_VERSION")), "{text}");
    for arguments in [&["--help"][..], &["serve", "--help"]] {
        let help = run(arguments);
        assert!(help.status.success());
        let text = String::from_utf8_lossy(&help.stdout);
        assert!(text.contains("serve"), "{text}");
    }
    assert_eq!(run(&["serve", "--no-such-flag"]).status.code(), Some(USAGE));
    assert_eq!(run(&["no-such-command"]).status.code(), Some(USAGE));
}

#[test]
fn topics_of_the_configuration_are_made_at_the_start() {
    let scratch = Scratch::new("configured-topics");
    let mut broker = broker(&scratch);
    broker.set("loglane.create.topics", "made:3:1,refused:1:3");
    for start in ["first", "second"] {
        broker.start();
        let mut client = broker.client();
        client.await_leaders("made", 3).unwrap_or_else(|error| panic!("{start} start: {error:?}"));
        let refused = client.metadata("refused", false).expect("an answer");
        assert_eq!(refused.code, 3, "three replicas need three brokers");
        broker.stop();
    }
}

#[test]
fn an_empty_folder_is_formatted_and_serves_at_once() {
    let scratch = Scratch::new("first");
    let mut broker = broker(&scratch);
    let took = broker.start();
    // Kafka needs seconds; a loaded machine gets some room.
    assert!(took < Duration::from_secs(20), "ready after {took:?}");
    for name in ["meta.properties", "bootstrap.checkpoint", "__cluster_metadata-0", ".lock"] {
        assert!(broker.data().join(name).exists(), "{name}");
    }
    let mut client = broker.client();
    // Nothing has to settle: a topic can be used as soon as its creation is answered.
    for round in 0..10 {
        let topic = format!("first-{round}");
        client.create_topic(&topic, 3, &[]).expect("a topic can be created");
        let produced = broker.client().produce(&topic, 2, -1, &batch_of(&[1]).seal()).expect("an answer");
        assert_eq!((produced.code, produced.base_offset), (0, 0));
    }
}

#[test]
fn a_clean_stop_leaves_its_mark_and_a_start_takes_it_away() {
    let scratch = Scratch::new("stop");
    let mut broker = broker(&scratch);
    broker.start();
    let mut client = broker.client();
    client.create_topic("stop", 2, &[]).expect("a topic can be created");
    for id in 0..10 {
        assert_eq!(client.produce("stop", 1, -1, &batch_of(&[id]).seal()).expect("an answer").code, 0);
    }
    let mark = broker.data().join(".kafka_cleanshutdown");
    assert!(!mark.exists());
    for _ in 0..3 {
        broker.stop();
        assert!(mark.exists(), "a clean stop says so");
        broker.start();
        assert!(!mark.exists(), "a start takes the mark away before anything changes");
        assert_eq!(broker.client().read_all("stop", 1, 0).expect("the topic can be read").len(), 10);
    }
}

#[test]
fn open_connections_and_waiting_fetches_do_not_hold_up_a_stop() {
    let scratch = Scratch::new("held-up");
    let mut broker = broker(&scratch);
    broker.start();
    let mut client = broker.client();
    client.create_topic("held-up", 1, &[]).expect("a topic can be created");
    let from = harness::client::FetchFrom {
        wait_ms: i32::MAX,
        min_bytes: 1 << 20,
        ..harness::client::FetchFrom::now("held-up", 0, 0)
    };
    client
        .connection
        .send(harness::client::FETCH, &harness::client::fetch_body(&from))
        .expect("the broker reads");
    let mut half = broker.client();
    half.connection.send_raw(&[0, 0, 1]).expect("the broker reads");
    broker.stop();
}

#[test]
fn a_signal_that_is_ignored_from_the_beginning_does_not_stop_the_broker() {
    let scratch = Scratch::new("nohup");
    // As `nohup` does it.
    let mut broker = Broker::behind_shell(BINARY, scratch.path(), "trap '' HUP");
    broker.start();
    broker.process().signal("HUP");
    let status = fs::read_to_string(format!("/proc/{}/status", broker.process().pid())).expect("it runs");
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("a mask");
    let mask = u64::from_str_radix(mask.trim(), 16).expect("a number");
    assert_eq!(mask & 1, 1, "SIGHUP is handled:\n{status}");
    broker.client().create_topic("nohup", 1, &[]).expect("the broker goes on");
    // A second signal would end it at once, and not cleanly.
    broker.stop();
}

#[test]
fn a_second_broker_on_the_same_folder_is_refused() {
    let scratch = Scratch::new("second");
    let mut first = broker(&scratch);
    first.start();
    let elsewhere = Scratch::new("second-log");
    let mut second = broker(&elsewhere);
    second.set("log.dirs", &first.data().to_string_lossy());
    expect_refusal(&mut second, "directory-in-use");
    let mut client = first.client();
    client.create_topic("second", 1, &[]).expect("the first goes on");
}

#[test]
fn a_folder_with_other_things_in_it_is_refused_and_left_alone() {
    let scratch = Scratch::new("foreign");
    let mut broker = broker(&scratch);
    fs::create_dir_all(broker.data()).expect("the folder can be made");
    let letter = broker.data().join("letter.txt");
    fs::write(&letter, "dear aunt").expect("the folder can be written");
    expect_refusal(&mut broker, "foreign-directory");
    let names: Vec<_> =
        fs::read_dir(broker.data()).expect("readable").flatten().map(|e| e.file_name()).collect();
    assert_eq!(names, ["letter.txt"], "nothing was added");
}

#[test]
fn a_busy_port_is_refused_and_named() {
    let scratch = Scratch::new("busy");
    let holder = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = holder.local_addr().expect("bound").to_string();
    let mut broker = broker(&scratch);
    broker.set("listeners", &format!("PLAINTEXT://{address}"));
    let log = expect_refusal(&mut broker, "port-in-use");
    assert!(log.contains(address.rsplit(':').next().expect("a port")), "{log}");
}

#[test]
fn two_brokers_cannot_share_a_port() {
    let (one, two) = (Scratch::new("share-1"), Scratch::new("share-2"));
    let mut first = broker(&one);
    first.start();
    let mut second = broker(&two);
    second.set("listeners", &format!("PLAINTEXT://{}", first.bootstrap()));
    expect_refusal(&mut second, "port-in-use");
}

#[test]
fn a_known_key_with_a_bad_value_is_fatal_and_an_unknown_key_is_not() {
    for (key, value) in
        [("num.partitions", "many"), ("log.segment.bytes", "-5"), ("loglane.io.backend", "magic")]
    {
        let scratch = Scratch::new("bad-value");
        let mut broker = broker(&scratch);
        broker.set(key, value);
        let log = expect_refusal(&mut broker, "bad-config");
        assert!(log.contains(key), "{log}");
        assert!(!broker.data().exists(), "nothing was made before the configuration was understood");
    }
    let scratch = Scratch::new("unknown-key");
    let mut broker = broker(&scratch);
    broker.set("num.partition", "3");
    broker.start();
    let log = broker.process().log();
    assert!(
        log.contains("num.partition") && log.contains("num.partitions"),
        "the nearest key is named:\n{log}"
    );
}

#[test]
fn a_security_setting_that_cannot_be_kept_is_fatal() {
    for (key, value) in [
        ("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
        ("sasl.enabled.mechanisms", "SCRAM-SHA-512"),
    ] {
        let scratch = Scratch::new("security");
        let mut broker = broker(&scratch);
        broker.set(key, value);
        expect_refusal(&mut broker, "not-implemented");
    }
}

#[test]
fn another_number_of_cores_moves_no_data() {
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() < 2) {
        harness::skip("one core only");
        return;
    }
    let scratch = Scratch::new("cores");
    let mut broker = broker(&scratch);
    let mut written = 0;
    for cores in ["0-1", "0", "1", "0-1"] {
        broker.set("loglane.cores", cores);
        broker.start();
        let mut client = broker.client();
        if written == 0 {
            client.create_topic("cores", 8, &[]).expect("a topic can be created");
        }
        for partition in 0..8 {
            let log = client.read_all("cores", partition, 0).expect("the topic can be read");
            assert_eq!(log.len(), written, "partition {partition} on cores {cores}");
            let produced =
                client.produce("cores", partition, -1, &batch_of(&[1, 2, 3]).seal()).expect("an answer");
            assert_eq!(produced.code, 0);
        }
        written += 3;
        // Cleanly and not, in turn.
        if written % 2 == 0 { broker.stop() } else { broker.kill() }
    }
}

#[test]
fn several_folders_share_the_partitions() {
    let scratch = Scratch::new("folders");
    let mut broker = broker(&scratch);
    let folders = ["one", "two", "three"].map(|name| scratch.join(name));
    let dirs: Vec<_> = folders.iter().map(|folder| folder.to_string_lossy()).collect();
    broker.set("log.dirs", &dirs.join(","));
    broker.start();
    let mut client = broker.client();
    client.create_topic("spread", 9, &[]).expect("a topic can be created");
    for partition in 0..9 {
        let batch = batch_of(&[u64::try_from(partition).expect("not negative")]).seal();
        assert_eq!(client.produce("spread", partition, -1, &batch).expect("an answer").code, 0);
    }
    for folder in &folders {
        let partitions = fs::read_dir(folder).expect("the folder is there").flatten();
        let count =
            partitions.filter(|entry| entry.file_name().to_string_lossy().starts_with("spread-")).count();
        assert_eq!(count, 3, "{}", folder.display());
        assert!(folder.join("meta.properties").exists());
    }
    for clean in [true, false] {
        if clean {
            broker.stop()
        } else {
            broker.kill()
        }
        broker.start();
        let mut client = broker.client();
        for partition in 0..9 {
            assert_eq!(client.read_all("spread", partition, 0).expect("the topic can be read").len(), 1);
        }
    }
}

#[test]
fn properties_files_and_the_environment_are_read_as_kafka_reads_them() {
    let scratch = Scratch::new("properties");
    let port = harness::free_port();
    let file = scratch.join("server.properties");
    let data = scratch.join("data");
    let text = format!(
        "# a comment\nlisteners : PLAINTEXT://127.0.0.1:{port}\nlog.dirs={}\nnum.partitions = 2\\\n  3\n",
        data.display()
    );
    fs::write(&file, text).expect("the folder can be written");
    let mut command = Command::new(BINARY);
    command.arg("serve").arg(&file).env("KAFKA_NUM_PARTITIONS", "7");
    let process = harness::Process::start(&mut command, &scratch.join("broker.log"));
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let mut client = harness::wait_until("the broker to answer", LONG, || {
        let mut client = harness::client::Client::open(address).ok()?;
        client.api_versions().ok()?;
        Some(client)
    });
    client.metadata("auto", true).expect("an answer");
    let topic = harness::wait_until("the topic to be there", LONG, || {
        let topic = client.metadata("auto", false).expect("an answer");
        (topic.code == 0).then_some(topic)
    });
    assert_eq!(topic.partitions.len(), 7, "the environment wins over the file");
    process.signal("TERM");
}
