//! What the controller decides. The texts are those of a Kafka 4.3.1 broker that was asked the same.

mod excess;
mod replicas;

use super::*;
use crate::config::Properties;
use crate::metadata::{
    ControlRecord, Follower, Quorum, Voter, VoterEndpoint, default_bootstrap_records, encode_control_batch,
    encode_data_batches,
};
use loglane_model::{PartitionId, TopicId};
use loglane_replication::ImageBuilder;
use loglane_replication::image::METADATA_VERSION;
use loglane_replication::record::{
    BrokerEndpoint, ConfigResource, LeaderChoice, LeaderRecovery, PartitionRecord, RegisterController,
    SupportedFeature, Uuid,
};

const NODE: BrokerId = BrokerId(1);
const RULES: TableRules<'static> = TableRules { broker: NODE, static_broker: &Properties::new() };
const DIRECTORY: Uuid = Uuid([0xd1; 16]);

/// A controller with its log: everything decided is written and followed, and both states must stay the same.
struct Cluster {
    controller: Controller,
    follower: Follower,
    random: u64,
}

fn supported() -> Vec<SupportedFeature> {
    let range = |name: &str, min, max| SupportedFeature { name: name.to_owned(), min, max };
    vec![
        range(METADATA_VERSION, METADATA_VERSION_OLDEST, METADATA_VERSION_LATEST),
        range("kraft.version", 0, 1),
    ]
}

fn voter() -> Voter {
    let endpoints = vec![VoterEndpoint { name: "CONTROLLER".into(), host: "localhost".into(), port: 9093 }];
    Voter { id: NODE, directory_id: DIRECTORY, endpoints, kraft_versions: (0, 1) }
}

fn quorum() -> Quorum {
    Quorum { kraft_version: 1, voters: vec![voter()] }
}

fn registration() -> BrokerRegistration {
    let endpoint = BrokerEndpoint {
        name: "PLAINTEXT".into(),
        host: "localhost".into(),
        port: 9092,
        security_protocol: 0,
    };
    BrokerRegistration {
        broker: NODE,
        incarnation: Uuid([0x1c; 16]),
        endpoints: vec![endpoint],
        features: supported(),
        rack: None,
        log_dirs: vec![DIRECTORY],
    }
}

impl Cluster {
    fn empty() -> Cluster {
        Cluster::on(Follower::new(), 1)
    }

    /// A controller that begins to lead on what a follower has followed.
    fn on(follower: Follower, epoch: i32) -> Cluster {
        let bootstrap = default_bootstrap_records();
        let activation = Controller::activate(
            LeaderEpoch(epoch),
            follower.builder(),
            &quorum(),
            &voter(),
            &bootstrap,
            &supported(),
            &|_| None,
        )
        .unwrap();
        let mut cluster = Cluster { controller: activation.controller, follower, random: 7 };
        let control =
            encode_control_batch(activation.control_base_offset, LeaderEpoch(epoch), 1, &activation.control);
        cluster.follower.on_committed(&control).unwrap();
        for append in activation.appends {
            cluster.write(Some(append));
        }
        // Only a log with nothing but control records is behind: those are in no image of the controller.
        if cluster.controller.next_offset() == cluster.controller.image().applied_end_offset {
            cluster.assert_followed();
        }
        cluster
    }

    /// A cluster whose one broker is registered and usable.
    fn ready() -> Cluster {
        let mut cluster = Cluster::empty();
        cluster.start_broker();
        cluster
    }

    fn start_broker(&mut self) -> i64 {
        let registered = self.controller.register_broker(registration());
        let epoch = self.take(registered).unwrap();
        let unfenced = self.controller.unfence_broker(NODE, epoch);
        self.take(unfenced).unwrap();
        epoch
    }

    fn write(&mut self, append: Option<Append>) {
        let Some(append) = append else { return };
        assert_eq!(append.base_offset, self.follower.next_offset());
        let level = self.controller.image().feature_level(METADATA_VERSION);
        for batch in encode_data_batches(&append, level, 1) {
            self.follower.on_committed(&batch).unwrap();
        }
    }

    fn assert_followed(&self) {
        assert!(self.follower.builder().image() == self.controller.image(), "the log says what was decided");
    }

    fn take<T>(&mut self, decision: Decision<T>) -> T {
        if decision.append.is_some() {
            self.write(decision.append);
            self.assert_followed();
        }
        assert_eq!(decision.visible_at, self.follower.next_offset());
        decision.answer
    }

