//! The whole of the generator against a null broker in this process.

use loglane_bench::null::{Server, Settings};
use loglane_bench::result::ResultFile;
use loglane_ring::BackendChoice;
use std::ffi::OsString;

fn null(is_endless: bool) -> Server {
    let settings = Settings { threads: 1, is_endless, record_bytes: 200, interface: BackendChoice::Auto };
    Server::start("127.0.0.1:0", &settings).expect("a free port")
}

fn bench(server: &Server, line: &str) -> (u8, ResultFile) {
    let folder = std::env::temp_dir().join(format!("loglane-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for results");
    let out = folder.join(format!("{}.json", server.address().port()));
    let line =
        format!("{line} --quiet --ceiling 0s --bootstrap {} --out {}", server.address(), out.display());
    let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
    let code = loglane_bench::main(&words);
    let text = std::fs::read_to_string(&out).expect("a result was written");
    let file = serde_json::from_str(&text).expect("the result is one");
    std::fs::remove_file(&out).expect("it is there");
    (code, file)
}

#[test]
fn a_number_of_records_is_produced_and_all_are_acknowledged() {
    let server = null(false);
    for options in [
        "--rate max",
        "--rate max --keys uniform:100 --linger 1ms --compression lz4",
        "--rate max --batch-records 1 --request-size 128 --acks 1",
        "--rate max --record-size uniform:28:5000 --keys round-robin",
        "--rate 20k --topics 3 --keys zipf:50",
    ] {
        let (code, file) = bench(&server, &format!("{options} --records 4000 --producers 3 --consumers 0"));
        assert_eq!(code, 0, "{options}");
        let run = &file.runs[0];
        assert_eq!(run.produced.as_ref().unwrap().records, 4002, "three producers share {options}");
        assert_eq!(run.produce_latency.as_ref().unwrap().count, 4002, "{options}");
        assert!(run.errors.is_empty(), "{options}: {:?}", run.errors);
    }
}

#[test]
fn consumers_read_as_many_records_as_were_produced() {
    let server = null(false);
    let (code, file) =
        bench(&server, "--records 3000 --rate max --producers 2 --consumers 3 --record-size 200 --no-verify");
    assert_eq!(code, 0);
    assert_eq!(file.runs[0].consumed.as_ref().unwrap().records, 3000);
}
