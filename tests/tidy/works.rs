//! What the README says to work is what tests find to work: its tables are written from the lists that they keep.

use crate::tree;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Subjects, and the APIs that each needs. Every API of Kafka that clients use is in one of them.
const SUBJECTS: &[(&str, &[&str])] = &[
    ("producing", &["Produce", "InitProducerId"]),
    ("reading", &["Fetch", "ListOffsets", "OffsetForLeaderEpoch"]),
    (
        "transactions",
        &[
            "AddPartitionsToTxn",
            "AddOffsetsToTxn",
            "EndTxn",
            "TxnOffsetCommit",
            "WriteTxnMarkers",
            "DescribeTransactions",
            "ListTransactions",
        ],
    ),
    (
        "topics",
        &[
            "Metadata",
            "CreateTopics",
            "DeleteTopics",
            "CreatePartitions",
            "DeleteRecords",
            "DescribeTopicPartitions",
        ],
    ),
    (
        "groups of consumers by the classic protocol, and committed offsets",
        &[
            "FindCoordinator",
            "JoinGroup",
            "SyncGroup",
            "Heartbeat",
            "LeaveGroup",
            "OffsetCommit",
            "OffsetFetch",
            "OffsetDelete",
            "ListGroups",
            "DescribeGroups",
            "DeleteGroups",
        ],
    ),
    ("groups by the newer protocol for consumers", &["ConsumerGroupHeartbeat", "ConsumerGroupDescribe"]),
    (
        "share groups",
        &[
            "ShareGroupHeartbeat",
            "ShareGroupDescribe",
            "ShareFetch",
            "ShareAcknowledge",
            "InitializeShareGroupState",
            "ReadShareGroupState",
            "WriteShareGroupState",
            "DeleteShareGroupState",
            "ReadShareGroupStateSummary",
            "DescribeShareGroupOffsets",
            "AlterShareGroupOffsets",
            "DeleteShareGroupOffsets",
        ],
    ),
    ("streams groups", &["StreamsGroupHeartbeat", "StreamsGroupDescribe"]),
    (
        "configurations",
        &["DescribeConfigs", "IncrementalAlterConfigs", "AlterConfigs", "ListConfigResources"],
    ),
    (
        "what tools ask of a cluster",
        &[
            "ApiVersions",
            "DescribeCluster",
            "DescribeQuorum",
            "DescribeProducers",
            "UpdateFeatures",
            "ElectLeaders",
            "AlterPartitionReassignments",
            "ListPartitionReassignments",
            "UnregisterBroker",
        ],
    ),
    ("log directories", &["DescribeLogDirs", "AlterReplicaLogDirs"]),
    ("more controllers", &["AddRaftVoter", "RemoveRaftVoter"]),
    (
        "access rules, answered as by a broker without an authorizer",
        &["DescribeAcls", "CreateAcls", "DeleteAcls"],
    ),
    (
        "authentication",
        &[
            "SaslHandshake",
            "SaslAuthenticate",
            "DescribeUserScramCredentials",
            "AlterUserScramCredentials",
            "CreateDelegationToken",
            "RenewDelegationToken",
            "ExpireDelegationToken",
            "DescribeDelegationToken",
        ],
    ),
    ("quotas", &["DescribeClientQuotas", "AlterClientQuotas"]),
    ("metrics of clients", &["GetTelemetrySubscriptions", "PushTelemetry"]),
];

