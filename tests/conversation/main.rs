//! The same conversations with this broker and with a real Kafka, compared field by field. What differs on purpose is
//! listed here with its reason.
#![forbid(unsafe_code)]

mod alter;
mod cluster;
mod configs;
mod deletion;
mod features;
mod groups;
mod leadership;
mod log_dirs;
mod members;
mod missing;
mod offsets;
mod partitions;
mod producers;
mod security;
mod talk;
mod topics;

use harness::{Broker, KAFKA_SESSION, Kind, Peer, Scratch};
use missing::Offered;
use std::net::SocketAddr;
use std::path::PathBuf;
use talk::Talk;

type Conversation = fn(&mut Talk);

/// In this order; the last one leaves topics behind that appear some time later.
const CONVERSATIONS: &[(&str, Conversation)] = &[
    ("topics in every version", topics::every_version),
    ("refused topics", topics::refusals),
    ("assigned topics", topics::assignments),
    ("configured topics", topics::configs),
    ("deleted topics", topics::deletions),
    ("producer ids", producers::ids),
    ("producers", producers::describe),
    ("log directories", log_dirs::describe_every_version),
    ("elections", leadership::elections),
    ("reassignments", leadership::reassignments),
    ("access rules", security::acls),
    ("quotas", security::client_quotas),
    ("passwords", security::scram_credentials),
    ("features", features::updates),
    ("unregistered brokers", features::unregistrations),
    ("the quorum", leadership::quorum),
    ("versions", cluster::api_versions),
    ("the cluster", cluster::describe_cluster),
    ("partitions in pages", cluster::topic_partitions),
    ("configurations of topics", configs::topics),
    ("configurations of brokers", configs::brokers),
    ("other configurations", configs::others),
    ("metadata", cluster::metadata_every_version),
    ("internal topics", cluster::internal_topics),
    ("topics made by asking", cluster::auto_creation),
];

/// What changes topics and configurations; with brokers of their own, since some of it stays.
const CHANGES: &[(&str, Conversation)] = &[
    ("more partitions", partitions::more_partitions),
    ("records deleted", deletion::records),
    ("single keys altered", alter::single_keys),
    ("single keys refused", alter::refused_single_keys),
    ("keys of brokers altered", alter::brokers),
    ("keys of other resources altered", alter::others),
    ("whole configurations altered", alter::whole_configurations),
];

/// With two log directories.
const MOVES: &[(&str, Conversation)] = &[
    ("partitions that are yet to be made are placed", log_dirs::placements),
    ("partitions move", log_dirs::moves),
    ("moves refused", log_dirs::refused_moves),
];

/// Kafka finalizes eligible.leader.replicas.version, which sets this key for all brokers.
const ELIGIBLE_REPLICAS: &str = "name: \"min.insync.replicas\", value: Some(\"1\")";

/// Lines that only Kafka has.
const ONLY_KAFKA: &[(&str, &str)] = &[
    ("ApiVersion {", "an API that is not served yet"),
    ("SupportedFeatureKey {", "a feature that is not implemented yet"),
    ("FinalizedFeatureKey {", "a feature that is not implemented yet"),
    (ELIGIBLE_REPLICAS, "a feature that is not implemented yet"),
];

/// Lines that only this broker has.
const ONLY_HERE: &[(&str, &str)] = &[("name: \"loglane.", "a key of its own")];

/// Lines that are there and there, and differ.
const UNLIKE: &[(&str, &str)] = &[
    (ELIGIBLE_REPLICAS, "a feature that is not implemented yet"),
    ("name: \"min.insync.replicas\", value: Some( \"1\", )", "the same, in another form"),
    (
        ": garbage is not of the form address:count",
        "names of hosts are not looked up, and the words are ours",
    ),
    (
        "\"Error parsing configuration property 'max.connections.per.ip.overrides'",
        "Kafka's to the line above",
    ),
];

#[test]
fn this_broker_answers_as_a_real_one() {
    let controller: [(&str, Conversation); 1] = [("the controller's listener", cluster::controller)];
    if let Some([here, kafka]) = compare(&[], CONVERSATIONS, &controller) {
        missing::check(&here, &kafka);
    }
}

#[test]
fn changes_at_run_time_are_answered_as_a_real_one_does() {
    compare(&[], CHANGES, &[]);
}

#[test]
fn partitions_move_between_log_directories_as_those_of_a_real_one() {
    compare(&[("log.dirs", "FOLDER/data,FOLDER/data-2")], MOVES, &[]);
}

#[test]
fn groups_are_coordinated_as_by_a_real_one() {
    let conversations: &[(&str, Conversation)] = &[
        ("groups without a topic", offsets::without_a_topic),
        ("coordinators", offsets::coordinators),
        ("offsets in every version", offsets::every_version),
        ("who may commit", offsets::committers),
        ("offsets with an end", offsets::retention),
        ("deleted offsets", offsets::deletions),
        ("offsets of deleted topics", offsets::deleted_topics),
    ];
    compare(&[("offsets.topic.num.partitions", "5")], conversations, &[]);
}

#[test]
fn members_of_groups_are_answered_as_by_a_real_one() {
    let conversations: &[(&str, Conversation)] = &[
        ("members in every version", members::every_version),
        ("refused members", members::refusals),
        ("members that join again", members::rejoining),
        ("votes", members::votes),
        ("static members", members::statics),
        ("static members that go", members::static_departures),
        ("static members that come back", members::static_returns),
        ("commits of members", members::commits),
        ("groups described and listed", groups::views),
        ("deleted groups", groups::deletions),
        ("silent members", groups::silence),
        ("slow members", groups::slowness),
    ];
    compare(&MEMBERS, conversations, &[]);
}

