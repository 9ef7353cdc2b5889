// Generated from net/schema by `cargo run -p loglane-codegen`. Change the schema, not this file.
//! The APIs of the protocol: numbers, versions, listeners.

use crate::api::{ApiInfo, VersionRange};

/// An API of Kafka's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum ApiKey {
    /// Versions 3-13: [`ProduceRequest`](super::produce::ProduceRequest).
    Produce = 0,
    /// Versions 4-18: [`FetchRequest`](super::fetch::FetchRequest).
    Fetch = 1,
    /// Versions 1-11: [`ListOffsetsRequest`](super::list_offsets::ListOffsetsRequest).
    ListOffsets = 2,
    /// Versions 0-13: [`MetadataRequest`](super::metadata::MetadataRequest).
    Metadata = 3,
    /// Versions 2-10: [`OffsetCommitRequest`](super::offset_commit::OffsetCommitRequest).
    OffsetCommit = 8,
    /// Versions 1-10: [`OffsetFetchRequest`](super::offset_fetch::OffsetFetchRequest).
    OffsetFetch = 9,
    /// Versions 0-6: [`FindCoordinatorRequest`](super::find_coordinator::FindCoordinatorRequest).
    FindCoordinator = 10,
    /// Versions 0-9: [`JoinGroupRequest`](super::join_group::JoinGroupRequest).
    JoinGroup = 11,
    /// Versions 0-4: [`HeartbeatRequest`](super::heartbeat::HeartbeatRequest).
    Heartbeat = 12,
    /// Versions 0-5: [`LeaveGroupRequest`](super::leave_group::LeaveGroupRequest).
    LeaveGroup = 13,
    /// Versions 0-5: [`SyncGroupRequest`](super::sync_group::SyncGroupRequest).
    SyncGroup = 14,
    /// Versions 0-6: [`DescribeGroupsRequest`](super::describe_groups::DescribeGroupsRequest).
    DescribeGroups = 15,
    /// Versions 0-5: [`ListGroupsRequest`](super::list_groups::ListGroupsRequest).
    ListGroups = 16,
    /// Versions 0-1: [`SaslHandshakeRequest`](super::sasl_handshake::SaslHandshakeRequest).
    SaslHandshake = 17,
    /// Versions 0-4: [`ApiVersionsRequest`](super::api_versions::ApiVersionsRequest).
    ApiVersions = 18,
    /// Versions 2-7: [`CreateTopicsRequest`](super::create_topics::CreateTopicsRequest).
    CreateTopics = 19,
    /// Versions 1-6: [`DeleteTopicsRequest`](super::delete_topics::DeleteTopicsRequest).
    DeleteTopics = 20,
    /// Versions 0-2: [`DeleteRecordsRequest`](super::delete_records::DeleteRecordsRequest).
    DeleteRecords = 21,
    /// Versions 0-6: [`InitProducerIdRequest`](super::init_producer_id::InitProducerIdRequest).
    InitProducerId = 22,
    /// Versions 2-4: [`OffsetForLeaderEpochRequest`](super::offset_for_leader_epoch::OffsetForLeaderEpochRequest).
    OffsetForLeaderEpoch = 23,
    /// Versions 0-5: [`AddPartitionsToTxnRequest`](super::add_partitions_to_txn::AddPartitionsToTxnRequest).
    AddPartitionsToTxn = 24,
    /// Versions 0-4: [`AddOffsetsToTxnRequest`](super::add_offsets_to_txn::AddOffsetsToTxnRequest).
    AddOffsetsToTxn = 25,
    /// Versions 0-5: [`EndTxnRequest`](super::end_txn::EndTxnRequest).
    EndTxn = 26,
    /// Versions 1-2: [`WriteTxnMarkersRequest`](super::write_txn_markers::WriteTxnMarkersRequest).
    WriteTxnMarkers = 27,
    /// Versions 0-5: [`TxnOffsetCommitRequest`](super::txn_offset_commit::TxnOffsetCommitRequest).
    TxnOffsetCommit = 28,
    /// Versions 1-3: [`DescribeAclsRequest`](super::describe_acls::DescribeAclsRequest).
    DescribeAcls = 29,
    /// Versions 1-3: [`CreateAclsRequest`](super::create_acls::CreateAclsRequest).
    CreateAcls = 30,
    /// Versions 1-3: [`DeleteAclsRequest`](super::delete_acls::DeleteAclsRequest).
    DeleteAcls = 31,
    /// Versions 1-4: [`DescribeConfigsRequest`](super::describe_configs::DescribeConfigsRequest).
    DescribeConfigs = 32,
    /// Versions 0-2: [`AlterConfigsRequest`](super::alter_configs::AlterConfigsRequest).
    AlterConfigs = 33,
    /// Versions 1-2: [`AlterReplicaLogDirsRequest`](super::alter_replica_log_dirs::AlterReplicaLogDirsRequest).
    AlterReplicaLogDirs = 34,
    /// Versions 1-5: [`DescribeLogDirsRequest`](super::describe_log_dirs::DescribeLogDirsRequest).
    DescribeLogDirs = 35,
    /// Versions 0-2: [`SaslAuthenticateRequest`](super::sasl_authenticate::SaslAuthenticateRequest).
    SaslAuthenticate = 36,
    /// Versions 0-3: [`CreatePartitionsRequest`](super::create_partitions::CreatePartitionsRequest).
    CreatePartitions = 37,
    /// Versions 1-3: [`CreateDelegationTokenRequest`](super::create_delegation_token::CreateDelegationTokenRequest).
    CreateDelegationToken = 38,
    /// Versions 1-2: [`RenewDelegationTokenRequest`](super::renew_delegation_token::RenewDelegationTokenRequest).
    RenewDelegationToken = 39,
    /// Versions 1-2: [`ExpireDelegationTokenRequest`](super::expire_delegation_token::ExpireDelegationTokenRequest).
    ExpireDelegationToken = 40,
    /// Versions 1-3: [`DescribeDelegationTokenRequest`](super::describe_delegation_token::DescribeDelegationTokenRequest).
    DescribeDelegationToken = 41,
    /// Versions 0-2: [`DeleteGroupsRequest`](super::delete_groups::DeleteGroupsRequest).
    DeleteGroups = 42,
    /// Versions 0-2: [`ElectLeadersRequest`](super::elect_leaders::ElectLeadersRequest).
    ElectLeaders = 43,
    /// Versions 0-1: [`IncrementalAlterConfigsRequest`](super::incremental_alter_configs::IncrementalAlterConfigsRequest).
    IncrementalAlterConfigs = 44,
    /// Versions 0-1: [`AlterPartitionReassignmentsRequest`](super::alter_partition_reassignments::AlterPartitionReassignmentsRequest).
    AlterPartitionReassignments = 45,
    /// Versions 0: [`ListPartitionReassignmentsRequest`](super::list_partition_reassignments::ListPartitionReassignmentsRequest).
    ListPartitionReassignments = 46,
    /// Versions 0: [`OffsetDeleteRequest`](super::offset_delete::OffsetDeleteRequest).
    OffsetDelete = 47,
    /// Versions 0-1: [`DescribeClientQuotasRequest`](super::describe_client_quotas::DescribeClientQuotasRequest).
    DescribeClientQuotas = 48,
    /// Versions 0-1: [`AlterClientQuotasRequest`](super::alter_client_quotas::AlterClientQuotasRequest).
    AlterClientQuotas = 49,
    /// Versions 0: [`DescribeUserScramCredentialsRequest`](super::describe_user_scram_credentials::DescribeUserScramCredentialsRequest).
    DescribeUserScramCredentials = 50,
    /// Versions 0: [`AlterUserScramCredentialsRequest`](super::alter_user_scram_credentials::AlterUserScramCredentialsRequest).
    AlterUserScramCredentials = 51,
    /// Versions 0-2: [`VoteRequest`](super::vote::VoteRequest).
    Vote = 52,
    /// Versions 0-1: [`BeginQuorumEpochRequest`](super::begin_quorum_epoch::BeginQuorumEpochRequest).
    BeginQuorumEpoch = 53,
    /// Versions 0-1: [`EndQuorumEpochRequest`](super::end_quorum_epoch::EndQuorumEpochRequest).
    EndQuorumEpoch = 54,
    /// Versions 0-2: [`DescribeQuorumRequest`](super::describe_quorum::DescribeQuorumRequest).
    DescribeQuorum = 55,
    /// Versions 2-3: [`AlterPartitionRequest`](super::alter_partition::AlterPartitionRequest).
    AlterPartition = 56,
    /// Versions 0-2: [`UpdateFeaturesRequest`](super::update_features::UpdateFeaturesRequest).
    UpdateFeatures = 57,
    /// Versions 0: [`EnvelopeRequest`](super::envelope::EnvelopeRequest).
    Envelope = 58,
    /// Versions 0-1: [`FetchSnapshotRequest`](super::fetch_snapshot::FetchSnapshotRequest).
    FetchSnapshot = 59,
    /// Versions 0-2: [`DescribeClusterRequest`](super::describe_cluster::DescribeClusterRequest).
    DescribeCluster = 60,
    /// Versions 0: [`DescribeProducersRequest`](super::describe_producers::DescribeProducersRequest).
    DescribeProducers = 61,
    /// Versions 0-4: [`BrokerRegistrationRequest`](super::broker_registration::BrokerRegistrationRequest).
    BrokerRegistration = 62,
    /// Versions 0-2: [`BrokerHeartbeatRequest`](super::broker_heartbeat::BrokerHeartbeatRequest).
    BrokerHeartbeat = 63,
    /// Versions 0: [`UnregisterBrokerRequest`](super::unregister_broker::UnregisterBrokerRequest).
    UnregisterBroker = 64,
    /// Versions 0: [`DescribeTransactionsRequest`](super::describe_transactions::DescribeTransactionsRequest).
    DescribeTransactions = 65,
    /// Versions 0-2: [`ListTransactionsRequest`](super::list_transactions::ListTransactionsRequest).
    ListTransactions = 66,
    /// Versions 0: [`AllocateProducerIdsRequest`](super::allocate_producer_ids::AllocateProducerIdsRequest).
    AllocateProducerIds = 67,
    /// Versions 0-1: [`ConsumerGroupHeartbeatRequest`](super::consumer_group_heartbeat::ConsumerGroupHeartbeatRequest).
    ConsumerGroupHeartbeat = 68,
    /// Versions 0-1: [`ConsumerGroupDescribeRequest`](super::consumer_group_describe::ConsumerGroupDescribeRequest).
    ConsumerGroupDescribe = 69,
    /// Versions 0: [`ControllerRegistrationRequest`](super::controller_registration::ControllerRegistrationRequest).
    ControllerRegistration = 70,
    /// Versions 0: [`GetTelemetrySubscriptionsRequest`](super::get_telemetry_subscriptions::GetTelemetrySubscriptionsRequest).
    GetTelemetrySubscriptions = 71,
    /// Versions 0: [`PushTelemetryRequest`](super::push_telemetry::PushTelemetryRequest).
    PushTelemetry = 72,
    /// Versions 0: [`AssignReplicasToDirsRequest`](super::assign_replicas_to_dirs::AssignReplicasToDirsRequest).
    AssignReplicasToDirs = 73,
    /// Versions 0-1: [`ListConfigResourcesRequest`](super::list_config_resources::ListConfigResourcesRequest).
    ListConfigResources = 74,
    /// Versions 0: [`DescribeTopicPartitionsRequest`](super::describe_topic_partitions::DescribeTopicPartitionsRequest).
    DescribeTopicPartitions = 75,
    /// Versions 1: [`ShareGroupHeartbeatRequest`](super::share_group_heartbeat::ShareGroupHeartbeatRequest).
    ShareGroupHeartbeat = 76,
    /// Versions 1: [`ShareGroupDescribeRequest`](super::share_group_describe::ShareGroupDescribeRequest).
    ShareGroupDescribe = 77,
    /// Versions 1-2: [`ShareFetchRequest`](super::share_fetch::ShareFetchRequest).
    ShareFetch = 78,
    /// Versions 1-2: [`ShareAcknowledgeRequest`](super::share_acknowledge::ShareAcknowledgeRequest).
    ShareAcknowledge = 79,
    /// Versions 0-1: [`AddRaftVoterRequest`](super::add_raft_voter::AddRaftVoterRequest).
    AddRaftVoter = 80,
    /// Versions 0: [`RemoveRaftVoterRequest`](super::remove_raft_voter::RemoveRaftVoterRequest).
    RemoveRaftVoter = 81,
    /// Versions 0: [`UpdateRaftVoterRequest`](super::update_raft_voter::UpdateRaftVoterRequest).
    UpdateRaftVoter = 82,
    /// Versions 0: [`InitializeShareGroupStateRequest`](super::initialize_share_group_state::InitializeShareGroupStateRequest).
    InitializeShareGroupState = 83,
    /// Versions 0: [`ReadShareGroupStateRequest`](super::read_share_group_state::ReadShareGroupStateRequest).
    ReadShareGroupState = 84,
    /// Versions 0-1: [`WriteShareGroupStateRequest`](super::write_share_group_state::WriteShareGroupStateRequest).
    WriteShareGroupState = 85,
    /// Versions 0: [`DeleteShareGroupStateRequest`](super::delete_share_group_state::DeleteShareGroupStateRequest).
    DeleteShareGroupState = 86,
    /// Versions 0-1: [`ReadShareGroupStateSummaryRequest`](super::read_share_group_state_summary::ReadShareGroupStateSummaryRequest).
    ReadShareGroupStateSummary = 87,
    /// Versions 0: [`StreamsGroupHeartbeatRequest`](super::streams_group_heartbeat::StreamsGroupHeartbeatRequest).
    StreamsGroupHeartbeat = 88,
    /// Versions 0: [`StreamsGroupDescribeRequest`](super::streams_group_describe::StreamsGroupDescribeRequest).
    StreamsGroupDescribe = 89,
    /// Versions 0-1: [`DescribeShareGroupOffsetsRequest`](super::describe_share_group_offsets::DescribeShareGroupOffsetsRequest).
    DescribeShareGroupOffsets = 90,
    /// Versions 0: [`AlterShareGroupOffsetsRequest`](super::alter_share_group_offsets::AlterShareGroupOffsetsRequest).
    AlterShareGroupOffsets = 91,
    /// Versions 0: [`DeleteShareGroupOffsetsRequest`](super::delete_share_group_offsets::DeleteShareGroupOffsetsRequest).
    DeleteShareGroupOffsets = 92,
}

