//! Open loops send what their schedule says, neither more nor less, and say so when they are late.

use loglane_bench::null::{Server, Settings};
use loglane_bench::result::{ResultFile, RunResult};
use loglane_ring::BackendChoice;
use std::ffi::OsString;

/// One open-loop run of a second; whatever the machine does meanwhile, the schedule is kept.
fn run(interface: BackendChoice, options: &str) -> RunResult {
    let settings = Settings { threads: 1, is_endless: false, record_bytes: 100, interface };
    let server = Server::start("127.0.0.1:0", &settings).expect("a free port");
    let out = std::env::temp_dir().join(format!("loglane-bench-schedule-{}.json", server.address().port()));
    let line = format!(
        "--quiet --ceiling 0s --bootstrap {} --out {} --duration 1s --warm-up 0s --consumers 0 {options}",
        server.address(),
        out.display()
    );
    let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
    assert_eq!(loglane_bench::main(&words), 0, "{options}");
    let text = std::fs::read_to_string(&out).expect("a result was written");
    std::fs::remove_file(&out).expect("it is there");
    let file: ResultFile = serde_json::from_str(&text).expect("the result is one");
    file.runs.into_iter().next().expect("one run")
}

fn measured(result: &RunResult) -> u64 {
    result.produce_latency.as_ref().expect("records were acknowledged").count
}

#[test]
fn every_record_of_the_schedule_is_sent_once_and_its_latency_counted() {
    for (interface, name) in [(BackendChoice::Auto, "auto"), (BackendChoice::Epoll, "epoll")] {
        let even = run(interface, &format!("--io {name} --rate 3000 --producers 3"));
        assert_eq!(measured(&even), 3000);
        assert!(!even.is_closed_loop && even.offered_per_s == Some(3000.0));
    }
}

#[test]
fn a_ramp_sends_the_mean_of_its_rates() {
    let ramp = run(BackendChoice::Auto, "--ramp 1000..5000 --producers 2");
    // Each producer rounds the end of its ramp.
    assert!(measured(&ramp).abs_diff(3000) <= 2, "{}", measured(&ramp));
}

#[test]
fn bytes_a_second_are_records_of_the_mean_size() {
    let bytes = run(BackendChoice::Auto, "--rate 200kB/s --record-size 100 --producers 1 --linger 5ms");
    assert_eq!(measured(&bytes), 2000);
}