/// A family of the client matrix: as in `versions.txt`, as people call it, its test, and where its release stands: a
/// file, and what is before it there.
type Client = (&'static str, &'static str, &'static str, Option<(&'static str, &'static str)>);

const CLIENTS: &[Client] = &[
    ("java-4.3", "Kafka's own, in Java", "java_4_3", Some(("tests/peer/pom.xml", "<kafka.version>"))),
    (
        "java-2.1",
        "Kafka's own, in Java",
        "java_2_1",
        Some(("tests/matrix/java/pom.xml", "<artifactId>kafka-clients</artifactId>\n      <version>")),
    ),
    (
        "confluent-kafka",
        "confluent-kafka for Python, with librdkafka",
        "librdkafka_of_confluent",
        Some((PYTHON, "confluent-kafka==")),
    ),
    (
        "rdkafka",
        "rdkafka for Rust, with librdkafka",
        "librdkafka_of_rust",
        Some(("tests/matrix/rust/Cargo.toml", "rdkafka = { version = \"=")),
    ),
    ("kcat", "kcat and librdkafka of the distribution", "librdkafka_of_debian", None),
    ("kafka-python", "kafka-python", "kafka_python", Some((PYTHON, "kafka-python=="))),
    ("aiokafka", "aiokafka", "aiokafka", Some((PYTHON, "aiokafka=="))),
    ("kafkajs", "kafkajs", "kafkajs", Some((NODE, "\"kafkajs\": \""))),
    ("platformatic", "@platformatic/kafka", "platformatic", Some((NODE, "\"@platformatic/kafka\": \""))),
    ("franz-go", "franz-go", "franz_go", Some((GO, "github.com/twmb/franz-go v"))),
    ("sarama", "sarama", "sarama", Some((GO, "github.com/IBM/sarama v"))),
];

const PYTHON: &str = "tests/matrix/requirements.txt";
const NODE: &str = "tests/matrix/node/package.json";
const GO: &str = "tests/matrix/go/go.mod";

fn read(path: &str) -> String {
    fs::read_to_string(tree::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The APIs that are served, of which each has a test: see `apis.rs`.
pub(crate) fn served() -> BTreeSet<String> {
    let versions = read("src/api/versions.rs");
    let list = versions.split("const SERVED: &[ApiKey] = &[").nth(1).expect("the list of what is served");
    let list = list.split("];").next().expect("its end");
    list.split(',').filter_map(|entry| entry.trim().strip_prefix("ApiKey::")).map(str::to_owned).collect()
}

/// The APIs that a real Kafka announces and this broker does not: `--test conversation` keeps the list.
fn missing() -> BTreeSet<String> {
    let list = read("tests/conversation/missing.txt");
    list.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn table_of_subjects() -> String {
    let (served, missing) = (served(), missing());
    let mut known = BTreeSet::new();
    let mut table = "| subject | works | not yet |\n|---|---|---|\n".to_owned();
    for (subject, apis) in SUBJECTS {
        known.extend(apis.iter().map(|api| (*api).to_owned()));
        let of = |list: &BTreeSet<String>| {
            apis.iter().filter(|api| list.contains(**api)).copied().collect::<Vec<_>>().join(", ")
        };
        let (works, lacks) = (of(&served), of(&missing));
        if !works.is_empty() || !lacks.is_empty() {
            table.push_str(&format!("| {subject} | {works} | {lacks} |\n"));
        }
    }
    let homeless: Vec<_> = served.union(&missing).filter(|api| !known.contains(*api)).collect();
    assert!(homeless.is_empty(), "APIs without a subject in tests/tidy/works.rs: {homeless:?}");
    table
}

fn table_of_clients() -> String {
    let list = read("tests/matrix/versions.txt");
    let mut newest: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let mut families = BTreeSet::new();
    for line in list.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [family, api, versions] = words[..] else { panic!("versions.txt: {line:?}") };
        families.insert(family);
        newest.insert((family, api), versions.trim_end_matches('?').rsplit(',').next().expect("a version"));
    }
    let known: BTreeSet<&str> = CLIENTS.iter().map(|(family, ..)| *family).collect();
    assert_eq!(known, families, "families of the matrix and rows of tests/tidy/works.rs");
    let tests = read("tests/matrix/main.rs");
    let mut table =
        "| client | release | Produce | Fetch | JoinGroup | `cargo test --test matrix …` |\n".to_owned();
    table.push_str("|---|---|---|---|---|---|\n");
    for (family, name, test, release) in CLIENTS {
        assert!(tests.contains(&format!(" {test}: family::")), "{test} is a test");
        let release = release.map_or_else(
            || "any".to_owned(),
            |(file, before)| {
                let text = read(file);
                let (_, behind) = text.split_once(before).unwrap_or_else(|| panic!("{file}: {before}"));
                behind.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect()
            },
        );
        let of = |api| newest.get(&(*family, api)).copied().unwrap_or_default();
        let (produce, fetch, join) = (of("Produce"), of("Fetch"), of("JoinGroup"));
        table.push_str(&format!("| {name} | {release} | v{produce} | v{fetch} | v{join} | `{test}` |\n"));
    }
    table
}

/// The piece of a text between two marks: where it begins and ends.
fn between(text: &str, name: &str) -> (usize, usize) {
    let (opening, closing) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let start = text.find(&opening).unwrap_or_else(|| panic!("README.md has no {opening}")) + opening.len();
    let end = text[start..].find(&closing).unwrap_or_else(|| panic!("README.md has no {closing}")) + start;
    (start, end)
}

#[test]
fn the_readme_says_what_works() {
    let path = tree::root().join("README.md");
    let mut readme = read("README.md");
    let before = readme.clone();
    for (name, table) in [("what works", table_of_subjects()), ("clients", table_of_clients())] {
        let (start, end) = between(&readme, name);
        readme.replace_range(start..end, &table);
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &readme).expect("the README can be written");
    } else {
        assert!(readme == before, "README.md is not up to date: UPDATE=1 cargo test --test tidy works");
    }
}