#[test]
fn groups_that_wait_or_are_full_are_as_those_of_a_real_one() {
    let patient = [MEMBERS[0], MEMBERS[1], ("group.initial.rebalance.delay.ms", "3000")];
    compare(&patient, &[("the first rebalance", groups::patience)], &[]);
    let small = [MEMBERS[0], MEMBERS[1], MEMBERS[2], ("group.max.size", "2")];
    compare(&small, &[("full groups", groups::sizes)], &[]);
}

/// Settings under which members need not be waited for, and go soon if they say so.
const MEMBERS: [(&str, &str); 3] = [
    ("offsets.topic.num.partitions", "3"),
    ("group.min.session.timeout.ms", "100"),
    ("group.initial.rebalance.delay.ms", "0"),
];

#[test]
fn what_the_broker_forbids_is_refused_as_a_real_one_does() {
    let settings = [("delete.topic.enable", "false"), ("auto.create.topics.enable", "false")];
    let conversations: [(&str, Conversation); 2] = [
        ("forbidden deletions", topics::forbidden_deletions),
        ("no topics by asking", cluster::auto_creation),
    ];
    compare(&settings, &conversations, &[]);
}

/// Has the conversations with both brokers (`FOLDER` in a setting is a folder of the broker's own), some of them on the controller's listener; which APIs each of them offers.
fn compare(
    settings: &[(&str, &str)],
    conversations: &[(&'static str, Conversation)],
    with_controller: &[(&'static str, Conversation)],
) -> Option<[Offered; 2]> {
    let peer = Peer::or_skip()?;
    let scratch = Scratch::new("conversation");
    let sides = [Kind::Loglane(PathBuf::from(env!("CARGO_BIN_EXE_loglane"))), Kind::Kafka(peer)];
    let [here, kafka] = sides.map(|kind| {
        let mut broker = started(kind, &scratch, settings);
        let mut transcripts = transcripts(&broker, broker.address(), conversations);
        transcripts.extend(self::transcripts(&broker, broker.controller_address(), with_controller));
        let offered = broker.client().api_versions().expect("an answer");
        broker.stop();
        (transcripts, offered.into_iter().map(|(key, min, max)| (key, (min, max))).collect::<Offered>())
    });
    let (here, here_offers) = here;
    let (kafka, kafka_offers) = kafka;
    let mut differences = Vec::new();
    for ((name, here), (_, kafka)) in here.iter().zip(&kafka) {
        if let Some(difference) = first_difference(here, kafka) {
            differences.push(format!("{name}: {difference}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Some([here_offers, kafka_offers])
}

fn started(kind: Kind, scratch: &Scratch, settings: &[(&str, &str)]) -> Broker {
    let folder = scratch.join(if matches!(kind, Kind::Kafka(_)) { "kafka" } else { "here" });
    std::fs::create_dir_all(&folder).expect("a scratch folder can be written");
    let mut broker = Broker::new(kind, &folder);
    broker.set_combined();
    let same = [
        // What this broker sets itself where it is alone.
        ("share.coordinator.state.topic.min.isr", "1"),
        ("share.coordinator.state.topic.replication.factor", "1"),
    ];
    for (key, value) in KAFKA_SESSION.iter().chain(&same).chain(settings) {
        broker.set(key, &value.replace("FOLDER", &folder.to_string_lossy()));
    }
    broker.start();
    broker
}

/// What is said in each conversation.
fn transcripts(
    broker: &Broker,
    address: SocketAddr,
    conversations: &[(&'static str, Conversation)],
) -> Vec<(&'static str, String)> {
    let aliases = [
        (broker.folder().join("data").to_string_lossy().into_owned(), "DATA"),
        (broker.address().port().to_string(), "PORT"),
        (broker.controller_address().port().to_string(), "CONTROLLER-PORT"),
    ];
    let aliases = aliases.map(|(text, alias)| (text, alias.to_owned())).to_vec();
    conversations
        .iter()
        .zip((0..).step_by(1_000))
        .map(|((name, conversation), first_mark)| {
            let mut talk = Talk::with(address, aliases.clone(), first_mark);
            conversation(&mut talk);
            (*name, talk.into_transcript())
        })
        .collect()
}

/// The first line that differs without a reason, with those before it and some behind it.
fn first_difference(here: &str, kafka: &str) -> Option<String> {
    let (here, kafka): (Vec<&str>, Vec<&str>) = (here.lines().collect(), kafka.lines().collect());
    let is_listed = |list: &[(&str, &str)], line: &str| list.iter().any(|(mark, _)| line.contains(mark));
    let (mut at, mut there) = (0, 0);
    loop {
        let (ours, theirs) = (here.get(at).copied(), kafka.get(there).copied());
        match (ours, theirs) {
            (None, None) => return None,
            (Some(ours), Some(theirs)) if ours == theirs => (at, there) = (at + 1, there + 1),
            (Some(ours), Some(theirs)) if is_listed(UNLIKE, ours) && is_listed(UNLIKE, theirs) => {
                (at, there) = (at + 1, there + 1);
            }
            (_, Some(theirs)) if is_listed(ONLY_KAFKA, theirs) => there += 1,
            (Some(ours), _) if is_listed(ONLY_HERE, ours) => at += 1,
            _ => {
                let before = here[at.saturating_sub(12)..at].join("\n    ");
                let from = |lines: &[&str]| match lines {
                    [] => "the end".to_owned(),
                    lines => lines[..lines.len().min(8)].join("\n       "),
                };
                let (ours, theirs) = (from(&here[at..]), from(&kafka[there..]));
                return Some(format!("line {}\n    {before}\nhere:  {ours}\nkafka: {theirs}", at + 1));
            }
        }
    }
}
