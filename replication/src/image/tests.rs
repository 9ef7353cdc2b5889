//! What records do to images.

use super::*;
use crate::MetadataRecord;
use crate::record::*;
use loglane_model::{PartitionId, TopicId};

const TOPIC: TopicId = TopicId([7; 16]);

fn topic(name: &str, id: TopicId) -> MetadataRecord {
    MetadataRecord::Topic { name: name.to_owned(), id }
}

fn partition(topic: TopicId, number: i32) -> PartitionRecord {
    PartitionRecord {
        partition: PartitionId(number),
        topic,
        replicas: vec![BrokerId(1)],
        in_sync: vec![BrokerId(1)],
        removing: vec![],
        adding: vec![],
        leader: Some(BrokerId(1)),
        leader_recovery: LeaderRecovery::Recovered,
        leader_epoch: LeaderEpoch(0),
        partition_epoch: 0,
        directories: vec![DIRECTORY_UNASSIGNED],
        eligible_leaders: None,
        last_known_eligible: None,
    }
}

fn config(name: &str, value: Option<&str>) -> MetadataRecord {
    let resource = ConfigResource::topic("orders");
    MetadataRecord::Config { resource, name: name.to_owned(), value: value.map(str::to_owned) }
}

fn broker(id: i32, epoch: i64) -> RegisterBroker {
    RegisterBroker {
        broker: BrokerId(id),
        is_migrating_zk_broker: false,
        incarnation: Uuid([1; 16]),
        broker_epoch: epoch,
        endpoints: vec![],
        features: vec![],
        rack: None,
        fenced: true,
        in_controlled_shutdown: false,
        log_dirs: vec![],
        cordoned_log_dirs: None,
    }
}

fn change(fenced: FenceChange, epoch: i64) -> MetadataRecord {
    MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChange {
        broker: BrokerId(1),
        broker_epoch: epoch,
        fenced,
        in_controlled_shutdown: ShutdownChange::None,
        log_dirs: vec![],
        cordoned_log_dirs: None,
    })
}

/// Feeds records from the builder's next offset on.
fn feed(
    builder: &mut ImageBuilder,
    records: impl IntoIterator<Item = MetadataRecord>,
) -> Result<(), BuildError> {
    records
        .into_iter()
        .try_for_each(|record| builder.on_record(builder.next_offset(), LeaderEpoch(1), record))
}

fn fed(records: impl IntoIterator<Item = MetadataRecord>) -> ImageBuilder {
    let mut builder = ImageBuilder::new(MetadataImage::default());
    feed(&mut builder, records).unwrap();
    builder
}

#[test]
fn a_created_topic_is_found_by_name_and_id_and_the_delta_names_it() {
    let mut builder = fed([
        topic("orders", TOPIC),
        MetadataRecord::Partition(partition(TOPIC, 0)),
        MetadataRecord::Partition(partition(TOPIC, 1)),
        config("retention.ms", Some("1000")),
    ]);
    let (image, delta) = builder.publish().unwrap();
    assert_eq!(image.applied_end_offset, Offset(4));
    assert_eq!(image.topics.by_name("orders").unwrap().partitions.len(), 2);
    assert!(Arc::ptr_eq(image.topics.by_name("orders").unwrap(), image.topics.by_id(TOPIC).unwrap()));
    assert_eq!(image.topics.partition_count(), 2);
    assert_eq!(image.config(&ConfigResource::topic("orders"), "retention.ms"), Some("1000"));
    assert_eq!(delta.topics[&TOPIC], TopicChange::Created);
    assert!(delta.configs.contains(&ConfigResource::topic("orders")));
    assert_eq!(builder.publish(), None, "nothing new");
}

#[test]
fn a_published_image_does_not_change_when_the_log_goes_on() {
    let mut builder = fed([topic("orders", TOPIC), MetadataRecord::Partition(partition(TOPIC, 0))]);
    let (before, _) = builder.publish().unwrap();
    feed(
        &mut builder,
        [MetadataRecord::PartitionChange(PartitionChange {
            leader: LeaderChoice::Broker(BrokerId(1)),
            in_sync: Some(vec![BrokerId(1), BrokerId(2)]),
            ..PartitionChange::of(TOPIC, PartitionId(0))
        })],
    )
    .unwrap();
    let (after, delta) = builder.publish().unwrap();
    let epochs = |image: &MetadataImage| {
        let partition = image.topics.partition(TOPIC, PartitionId(0)).unwrap();
        (partition.leader_epoch.0, partition.partition_epoch, partition.in_sync.len())
    };
    assert_eq!(epochs(&before), (0, 0, 1));
    assert_eq!(epochs(&after), (1, 1, 2), "the leader epoch rises even for the same leader");
    assert_eq!(delta.topics[&TOPIC], TopicChange::Changed([PartitionId(0)].into()));
}

