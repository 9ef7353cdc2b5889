//! Configurations that change while the broker runs: what they change, from when on, and that it stays.

use super::broker::Broker;
use super::client::{ClientId, Fetch, answer_of, batch};
use super::{Setup, with_seeds};
use crate::config::table::{Treatment, topic_keys};
use loglane_model::{Attributes, BatchHeader, Compression};
use loglane_net::ErrorCode;
use loglane_net::message::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic,
};
use loglane_net::message::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResponse,
};
use loglane_net::message::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};
use loglane_storage::LogConfig;
use loglane_storage::batch_builder::BatchBuilder;
use std::path::Path;
use std::time::Duration;

const VERSION: i16 = 1;

/// A resource: its type and its name.
pub(super) type Resource<'a> = (i8, &'a str);

pub(super) const TOPIC: Resource<'static> = (2, "t");
const BROKER: Resource<'static> = (4, "1");
const ALL_BROKERS: Resource<'static> = (4, "");

/// Every partition of the default topic.
const ALL: [i32; 6] = [0, 1, 2, 3, 4, 5];

/// Keys with values, or without to take them away.
pub(super) type Edits<'a> = &'a [(&'a str, Option<&'a str>)];

fn request<'a>(
    (resource_type, resource_name): Resource<'a>,
    edits: Edits<'a>,
) -> IncrementalAlterConfigsRequest<'a> {
    let configs = edits.iter().map(|(name, value)| AlterableConfig {
        name,
        config_operation: i8::from(value.is_none()),
        value: *value,
    });
    let resource = AlterConfigsResource { resource_type, resource_name, configs: configs.collect() };
    IncrementalAlterConfigsRequest { resources: [resource].into(), validate_only: false }
}

/// Alters a resource and waits for the answer, which promises that it holds everywhere.
pub(super) fn alter(broker: &mut Broker, client: ClientId, resource: Resource<'_>, edits: Edits<'_>) {
    let body = broker.ask(client, VERSION, &request(resource, edits));
    let answer: IncrementalAlterConfigsResponse<'_> = answer_of(&body, VERSION);
    let response = answer.responses.iter().next().expect("the resource that was named");
    assert_eq!((response.error_code, response.error_message), (0, None), "{resource:?} {edits:?}");
}

/// What every open log of topic `t` is told; all are told the same.
fn told(broker: &mut Broker) -> LogConfig {
    let mut all = Vec::new();
    for shard in &mut broker.shards {
        let slots: Vec<_> = shard.partitions.ids().collect();
        for slot in slots {
            let partition = shard.partitions.get_mut(slot).expect("just listed");
            if &*partition.topic == "t" {
                all.push(partition.served().expect("it is served").log.config().clone());
            }
        }
    }
    assert_eq!(all.len(), 6);
    assert!(all.iter().all(|config| *config == all[0]));
    all.remove(0)
}

fn segments(broker: &mut Broker) -> usize {
    let mut count = 0;
    for shard in &mut broker.shards {
        let slots: Vec<_> = shard.partitions.ids().collect();
        for slot in slots {
            let partition = shard.partitions.get_mut(slot).expect("just listed");
            count += partition.served().map_or(0, |served| served.log.segment_count());
        }
    }
    count
}

fn with_topic(setup: Setup) -> (Broker, ClientId) {
    let mut broker = setup.start();
    let client = broker.connect();
    broker.create_topic(client, "t");
    (broker, client)
}

fn produce(broker: &mut Broker, client: ClientId, records: &[u8]) -> ErrorCode {
    let errors = broker.produce(client, -1, "t", &ALL.map(|partition| (partition, records)));
    assert!(errors.iter().all(|of| of.error == errors[0].error), "{errors:?}");
    errors[0].error
}

/// The header of the last batch of a partition.
fn last_header(broker: &mut Broker, client: ClientId, from: i64) -> (Attributes, Option<Compression>) {
    let answer = broker.fetch(client, &Fetch::of("t", &[(0, from)]));
    let records = &answer.partition(0).records;
    let header = BatchHeader::peek(records).expect("a batch");
    (header.attributes(), header.attributes().compression())
}