impl ApiKey {
    /// Every API, ordered by number.
    pub const ALL: [ApiKey; 89] = [
        ApiKey::Produce,
        ApiKey::Fetch,
        ApiKey::ListOffsets,
        ApiKey::Metadata,
        ApiKey::OffsetCommit,
        ApiKey::OffsetFetch,
        ApiKey::FindCoordinator,
        ApiKey::JoinGroup,
        ApiKey::Heartbeat,
        ApiKey::LeaveGroup,
        ApiKey::SyncGroup,
        ApiKey::DescribeGroups,
        ApiKey::ListGroups,
        ApiKey::SaslHandshake,
        ApiKey::ApiVersions,
        ApiKey::CreateTopics,
        ApiKey::DeleteTopics,
        ApiKey::DeleteRecords,
        ApiKey::InitProducerId,
        ApiKey::OffsetForLeaderEpoch,
        ApiKey::AddPartitionsToTxn,
        ApiKey::AddOffsetsToTxn,
        ApiKey::EndTxn,
        ApiKey::WriteTxnMarkers,
        ApiKey::TxnOffsetCommit,
        ApiKey::DescribeAcls,
        ApiKey::CreateAcls,
        ApiKey::DeleteAcls,
        ApiKey::DescribeConfigs,
        ApiKey::AlterConfigs,
        ApiKey::AlterReplicaLogDirs,
        ApiKey::DescribeLogDirs,
        ApiKey::SaslAuthenticate,
        ApiKey::CreatePartitions,
        ApiKey::CreateDelegationToken,
        ApiKey::RenewDelegationToken,
        ApiKey::ExpireDelegationToken,
        ApiKey::DescribeDelegationToken,
        ApiKey::DeleteGroups,
        ApiKey::ElectLeaders,
        ApiKey::IncrementalAlterConfigs,
        ApiKey::AlterPartitionReassignments,
        ApiKey::ListPartitionReassignments,
        ApiKey::OffsetDelete,
        ApiKey::DescribeClientQuotas,
        ApiKey::AlterClientQuotas,
        ApiKey::DescribeUserScramCredentials,
        ApiKey::AlterUserScramCredentials,
        ApiKey::Vote,
        ApiKey::BeginQuorumEpoch,
        ApiKey::EndQuorumEpoch,
        ApiKey::DescribeQuorum,
        ApiKey::AlterPartition,
        ApiKey::UpdateFeatures,
        ApiKey::Envelope,
        ApiKey::FetchSnapshot,
        ApiKey::DescribeCluster,
        ApiKey::DescribeProducers,
        ApiKey::BrokerRegistration,
        ApiKey::BrokerHeartbeat,
        ApiKey::UnregisterBroker,
        ApiKey::DescribeTransactions,
        ApiKey::ListTransactions,
        ApiKey::AllocateProducerIds,
        ApiKey::ConsumerGroupHeartbeat,
        ApiKey::ConsumerGroupDescribe,
        ApiKey::ControllerRegistration,
        ApiKey::GetTelemetrySubscriptions,
        ApiKey::PushTelemetry,
        ApiKey::AssignReplicasToDirs,
        ApiKey::ListConfigResources,
        ApiKey::DescribeTopicPartitions,
        ApiKey::ShareGroupHeartbeat,
        ApiKey::ShareGroupDescribe,
        ApiKey::ShareFetch,
        ApiKey::ShareAcknowledge,
        ApiKey::AddRaftVoter,
        ApiKey::RemoveRaftVoter,
        ApiKey::UpdateRaftVoter,
        ApiKey::InitializeShareGroupState,
        ApiKey::ReadShareGroupState,
        ApiKey::WriteShareGroupState,
        ApiKey::DeleteShareGroupState,
        ApiKey::ReadShareGroupStateSummary,
        ApiKey::StreamsGroupHeartbeat,
        ApiKey::StreamsGroupDescribe,
        ApiKey::DescribeShareGroupOffsets,
        ApiKey::AlterShareGroupOffsets,
        ApiKey::DeleteShareGroupOffsets,
    ];

