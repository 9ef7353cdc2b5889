//! The error codes of the protocol, as of Kafka 4.3.
//!
//! A client shows a code that it does not know as −1, and retries some of them for ever: a permanent state must not be
//! answered with a code for a passing one ([`ErrorCode::is_retriable`]).

macro_rules! error_codes {
    ($($code:literal $name:ident $kafka:literal $message:literal;)*) => {
        /// An error code. What it means is said by [`ErrorCode::message`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(i16)]
        pub enum ErrorCode {
            $(
                #[doc = $message]
                $name = $code,
            )*
        }

        impl ErrorCode {
            /// Every code, ordered by number.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name),*];

            /// The code with this number, if Kafka 4.3 has it.
            #[must_use]
            pub const fn from_i16(code: i16) -> Option<ErrorCode> {
                match code {
                    $($code => Some(ErrorCode::$name),)*
                    _ => None,
                }
            }

            /// Kafka's name, as clients and logs print it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(ErrorCode::$name => $kafka,)*
                }
            }

            /// A text for a response's error message where nothing better is known.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self {
                    $(ErrorCode::$name => $message,)*
                }
            }
        }
    };
}

error_codes! {
    -1 UnknownServerError "UNKNOWN_SERVER_ERROR" "an error the broker did not expect";
    0 None "NONE" "no error";
    1 OffsetOutOfRange "OFFSET_OUT_OF_RANGE" "the offset is outside the log";
    2 CorruptMessage "CORRUPT_MESSAGE" "a batch fails its checks: CRC, size, format, or a null key in a compacted topic";
    3 UnknownTopicOrPartition "UNKNOWN_TOPIC_OR_PARTITION" "the broker does not host this partition";
    4 InvalidFetchSize "INVALID_FETCH_SIZE" "the fetch size is invalid";
    5 LeaderNotAvailable "LEADER_NOT_AVAILABLE" "the partition has no leader at the moment";
    6 NotLeaderOrFollower "NOT_LEADER_OR_FOLLOWER" "the broker does not lead or follow this partition";
    7 RequestTimedOut "REQUEST_TIMED_OUT" "the request timed out";
    8 BrokerNotAvailable "BROKER_NOT_AVAILABLE" "the broker is not available";
    9 ReplicaNotAvailable "REPLICA_NOT_AVAILABLE" "the replica is not available";
    10 MessageTooLarge "MESSAGE_TOO_LARGE" "the batch is larger than the topic accepts";
    11 StaleControllerEpoch "STALE_CONTROLLER_EPOCH" "the controller has moved";
    12 OffsetMetadataTooLarge "OFFSET_METADATA_TOO_LARGE" "the metadata of the offset is too large";
    13 NetworkException "NETWORK_EXCEPTION" "the connection broke before a response came";
    14 CoordinatorLoadInProgress "COORDINATOR_LOAD_IN_PROGRESS" "the coordinator is still loading";
    15 CoordinatorNotAvailable "COORDINATOR_NOT_AVAILABLE" "the coordinator is not available";
    16 NotCoordinator "NOT_COORDINATOR" "this broker is not the coordinator";
    17 InvalidTopicException "INVALID_TOPIC_EXCEPTION" "the topic's name is invalid, or the operation is not allowed on it";
    18 RecordListTooLarge "RECORD_LIST_TOO_LARGE" "the batch is larger than a segment";
    19 NotEnoughReplicas "NOT_ENOUGH_REPLICAS" "fewer replicas are in sync than required";
    20 NotEnoughReplicasAfterAppend "NOT_ENOUGH_REPLICAS_AFTER_APPEND" "appended, but fewer replicas are in sync than required";
    21 InvalidRequiredAcks "INVALID_REQUIRED_ACKS" "acks must be -1, 0 or 1";
    22 IllegalGeneration "ILLEGAL_GENERATION" "the group's generation is another one";
    23 InconsistentGroupProtocol "INCONSISTENT_GROUP_PROTOCOL" "the member's protocols do not fit those of the group";
    24 InvalidGroupId "INVALID_GROUP_ID" "the group id is invalid";
    25 UnknownMemberId "UNKNOWN_MEMBER_ID" "the group has no such member";
    26 InvalidSessionTimeout "INVALID_SESSION_TIMEOUT" "the session timeout is outside the broker's range";
    27 RebalanceInProgress "REBALANCE_IN_PROGRESS" "the group is rebalancing";
    28 InvalidCommitOffsetSize "INVALID_COMMIT_OFFSET_SIZE" "the offset commit is too large";
    29 TopicAuthorizationFailed "TOPIC_AUTHORIZATION_FAILED" "not authorized for the topic";
    30 GroupAuthorizationFailed "GROUP_AUTHORIZATION_FAILED" "not authorized for the group";
    31 ClusterAuthorizationFailed "CLUSTER_AUTHORIZATION_FAILED" "not authorized for the cluster";
    32 InvalidTimestamp "INVALID_TIMESTAMP" "a timestamp is outside the accepted range";
    33 UnsupportedSaslMechanism "UNSUPPORTED_SASL_MECHANISM" "the SASL mechanism is not enabled";
    34 IllegalSaslState "ILLEGAL_SASL_STATE" "out of place in the SASL exchange";
    35 UnsupportedVersion "UNSUPPORTED_VERSION" "the version is not supported";
    36 TopicAlreadyExists "TOPIC_ALREADY_EXISTS" "the topic already exists";
    37 InvalidPartitions "INVALID_PARTITIONS" "the number of partitions is invalid";
    38 InvalidReplicationFactor "INVALID_REPLICATION_FACTOR" "the replication factor is invalid";
    39 InvalidReplicaAssignment "INVALID_REPLICA_ASSIGNMENT" "the replica assignment is invalid";
    40 InvalidConfig "INVALID_CONFIG" "the configuration is invalid";
    41 NotController "NOT_CONTROLLER" "this broker is not the controller";
    42 InvalidRequest "INVALID_REQUEST" "the request makes no sense";
    43 UnsupportedForMessageFormat "UNSUPPORTED_FOR_MESSAGE_FORMAT" "the message format is not supported";
    44 PolicyViolation "POLICY_VIOLATION" "a policy forbids it";
    45 OutOfOrderSequenceNumber "OUT_OF_ORDER_SEQUENCE_NUMBER" "the sequence number is out of order";
    46 DuplicateSequenceNumber "DUPLICATE_SEQUENCE_NUMBER" "the sequence number was seen before";
    47 InvalidProducerEpoch "INVALID_PRODUCER_EPOCH" "the producer epoch is an old one";
    48 InvalidTxnState "INVALID_TXN_STATE" "the transaction is not in a state for that";
    49 InvalidProducerIdMapping "INVALID_PRODUCER_ID_MAPPING" "the producer id is not that of the transactional id";
    50 InvalidTransactionTimeout "INVALID_TRANSACTION_TIMEOUT" "the transaction timeout is larger than the broker allows";
    51 ConcurrentTransactions "CONCURRENT_TRANSACTIONS" "another operation on the transaction is going on";
    52 TransactionCoordinatorFenced "TRANSACTION_COORDINATOR_FENCED" "the transaction coordinator was replaced";
    53 TransactionalIdAuthorizationFailed "TRANSACTIONAL_ID_AUTHORIZATION_FAILED" "not authorized for the transactional id";
    54 SecurityDisabled "SECURITY_DISABLED" "security is not enabled";
    55 OperationNotAttempted "OPERATION_NOT_ATTEMPTED" "not attempted because something before it failed";
    56 KafkaStorageError "KAFKA_STORAGE_ERROR" "the disk failed";
    57 LogDirNotFound "LOG_DIR_NOT_FOUND" "the broker has no such log directory";
    58 SaslAuthenticationFailed "SASL_AUTHENTICATION_FAILED" "authentication failed";
    59 UnknownProducerId "UNKNOWN_PRODUCER_ID" "nothing is known of the producer id";
    60 ReassignmentInProgress "REASSIGNMENT_IN_PROGRESS" "the partition is being reassigned";
    61 DelegationTokenAuthDisabled "DELEGATION_TOKEN_AUTH_DISABLED" "delegation tokens are not enabled";
    62 DelegationTokenNotFound "DELEGATION_TOKEN_NOT_FOUND" "there is no such delegation token";
    63 DelegationTokenOwnerMismatch "DELEGATION_TOKEN_OWNER_MISMATCH" "the principal neither owns nor may renew the token";
    64 DelegationTokenRequestNotAllowed "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED" "delegation tokens cannot be asked for over this channel";
    65 DelegationTokenAuthorizationFailed "DELEGATION_TOKEN_AUTHORIZATION_FAILED" "not authorized for the delegation token";
    66 DelegationTokenExpired "DELEGATION_TOKEN_EXPIRED" "the delegation token has expired";
    67 InvalidPrincipalType "INVALID_PRINCIPAL_TYPE" "the type of the principal is not supported";
    68 NonEmptyGroup "NON_EMPTY_GROUP" "the group has members";
    69 GroupIdNotFound "GROUP_ID_NOT_FOUND" "there is no such group";
    70 FetchSessionIdNotFound "FETCH_SESSION_ID_NOT_FOUND" "there is no such fetch session";
    71 InvalidFetchSessionEpoch "INVALID_FETCH_SESSION_EPOCH" "the epoch of the fetch session is another one";
    72 ListenerNotFound "LISTENER_NOT_FOUND" "the leader has no listener of that name";
    73 TopicDeletionDisabled "TOPIC_DELETION_DISABLED" "topic deletion is disabled";
    74 FencedLeaderEpoch "FENCED_LEADER_EPOCH" "the leader epoch is an old one";
    75 UnknownLeaderEpoch "UNKNOWN_LEADER_EPOCH" "the leader epoch is not known yet";
    76 UnsupportedCompressionType "UNSUPPORTED_COMPRESSION_TYPE" "the client cannot read the partition's compression";
    77 StaleBrokerEpoch "STALE_BROKER_EPOCH" "the broker epoch is another one";
    78 OffsetNotAvailable "OFFSET_NOT_AVAILABLE" "the high watermark is not known yet after an election";
    79 MemberIdRequired "MEMBER_ID_REQUIRED" "the member needs an id before it joins";
    80 PreferredLeaderNotAvailable "PREFERRED_LEADER_NOT_AVAILABLE" "the preferred leader is not available";
    81 GroupMaxSizeReached "GROUP_MAX_SIZE_REACHED" "the group is full";
    82 FencedInstanceId "FENCED_INSTANCE_ID" "another member took over the instance id";
    83 EligibleLeadersNotAvailable "ELIGIBLE_LEADERS_NOT_AVAILABLE" "no eligible leader is available";
    84 ElectionNotNeeded "ELECTION_NOT_NEEDED" "no election is needed";
    85 NoReassignmentInProgress "NO_REASSIGNMENT_IN_PROGRESS" "no reassignment is going on";
    86 GroupSubscribedToTopic "GROUP_SUBSCRIBED_TO_TOPIC" "the group is subscribed to the topic";
    87 InvalidRecord "INVALID_RECORD" "a record is invalid";
    88 UnstableOffsetCommit "UNSTABLE_OFFSET_COMMIT" "offsets of open transactions are pending";
    89 ThrottlingQuotaExceeded "THROTTLING_QUOTA_EXCEEDED" "the quota is used up";
    90 ProducerFenced "PRODUCER_FENCED" "a newer producer took over the transactional id";
    91 ResourceNotFound "RESOURCE_NOT_FOUND" "a resource of the request does not exist";
    92 DuplicateResource "DUPLICATE_RESOURCE" "a resource is named twice";
    93 UnacceptableCredential "UNACCEPTABLE_CREDENTIAL" "the credential is not acceptable";
    94 InconsistentVoterSet "INCONSISTENT_VOTER_SET" "the voters do not agree about who votes";
    95 InvalidUpdateVersion "INVALID_UPDATE_VERSION" "the version of the update is invalid";
    96 FeatureUpdateFailed "FEATURE_UPDATE_FAILED" "the features could not be updated";
    97 PrincipalDeserializationFailure "PRINCIPAL_DESERIALIZATION_FAILURE" "the forwarded principal cannot be read";
    98 SnapshotNotFound "SNAPSHOT_NOT_FOUND" "there is no such snapshot";
    99 PositionOutOfRange "POSITION_OUT_OF_RANGE" "the position is outside the snapshot";
    100 UnknownTopicId "UNKNOWN_TOPIC_ID" "the broker does not know the topic id";
    101 DuplicateBrokerRegistration "DUPLICATE_BROKER_REGISTRATION" "the broker id is in use";
    102 BrokerIdNotRegistered "BROKER_ID_NOT_REGISTERED" "the broker id is not registered";
    103 InconsistentTopicId "INCONSISTENT_TOPIC_ID" "the topic has another id";
    104 InconsistentClusterId "INCONSISTENT_CLUSTER_ID" "the cluster has another id";
    105 TransactionalIdNotFound "TRANSACTIONAL_ID_NOT_FOUND" "there is no such transactional id";
    106 FetchSessionTopicIdError "FETCH_SESSION_TOPIC_ID_ERROR" "the topic ids of the fetch session do not fit";
    107 IneligibleReplica "INELIGIBLE_REPLICA" "a replica cannot be in sync";
    108 NewLeaderElected "NEW_LEADER_ELECTED" "done, but the leader has changed";
    109 OffsetMovedToTieredStorage "OFFSET_MOVED_TO_TIERED_STORAGE" "the offset is in remote storage";
    110 FencedMemberEpoch "FENCED_MEMBER_EPOCH" "the member epoch is fenced";
    111 UnreleasedInstanceId "UNRELEASED_INSTANCE_ID" "another member holds the instance id";
    112 UnsupportedAssignor "UNSUPPORTED_ASSIGNOR" "the assignor is not supported";
    113 StaleMemberEpoch "STALE_MEMBER_EPOCH" "the member epoch is an old one";
    114 MismatchedEndpointType "MISMATCHED_ENDPOINT_TYPE" "the endpoint is of another type";
    115 UnsupportedEndpointType "UNSUPPORTED_ENDPOINT_TYPE" "the type of endpoint is not supported";
    116 UnknownControllerId "UNKNOWN_CONTROLLER_ID" "there is no such controller";
    117 UnknownSubscriptionId "UNKNOWN_SUBSCRIPTION_ID" "the telemetry subscription is unknown or outdated";
    118 TelemetryTooLarge "TELEMETRY_TOO_LARGE" "the telemetry is too large";
    119 InvalidRegistration "INVALID_REGISTRATION" "the registration is invalid";
    120 TransactionAbortable "TRANSACTION_ABORTABLE" "the transaction failed and can be aborted";
    121 InvalidRecordState "INVALID_RECORD_STATE" "the record is not in a state for that";
    122 ShareSessionNotFound "SHARE_SESSION_NOT_FOUND" "there is no such share session";
    123 InvalidShareSessionEpoch "INVALID_SHARE_SESSION_EPOCH" "the epoch of the share session is another one";
    124 FencedStateEpoch "FENCED_STATE_EPOCH" "the state epoch of the share group is another one";
    125 InvalidVoterKey "INVALID_VOTER_KEY" "the voter's key is another one";
    126 DuplicateVoter "DUPLICATE_VOTER" "the voter is a voter already";
    127 VoterNotFound "VOTER_NOT_FOUND" "there is no such voter";
    128 InvalidRegularExpression "INVALID_REGULAR_EXPRESSION" "the regular expression is invalid";
    129 RebootstrapRequired "REBOOTSTRAP_REQUIRED" "the client should start again from its bootstrap servers";
    130 StreamsInvalidTopology "STREAMS_INVALID_TOPOLOGY" "the topology is invalid";
    131 StreamsInvalidTopologyEpoch "STREAMS_INVALID_TOPOLOGY_EPOCH" "the topology epoch is invalid";
    132 StreamsTopologyFenced "STREAMS_TOPOLOGY_FENCED" "the topology epoch is an old one";
    133 ShareSessionLimitReached "SHARE_SESSION_LIMIT_REACHED" "there are too many share sessions";
}