#[test]
fn a_changed_key_is_told_to_every_open_log_before_the_answer_and_taken_back_with_it() {
    type Observed = fn(&LogConfig) -> String;
    let cases: &[(&str, &str, Observed, &str)] = &[
        (
            "cleanup.policy",
            "compact",
            |of| format!("{} {}", of.cleanup_delete, of.cleanup_compact),
            "false true",
        ),
        ("compression.type", "zstd", |of| format!("{:?}", of.compression), "Some(Zstd)"),
        ("file.delete.delay.ms", "5", |of| of.file_delete_delay_ms.to_string(), "5"),
        ("flush.messages", "1", |of| of.durable.to_string(), "true"),
        ("index.interval.bytes", "7", |of| of.index_interval_bytes.to_string(), "7"),
        ("max.message.bytes", "77", |of| of.max_message_bytes.to_string(), "77"),
        ("message.timestamp.after.max.ms", "9", |of| of.timestamp_after_max_ms.to_string(), "9"),
        ("message.timestamp.before.max.ms", "9", |of| of.timestamp_before_max_ms.to_string(), "9"),
        ("message.timestamp.type", "LogAppendTime", |of| format!("{:?}", of.timestamp_type), "LogAppendTime"),
        ("retention.bytes", "99", |of| of.retention_bytes.to_string(), "99"),
        ("retention.ms", "99", |of| of.retention_ms.to_string(), "99"),
        ("segment.bytes", "2000000", |of| of.segment_bytes.to_string(), "2000000"),
        ("internal.segment.bytes", "2000", |of| of.segment_bytes.to_string(), "2000"),
        ("segment.index.bytes", "400", |of| of.segment_index_bytes.to_string(), "400"),
        ("segment.jitter.ms", "3", |of| of.segment_jitter_ms.to_string(), "3"),
        ("segment.ms", "4", |of| of.segment_ms.to_string(), "4"),
    ];
    let setup = Setup::new(1, 3).set("loglane.durability", "device");
    let (mut broker, client) = with_topic(setup);
    let before = told(&mut broker);
    for (key, value, observe, expected) in cases {
        alter(&mut broker, client, TOPIC, &[(key, Some(value))]);
        assert_eq!(observe(&told(&mut broker)), *expected, "{key}");
        alter(&mut broker, client, TOPIC, &[(key, None)]);
        assert_eq!(told(&mut broker), before, "{key}");
    }
    for (codec, level) in [("gzip", "9"), ("zstd", "19")] {
        let key = format!("compression.{codec}.level");
        alter(&mut broker, client, TOPIC, &[("compression.type", Some(codec)), (&key, Some(level))]);
        assert_eq!(
            told(&mut broker).compression_level.map(|level| level.to_string()).as_deref(),
            Some(level)
        );
    }
    alter(&mut broker, client, TOPIC, &[("min.insync.replicas", Some("3"))]);
    for shard in &mut broker.shards {
        let slots: Vec<_> = shard.partitions.ids().collect();
        for slot in slots {
            let partition = shard.partitions.get_mut(slot).expect("just listed");
            let served = partition.served().expect("it is served");
            assert_eq!(served.leader.leadership().min_in_sync, 3);
            assert!(served.leader.has_enough_in_sync(), "there is one replica, and all of them are in sync");
        }
    }
    assert_eq!(produce(&mut broker, client, &batch(&[b"x"])), ErrorCode::None);
    let acting: Vec<&str> = cases.iter().map(|(key, ..)| *key).collect();
    let also = ["compression.gzip.level", "compression.zstd.level", "min.insync.replicas"];
    for key in topic_keys().iter().filter(|key| key.treatment == Treatment::Acts) {
        assert!(acting.contains(&key.name) || also.contains(&key.name), "{} acts: how?", key.name);
    }
    broker.close();
}

#[test]
fn keys_of_what_is_not_there_are_kept_and_shown_and_these_are_they() {
    let stored: Vec<&str> =
        topic_keys().iter().filter(|key| key.treatment != Treatment::Acts).map(|key| key.name).collect();
    let expected = [
        // Lz4 is written at one level.
        ("compression.lz4.level", "5"),
        // The cleaner.
        ("delete.retention.ms", "5"),
        // In device durability the disk decides when it empties its cache; in the other nothing is left to flush.
        ("flush.ms", "5"),
        // Followers.
        ("follower.replication.throttled.replicas", "*"),
        ("leader.replication.throttled.replicas", "0:1"),
        // Tiers.
        ("local.retention.bytes", "5"),
        ("local.retention.ms", "5"),
        // The cleaner.
        ("max.compaction.lag.ms", "50"),
        ("min.cleanable.dirty.ratio", "0.7"),
        ("min.compaction.lag.ms", "5"),
        // Space is taken ahead in steps in any case.
        ("preallocate", "true"),
        // Tiers.
        ("remote.log.copy.disable", "true"),
        ("remote.log.delete.on.disable", "true"),
        ("remote.storage.enable", "false"),
        // Elections among replicas.
        ("unclean.leader.election.enable", "true"),
    ];
    assert_eq!(stored, expected.map(|(name, _)| name));
    let (mut broker, client) = with_topic(Setup::new(1, 2));
    let edits = expected.map(|(name, value)| (name, Some(value)));
    alter(&mut broker, client, TOPIC, &edits);
    let described = describe(&mut broker, client, TOPIC);
    for (name, value) in expected {
        assert!(described.contains(&(name.to_owned(), Some(value.to_owned()), 1)), "{name}");
    }
    broker.close();
}