#[test]
fn a_change_without_a_leader_keeps_the_leader_epoch() {
    let record = MetadataRecord::PartitionChange(PartitionChange {
        in_sync: Some(vec![]),
        eligible_leaders: Some(vec![BrokerId(1)]),
        ..PartitionChange::of(TOPIC, PartitionId(0))
    });
    let builder = fed([topic("orders", TOPIC), MetadataRecord::Partition(partition(TOPIC, 0)), record]);
    let partition = builder.image().topics.partition(TOPIC, PartitionId(0)).unwrap();
    assert_eq!((partition.leader_epoch.0, partition.partition_epoch), (0, 1));
    assert_eq!(partition.eligible_leaders, Some(vec![BrokerId(1)]));
    let mut builder = builder;
    feed(&mut builder, [MetadataRecord::ClearElr { topic: String::new() }]).unwrap();
    let partition = builder.image().topics.partition(TOPIC, PartitionId(0)).unwrap();
    assert_eq!((partition.eligible_leaders.as_ref(), partition.partition_epoch), (None, 2));
}

#[test]
fn a_removed_topic_takes_its_configuration_along_and_the_delta_keeps_it() {
    let mut builder = fed([
        topic("orders", TOPIC),
        MetadataRecord::Partition(partition(TOPIC, 0)),
        config("retention.ms", Some("1")),
    ]);
    builder.publish();
    feed(&mut builder, [MetadataRecord::RemoveTopic { id: TOPIC }]).unwrap();
    let (image, delta) = builder.publish().unwrap();
    assert!(image.topics.is_empty() && image.configs.is_empty());
    assert_eq!(image.topics.partition_count(), 0);
    let TopicChange::Deleted(was) = &delta.topics[&TOPIC] else { panic!("{delta:?}") };
    assert_eq!(was.partitions.len(), 1);
}

#[test]
fn a_topic_that_came_and_went_between_two_images_is_not_in_the_delta() {
    let mut builder = fed([topic("orders", TOPIC), MetadataRecord::RemoveTopic { id: TOPIC }]);
    let (_, delta) = builder.publish().unwrap();
    assert!(delta.is_empty());
}

#[test]
fn removing_the_last_value_removes_the_resource() {
    let builder = fed([config("a", Some("1")), config("b", Some("2")), config("a", None), config("b", None)]);
    assert!(builder.image().configs.is_empty());
}

#[test]
fn the_keys_of_a_resource_are_copied_for_an_image_that_was_published_and_not_for_each_record() {
    let resource = ConfigResource::topic("orders");
    let mut builder = fed([config("a", Some("1"))]);
    let (before, _) = builder.publish().unwrap();
    feed(&mut builder, [config("b", Some("2"))]).unwrap();
    let keys = |image: &MetadataImage| Arc::as_ptr(image.configs.get(&resource).unwrap());
    let copied = keys(builder.image());
    assert_ne!(copied, keys(&before));
    feed(&mut builder, [config("c", Some("3")), config("a", None), config("nope", None)]).unwrap();
    assert_eq!(copied, keys(builder.image()));
    assert_eq!((before.config(&resource, "a"), before.config(&resource, "c")), (Some("1"), None));
    let after = builder.image();
    assert_eq!((after.config(&resource, "a"), after.config(&resource, "c")), (None, Some("3")));
}

#[test]
fn a_transaction_shows_at_its_end_or_never() {
    let begin = || MetadataRecord::BeginTransaction { name: None };
    let mut builder = fed([MetadataRecord::NoOp, begin(), topic("orders", TOPIC)]);
    let (image, delta) = builder.publish().unwrap();
    assert_eq!((image.applied_end_offset, delta.is_empty()), (Offset(1), true));
    assert!(image.topics.is_empty() && builder.in_transaction());
    feed(&mut builder, [MetadataRecord::EndTransaction]).unwrap();
    let (image, _) = builder.publish().unwrap();
    assert_eq!((image.applied_end_offset, image.topics.len()), (Offset(4), 1));

    let abort = MetadataRecord::AbortTransaction { reason: None };
    feed(&mut builder, [begin(), MetadataRecord::RemoveTopic { id: TOPIC }, abort]).unwrap();
    assert_eq!(builder.image().topics.len(), 1);
    assert_eq!(builder.image().applied_end_offset, Offset(7));
}