    fn random(&mut self) -> impl FnMut() -> u64 + use<> {
        self.random += 1;
        let mut state = self.random;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state
        }
    }

    fn create(&mut self, topics: Vec<NewTopic>) -> Vec<String> {
        self.create_or_check(topics, false)
    }

    fn create_or_check(&mut self, topics: Vec<NewTopic>, validate_only: bool) -> Vec<String> {
        let rules = CreateTopicRules {
            default_partition_count: 1,
            default_replication_factor: 1,
            configs: &RULES,
            validate_only,
        };
        let random = self.random();
        let decision = self.controller.create_topics(topics, &rules, random);
        let answer = |(name, answer): (String, Result<CreatedTopic, CreateTopicError>)| match answer {
            Ok(_) => format!("{name}: created"),
            Err(error) => format!("{name}: {error}"),
        };
        self.take(decision).into_iter().map(answer).collect()
    }

    /// What came of creating one topic; without its name where it was refused.
    fn refusal(&mut self, topic: NewTopic) -> String {
        let answers = self.create(vec![topic]);
        answers[0].split_once(": ").unwrap().1.to_owned()
    }

    fn partition(&self, topic: &str, number: i32) -> PartitionRecord {
        let topic = self.controller.image().topics.by_name(topic).unwrap();
        (**topic.partitions.get(&PartitionId(number)).unwrap()).clone()
    }

    fn alter(&mut self, resource: ConfigResource, edits: &[(&str, ConfigEdit)]) -> String {
        let edits = edits.iter().map(|(name, edit)| ((*name).to_owned(), edit.clone())).collect();
        let changes = vec![ConfigChange { resource, edits }];
        let decision = self.controller.incremental_alter_configs(changes, &RULES, false);
        said(self.take(decision).remove(0).1)
    }

    fn config(&self, topic: &str, name: &str) -> Option<&str> {
        self.controller.image().config(&ConfigResource::topic(topic), name)
    }

    fn grow(&mut self, name: &str, count: i32, assignments: Option<Vec<Vec<i32>>>) -> String {
        let brokers = |ids: Vec<i32>| ids.into_iter().map(BrokerId).collect();
        let assignments = assignments.map(|all| all.into_iter().map(brokers).collect());
        let more = MoreTopicPartitions { name: name.to_owned(), partition_count: count, assignments };
        let random = self.random();
        let decision = self.controller.create_partitions(vec![more], false, random);
        said(self.take(decision).remove(0).1)
    }
}

fn said<E: std::fmt::Display>(answer: Result<(), E>) -> String {
    answer.map_or_else(|error| error.to_string(), |()| "done".to_owned())
}

fn topic(name: &str) -> NewTopic {
    NewTopic { name: name.to_owned(), partition_count: 1, replication_factor: 1, ..NewTopic::default() }
}

fn assigned(name: &str, assignments: &[(i32, &[i32])]) -> NewTopic {
    let brokers = |ids: &[i32]| ids.iter().copied().map(BrokerId).collect();
    let assignments = assignments.iter().map(|(number, ids)| (*number, brokers(ids))).collect();
    NewTopic { partition_count: -1, replication_factor: -1, assignments, ..topic(name) }
}

fn configured(name: &str, configs: &[(&str, Option<&str>)]) -> NewTopic {
    let configs = configs.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect();
    NewTopic { configs, ..topic(name) }
}

fn set(value: &str) -> ConfigEdit {
    ConfigEdit::Set(Some(value.to_owned()))
}

fn append(value: &str) -> ConfigEdit {
    ConfigEdit::Append(Some(value.to_owned()))
}

fn subtract(value: &str) -> ConfigEdit {
    ConfigEdit::Subtract(Some(value.to_owned()))
}

#[test]
fn an_empty_log_begins_with_the_quorum_and_the_bootstrap_records() {
    let follower = Follower::new();
    let bootstrap = default_bootstrap_records();
    let activation = Controller::activate(
        LeaderEpoch(1),
        follower.builder(),
        &quorum(),
        &voter(),
        &bootstrap,
        &supported(),
        &|_| None,
    )
    .unwrap();
    assert_eq!(activation.control_base_offset, Offset(0));
    assert_eq!(
        activation.control,
        [
            ControlRecord::LeaderChange { leader: NODE, voters: vec![NODE] },
            ControlRecord::KRaftVersion(1),
            ControlRecord::KRaftVoters(vec![voter()]),
        ]
    );
    let [first] = &activation.appends[..] else { panic!("{:?}", activation.appends) };
    assert_eq!(first.base_offset, Offset(3));
    assert_eq!(
        first.records,
        [
            MetadataRecord::BeginTransaction { name: Some("Bootstrap records".to_owned()) },
            MetadataRecord::FeatureLevel { name: METADATA_VERSION.to_owned(), level: 30 },
            MetadataRecord::EndTransaction,
        ]
    );
    assert_eq!(activation.controller.next_offset(), Offset(6));
}

#[test]
fn a_later_start_writes_only_who_leads() {
    let cluster = Cluster::ready();
    let end = cluster.follower.next_offset();
    let again = Cluster::on(cluster.follower, 2);
    assert_eq!(again.controller.next_offset(), end.plus(1));
    assert_eq!(again.controller.epoch(), LeaderEpoch(2));
}