/// Name, value and source of every key.
fn describe(
    broker: &mut Broker,
    client: ClientId,
    (resource_type, resource_name): Resource<'_>,
) -> Vec<(String, Option<String>, i8)> {
    let resource = DescribeConfigsResource { resource_type, resource_name, configuration_keys: None };
    let request = DescribeConfigsRequest { resources: [resource].into(), ..Default::default() };
    let body = broker.ask(client, 4, &request);
    let answer: DescribeConfigsResponse<'_> = answer_of(&body, 4);
    let result = answer.results.iter().next().expect("the resource that was named");
    let of = result.configs.iter();
    of.map(|config| (config.name.to_owned(), config.value.map(str::to_owned), config.config_source)).collect()
}

#[test]
fn batches_are_refused_as_the_configuration_of_the_moment_says() {
    let (mut broker, client) = with_topic(Setup::new(1, 3));
    let records = batch(&[b"value"]);
    for (key, value, error) in [
        ("max.message.bytes", "60", ErrorCode::MessageTooLarge),
        ("cleanup.policy", "compact", ErrorCode::InvalidRecord),
        ("message.timestamp.before.max.ms", "0", ErrorCode::InvalidTimestamp),
    ] {
        broker.run_for(Duration::from_millis(100));
        assert_eq!(produce(&mut broker, client, &records), ErrorCode::None);
        alter(&mut broker, client, TOPIC, &[(key, Some(value))]);
        assert_eq!(produce(&mut broker, client, &records), error, "{key}");
        alter(&mut broker, client, TOPIC, &[(key, None)]);
    }
    let mut builder = BatchBuilder::new();
    builder.push(i64::from(u32::MAX) * 1000, None, Some(b"later"), &[]);
    let later = builder.finish();
    assert_eq!(produce(&mut broker, client, &later), ErrorCode::InvalidTimestamp);
    let never = i64::MAX.to_string();
    alter(&mut broker, client, TOPIC, &[("message.timestamp.after.max.ms", Some(&never))]);
    assert_eq!(produce(&mut broker, client, &later), ErrorCode::None);
    broker.close();
}

#[test]
fn batches_are_stored_with_the_topics_codec_and_time() {
    let (mut broker, client) = with_topic(Setup::new(1, 3));
    let values: Vec<Vec<u8>> = (0..20).map(|at| vec![at; 50]).collect();
    let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
    let mut expected: Vec<Vec<u8>> = Vec::new();
    for (name, codec) in [
        ("gzip", Compression::Gzip),
        ("snappy", Compression::Snappy),
        ("lz4", Compression::Lz4),
        ("zstd", Compression::Zstd),
        ("uncompressed", Compression::None),
    ] {
        let from = expected.len() as i64;
        alter(&mut broker, client, TOPIC, &[("compression.type", Some(name))]);
        assert_eq!(produce(&mut broker, client, &batch(&values)), ErrorCode::None);
        expected.extend(values.iter().map(|value| value.to_vec()));
        let (attributes, stored) = last_header(&mut broker, client, from);
        assert_eq!(
            (attributes.timestamp_type(), stored),
            (loglane_model::TimestampType::CreateTime, Some(codec))
        );
    }
    let from = expected.len() as i64;
    let edits = [("compression.type", Some("zstd")), ("message.timestamp.type", Some("LogAppendTime"))];
    alter(&mut broker, client, TOPIC, &edits);
    assert_eq!(produce(&mut broker, client, &batch(&values)), ErrorCode::None);
    let (attributes, stored) = last_header(&mut broker, client, from);
    let by_broker = loglane_model::TimestampType::LogAppendTime;
    assert_eq!((attributes.timestamp_type(), stored), (by_broker, Some(Compression::Zstd)));
    broker.kill();
    broker.boot();
    let client = broker.connect();
    // What a client made of the codecs is its business: the offsets are all there.
    let answer = broker.fetch(client, &Fetch::of("t", &[(0, 0)]));
    assert_eq!(answer.partition(0).high_watermark, from + 20);
    broker.close();
}