impl ErrorCode {
    /// The number on the wire.
    #[must_use]
    pub const fn to_i16(self) -> i16 {
        self as i16
    }

    /// Whether clients try again by themselves: Kafka's retriable exceptions.
    #[must_use]
    pub const fn is_retriable(self) -> bool {
        matches!(
            self.to_i16(),
            2..=3 | 5..=7 | 9 | 13..=16 | 19..=20 | 41 | 51 | 56 | 70..=72 | 74..=75 | 78 | 80 | 83..=84 | 88..=89 | 100 | 103 | 106 | 122..=123 | 133
        )
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn codes_run_from_minus_1_to_133() {
        let codes: Vec<i16> = ErrorCode::ALL.iter().map(|code| code.to_i16()).collect();
        assert_eq!(codes, (-1..=133).collect::<Vec<_>>());
        for &code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_i16(code.to_i16()), Some(code));
        }
        assert_eq!(ErrorCode::from_i16(134), None);
    }

    #[test]
    fn names_are_those_of_kafka() {
        assert_eq!(ErrorCode::NotLeaderOrFollower.name(), "NOT_LEADER_OR_FOLLOWER");
        assert_eq!(ErrorCode::InvalidTopicException.to_i16(), 17);
        assert!(ErrorCode::NotLeaderOrFollower.is_retriable());
        assert!(!ErrorCode::TopicAlreadyExists.is_retriable());
    }
}