#[test]
fn a_transaction_that_a_crash_left_open_is_aborted_and_bootstrapping_begins_again() {
    let mut follower = Follower::new();
    let begun = Append {
        base_offset: Offset(0),
        epoch: LeaderEpoch(1),
        records: vec![
            MetadataRecord::BeginTransaction { name: None },
            MetadataRecord::FeatureLevel { name: METADATA_VERSION.to_owned(), level: 30 },
        ],
    };
    follower.on_committed(&encode_data_batches(&begun, 30, 1)[0]).unwrap();
    let cluster = Cluster::on(follower, 2);
    assert_eq!(cluster.controller.image().feature_level(METADATA_VERSION), 30);
    assert!(!cluster.follower.builder().in_transaction());
}

fn refused_activation(
    follower: &Follower,
    quorum: &Quorum,
    in_use: &dyn Fn(&str) -> Option<String>,
) -> String {
    let bootstrap = default_bootstrap_records();
    Controller::activate(
        LeaderEpoch(9),
        follower.builder(),
        quorum,
        &voter(),
        &bootstrap,
        &supported(),
        in_use,
    )
    .unwrap_err()
    .to_string()
}

#[test]
fn a_quorum_that_is_not_this_node_alone_is_refused() {
    let other = Voter { id: BrokerId(2), ..voter() };
    let two = Quorum { kraft_version: 1, voters: vec![voter(), other] };
    assert_eq!(
        refused_activation(&Follower::new(), &two, &|_| None),
        "the metadata quorum has other voters (2); this broker can only be the one voter of its quorum"
    );
    let moved = Quorum { kraft_version: 1, voters: vec![Voter { directory_id: Uuid([2; 16]), ..voter() }] };
    assert!(refused_activation(&Follower::new(), &moved, &|_| None).contains("the directory's own id is"));
}

/// The metadata of a directory that Kafka 4.3.1 has left: newer features, and partitions without a leader.
fn kafkas_log() -> Follower {
    let mut follower = Follower::new();
    follower.on_committed(include_bytes!("../metadata/testdata/kafka-4.3.1.log")).unwrap();
    follower
}

#[test]
fn features_that_nothing_uses_are_lowered_when_a_directory_is_taken_over() {
    let follower = kafkas_log();
    let quorum = follower.quorum().clone();
    let own = quorum.voters[0].clone();
    let activation =
        Controller::activate(LeaderEpoch(3), follower.builder(), &quorum, &own, &[], &supported(), &|_| None)
            .unwrap();
    assert_eq!(activation.control.len(), 1, "nothing new about the quorum");
    let image = activation.controller.image();
    assert_eq!(image.features.iter().collect::<Vec<_>>(), [(&METADATA_VERSION.to_owned(), &30)]);
    let orders = image.topics.by_name("orders").unwrap();
    let partition = orders.partitions.get(&PartitionId(0)).unwrap();
    assert_eq!((partition.in_sync.as_slice(), &partition.eligible_leaders), (&[NODE][..], &None));

    // The broker comes back in its old directory and leads everything again.
    let mut cluster = Cluster { controller: activation.controller, follower, random: 1 };
    let control =
        encode_control_batch(activation.control_base_offset, LeaderEpoch(3), 1, &activation.control);
    cluster.follower.on_committed(&control).unwrap();
    for append in activation.appends {
        cluster.write(Some(append));
    }
    let log_dirs = vec![own.directory_id];
    let registered = cluster.controller.register_broker(BrokerRegistration { log_dirs, ..registration() });
    let epoch = cluster.take(registered).unwrap();
    let before = cluster.partition("orders", 0).leader_epoch.0;
    let unfenced = cluster.controller.unfence_broker(NODE, epoch);
    cluster.take(unfenced).unwrap();
    let partition = cluster.partition("orders", 0);
    assert_eq!((partition.leader, partition.leader_epoch.0), (Some(NODE), before + 1));
}

#[test]
fn features_that_are_in_use_keep_a_directory_from_being_taken_over() {
    let follower = kafkas_log();
    let quorum = Quorum { kraft_version: 0, voters: vec![] };
    assert_eq!(
        refused_activation(&follower, &quorum, &|name| {
            (name == "group.version").then(|| "the group x has the new protocol".to_owned())
        }),
        "the directory has group.version at level 1, this broker can run with 0 at most, and it cannot be lowered \
         because the group x has the new protocol"
    );
    let mut image = follower.builder().image().clone();
    let mut delta = Delta::default();
    let state = MetadataRecord::Topic { name: "__share_group_state".to_owned(), id: TopicId([3; 16]) };
    image.apply(&state, &mut delta).unwrap();
    let builder = ImageBuilder::new(image);
    let refused = |builder: &ImageBuilder| {
        Controller::activate(LeaderEpoch(9), builder, &quorum, &voter(), &[], &supported(), &|_| None)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused(&builder),
        "the directory has share.version at level 1, this broker can run with 0 at most, and it cannot be lowered \
         because share groups have their state in the topic __share_group_state"
    );
    let mut image = follower.builder().image().clone();
    let newer = MetadataRecord::FeatureLevel { name: METADATA_VERSION.to_owned(), level: 31 };
    image.apply(&newer, &mut delta).unwrap();
    assert_eq!(
        refused(&ImageBuilder::new(image)),
        "the directory has metadata.version level 31; this broker reads levels 7 to 30"
    );
}