#[test]
fn segments_and_retention_follow_a_change_at_once() {
    let setup = Setup::new(1, 2).set("log.retention.check.interval.ms", 1_000);
    let (mut broker, client) = with_topic(setup);
    let records = batch(&[&[7; 900]]);
    for _ in 0..3 {
        produce(&mut broker, client, &records);
    }
    assert_eq!(segments(&mut broker), 6);
    alter(&mut broker, client, TOPIC, &[("internal.segment.bytes", Some("1000"))]);
    for _ in 0..3 {
        produce(&mut broker, client, &records);
    }
    broker.run_for(Duration::from_secs(3));
    assert_eq!(segments(&mut broker), 6 * 4);
    let starts = |broker: &mut Broker, client| {
        let answer = broker.fetch(client, &Fetch::of("t", &ALL.map(|partition| (partition, 6))));
        ALL.map(|partition| answer.partition(partition).log_start_offset)
    };
    assert_eq!(starts(&mut broker, client), [0; 6]);
    let edits = [("retention.bytes", Some("2500")), ("file.delete.delay.ms", Some("2000"))];
    alter(&mut broker, client, TOPIC, &edits);
    broker.run_for(Duration::from_secs(3));
    assert_eq!(starts(&mut broker, client), [3; 6], "the oldest segments went");
    let deleted = |broker: &Broker| {
        let names =
            broker.world.file_system().list(Path::new("/data/t-0")).expect("the partition's directory");
        names.iter().filter(|entry| entry.name.ends_with(".log.deleted")).count()
    };
    broker.run_for(Duration::from_secs(5));
    assert_eq!(deleted(&broker), 0, "their files went soon after");
    let edits = [("retention.ms", Some("1")), ("file.delete.delay.ms", None)];
    alter(&mut broker, client, TOPIC, &edits);
    broker.run_for(Duration::from_secs(3));
    assert_eq!(starts(&mut broker, client), [6; 6], "all that was old went");
    broker.run_for(Duration::from_secs(5));
    assert!(deleted(&broker) > 0, "their files stay for a while");
    broker.close();
}

#[test]
fn what_a_broker_is_told_holds_for_all_its_logs_and_over_a_restart() {
    with_seeds(4, |seed| {
        let shards = 1 + u16::try_from(seed % 3).unwrap();
        let (mut broker, client) = with_topic(Setup::new(seed, shards).set("log.retention.ms", 9_000));
        assert_eq!(told(&mut broker).retention_ms, 9_000);
        alter(
            &mut broker,
            client,
            ALL_BROKERS,
            &[("log.retention.ms", Some("8000")), ("message.max.bytes", Some("500"))],
        );
        assert_eq!(told(&mut broker).retention_ms, 8_000, "SEED={seed}");
        alter(
            &mut broker,
            client,
            BROKER,
            &[("log.retention.ms", Some("7000")), ("producer.id.expiration.ms", Some("77"))],
        );
        assert_eq!(told(&mut broker).retention_ms, 7_000, "SEED={seed}");
        alter(&mut broker, client, TOPIC, &[("retention.ms", Some("6000"))]);
        let expected = LogConfig {
            retention_ms: 6_000,
            max_message_bytes: 500,
            producer_id_expiration_ms: 77,
            ..LogConfig::default()
        };
        for how in [Broker::kill, Broker::close, Broker::cut_power] {
            assert_eq!(told(&mut broker), expected, "SEED={seed}");
            assert!(broker.shards.iter().all(|shard| shard.settings.producer_id_expiration_ms == 77));
            how(&mut broker);
            broker.boot();
        }
        let client = broker.connect();
        let described = describe(&mut broker, client, BROKER);
        for (name, value, source) in [
            ("log.retention.ms", "7000", 2),
            ("message.max.bytes", "500", 3),
            ("producer.id.expiration.ms", "77", 2),
        ] {
            assert!(described.contains(&(name.to_owned(), Some(value.to_owned()), source)), "{name}");
        }
        alter(&mut broker, client, TOPIC, &[("retention.ms", None)]);
        assert_eq!(told(&mut broker).retention_ms, 7_000, "SEED={seed}");
        alter(
            &mut broker,
            client,
            BROKER,
            &[("log.retention.ms", None), ("producer.id.expiration.ms", None)],
        );
        assert_eq!(told(&mut broker).retention_ms, 8_000, "SEED={seed}");
        alter(&mut broker, client, ALL_BROKERS, &[("log.retention.ms", None), ("message.max.bytes", None)]);
        assert_eq!(told(&mut broker), LogConfig { retention_ms: 9_000, ..LogConfig::default() });
        broker.close();
    });
}

