//! Elections, reassignments, directories and brokers that are forgotten, in a cluster that had a second broker.

use super::*;

const OTHER: BrokerId = BrokerId(2);
const SECOND: Uuid = Uuid([0xd2; 16]);

/// A usable broker and a fenced one, with a topic of one partition as given.
fn with_other(change: impl FnOnce(&mut PartitionRecord)) -> (Cluster, TopicId) {
    let mut cluster = Cluster::ready();
    let other = BrokerRegistration {
        broker: OTHER,
        incarnation: Uuid([0x2c; 16]),
        log_dirs: vec![SECOND],
        ..registration()
    };
    let registered = cluster.controller.register_broker(other);
    cluster.take(registered).unwrap();
    let id = TopicId([7; 16]);
    let mut partition = PartitionRecord {
        partition: PartitionId(0),
        topic: id,
        replicas: vec![NODE, OTHER],
        in_sync: vec![NODE],
        removing: vec![],
        adding: vec![],
        leader: Some(NODE),
        leader_recovery: LeaderRecovery::Recovered,
        leader_epoch: LeaderEpoch(4),
        partition_epoch: 9,
        directories: vec![DIRECTORY, SECOND],
        eligible_leaders: None,
        last_known_eligible: None,
    };
    change(&mut partition);
    let topic = MetadataRecord::Topic { name: "t".to_owned(), id };
    let made = cluster.controller.decide(vec![topic, MetadataRecord::Partition(partition)], ());
    cluster.take(made);
    (cluster, id)
}

fn elect(cluster: &mut Cluster, election: Election) -> String {
    let decision = cluster.controller.elect_leaders(election, Some(vec![("t".to_owned(), vec![0])]));
    said(cluster.take(decision).remove(0).1.remove(0).1.map_err(|refusal| refusal.text("t", 0)))
}

fn reassign(cluster: &mut Cluster, target: Option<&[i32]>) -> String {
    let target = target.map(|ids| ids.iter().copied().map(BrokerId).collect());
    let decision = cluster.controller.reassign(vec![("t".to_owned(), vec![(0, target)])], true);
    said(cluster.take(decision).remove(0).1.remove(0).1.map_err(|refusal| refusal.text("t", 0)))
}

#[test]
fn whoever_may_lead_is_elected_and_nobody_else() {
    let (mut cluster, _) = with_other(|_| {});
    assert_eq!(elect(&mut cluster, Election::Preferred), "Leader election not needed for topic partition.");
    // The preferred leader is fenced, and so the leader stays.
    let (mut cluster, _) = with_other(|partition| partition.replicas.reverse());
    assert_eq!(elect(&mut cluster, Election::Preferred), "The preferred leader was not available.");
    // Nobody leads, and a replica in sync is there.
    let (mut cluster, _) = with_other(|partition| partition.leader = None);
    assert_eq!(elect(&mut cluster, Election::Preferred), "done");
    assert_eq!(cluster.partition("t", 0).leader, Some(NODE));
    // Nobody in sync is there: only an unclean election helps, and says what it has cost.
    let (mut cluster, _) = with_other(|partition| {
        partition.leader = None;
        partition.in_sync = vec![OTHER];
    });
    assert_eq!(elect(&mut cluster, Election::Preferred), "The preferred leader was not available.");
    assert_eq!(elect(&mut cluster, Election::Unclean), "done");
    let partition = cluster.partition("t", 0);
    assert_eq!((partition.leader, partition.in_sync), (Some(NODE), vec![NODE]));
    assert_eq!(partition.leader_recovery, LeaderRecovery::Recovering);
    // Its copy is in a directory that is not here.
    let (mut cluster, _) = with_other(|partition| {
        partition.leader = None;
        partition.directories = vec![Uuid([0xdd; 16]), SECOND];
    });
    assert_eq!(elect(&mut cluster, Election::Unclean), "Eligible topic partition leaders are not available.");
}

#[test]
fn what_needs_no_copy_is_reassigned_at_once_and_the_rest_can_be_taken_back() {
    let (mut cluster, _) = with_other(|_| {});
    assert_eq!(reassign(&mut cluster, Some(&[1])), "done");
    let partition = cluster.partition("t", 0);
    assert_eq!((partition.replicas.clone(), partition.directories.clone()), (vec![NODE], vec![DIRECTORY]));
    assert_eq!((partition.leader, partition.leader_epoch), (Some(NODE), LeaderEpoch(5)), "a new epoch");
    let end = cluster.controller.next_offset();
    assert_eq!(reassign(&mut cluster, Some(&[1])), "done");
    assert_eq!(cluster.controller.next_offset(), end, "what is so already is not written");
    assert_eq!(reassign(&mut cluster, None), "No partition reassignment is in progress.");

    assert_eq!(reassign(&mut cluster, Some(&[2])), "done");
    let partition = cluster.partition("t", 0);
    assert_eq!(partition.replicas, [OTHER, NODE]);
    assert_eq!((partition.adding.clone(), partition.removing.clone()), (vec![OTHER], vec![NODE]));
    assert_eq!(partition.leader, Some(NODE), "it leads until the other one has everything");
    assert_eq!(reassign(&mut cluster, None), "done");
    let partition = cluster.partition("t", 0);
    assert_eq!((partition.replicas.clone(), is_reassigning(&partition)), (vec![NODE], false));
    assert_eq!(partition.directories, [DIRECTORY]);
}

