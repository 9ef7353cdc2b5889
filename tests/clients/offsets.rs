//! Looking up offsets, by kind and by time, and what a restart does to the answers.

use crate::{BINARY, java};
use harness::client::{Client, FetchFrom};
use harness::driver::{Driver, Recipe};
use harness::ledger::batch_of;
use harness::record::now_ms;
use harness::{Broker, LONG, Scratch, wait_until};

/// Offset and timestamp for `at`, as the Java client tells them.
fn offset(driver: &mut Driver, partition: i32, at: &str) -> (i64, i64) {
    let partition = partition.to_string();
    let arguments = [("topic", "times"), ("partition", &partition), ("at", at)];
    let lines = driver.ask("offset", &arguments).unwrap_or_else(|refused| panic!("{at}: {refused:?}"));
    let mut fields = lines[0].split('\t').map(|field| field.parse().unwrap_or(-1));
    (fields.next().expect("an offset"), fields.next().expect("a timestamp"))
}

#[test]
fn offsets_are_found_by_kind_and_by_time() {
    let scratch = Scratch::new("times");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.start();
    let Some(mut driver) = java(&broker) else { return };
    driver.ask("create-topic", &[("topic", "times"), ("partitions", "3")]).expect("a topic");
    let first = now_ms() - 3_600_000;
    // Partition 0: 200 records, a millisecond apart, in many batches. Partition 1: the youngest comes first.
    let rising = Recipe { timestamp: Some(first), size: 500, ..Recipe::plain("rising", 200) };
    driver.produce("times", 0, &rising, &[("batch.size", "4000")]).expect("a produce");
    for (age, prefix) in [(0, "young"), (1000, "old"), (500, "between")] {
        let recipe = Recipe { timestamp: Some(first - age), ..Recipe::plain(prefix, 10) };
        let compressed = [("compression.type", "zstd"), ("linger.ms", "50")];
        driver.produce("times", 1, &recipe, &compressed).expect("a produce");
    }
    for life in 0..3 {
        check(&mut driver, first);
        if life == 0 {
            broker.stop()
        } else {
            broker.kill()
        }
        broker.start();
        driver = java(&broker).expect("there was one before");
    }
}

fn check(driver: &mut Driver, first: i64) {
    assert_eq!(offset(driver, 0, "earliest").0, 0);
    assert_eq!(offset(driver, 0, "latest").0, 200);
    assert_eq!(offset(driver, 0, "max-timestamp"), (199, first + 199));
    assert_eq!(offset(driver, 0, "earliest-local").0, 0);
    assert_eq!(offset(driver, 0, "latest-tiered").0, -1);
    for n in [0, 1, 57, 123, 199] {
        assert_eq!(offset(driver, 0, &(first + n).to_string()), (n, first + n));
    }
    assert_eq!(offset(driver, 0, &(first - 5_000_000).to_string()), (0, first), "older than everything");
    assert_eq!(offset(driver, 0, &(first + 200).to_string()), (-1, -1), "younger than everything");
    // The first record that is young enough, although younger ones stand before older ones.
    assert_eq!(offset(driver, 1, &(first + 4).to_string()), (4, first + 4));
    assert_eq!(offset(driver, 1, &(first - 2000).to_string()), (0, first));
    assert_eq!(offset(driver, 1, "max-timestamp"), (9, first + 9));
    assert_eq!(offset(driver, 1, "latest").0, 30);
    // Nothing is there.
    assert_eq!(offset(driver, 2, "earliest").0, 0);
    assert_eq!(offset(driver, 2, "latest").0, 0);
    assert_eq!(offset(driver, 2, "max-timestamp"), (-1, -1));
    assert_eq!(offset(driver, 2, "0"), (-1, -1));
}

/// Produces `bytes` in batches of about 350 KB; the number of records.
fn fill(client: &mut Client, topic: &str, bytes: usize) -> i64 {
    let (mut written, mut records) = (0, 0);
    while written < bytes {
        let ids: Vec<u64> = (0..1000).map(|n| n + u64::try_from(records).expect("not negative")).collect();
        let batch = batch_of(&ids).seal();
        let produced = client.produce(topic, 0, -1, &batch).expect("an answer");
        assert_eq!((produced.code, produced.base_offset), (0, records));
        written += batch.len();
        records += 1000;
    }
    records
}

fn earliest(client: &mut Client, topic: &str) -> i64 {
    client.list_offset(topic, 0, -2).expect("an answer").1
}

#[test]
fn retention_takes_the_oldest_segments_and_only_those() {
    let scratch = Scratch::new("retention");
    let mut broker = Broker::under_test(BINARY, scratch.path());
    broker.set("log.retention.check.interval.ms", "300").set("log.initial.task.delay.ms", "300");
    broker.start();
    let mut client = broker.client();
    let small = ("segment.bytes", "1048576");
    let soon = ("file.delete.delay.ms", "100");
    client.create_topic("sized", 1, &[small, soon, ("retention.bytes", "2097152")]).expect("a topic");
    let end = fill(&mut client, "sized", 8 << 20);
    let start = wait_until("old segments to go", LONG, || {
        let start = earliest(&mut client, "sized");
        // Two mebibytes stay, and what is left of a segment.
        (start > end / 2).then_some(start)
    });
    assert_eq!(client.list_offset("sized", 0, -1).expect("an answer").1, end);
    let gone = client.fetch(&FetchFrom::now("sized", 0, start - 1)).expect("an answer");
    assert_eq!(gone.code, 1, "OFFSET_OUT_OF_RANGE");
    let folder = broker.data().join("sized-0");
    wait_until("the files to be removed", LONG, || {
        let files = std::fs::read_dir(&folder).expect("the folder is there").flatten();
        let names: Vec<_> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        // Segments, those on their way out, and what lies beside both.
        let count = |kind: &str| names.iter().filter(|name| name.contains(kind)).count();
        (count(".log") - count(".loglane") <= 4 && count(".loglane") <= 4).then_some(())
    });
    for clean in [false, true] {
        if clean {
            broker.stop()
        } else {
            broker.kill()
        }
        broker.start();
        client = broker.client();
        client.await_leaders("sized", 1).expect("the topic is there");
        let start = earliest(&mut client, "sized");
        assert!(start > end / 2, "what is gone does not come back: {start}");
        let left = client.read_all("sized", 0, start).expect("the topic can be read");
        assert_eq!(i64::try_from(left.len()).expect("few"), end - start);
    }
    client.create_topic("aged", 1, &[small, soon, ("retention.ms", "1000")]).expect("a topic");
    let end = fill(&mut client, "aged", 3 << 20);
    wait_until("everything to go", LONG, || (earliest(&mut client, "aged") == end).then_some(()));
    let produced = client.produce("aged", 0, -1, &batch_of(&[1]).seal()).expect("an answer");
    assert_eq!((produced.code, produced.base_offset), (0, end), "offsets are never used again");
}