#[test]
fn no_more_connections_are_taken_than_the_moment_allows() {
    let (mut broker, client) = with_topic(Setup::new(1, 3));
    let others = [broker.connect(), broker.connect()];
    let is_taken = |broker: &mut Broker| {
        let client = broker.connect();
        broker.client(client).ask_for_topic("t", false);
        broker.until("an answer or an end", |broker| {
            broker.client(client).has_answer() || broker.client(client).is_closed
        });
        let taken = !broker.client(client).is_closed;
        broker.disconnect(client);
        broker.run_for(Duration::from_millis(50));
        taken
    };
    for (resource, key, few, many) in [
        (BROKER, "max.connections", "3", "4"),
        (ALL_BROKERS, "max.connections.per.ip", "3", "4"),
        (BROKER, "max.connections.per.ip.overrides", "127.0.0.1:3", "127.0.0.2:3"),
    ] {
        assert!(is_taken(&mut broker), "{key}");
        alter(&mut broker, client, resource, &[(key, Some(few))]);
        assert!(!is_taken(&mut broker), "{key}");
        alter(&mut broker, client, resource, &[(key, Some(many))]);
        assert!(is_taken(&mut broker), "{key}");
        alter(&mut broker, client, resource, &[(key, None)]);
    }
    for other in others {
        broker.disconnect(other);
    }
    broker.disconnect_all();
    broker.assert_nothing_left();
    broker.close();
}

#[test]
fn new_partitions_are_served_on_every_shard_before_their_making_is_answered() {
    with_seeds(10, |seed| {
        let mut broker = Setup::new(seed, 3).set("num.partitions", 1).start();
        let clients: Vec<ClientId> = (0..6).map(|_| broker.connect()).collect();
        broker.create_topic(clients[0], "t");
        let records = batch(&[b"value"]);
        for count in [2, 3, 9, 20] {
            let before = if count == 20 { 9 } else { 0 };
            let topic = CreatePartitionsTopic { name: "t", count, assignments: None };
            let request =
                CreatePartitionsRequest { topics: [topic].into(), timeout_ms: 30_000, validate_only: false };
            let body = broker.ask(clients[count as usize % 6], 3, &request);
            let answer: CreatePartitionsResponse<'_> = answer_of(&body, 3);
            assert_eq!(answer.results.iter().next().map(|result| result.error_code), Some(0));
            for client in &clients {
                for partition in before..count {
                    let produced = broker.produce(*client, -1, "t", &[(partition, &records)]);
                    assert_eq!(produced[0].error, ErrorCode::None, "SEED={seed} partition {partition}");
                }
            }
        }
        broker.kill();
        broker.boot();
        let client = broker.connect();
        for partition in 0..20 {
            assert!(
                !broker.read_all(client, "t", partition, 0).is_empty(),
                "SEED={seed} partition {partition}"
            );
        }
        broker.close();
    });
}

#[test]
fn changes_of_many_clients_leave_all_logs_agreed() {
    with_seeds(6, |seed| {
        let (mut broker, client) = with_topic(Setup::new(seed, 3));
        let clients: Vec<ClientId> = (0..8).map(|_| broker.connect()).collect();
        for round in 0..5u64 {
            for (at, client) in (0u64..).zip(&clients) {
                let value = (1_000 + round * 100 + at).to_string();
                let edits = [("retention.ms", Some(value.as_str()))];
                broker.client(*client).send(VERSION, &request(TOPIC, &edits));
                (0..at).for_each(|_| broker.step());
            }
            for client in &clients {
                broker.answer(*client);
            }
            let told = told(&mut broker).retention_ms.to_string();
            let described = describe(&mut broker, client, TOPIC);
            assert!(described.contains(&("retention.ms".to_owned(), Some(told), 1)), "SEED={seed}");
        }
        broker.close();
    });
}