    /// The API with this number, if it is one of those that 4.x has.
    #[must_use]
    pub const fn from_i16(key: i16) -> Option<ApiKey> {
        Some(match key {
            0 => ApiKey::Produce,
            1 => ApiKey::Fetch,
            2 => ApiKey::ListOffsets,
            3 => ApiKey::Metadata,
            8 => ApiKey::OffsetCommit,
            9 => ApiKey::OffsetFetch,
            10 => ApiKey::FindCoordinator,
            11 => ApiKey::JoinGroup,
            12 => ApiKey::Heartbeat,
            13 => ApiKey::LeaveGroup,
            14 => ApiKey::SyncGroup,
            15 => ApiKey::DescribeGroups,
            16 => ApiKey::ListGroups,
            17 => ApiKey::SaslHandshake,
            18 => ApiKey::ApiVersions,
            19 => ApiKey::CreateTopics,
            20 => ApiKey::DeleteTopics,
            21 => ApiKey::DeleteRecords,
            22 => ApiKey::InitProducerId,
            23 => ApiKey::OffsetForLeaderEpoch,
            24 => ApiKey::AddPartitionsToTxn,
            25 => ApiKey::AddOffsetsToTxn,
            26 => ApiKey::EndTxn,
            27 => ApiKey::WriteTxnMarkers,
            28 => ApiKey::TxnOffsetCommit,
            29 => ApiKey::DescribeAcls,
            30 => ApiKey::CreateAcls,
            31 => ApiKey::DeleteAcls,
            32 => ApiKey::DescribeConfigs,
            33 => ApiKey::AlterConfigs,
            34 => ApiKey::AlterReplicaLogDirs,
            35 => ApiKey::DescribeLogDirs,
            36 => ApiKey::SaslAuthenticate,
            37 => ApiKey::CreatePartitions,
            38 => ApiKey::CreateDelegationToken,
            39 => ApiKey::RenewDelegationToken,
            40 => ApiKey::ExpireDelegationToken,
            41 => ApiKey::DescribeDelegationToken,
            42 => ApiKey::DeleteGroups,
            43 => ApiKey::ElectLeaders,
            44 => ApiKey::IncrementalAlterConfigs,
            45 => ApiKey::AlterPartitionReassignments,
            46 => ApiKey::ListPartitionReassignments,
            47 => ApiKey::OffsetDelete,
            48 => ApiKey::DescribeClientQuotas,
            49 => ApiKey::AlterClientQuotas,
            50 => ApiKey::DescribeUserScramCredentials,
            51 => ApiKey::AlterUserScramCredentials,
            52 => ApiKey::Vote,
            53 => ApiKey::BeginQuorumEpoch,
            54 => ApiKey::EndQuorumEpoch,
            55 => ApiKey::DescribeQuorum,
            56 => ApiKey::AlterPartition,
            57 => ApiKey::UpdateFeatures,
            58 => ApiKey::Envelope,
            59 => ApiKey::FetchSnapshot,
            60 => ApiKey::DescribeCluster,
            61 => ApiKey::DescribeProducers,
            62 => ApiKey::BrokerRegistration,
            63 => ApiKey::BrokerHeartbeat,
            64 => ApiKey::UnregisterBroker,
            65 => ApiKey::DescribeTransactions,
            66 => ApiKey::ListTransactions,
            67 => ApiKey::AllocateProducerIds,
            68 => ApiKey::ConsumerGroupHeartbeat,
            69 => ApiKey::ConsumerGroupDescribe,
            70 => ApiKey::ControllerRegistration,
            71 => ApiKey::GetTelemetrySubscriptions,
            72 => ApiKey::PushTelemetry,
            73 => ApiKey::AssignReplicasToDirs,
            74 => ApiKey::ListConfigResources,
            75 => ApiKey::DescribeTopicPartitions,
            76 => ApiKey::ShareGroupHeartbeat,
            77 => ApiKey::ShareGroupDescribe,
            78 => ApiKey::ShareFetch,
            79 => ApiKey::ShareAcknowledge,
            80 => ApiKey::AddRaftVoter,
            81 => ApiKey::RemoveRaftVoter,
            82 => ApiKey::UpdateRaftVoter,
            83 => ApiKey::InitializeShareGroupState,
            84 => ApiKey::ReadShareGroupState,
            85 => ApiKey::WriteShareGroupState,
            86 => ApiKey::DeleteShareGroupState,
            87 => ApiKey::ReadShareGroupStateSummary,
            88 => ApiKey::StreamsGroupHeartbeat,
            89 => ApiKey::StreamsGroupDescribe,
            90 => ApiKey::DescribeShareGroupOffsets,
            91 => ApiKey::AlterShareGroupOffsets,
            92 => ApiKey::DeleteShareGroupOffsets,
            _ => return None,
        })
    }