#[test]
fn a_broker_gets_the_offset_of_its_registration_as_its_epoch() {
    let mut cluster = Cluster::empty();
    let due = cluster.controller.next_offset();
    let epoch = cluster.start_broker();
    assert_eq!(epoch, due.0);
    assert!(cluster.controller.image().is_active(NODE));
    let stale = cluster.controller.unfence_broker(NODE, epoch - 1);
    assert_eq!(cluster.take(stale), Err(StaleBrokerEpoch { given: epoch - 1, current: Some(epoch) }));
    let fenced = cluster.controller.fence_broker(NODE, epoch);
    cluster.take(fenced).unwrap();
    assert!(!cluster.controller.image().is_active(NODE));
}

#[test]
fn a_registration_with_impossible_directories_or_features_is_refused() {
    let mut cluster = Cluster::ready();
    let mut refused = |change: &dyn Fn(&mut BrokerRegistration)| {
        let mut registration = registration();
        change(&mut registration);
        let decision = cluster.controller.register_broker(registration);
        cluster.take(decision).unwrap_err().to_string()
    };
    assert_eq!(refused(&|it| it.log_dirs.clear()), "No directories specified in request");
    assert_eq!(refused(&|it| it.log_dirs.push(DIRECTORY)), "Duplicate directory ID in request");
    assert_eq!(refused(&|it| it.log_dirs.push(Uuid::ZERO)), "Reserved directory ID in request");
    assert_eq!(
        refused(&|it| it.broker = BrokerId(2)),
        format!("Broker 1 is already registered with directory {DIRECTORY}")
    );
    assert_eq!(
        refused(&|it| it.features[0].max = 29),
        "Unable to register because the broker does not support finalized version 30 of metadata.version. The broker \
         wants a version between 7 and 29, inclusive."
    );
}

#[test]
fn every_start_begins_a_new_leader_epoch() {
    let mut cluster = Cluster::ready();
    cluster.create(vec![topic("orders")]);
    assert_eq!(cluster.partition("orders", 0).leader_epoch.0, 0);
    let mut cluster = Cluster::on(cluster.follower, 2);
    cluster.start_broker();
    let partition = cluster.partition("orders", 0);
    assert_eq!((partition.leader, partition.leader_epoch.0, partition.partition_epoch), (Some(NODE), 1, 1));
}

#[test]
fn a_partition_whose_directory_is_gone_has_no_leader() {
    let mut cluster = Cluster::ready();
    cluster.create(vec![topic("orders")]);
    let log_dirs = vec![Uuid([0xd2; 16])];
    let incarnation = Uuid([0x1d; 16]);
    let registered =
        cluster.controller.register_broker(BrokerRegistration { log_dirs, incarnation, ..registration() });
    let epoch = cluster.take(registered).unwrap();
    let unfenced = cluster.controller.unfence_broker(NODE, epoch);
    cluster.take(unfenced).unwrap();
    assert_eq!(cluster.partition("orders", 0).leader, None);
}

#[test]
fn more_partitions_than_fit_a_batch_come_back_in_one_transaction() {
    let mut cluster = Cluster::ready();
    for name in ["a", "b", "c"] {
        let created = cluster.create(vec![NewTopic { partition_count: 5_000, ..topic(name) }]);
        assert_eq!(created, [format!("{name}: created")]);
    }
    let mut cluster = Cluster::on(cluster.follower, 2);
    cluster.start_broker();
    assert_eq!(cluster.partition("c", 4_999).leader_epoch.0, 1);
}

#[test]
fn a_created_topic_has_what_was_asked_for() {
    let mut cluster = Cluster::ready();
    let mut wanted = configured("orders", &[("retention.ms", Some("1")), ("retention.ms", Some("2"))]);
    wanted.partition_count = 3;
    assert_eq!(cluster.create(vec![wanted]), ["orders: created"]);
    assert_eq!(cluster.config("orders", "retention.ms"), Some("2"), "the last of equal keys counts");
    assert_eq!(
        cluster.partition("orders", 2),
        PartitionRecord {
            partition: PartitionId(2),
            topic: cluster.controller.image().topics.by_name("orders").unwrap().id,
            replicas: vec![NODE],
            in_sync: vec![NODE],
            removing: vec![],
            adding: vec![],
            leader: Some(NODE),
            leader_recovery: LeaderRecovery::Recovered,
            leader_epoch: LeaderEpoch(0),
            partition_epoch: 0,
            directories: vec![DIRECTORY],
            eligible_leaders: None,
            last_known_eligible: None,
        }
    );
    assert_eq!(cluster.create(vec![assigned("by-hand", &[(1, &[1]), (0, &[1])])]), ["by-hand: created"]);
    assert_eq!(cluster.partition("by-hand", 1).leader, Some(NODE));
    let defaults = NewTopic { partition_count: -1, replication_factor: -1, ..topic("defaults") };
    assert_eq!(cluster.create(vec![defaults]), ["defaults: created"]);
}

