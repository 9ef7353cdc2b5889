//! Configurations, altered and listed.

use crate::configs::describe_keys;
use crate::talk::{Talk, read};
use crate::topics::create;
use harness::{LONG, wait_until};
use loglane_net::message::alter_configs::{self as whole, AlterConfigsRequest, AlterConfigsResponse};
use loglane_net::message::create_topics::CreatableTopic;
use loglane_net::message::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResponse,
};
use loglane_net::message::incremental_alter_configs::{
    self as single, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};
use loglane_net::message::list_config_resources::{ListConfigResourcesRequest, ListConfigResourcesResponse};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const BROKER_LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

type Edits<'a> = &'a [(&'a str, i8, Option<&'a str>)];
type Values<'a> = &'a [(&'a str, Option<&'a str>)];

fn single_resource<'a>((kind, name, edits): (i8, &'a str, Edits<'a>)) -> single::AlterConfigsResource<'a> {
    let configs = edits.iter().map(|(name, config_operation, value)| single::AlterableConfig {
        name,
        config_operation: *config_operation,
        value: *value,
    });
    single::AlterConfigsResource { resource_type: kind, resource_name: name, configs: configs.collect() }
}

/// Changes single keys, and waits until the broker has taken it in.
fn alter(talk: &mut Talk, version: i16, resources: &[(i8, &str, Edits<'_>)], validate_only: bool) {
    let resources = resources.iter().map(|resource| single_resource(*resource)).collect();
    let request = IncrementalAlterConfigsRequest { resources, validate_only };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    let answer: IncrementalAlterConfigsResponse<'_> = read(&body, version);
    talk.note(&answer);
    if !validate_only && answer.responses.iter().any(|response| response.error_code == 0) {
        settle(talk);
    }
}

/// Sets whole configurations, and waits until the broker has taken it in.
fn replace(talk: &mut Talk, version: i16, resources: &[(i8, &str, Values<'_>)], validate_only: bool) {
    let resources = resources.iter().map(|(kind, name, values)| {
        let configs = values.iter().map(|(name, value)| whole::AlterableConfig { name, value: *value });
        whole::AlterConfigsResource { resource_type: *kind, resource_name: name, configs: configs.collect() }
    });
    let request = AlterConfigsRequest { resources: resources.collect(), validate_only };
    talk.note(&request);
    let Some(body) = talk.send(version, &request) else { return };
    let answer: AlterConfigsResponse<'_> = read(&body, version);
    talk.note(&answer);
    if !validate_only && answer.responses.iter().any(|response| response.error_code == 0) {
        settle(talk);
    }
}

/// A key of the broker's own that says how far it is: a Kafka learns of changes after they were answered, in order.
const MARKER: &str = "remote.fetch.max.wait.ms";

fn settle(talk: &mut Talk) {
    let mark = talk.next_mark().to_string();
    let edits = [(MARKER, SET, Some(mark.as_str()))];
    let resources = [single_resource((BROKER, "1", &edits))];
    let request = IncrementalAlterConfigsRequest { resources: resources.into(), validate_only: false };
    let body = talk.send_quietly(1, &request).expect("an answer");
    let answer: IncrementalAlterConfigsResponse<'_> = read(&body, 1);
    assert!(answer.responses.iter().all(|response| response.error_code == 0), "{answer:?}");
    wait_until("changes to arrive", LONG, || {
        let resource = DescribeConfigsResource {
            resource_type: BROKER,
            resource_name: "1",
            configuration_keys: Some([MARKER].into()),
        };
        let request = DescribeConfigsRequest { resources: [resource].into(), ..Default::default() };
        let body = talk.send_quietly(4, &request).expect("an answer");
        let answer: DescribeConfigsResponse<'_> = read(&body, 4);
        let result = answer.results.iter().next().expect("the broker that was asked for");
        let value = result.configs.iter().next().and_then(|config| config.value.map(str::to_owned));
        (value.as_deref() == Some(&mark)).then_some(())
    });
}

fn topic(name: &str) -> CreatableTopic<'_> {
    CreatableTopic { name, num_partitions: 1, replication_factor: 1, ..Default::default() }
}

pub(crate) fn single_keys(talk: &mut Talk) {
    create(talk, 7, vec![topic("a-single")]);
    let t = "a-single";
    for version in 0..=1 {
        let set: Edits<'_> =
            &[("retention.ms", SET, Some("86400000")), ("segment.bytes", SET, Some("2000000"))];
        alter(talk, version, &[(TOPIC, t, set)], true);
        describe_keys(talk, TOPIC, t, &["retention.ms", "segment.bytes"]);
        alter(talk, version, &[(TOPIC, t, set)], false);
        describe_keys(talk, TOPIC, t, &["retention.ms", "segment.bytes"]);
        alter(talk, version, &[(TOPIC, t, &[("cleanup.policy", APPEND, Some("compact"))])], false);
        describe_keys(talk, TOPIC, t, &["cleanup.policy"]);
        alter(talk, version, &[(TOPIC, t, &[("cleanup.policy", SUBTRACT, Some("delete"))])], false);
        describe_keys(talk, TOPIC, t, &["cleanup.policy"]);
        let delete: Edits<'_> = &[
            ("retention.ms", DELETE, None),
            ("segment.bytes", DELETE, Some("x")),
            ("cleanup.policy", DELETE, None),
        ];
        alter(talk, version, &[(TOPIC, t, delete)], false);
        alter(talk, version, &[(TOPIC, t, delete)], false);
        describe_keys(talk, TOPIC, t, &["retention.ms", "segment.bytes", "cleanup.policy"]);
    }
    alter(talk, 1, &[], false);
    alter(talk, 1, &[(TOPIC, t, &[])], false);
}

pub(crate) fn refused_single_keys(talk: &mut Talk) {
    create(talk, 7, vec![topic("a-refused")]);
    let t = "a-refused";
    let cases: &[Edits<'_>] = &[
        &[("retention.ms", SET, None)],
        &[("retention.ms", SET, None), ("segment.ms", APPEND, None), ("flush.ms", DELETE, None)],
        &[("retention.ms", SET, Some("1")), ("retention.ms", SET, Some("2"))],
        &[("retention.ms", SET, Some("1")), ("retention.ms", DELETE, None)],
        &[("nope", SET, Some("1"))],
        &[("nope", DELETE, None)],
        &[("nope", APPEND, Some("1"))],
        &[("", SET, Some("1"))],
        &[("retention.ms", SET, Some("x"))],
        &[("retention.ms", SET, Some(""))],
        &[("retention.ms", SET, Some("-2"))],
        &[("retention.ms", SET, Some(" 7 "))],
        &[("retention.ms", APPEND, Some("1"))],
        &[("retention.ms", SUBTRACT, Some("1"))],
        &[("cleanup.policy", APPEND, Some(""))],
        &[("cleanup.policy", APPEND, Some("compact,compact"))],
        &[("cleanup.policy", APPEND, Some(" compact"))],
        &[("cleanup.policy", APPEND, Some("nope"))],
        &[("cleanup.policy", SUBTRACT, Some("nope"))],
        &[("cleanup.policy", SUBTRACT, Some("delete"))],
        &[("cleanup.policy", SET, Some(""))],
        &[("cleanup.policy", SET, Some("delete,delete"))],
        &[("cleanup.policy", SET, Some("delete,"))],
        &[("cleanup.policy", DELETE, None)],
        &[("segment.bytes", SET, Some("100"))],
        &[("compression.type", SET, Some("brotli"))],
        &[("compression.gzip.level", SET, Some("0"))],
        &[("min.cleanable.dirty.ratio", SET, Some("1.5"))],
        &[("preallocate", SET, Some("maybe"))],
        &[("remote.storage.enable", SET, Some("true"))],
        &[("remote.storage.enable", SET, Some("false"))],
        &[("local.retention.ms", SET, Some("5"))],
        &[("message.timestamp.type", SET, Some("logappendtime"))],
        &[("leader.replication.throttled.replicas", SET, Some("0:1,1:x"))],
        &[("leader.replication.throttled.replicas", SET, Some("*"))],
        &[("leader.replication.throttled.replicas", APPEND, Some("0:1"))],
        &[("min.compaction.lag.ms", SET, Some("10")), ("max.compaction.lag.ms", SET, Some("5"))],
        &[("min.insync.replicas", SET, Some("0"))],
        &[("min.insync.replicas", SET, Some("5"))],
        &[("internal.segment.bytes", SET, Some("2000000"))],
    ];
    for edits in cases {
        alter(talk, 1, &[(TOPIC, t, edits)], false);
    }
    crate::configs::describe_topic(talk, t);
    let one: Edits<'_> = &[("retention.ms", SET, Some("1"))];
    for name in ["absent", "", "a b", "..", "__cluster_metadata"] {
        alter(talk, 1, &[(TOPIC, name, one)], false);
        alter(talk, 1, &[(TOPIC, name, &[("nope", SET, Some("1"))])], false);
    }
    alter(talk, 1, &[(TOPIC, t, one), (TOPIC, t, one), (TOPIC, "absent", one)], false);
    for kind in [0, 1, 3, 5, 7, 64, -1] {
        alter(talk, 1, &[(kind, "x", one)], false);
        alter(talk, 1, &[(kind, "x", one), (TOPIC, t, one)], false);
    }
}

/// Keys of brokers, changed for one of them and for all.
const OF_BROKERS: &[Edits<'static>] = &[
    &[("log.retention.ms", SET, Some("5000"))],
    &[("log.retention.ms", SET, Some("abc"))],
    &[("log.retention.ms", SET, Some("0"))],
    &[("log.retention.ms", SET, Some("-2"))],
    &[("log.retention.ms", SET, None)],
    &[("log.retention.ms", DELETE, None)],
    &[("log.retention.ms", APPEND, Some("1"))],
    &[("log.retention.ms", SUBTRACT, Some("1"))],
    &[("log.retention.ms", 4, Some("1"))],
    &[("log.retention.hours", SET, Some("1"))],
    &[("log.cleanup.policy", APPEND, Some("compact"))],
    &[("log.cleanup.policy", SUBTRACT, Some("delete"))],
    &[("log.cleanup.policy", DELETE, None)],
    &[("num.partitions", SET, Some("3"))],
    &[("num.partitions", DELETE, None)],
    &[("node.id", SET, Some("1")), ("num.partitions", SET, Some("3"))],
    &[("nope", SET, Some("1"))],
    &[("nope", DELETE, None)],
    &[("log.segment.bytes", SET, Some("100"))],
    &[("message.max.bytes", SET, Some("2000000"))],
    &[("message.max.bytes", DELETE, None)],
    &[("num.io.threads", SET, Some("0"))],
    &[("num.io.threads", SET, Some("3"))],
    &[("num.io.threads", SET, Some("4"))],
    &[("num.io.threads", SET, Some("9"))],
    &[("num.io.threads", DELETE, None)],
    &[("num.network.threads", SET, Some("100"))],
    &[("background.threads", SET, Some("100"))],
    &[("num.replica.fetchers", SET, Some("3"))],
    &[("num.recovery.threads.per.data.dir", SET, Some("5"))],
    &[("log.cleaner.threads", SET, Some("3"))],
    &[("log.cleaner.threads", SET, Some("2"))],
    &[("log.cleaner.threads", DELETE, None)],
    &[("max.connections", SET, Some("1000"))],
    &[("max.connections", DELETE, None)],
    &[("max.connections.per.ip", SET, Some("0"))],
    &[("max.connections.per.ip.overrides", SET, Some("127.0.0.1:500"))],
    &[("max.connections.per.ip.overrides", SET, Some("garbage"))],
    &[("max.connections.per.ip.overrides", DELETE, None)],
    &[("producer.id.expiration.ms", SET, Some("100000"))],
    &[("producer.id.expiration.ms", DELETE, None)],
    &[("log.roll.ms", SET, Some("0"))],
    &[
        ("log.cleaner.min.compaction.lag.ms", SET, Some("10")),
        ("log.cleaner.max.compaction.lag.ms", SET, Some("5")),
    ],
    &[("leader.replication.throttled.rate", SET, Some("100"))],
    &[("leader.replication.throttled.rate", SET, Some("-1"))],
    &[("leader.replication.throttled.rate", DELETE, None)],
    &[("group.consumer.session.timeout.ms", SET, Some("50000"))],
    &[("group.consumer.assignment.interval.ms", SET, Some("2000"))],
    &[("group.consumer.assignment.interval.ms", SET, Some("20000000"))],
    &[("group.consumer.assignment.interval.ms", DELETE, None)],
    &[("ssl.keystore.password", SET, Some("pw"))],
];

pub(crate) fn brokers(talk: &mut Talk) {
    for name in ["1", ""] {
        for edits in OF_BROKERS {
            alter(talk, 1, &[(BROKER, name, edits)], true);
            alter(talk, 1, &[(BROKER, name, edits)], false);
        }
        crate::configs::describe_broker(talk, name);
        let left = [
            "log.retention.ms",
            "nope",
            "log.cleaner.min.compaction.lag.ms",
            "log.cleaner.max.compaction.lag.ms",
        ];
        alter(talk, 1, &[(BROKER, name, &left.map(|key| (key, DELETE, None)))], false);
    }
    let one: Edits<'_> = &[("log.retention.ms", SET, Some("5000"))];
    for name in ["2", "x", "-1", "01", " 1", "+1"] {
        alter(talk, 1, &[(BROKER, name, one)], true);
    }
    levels(talk);
}

/// Three levels at once, and what a topic makes of them.
fn levels(talk: &mut Talk) {
    create(talk, 7, vec![topic("a-levels")]);
    alter(
        talk,
        0,
        &[(
            BROKER,
            "",
            &[("log.retention.ms", SET, Some("7000")), ("log.segment.bytes", SET, Some("3000000"))],
        )],
        false,
    );
    describe_levels(talk);
    alter(talk, 0, &[(BROKER, "1", &[("log.retention.ms", SET, Some("6000"))])], false);
    describe_levels(talk);
    alter(talk, 0, &[(TOPIC, "a-levels", &[("retention.ms", SET, Some("5000"))])], false);
    describe_levels(talk);
    alter(talk, 0, &[(BROKER, "", &[("log.retention.ms", DELETE, None)])], false);
    describe_levels(talk);
    alter(talk, 0, &[(BROKER, "1", &[("log.retention.ms", DELETE, None)])], false);
    alter(talk, 0, &[(BROKER, "", &[("log.segment.bytes", DELETE, None)])], false);
    alter(talk, 0, &[(TOPIC, "a-levels", &[("retention.ms", DELETE, None)])], false);
    describe_levels(talk);
}

fn describe_levels(talk: &mut Talk) {
    describe_keys(talk, TOPIC, "a-levels", &["retention.ms", "segment.bytes"]);
    for name in ["1", ""] {
        describe_keys(talk, BROKER, name, &["log.retention.ms", "log.retention.hours", "log.segment.bytes"]);
    }
}

pub(crate) fn others(talk: &mut Talk) {
    let one: Edits<'_> = &[("x", SET, Some("DEBUG"))];
    for name in ["1", "2", "x", ""] {
        alter(talk, 1, &[(BROKER_LOGGER, name, one)], false);
    }
    for operation in [DELETE, APPEND, SUBTRACT] {
        alter(talk, 1, &[(BROKER_LOGGER, "1", &[("no.such.logger", operation, Some("INFO"))])], true);
    }
    alter(talk, 1, &[(BROKER_LOGGER, "1", &[])], false);
    let metrics: &[Edits<'_>] = &[
        &[("interval.ms", SET, Some("100"))],
        &[("interval.ms", SET, Some("1"))],
        &[("interval.ms", SET, Some("x"))],
        &[("interval.ms", APPEND, Some("1"))],
        &[("metrics", SET, Some("org.apache.kafka.client.a"))],
        &[("metrics", APPEND, Some("org.apache.kafka.client.b"))],
        &[("match", SET, Some("client_id=app.*"))],
        &[("match", SET, Some("garbage"))],
        &[("nope", SET, Some("1"))],
        &[("interval.ms", SET, None)],
    ];
    for edits in metrics {
        alter(talk, 1, &[(CLIENT_METRICS, "a-metrics", edits)], false);
    }
    alter(talk, 1, &[(CLIENT_METRICS, "", metrics[0])], false);
    describe_keys(talk, CLIENT_METRICS, "a-metrics", &[]);
    let groups: &[Edits<'_>] = &[
        &[("consumer.session.timeout.ms", SET, Some("50000"))],
        &[("consumer.session.timeout.ms", SET, Some("1"))],
        &[("consumer.session.timeout.ms", SET, Some("100000000"))],
        &[("consumer.session.timeout.ms", SET, Some("x"))],
        &[("share.auto.offset.reset", SET, Some("earliest"))],
        &[("share.auto.offset.reset", SET, Some("nope"))],
        &[("nope", SET, Some("1"))],
        &[("consumer.session.timeout.ms", SET, None)],
        &[("consumer.session.timeout.ms", APPEND, Some("1"))],
    ];
    for edits in groups {
        alter(talk, 1, &[(GROUP, "a-group", edits)], false);
    }
    alter(talk, 1, &[(GROUP, "", groups[0])], false);
    describe_keys(talk, GROUP, "a-group", &[]);
    list(talk);
    for (kind, name, keys) in [
        (CLIENT_METRICS, "a-metrics", &["interval.ms", "metrics", "match"][..]),
        (GROUP, "a-group", &["consumer.session.timeout.ms", "share.auto.offset.reset"]),
    ] {
        let edits: Vec<_> = keys.iter().map(|key| (*key, DELETE, None)).collect();
        alter(talk, 1, &[(kind, name, &edits)], false);
    }
    list(talk);
}

fn list(talk: &mut Talk) {
    for (version, kinds) in [
        (0, &[][..]),
        (1, &[]),
        (1, &[TOPIC]),
        (1, &[BROKER, BROKER_LOGGER]),
        (1, &[CLIENT_METRICS, GROUP, GROUP]),
        (1, &[0]),
        (1, &[TOPIC, 3]),
        (1, &[-1]),
    ] {
        let request = ListConfigResourcesRequest { resource_types: kinds.into() };
        talk.note(&request);
        let Some(body) = talk.send(version, &request) else { continue };
        let mut answer: ListConfigResourcesResponse<'_> = read(&body, version);
        let mut resources: Vec<_> = answer.config_resources.iter().collect();
        // Kafka's order is that of a hash table.
        resources.sort_by_key(|resource| (resource.resource_type, resource.resource_name));
        answer.config_resources = resources.into();
        talk.note(&answer);
    }
}

pub(crate) fn whole_configurations(talk: &mut Talk) {
    create(talk, 7, vec![topic("a-whole"), topic("a-other")]);
    let t = "a-whole";
    for version in 0..=2 {
        let two: Values<'_> = &[("retention.ms", Some("86400000")), ("cleanup.policy", Some("compact"))];
        replace(talk, version, &[(TOPIC, t, two)], true);
        replace(talk, version, &[(TOPIC, t, two)], false);
        crate::configs::describe_topic(talk, t);
        replace(talk, version, &[(TOPIC, t, &[("segment.ms", Some("3600000"))])], false);
        crate::configs::describe_topic(talk, t);
        replace(talk, version, &[(TOPIC, t, &[])], false);
    }
    let one: Values<'_> = &[("retention.ms", Some("1"))];
    let cases: &[Values<'_>] = &[
        &[("retention.ms", None), ("segment.ms", None)],
        &[("retention.ms", Some("1")), ("retention.ms", Some("1"))],
        &[("nope", Some("1"))],
        &[("retention.ms", Some("x"))],
    ];
    for values in cases {
        replace(talk, 2, &[(TOPIC, t, values), (TOPIC, "a-other", one)], false);
        replace(talk, 2, &[(BROKER, "1", values)], true);
    }
    for name in ["absent", "", "a b"] {
        replace(talk, 2, &[(TOPIC, name, one)], false);
    }
    // One that names a resource twice is left out: a Kafka closes the connection, where this broker says why.
    for kind in [0, 1, 3, BROKER_LOGGER, 64] {
        replace(talk, 2, &[(kind, "1", one)], false);
    }
    for name in ["1", "2", "x"] {
        let own: Values<'_> = &[("log.retention.ms", Some("5000")), ("nope", Some("1"))];
        replace(talk, 2, &[(BROKER, name, own)], false);
        replace(talk, 2, &[(BROKER, name, &[("num.partitions", Some("1"))])], false);
    }
    replace(talk, 2, &[(BROKER, "1", &[])], false);
    describe_keys(talk, BROKER, "1", &["log.retention.ms", "nope"]);
    // Where a Kafka has eligible.leader.replicas.version finalized, this key may not go from here.
    let kept = ("min.insync.replicas", Some("1"));
    replace(talk, 2, &[(BROKER, "", &[("log.retention.ms", Some("5000")), kept])], false);
    crate::configs::describe_broker(talk, "");
    replace(talk, 2, &[(BROKER, "", &[kept])], false);
    describe_keys(talk, BROKER, "1", &["log.retention.ms"]);
    replace(talk, 1, &[(GROUP, "w-group", &[("consumer.session.timeout.ms", Some("50000"))])], false);
    replace(talk, 1, &[(GROUP, "w-group", &[])], false);
    replace(talk, 1, &[(CLIENT_METRICS, "w-metrics", &[("interval.ms", Some("100"))])], false);
    replace(talk, 1, &[(CLIENT_METRICS, "w-metrics", &[])], false);
    replace(talk, 1, &[], false);
}