#[test]
fn a_copy_that_is_found_elsewhere_is_written_down() {
    const THIRD: Uuid = Uuid([0xd3; 16]);
    let (mut cluster, id) = with_other(|partition| partition.directories = vec![THIRD, SECOND]);
    let epoch = cluster.controller.image().brokers[&NODE].broker_epoch;
    let found = [(id, PartitionId(0), DIRECTORY)];
    let assigned = cluster.controller.assign_directories(NODE, epoch, &found, false);
    cluster.take(assigned).unwrap();
    assert_eq!(cluster.partition("t", 0).directories[0], THIRD, "it is away, and may have the records");
    let log_dirs = vec![DIRECTORY, THIRD];
    let registered = cluster.controller.register_broker(BrokerRegistration { log_dirs, ..registration() });
    let epoch = cluster.take(registered).unwrap();
    let found = [(id, PartitionId(0), DIRECTORY), (TopicId([9; 16]), PartitionId(0), DIRECTORY)];
    let assigned = cluster.controller.assign_directories(NODE, epoch, &found, false);
    cluster.take(assigned).unwrap();
    let partition = cluster.partition("t", 0);
    assert_eq!(partition.directories, [DIRECTORY, SECOND]);
    assert_eq!(partition.leader_epoch, LeaderEpoch(4), "nothing else is different");
    let end = cluster.controller.next_offset();
    let again = cluster.controller.assign_directories(NODE, epoch, &found, false);
    cluster.take(again).unwrap();
    assert_eq!(cluster.controller.next_offset(), end);
    let stale = cluster.controller.assign_directories(NODE, epoch + 1, &found, false);
    assert!(cluster.take(stale).is_err());
}

#[test]
fn a_broker_that_will_not_come_back_is_forgotten() {
    let (mut cluster, _) = with_other(|partition| partition.leader = Some(OTHER));
    let unknown = cluster.controller.unregister_broker(BrokerId(77));
    assert_eq!(cluster.take(unknown), Err(UnregisterRefusal::Unknown(BrokerId(77))));
    let running = cluster.controller.unregister_broker(NODE);
    assert_eq!(cluster.take(running), Err(UnregisterRefusal::Running(NODE)));
    let gone = cluster.controller.unregister_broker(OTHER);
    cluster.take(gone).unwrap();
    assert!(!cluster.controller.image().brokers.contains_key(&OTHER));
    assert_eq!(cluster.partition("t", 0).leader, Some(NODE), "somebody in sync leads what it led");
}

#[test]
fn features_go_where_nothing_gets_lost() {
    let mut cluster = Cluster::ready();
    let mut update = |level, direction, validate_only| {
        let updates = [(METADATA_VERSION.to_owned(), (level, direction))].into();
        let decision = cluster.controller.update_features(&updates, &supported(), 1, validate_only);
        let said = said(cluster.take(decision));
        (said, cluster.controller.image().feature_level(METADATA_VERSION))
    };
    let (refused, level) = update(29, FeatureDirection::SafeDowngrade, false);
    assert!(refused.ends_with("because it might delete metadata information."), "{refused}");
    assert_eq!(level, 30);
    assert_eq!(update(30, FeatureDirection::Upgrade, false).0, "done");
    let of_level = MetadataRecord::FeatureLevel { name: METADATA_VERSION.to_owned(), level: 29 };
    let older = cluster.controller.decide(vec![of_level], ());
    cluster.take(older);
    let mut update = |level, direction, validate_only| {
        let updates = [(METADATA_VERSION.to_owned(), (level, direction))].into();
        let decision = cluster.controller.update_features(&updates, &supported(), 1, validate_only);
        let said = said(cluster.take(decision));
        (said, cluster.controller.image().feature_level(METADATA_VERSION))
    };
    assert_eq!(update(24, FeatureDirection::SafeDowngrade, true), ("done".to_owned(), 29), "only tried");
    assert_eq!(update(24, FeatureDirection::SafeDowngrade, false), ("done".to_owned(), 24));
    assert_eq!(update(30, FeatureDirection::Upgrade, false), ("done".to_owned(), 30));
}