#[test]
fn a_log_that_makes_no_sense_is_refused_with_its_cause() {
    let refused = |records: Vec<MetadataRecord>| {
        feed(&mut ImageBuilder::new(MetadataImage::default()), records).unwrap_err().to_string()
    };
    assert_eq!(
        refused(vec![MetadataRecord::RemoveTopic { id: TOPIC }]),
        format!("metadata record at offset 0: there is no topic with id {TOPIC}")
    );
    assert_eq!(
        refused(vec![topic("a", TOPIC), topic("a", TopicId([8; 16]))]),
        "metadata record at offset 1: the topic a exists already"
    );
    assert_eq!(
        refused(vec![MetadataRecord::RegisterBroker(broker(1, 5)), change(FenceChange::Unfence, 4)]),
        "metadata record at offset 1: broker 1 has epoch 5, and the record is about its epoch 4"
    );
    let begin = || MetadataRecord::BeginTransaction { name: None };
    assert_eq!(
        refused(vec![begin(), begin()]),
        "a metadata transaction begins at offset 1 inside another one"
    );
    assert_eq!(
        refused(vec![MetadataRecord::EndTransaction]),
        "a metadata transaction ends at offset 0 that never began"
    );
    let mut builder = fed([MetadataRecord::NoOp]);
    assert_eq!(
        builder.on_record(Offset(2), LeaderEpoch(1), MetadataRecord::NoOp),
        Err(BuildError::Gap { expected: Offset(1), found: Offset(2) })
    );
}

#[test]
fn a_broker_is_active_once_it_is_unfenced_and_until_it_leaves() {
    let mut builder = fed([MetadataRecord::RegisterBroker(broker(1, 5))]);
    assert!(!builder.image().is_active(BrokerId(1)));
    feed(&mut builder, [change(FenceChange::Unfence, 5)]).unwrap();
    assert!(builder.image().is_active(BrokerId(1)));
    feed(&mut builder, [MetadataRecord::UnregisterBroker { broker: BrokerId(1), broker_epoch: 5 }]).unwrap();
    assert!(!builder.image().is_active(BrokerId(1)));
}

#[test]
fn the_records_of_an_image_make_the_same_image() {
    let quota = |remove, value| {
        let user = EntityPart { kind: "user".into(), name: Some("ann".into()) };
        let client = EntityPart { kind: "client-id".into(), name: None };
        let key = "producer_byte_rate".to_owned();
        MetadataRecord::ClientQuota(ClientQuota { entity: vec![user, client], key, value, remove })
    };
    let builder = fed([
        MetadataRecord::FeatureLevel { name: "group.version".into(), level: 1 },
        MetadataRecord::FeatureLevel { name: METADATA_VERSION.into(), level: 30 },
        MetadataRecord::RegisterBroker(broker(1, 2)),
        change(FenceChange::Unfence, 2),
        topic("orders", TOPIC),
        MetadataRecord::Partition(partition(TOPIC, 0)),
        config("retention.ms", Some("1")),
        quota(false, 2048.0),
        MetadataRecord::ProducerIds { broker: BrokerId(1), broker_epoch: 2, next_producer_id: 1000 },
        MetadataRecord::UserScramCredential(UserScramCredential {
            name: "ann".into(),
            mechanism: ScramMechanism::Sha512,
            salt: vec![1],
            stored_key: vec![2],
            server_key: vec![3],
            iterations: 4096,
        }),
        MetadataRecord::AccessControlEntry(AccessControlEntry {
            id: Uuid([9; 16]),
            resource_type: 2,
            resource_name: "orders".into(),
            pattern_type: 3,
            principal: "User:ann".into(),
            host: "*".into(),
            operation: 3,
            permission_type: 3,
        }),
        MetadataRecord::DelegationToken(DelegationToken {
            owner: "User:ann".into(),
            requester: "User:ann".into(),
            renewers: vec![],
            issued_at_ms: 1,
            max_at_ms: 3,
            expires_at_ms: 2,
            token_id: "t".into(),
        }),
    ]);
    let mut records = Vec::new();
    builder.image().for_each_record(|record| records.push(record));
    assert_eq!(records[0], MetadataRecord::FeatureLevel { name: METADATA_VERSION.into(), level: 30 });
    let again = ImageBuilder::from_snapshot(Offset(12), LeaderEpoch(1), records).unwrap();
    assert_eq!(again.image(), builder.image());
    assert_eq!(again.next_offset(), Offset(12));
}

#[test]
fn ten_thousand_topics_are_not_copied_for_a_change_of_one() {
    let id = |number: u32| {
        let mut bytes = [1; 16];
        bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_be_bytes());
        TopicId(bytes)
    };
    let mut builder = fed((0..10_000).flat_map(|number| {
        [topic(&format!("topic-{number}"), id(number)), MetadataRecord::Partition(partition(id(number), 0))]
    }));
    let (before, _) = builder.publish().unwrap();
    feed(&mut builder, [MetadataRecord::PartitionChange(PartitionChange::of(id(5), PartitionId(0)))])
        .unwrap();
    let (after, _) = builder.publish().unwrap();
    let shared = before.topics.iter().zip(after.topics.iter()).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
    assert_eq!(shared, 9_999);
}