    /// What the schema says about the API.
    #[must_use]
    pub const fn info(self) -> ApiInfo {
        match self {
            ApiKey::Produce => ApiInfo {
                name: "Produce",
                versions: VersionRange { min: 3, max: 13 },
                first_flexible: 9,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::Fetch => ApiInfo {
                name: "Fetch",
                versions: VersionRange { min: 4, max: 18 },
                first_flexible: 12,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::ListOffsets => ApiInfo {
                name: "ListOffsets",
                versions: VersionRange { min: 1, max: 11 },
                first_flexible: 6,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::Metadata => ApiInfo {
                name: "Metadata",
                versions: VersionRange { min: 0, max: 13 },
                first_flexible: 9,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::OffsetCommit => ApiInfo {
                name: "OffsetCommit",
                versions: VersionRange { min: 2, max: 10 },
                first_flexible: 8,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::OffsetFetch => ApiInfo {
                name: "OffsetFetch",
                versions: VersionRange { min: 1, max: 10 },
                first_flexible: 6,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::FindCoordinator => ApiInfo {
                name: "FindCoordinator",
                versions: VersionRange { min: 0, max: 6 },
                first_flexible: 3,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::JoinGroup => ApiInfo {
                name: "JoinGroup",
                versions: VersionRange { min: 0, max: 9 },
                first_flexible: 6,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::Heartbeat => ApiInfo {
                name: "Heartbeat",
                versions: VersionRange { min: 0, max: 4 },
                first_flexible: 4,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::LeaveGroup => ApiInfo {
                name: "LeaveGroup",
                versions: VersionRange { min: 0, max: 5 },
                first_flexible: 4,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::SyncGroup => ApiInfo {
                name: "SyncGroup",
                versions: VersionRange { min: 0, max: 5 },
                first_flexible: 4,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::DescribeGroups => ApiInfo {
                name: "DescribeGroups",
                versions: VersionRange { min: 0, max: 6 },
                first_flexible: 5,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::ListGroups => ApiInfo {
                name: "ListGroups",
                versions: VersionRange { min: 0, max: 5 },
                first_flexible: 3,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::SaslHandshake => ApiInfo {
                name: "SaslHandshake",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: i16::MAX,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::ApiVersions => ApiInfo {
                name: "ApiVersions",
                versions: VersionRange { min: 0, max: 4 },
                first_flexible: 3,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::CreateTopics => ApiInfo {
                name: "CreateTopics",
                versions: VersionRange { min: 2, max: 7 },
                first_flexible: 5,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::DeleteTopics => ApiInfo {
                name: "DeleteTopics",
                versions: VersionRange { min: 1, max: 6 },
                first_flexible: 4,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::DeleteRecords => ApiInfo {
                name: "DeleteRecords",
                versions: VersionRange { min: 0, max: 2 },
                first_flexible: 2,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::InitProducerId => ApiInfo {
                name: "InitProducerId",
                versions: VersionRange { min: 0, max: 5 },
                first_flexible: 2,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::OffsetForLeaderEpoch => ApiInfo {
                name: "OffsetForLeaderEpoch",
                versions: VersionRange { min: 2, max: 4 },
                first_flexible: 4,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::AddPartitionsToTxn => ApiInfo {
                name: "AddPartitionsToTxn",
                versions: VersionRange { min: 0, max: 5 },
                first_flexible: 3,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::AddOffsetsToTxn => ApiInfo {
                name: "AddOffsetsToTxn",
                versions: VersionRange { min: 0, max: 4 },
                first_flexible: 3,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::EndTxn => ApiInfo {
                name: "EndTxn",
                versions: VersionRange { min: 0, max: 5 },
                first_flexible: 3,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::WriteTxnMarkers => ApiInfo {
                name: "WriteTxnMarkers",
                versions: VersionRange { min: 1, max: 2 },
                first_flexible: 1,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::TxnOffsetCommit => ApiInfo {
                name: "TxnOffsetCommit",
                versions: VersionRange { min: 0, max: 5 },
                first_flexible: 3,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::DescribeAcls => ApiInfo {
                name: "DescribeAcls",
                versions: VersionRange { min: 1, max: 3 },
                first_flexible: 2,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::CreateAcls => ApiInfo {
                name: "CreateAcls",
                versions: VersionRange { min: 1, max: 3 },
                first_flexible: 2,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::DeleteAcls => ApiInfo {
                name: "DeleteAcls",
                versions: VersionRange { min: 1, max: 3 },
                first_flexible: 2,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::DescribeConfigs => ApiInfo {
                name: "DescribeConfigs",
                versions: VersionRange { min: 1, max: 4 },
                first_flexible: 4,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::AlterConfigs => ApiInfo {
                name: "AlterConfigs",
                versions: VersionRange { min: 0, max: 2 },
                first_flexible: 2,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::AlterReplicaLogDirs => ApiInfo {
                name: "AlterReplicaLogDirs",
                versions: VersionRange { min: 1, max: 2 },
                first_flexible: 2,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::DescribeLogDirs => ApiInfo {
                name: "DescribeLogDirs",
                versions: VersionRange { min: 1, max: 5 },
                first_flexible: 2,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::SaslAuthenticate => ApiInfo {
                name: "SaslAuthenticate",
                versions: VersionRange { min: 0, max: 2 },
                first_flexible: 2,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::CreatePartitions => ApiInfo {
                name: "CreatePartitions",
                versions: VersionRange { min: 0, max: 3 },
                first_flexible: 2,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::CreateDelegationToken => ApiInfo {
                name: "CreateDelegationToken",
                versions: VersionRange { min: 1, max: 3 },
                first_flexible: 2,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::RenewDelegationToken => ApiInfo {
                name: "RenewDelegationToken",
                versions: VersionRange { min: 1, max: 2 },
                first_flexible: 2,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::ExpireDelegationToken => ApiInfo {
                name: "ExpireDelegationToken",
                versions: VersionRange { min: 1, max: 2 },
                first_flexible: 2,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::DescribeDelegationToken => ApiInfo {
                name: "DescribeDelegationToken",
                versions: VersionRange { min: 1, max: 3 },
                first_flexible: 2,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::DeleteGroups => ApiInfo {
                name: "DeleteGroups",
                versions: VersionRange { min: 0, max: 2 },
                first_flexible: 2,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::ElectLeaders => ApiInfo {
                name: "ElectLeaders",
                versions: VersionRange { min: 0, max: 2 },
                first_flexible: 2,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::IncrementalAlterConfigs => ApiInfo {
                name: "IncrementalAlterConfigs",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 1,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::AlterPartitionReassignments => ApiInfo {
                name: "AlterPartitionReassignments",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 0,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::ListPartitionReassignments => ApiInfo {
                name: "ListPartitionReassignments",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::OffsetDelete => ApiInfo {
                name: "OffsetDelete",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: i16::MAX,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::DescribeClientQuotas => ApiInfo {
                name: "DescribeClientQuotas",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 1,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::AlterClientQuotas => ApiInfo {
                name: "AlterClientQuotas",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 1,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::DescribeUserScramCredentials => ApiInfo {
                name: "DescribeUserScramCredentials",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::AlterUserScramCredentials => ApiInfo {
                name: "AlterUserScramCredentials",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::Vote => ApiInfo {
                name: "Vote",
                versions: VersionRange { min: 0, max: 2 },
                first_flexible: 0,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::BeginQuorumEpoch => ApiInfo {
                name: "BeginQuorumEpoch",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 1,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::EndQuorumEpoch => ApiInfo {
                name: "EndQuorumEpoch",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 1,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::DescribeQuorum => ApiInfo {
                name: "DescribeQuorum",
                versions: VersionRange { min: 0, max: 2 },
                first_flexible: 0,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::AlterPartition => ApiInfo {
                name: "AlterPartition",
                versions: VersionRange { min: 2, max: 3 },
                first_flexible: 0,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::UpdateFeatures => ApiInfo {
                name: "UpdateFeatures",
                versions: VersionRange { min: 0, max: 2 },
                first_flexible: 0,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::Envelope => ApiInfo {
                name: "Envelope",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::FetchSnapshot => ApiInfo {
                name: "FetchSnapshot",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 0,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::DescribeCluster => ApiInfo {
                name: "DescribeCluster",
                versions: VersionRange { min: 0, max: 2 },
                first_flexible: 0,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::DescribeProducers => ApiInfo {
                name: "DescribeProducers",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::BrokerRegistration => ApiInfo {
                name: "BrokerRegistration",
                versions: VersionRange { min: 0, max: 4 },
                first_flexible: 0,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::BrokerHeartbeat => ApiInfo {
                name: "BrokerHeartbeat",
                versions: VersionRange { min: 0, max: 2 },
                first_flexible: 0,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::UnregisterBroker => ApiInfo {
                name: "UnregisterBroker",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::DescribeTransactions => ApiInfo {
                name: "DescribeTransactions",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::ListTransactions => ApiInfo {
                name: "ListTransactions",
                versions: VersionRange { min: 0, max: 2 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::AllocateProducerIds => ApiInfo {
                name: "AllocateProducerIds",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::ConsumerGroupHeartbeat => ApiInfo {
                name: "ConsumerGroupHeartbeat",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::ConsumerGroupDescribe => ApiInfo {
                name: "ConsumerGroupDescribe",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::ControllerRegistration => ApiInfo {
                name: "ControllerRegistration",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::GetTelemetrySubscriptions => ApiInfo {
                name: "GetTelemetrySubscriptions",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::PushTelemetry => ApiInfo {
                name: "PushTelemetry",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::AssignReplicasToDirs => ApiInfo {
                name: "AssignReplicasToDirs",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::ListConfigResources => ApiInfo {
                name: "ListConfigResources",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::DescribeTopicPartitions => ApiInfo {
                name: "DescribeTopicPartitions",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::ShareGroupHeartbeat => ApiInfo {
                name: "ShareGroupHeartbeat",
                versions: VersionRange { min: 1, max: 1 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::ShareGroupDescribe => ApiInfo {
                name: "ShareGroupDescribe",
                versions: VersionRange { min: 1, max: 1 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::ShareFetch => ApiInfo {
                name: "ShareFetch",
                versions: VersionRange { min: 1, max: 2 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::ShareAcknowledge => ApiInfo {
                name: "ShareAcknowledge",
                versions: VersionRange { min: 1, max: 2 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::AddRaftVoter => ApiInfo {
                name: "AddRaftVoter",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 0,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::RemoveRaftVoter => ApiInfo {
                name: "RemoveRaftVoter",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: true,
            },
            ApiKey::UpdateRaftVoter => ApiInfo {
                name: "UpdateRaftVoter",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: false,
                on_controller: true,
            },
            ApiKey::InitializeShareGroupState => ApiInfo {
                name: "InitializeShareGroupState",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::ReadShareGroupState => ApiInfo {
                name: "ReadShareGroupState",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::WriteShareGroupState => ApiInfo {
                name: "WriteShareGroupState",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::DeleteShareGroupState => ApiInfo {
                name: "DeleteShareGroupState",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::ReadShareGroupStateSummary => ApiInfo {
                name: "ReadShareGroupStateSummary",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::StreamsGroupHeartbeat => ApiInfo {
                name: "StreamsGroupHeartbeat",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::StreamsGroupDescribe => ApiInfo {
                name: "StreamsGroupDescribe",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::DescribeShareGroupOffsets => ApiInfo {
                name: "DescribeShareGroupOffsets",
                versions: VersionRange { min: 0, max: 1 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::AlterShareGroupOffsets => ApiInfo {
                name: "AlterShareGroupOffsets",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
            ApiKey::DeleteShareGroupOffsets => ApiInfo {
                name: "DeleteShareGroupOffsets",
                versions: VersionRange { min: 0, max: 0 },
                first_flexible: 0,
                on_broker: true,
                on_controller: false,
            },
        }
    }
}