#[test]
fn names_are_refused_in_kafkas_words() {
    let mut cluster = Cluster::ready();
    assert_eq!(cluster.refusal(topic("")), "Topic name is invalid: the empty string is not allowed");
    assert_eq!(cluster.refusal(topic("..")), "Topic name is invalid: '..' is not allowed");
    assert_eq!(
        cluster.refusal(topic("a b")),
        "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    );
    let long = "x".repeat(250);
    assert_eq!(
        cluster.refusal(topic(&long)),
        format!("Topic name is invalid: the length of '{long}' is longer than the max allowed length 249")
    );
    assert_eq!(cluster.create(vec![topic(&long[1..])]), [format!("{}: created", &long[1..])]);
    assert_eq!(cluster.create(vec![topic("a.b")]), ["a.b: created"]);
    assert_eq!(cluster.refusal(topic("a_b")), "Topic 'a_b' collides with existing topic: a.b");
    assert_eq!(cluster.refusal(topic("a.b")), "Topic 'a.b' already exists.");
    assert_eq!(
        cluster.refusal(topic("__cluster_metadata")),
        "Creation of internal topic __cluster_metadata is prohibited."
    );
    assert_eq!(
        cluster.create(vec![topic("dup"), topic("dup"), topic("other")]),
        ["other: created", "dup: Duplicate topic name."]
    );
}

#[test]
fn counts_and_placements_are_refused_in_kafkas_words() {
    let mut cluster = Cluster::ready();
    assert_eq!(
        cluster.refusal(NewTopic { replication_factor: 3, ..topic("t") }),
        "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only \
         1 broker(s) are registered or some brokers have all their log directories cordoned."
    );
    for replication_factor in [0, -2] {
        assert_eq!(
            cluster.refusal(NewTopic { replication_factor, ..topic("t") }),
            "Replication factor must be larger than 0, or -1 to use the default value."
        );
    }
    for partition_count in [0, -2] {
        assert_eq!(
            cluster.refusal(NewTopic { partition_count, ..topic("t") }),
            "Number of partitions was set to an invalid non-positive value."
        );
    }
    let large = |name: &str, partition_count| NewTopic { partition_count, ..topic(name) };
    assert_eq!(cluster.refusal(large("t", 20_000)), "Excessively large number of partitions per request.");
    assert_eq!(cluster.refusal(large("t", 10_000)), "Unable to perform excessively large batch operation.");
    assert_eq!(cluster.create_or_check(vec![large("t", 9_999)], true), ["t: created"]);
    let three = cluster.create(vec![large("a", 4_000), large("b", 4_000), large("c", 4_000)]);
    assert!(
        three.iter().all(|answer| answer.ends_with("Excessively large number of partitions per request."))
    );
    assert!(cluster.controller.image().topics.is_empty());
}

#[test]
fn assignments_are_refused_in_kafkas_words() {
    let mut cluster = Cluster::ready();
    let mut refused = |assignments: &[(i32, &[i32])]| cluster.refusal(assigned("t", assignments));
    let sequence = "partitions should be a consecutive 0-based integer sequence";
    assert_eq!(refused(&[(0, &[1]), (2, &[1])]), sequence);
    assert_eq!(refused(&[(1, &[1])]), sequence);
    assert_eq!(refused(&[(-1, &[1])]), sequence);
    assert_eq!(
        refused(&[(0, &[1, 1])]),
        "The manual partition assignment includes the broker 1 more than once."
    );
    let unknown = |id: i32| {
        format!("The manual partition assignment includes broker {id}, but no such broker is registered.")
    };
    assert_eq!(refused(&[(0, &[7])]), unknown(7));
    assert_eq!(refused(&[(0, &[1]), (1, &[1, 2])]), unknown(2));
    assert_eq!(refused(&[(0, &[])]), "The manual partition assignment includes an empty replica list.");
    assert_eq!(
        refused(&[(0, &[1]), (0, &[1])]),
        "Found multiple manual partition assignments for partition 0"
    );
    let beside = NewTopic { partition_count: 2, ..assigned("t", &[(0, &[1])]) };
    assert_eq!(
        cluster.refusal(beside),
        "A manual partition assignment was specified, but numPartitions was not set to -1."
    );
    let beside = NewTopic { replication_factor: 1, ..assigned("t", &[(0, &[1])]) };
    assert_eq!(
        cluster.refusal(beside),
        "A manual partition assignment was specified, but replication factor was not set to -1."
    );
}

#[test]
fn configurations_of_new_topics_are_refused_in_kafkas_words() {
    let mut cluster = Cluster::ready();
    let mut refused = |configs: &[(&str, Option<&str>)]| cluster.refusal(configured("t", configs));
    assert_eq!(refused(&[("nope", Some("1"))]), "Unknown topic config name: nope");
    assert_eq!(
        refused(&[("retention.ms", Some("x"))]),
        "Invalid value x for configuration retention.ms: Not a number of type LONG"
    );
    assert_eq!(
        refused(&[("retention.ms", None)]),
        "Null value not supported for topic configs: retention.ms"
    );
}

#[test]
fn checking_only_writes_nothing() {
    let mut cluster = Cluster::ready();
    let end = cluster.controller.next_offset();
    assert_eq!(cluster.create_or_check(vec![topic("t")], true), ["t: created"]);
    assert_eq!(cluster.controller.next_offset(), end);
    assert!(cluster.controller.image().topics.is_empty());
}

#[test]
fn a_fenced_broker_gets_no_topics() {
    let mut cluster = Cluster::empty();
    assert_eq!(
        cluster.refusal(topic("t")),
        "Unable to replicate the partition 1 time(s): There are no brokers registered."
    );
    let registered = cluster.controller.register_broker(registration());
    cluster.take(registered).unwrap();
    assert_eq!(
        cluster.refusal(topic("t")),
        "Unable to replicate the partition 1 time(s): All brokers are currently fenced."
    );
}

#[test]
fn new_partitions_go_to_the_directory_with_the_fewest() {
    let mut cluster = Cluster::empty();
    let log_dirs = vec![Uuid([0xd3; 16]), DIRECTORY];
    let registered = cluster.controller.register_broker(BrokerRegistration { log_dirs, ..registration() });
    let epoch = cluster.take(registered).unwrap();
    let unfenced = cluster.controller.unfence_broker(NODE, epoch);
    cluster.take(unfenced).unwrap();
    cluster.create(vec![NewTopic { partition_count: 3, ..topic("a") }, topic("b")]);
    cluster.create(vec![topic("c")]);
    let place = |name: &str, number| cluster.partition(name, number).directories[0].0[0];
    assert_eq!(
        [place("a", 0), place("a", 1), place("a", 2), place("b", 0), place("c", 0)],
        [0xd1, 0xd3, 0xd1, 0xd3, 0xd1]
    );
}

#[test]
fn topics_are_deleted_by_name_and_by_id() {
    let mut cluster = Cluster::ready();
    cluster.create(vec![topic("a"), topic("b")]);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let decision = cluster.controller.delete_topics_by_name(names(&["a"]), false);
    assert_eq!(cluster.take(decision), [("a".to_owned(), Err(DeleteTopicError::Disabled))]);
    let id = cluster.controller.image().topics.by_name("a").unwrap().id;
    let decision = cluster.controller.delete_topics_by_name(names(&["b", "nope", "a", "b"]), true);
    assert_eq!(
        cluster.take(decision),
        [
            ("nope".to_owned(), Err(DeleteTopicError::Unknown)),
            ("a".to_owned(), Ok(id)),
            ("b".to_owned(), Err(DeleteTopicError::Duplicate)),
        ]
    );
    let decision = cluster.controller.delete_topics_by_id(vec![id], true);
    assert_eq!(cluster.take(decision), [(id, Err(DeleteTopicError::Unknown))]);
    let id = cluster.controller.image().topics.by_name("b").unwrap().id;
    let decision = cluster.controller.delete_topics_by_id(vec![id], true);
    assert_eq!(cluster.take(decision), [(id, Ok("b".to_owned()))]);
    assert!(cluster.controller.image().topics.is_empty());
}

#[test]
fn partitions_are_added_and_refused_in_kafkas_words() {
    let mut cluster = Cluster::ready();
    cluster.create(vec![topic("t")]);
    assert_eq!(cluster.grow("nope", 2, None), "");
    assert_eq!(cluster.grow("t", 1, None), "Topic already has 1 partition(s).");
    assert_eq!(
        cluster.grow("t", 0, None),
        "The topic t currently has 1 partition(s); 0 would not be an increase."
    );
    assert_eq!(
        cluster.grow("t", 3, Some(vec![vec![1]])),
        "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified."
    );
    assert_eq!(
        cluster.grow("t", 2, Some(vec![vec![7]])),
        "The manual partition assignment includes broker 7, but no such broker is registered."
    );
    assert_eq!(cluster.grow("t", 20_000, None), "Excessively large number of partitions per request.");
    assert_eq!(cluster.grow("t", 2, Some(vec![vec![1]])), "done");
    assert_eq!(cluster.grow("t", 4, None), "done");
    assert_eq!(cluster.partition("t", 3).leader, Some(NODE));
}

#[test]
fn single_keys_are_changed_as_kafka_changes_them() {
    let mut cluster = Cluster::ready();
    cluster.create(vec![topic("t")]);
    let t = || ConfigResource::topic("t");
    assert_eq!(cluster.alter(t(), &[("cleanup.policy", append("compact"))]), "done");
    assert_eq!(cluster.config("t", "cleanup.policy"), Some("delete,compact"), "the default is appended to");
    let end = cluster.controller.next_offset();
    assert_eq!(cluster.alter(t(), &[("cleanup.policy", append("compact"))]), "done");
    assert_eq!(cluster.controller.next_offset(), end, "what does not change is not written");
    assert_eq!(cluster.alter(t(), &[("cleanup.policy", subtract("delete"))]), "done");
    assert_eq!(cluster.config("t", "cleanup.policy"), Some("compact"));
    assert_eq!(
        cluster.alter(t(), &[("retention.ms", append("1"))]),
        "Can't APPEND to key retention.ms because its type is not LIST."
    );
    assert_eq!(
        cluster.alter(t(), &[("retention.ms", ConfigEdit::Set(None))]),
        "Null value not supported for : retention.ms"
    );
    let twice = [("retention.ms", set("1")), ("retention.ms", set("2"))];
    assert_eq!(cluster.alter(t(), &twice), "Error due to duplicate config keys");
    assert_eq!(
        cluster.alter(ConfigResource::topic("nope"), &[("retention.ms", set("1"))]),
        "The topic 'nope' does not exist."
    );
    assert_eq!(
        cluster.alter(ConfigResource::topic(""), &[("retention.ms", set("1"))]),
        "Default topic resources are not allowed."
    );
    assert_eq!(cluster.alter(t(), &[("cleanup.policy", ConfigEdit::Delete)]), "done");
    assert_eq!(cluster.config("t", "cleanup.policy"), None);
    let entries: String = (0..6_000).map(|replica| format!("{replica}:1,")).collect();
    assert_eq!(
        cluster.alter(t(), &[("leader.replication.throttled.replicas", append(&entries))]),
        "The value of leader.replication.throttled.replicas would have more than 32767 bytes."
    );
}

#[test]
fn broker_keys_are_changed_or_refused_in_kafkas_words() {
    let mut cluster = Cluster::ready();
    let broker = |name: &str| ConfigResource { kind: ConfigResource::BROKER, name: name.to_owned() };
    let retention = [("log.retention.ms", set("5000"))];
    assert_eq!(cluster.alter(broker("1"), &retention), "done");
    assert_eq!(cluster.alter(broker(""), &retention), "done");
    assert_eq!(cluster.alter(broker("7"), &retention), "Unexpected broker id, expected 1, but received 7");
    assert_eq!(cluster.alter(broker("x"), &retention), "Node id must be an integer, but it is: x");
    assert_eq!(cluster.alter(broker(""), &[("nope", set("5000"))]), "done");
    assert_eq!(
        cluster.alter(broker("1"), &[("node.id", set("5000"))]),
        "Cannot update these configs dynamically: [node.id]"
    );
    assert_eq!(
        cluster.alter(broker(""), &[("listeners", set("PLAINTEXT://:1"))]),
        "Cannot update these configs at default cluster level, broker id must be specified: [listeners]"
    );
    assert_eq!(
        cluster.alter(broker(""), &[("num.io.threads", set("0"))]),
        "Invalid value 0 for configuration num.io.threads: Value must be at least 1"
    );
    let other = ConfigResource { kind: 3, name: "1".to_owned() };
    assert_eq!(cluster.alter(other, &[]), "Unknown resource type 3");
    let group = |name: &str| ConfigResource { kind: ConfigResource::GROUP, name: name.to_owned() };
    assert_eq!(cluster.alter(group(""), &[]), "Default group resources are not allowed.");
    assert_eq!(cluster.alter(group("g"), &[("nope", set("1"))]), "Unknown group config name: nope");
}

#[test]
fn setting_the_whole_configuration_removes_what_is_not_named() {
    let mut cluster = Cluster::ready();
    cluster
        .create(vec![configured("t", &[("retention.ms", Some("1")), ("cleanup.policy", Some("compact"))])]);
    let change =
        |edits: Vec<(String, ConfigEdit)>| ConfigChange { resource: ConfigResource::topic("t"), edits };
    let changes = vec![change(vec![("retention.ms".to_owned(), set("7"))])];
    let decision = cluster.controller.legacy_alter_configs(changes, &RULES, false);
    assert_eq!(cluster.take(decision).remove(0).1, Ok(()));
    assert_eq!(
        (cluster.config("t", "retention.ms"), cluster.config("t", "cleanup.policy")),
        (Some("7"), None)
    );
    let decision =
        cluster.controller.legacy_alter_configs(vec![change(vec![]), change(vec![])], &RULES, false);
    let answers = cluster.take(decision);
    assert!(answers.iter().all(|(_, answer)| *answer == Err(AlterConfigError::DuplicateResource)));
    let decision = cluster.controller.legacy_alter_configs(vec![change(vec![])], &RULES, false);
    assert_eq!(cluster.take(decision).remove(0).1, Ok(()));
    assert!(cluster.controller.image().configs.is_empty());
}

#[test]
fn producer_ids_come_in_blocks_and_never_twice() {
    let mut cluster = Cluster::empty();
    let epoch = cluster.start_broker();
    let block = |cluster: &mut Cluster, epoch| {
        let decision = cluster.controller.allocate_producer_ids(NODE, epoch);
        cluster.take(decision).map(|block| (block.first.0, block.count))
    };
    assert_eq!(block(&mut cluster, epoch), Ok((0, 1000)));
    assert_eq!(block(&mut cluster, epoch), Ok((1000, 1000)));
    let stale = StaleBrokerEpoch { given: epoch + 1, current: Some(epoch) };
    assert_eq!(block(&mut cluster, epoch + 1), Err(ProducerIdError::StaleBrokerEpoch(stale)));
    let mut cluster = Cluster::on(cluster.follower, 2);
    let epoch = cluster.start_broker();
    assert_eq!(block(&mut cluster, epoch), Ok((2000, 1000)));
}

#[test]
fn a_controller_can_register_and_say_nothing() {
    let mut cluster = Cluster::empty();
    let decision = cluster.controller.register_controller(RegisterController {
        controller: NODE,
        incarnation: Uuid([4; 16]),
        zk_migration_ready: false,
        endpoints: vec![],
        features: supported(),
    });
    cluster.take(decision);
    assert!(cluster.controller.image().controllers.contains_key(&NODE));
    let decision = cluster.controller.no_op();
    cluster.take(decision);
}

#[test]
fn an_uncleanly_elected_leader_is_whole_when_it_comes_back() {
    let mut cluster = Cluster::ready();
    cluster.create(vec![topic("t")]);
    let mut change = loglane_replication::record::PartitionChange::of(
        cluster.controller.image().topics.by_name("t").unwrap().id,
        PartitionId(0),
    );
    change.leader = LeaderChoice::Broker(NODE);
    change.leader_recovery = Some(LeaderRecovery::Recovering);
    let decision = cluster.controller.decide(vec![MetadataRecord::PartitionChange(change)], ());
    cluster.take(decision);
    let mut cluster = Cluster::on(cluster.follower, 2);
    cluster.start_broker();
    assert_eq!(cluster.partition("t", 0).leader_recovery, LeaderRecovery::Recovered);
}

#[test]
fn partitions_of_a_failed_directory_have_no_leader_until_it_is_back() {
    const OTHER: Uuid = Uuid([0x0d; 16]);
    let both = || BrokerRegistration { log_dirs: vec![DIRECTORY, OTHER], ..registration() };
    let start = |cluster: &mut Cluster| {
        let registered = cluster.controller.register_broker(both());
        let epoch = cluster.take(registered).unwrap();
        let unfenced = cluster.controller.unfence_broker(NODE, epoch);
        cluster.take(unfenced).unwrap();
        epoch
    };
    let mut cluster = Cluster::empty();
    let epoch = start(&mut cluster);
    cluster.create(vec![NewTopic { partition_count: 4, ..topic("t") }]);
    let lost = cluster.controller.lose_directories(NODE, epoch, &[OTHER]);
    cluster.take(lost).unwrap();
    let image = cluster.controller.image();
    assert_eq!(image.brokers[&NODE].log_dirs, [DIRECTORY]);
    for number in 0..4 {
        let partition = cluster.partition("t", number);
        let leader = (partition.directories == [DIRECTORY]).then_some(NODE);
        assert_eq!((partition.leader, &partition.in_sync[..]), (leader, &[NODE][..]), "partition {number}");
    }
    cluster.create(vec![topic("new")]);
    assert_eq!(cluster.partition("new", 0).directories, [DIRECTORY], "the failed one takes nothing new");
    let again = cluster.controller.lose_directories(NODE, epoch, &[OTHER]);
    assert_eq!(again.append, None);
    let last = cluster.controller.lose_directories(NODE, epoch, &[OTHER, DIRECTORY]);
    assert_eq!(last.append, None, "the broker ends with its last directory");
    let mut cluster = Cluster::on(cluster.follower, 2);
    start(&mut cluster);
    for number in 0..4 {
        assert_eq!(cluster.partition("t", number).leader, Some(NODE), "partition {number}");
    }
}
