//! Which version of each API a family uses, against the committed list `versions.txt`: a new client that falls back
//! to old versions, or an old one that does not, is noticed.
//!
//! A line is a family, an API and its versions. `?` behind the versions says that not every run needs the API. The list
//! is the same for a real Kafka. `UPDATE=1` writes what a run has seen.
//!
//! A client whose connection breaks before it knows the broker's versions may take the broker for an old one for a
//! moment: once the broker has been killed older versions than those of the list are no finding.

use crate::family::Family;
use harness::Versions;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const APIS: &[(i16, &str)] = &[
    (0, "Produce"),
    (1, "Fetch"),
    (2, "ListOffsets"),
    (3, "Metadata"),
    (8, "OffsetCommit"),
    (9, "OffsetFetch"),
    (10, "FindCoordinator"),
    (11, "JoinGroup"),
    (12, "Heartbeat"),
    (13, "LeaveGroup"),
    (14, "SyncGroup"),
    (15, "DescribeGroups"),
    (16, "ListGroups"),
    (18, "ApiVersions"),
    (19, "CreateTopics"),
    (20, "DeleteTopics"),
    (22, "InitProducerId"),
    (23, "OffsetForLeaderEpoch"),
    (32, "DescribeConfigs"),
    (33, "AlterConfigs"),
    (37, "CreatePartitions"),
    (44, "IncrementalAlterConfigs"),
    (60, "DescribeCluster"),
    (68, "ConsumerGroupHeartbeat"),
    (71, "GetTelemetrySubscriptions"),
    (72, "PushTelemetry"),
    (75, "DescribeTopicPartitions"),
];

/// One family runs on several backends at once.
static FILE: Mutex<()> = Mutex::new(());

/// Family and API.
type Use = (String, String);

/// The versions, and whether every run uses the API.
type Expected = (BTreeSet<i16>, bool);

type List = BTreeMap<Use, Expected>;

/// The versions that were seen, by API.
type Seen = BTreeMap<String, BTreeSet<i16>>;

/// Fails unless the family used what the list says: `seen`, and of that `undisturbed` before the first kill.
pub(crate) fn compare(family: &Family, undisturbed: &Versions, seen: &Versions) {
    let _one_at_a_time = FILE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = path();
    let mut list = parse(&fs::read_to_string(&path).expect("the list can be read"));
    let by_name = |(key, seen): (&i16, &BTreeSet<i16>)| (name(*key), seen.clone());
    let undisturbed: Seen = undisturbed.iter().map(by_name).collect();
    let seen: Seen = seen.iter().map(by_name).collect();
    if std::env::var_os("UPDATE").is_some() {
        update(&mut list, family, &seen);
        fs::write(&path, written(&list)).expect("the list can be written");
    }
    let is_fine = |version: i16, api: &String, expected: &BTreeSet<i16>| {
        let is_late = undisturbed.get(api).is_none_or(|seen| !seen.contains(&version));
        expected.contains(&version) || (is_late && expected.last().is_some_and(|newest| version < *newest))
    };
    let mut findings = Vec::new();
    for (api, versions) in &seen {
        match list.get(&(family.name.to_owned(), api.clone())) {
            None => findings.push(format!("{api} {versions:?} is not in the list")),
            Some((expected, _)) if versions.iter().any(|version| !is_fine(*version, api, expected)) => {
                findings.push(format!("{api} {versions:?} instead of {expected:?}"));
            }
            // An older version beside the newest may be that of a moment in which something is not known yet.
            Some((expected, always)) if *always && versions.last() != expected.last() => {
                findings.push(format!("{api} {versions:?}, and not the newest of {expected:?}"));
            }
            Some(_) => {}
        }
    }
    for ((_, api), (_, always)) in list.iter().filter(|((named, _), _)| named == family.name) {
        if *always && !seen.contains_key(api) {
            findings.push(format!("{api} was not used"));
        }
    }
    assert!(findings.is_empty(), "{}: {findings:#?}", family.name);
}

/// Adds what is new; what only some runs need is marked.
fn update(list: &mut List, family: &Family, seen: &Seen) {
    let is_new = !list.keys().any(|(named, _)| named == family.name);
    for (api, versions) in seen {
        let entry = list.entry((family.name.to_owned(), api.clone())).or_insert((BTreeSet::new(), is_new));
        entry.0.extend(versions.iter());
    }
    for ((named, api), (_, always)) in list.iter_mut() {
        *always &= named != family.name || seen.contains_key(api);
    }
}

fn name(key: i16) -> String {
    let known = APIS.iter().find(|(known, _)| *known == key);
    known.map_or_else(|| format!("API-{key}"), |(_, name)| (*name).to_owned())
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix/versions.txt")
}

fn parse(text: &str) -> List {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| entry(line).unwrap_or_else(|| panic!("versions.txt: {line:?}"))).collect()
}

fn entry(line: &str) -> Option<(Use, Expected)> {
    let mut words = line.split_whitespace();
    let (family, api, versions) = (words.next()?, words.next()?, words.next()?);
    let certain = versions.strip_suffix('?');
    let numbers: Result<_, _> = certain.unwrap_or(versions).split(',').map(str::parse).collect();
    Some(((family.to_owned(), api.to_owned()), (numbers.ok()?, certain.is_none())))
}

fn written(list: &List) -> String {
    let mut text = String::new();
    for ((family, api), (versions, always)) in list {
        let versions: Vec<String> = versions.iter().map(i16::to_string).collect();
        let mark = if *always { "" } else { "?" };
        text.push_str(&format!("{family:<18} {api:<26} {}{mark}\n", versions.join(",")));
    }
    text
}
