//! `quorum-state` in the metadata log's directory: who leads, in which epoch, for whom this node has voted.
//!
//! It is written and synced before anything is written in a new epoch, so that no epoch is ever led twice. Kafka writes
//! version 1 with kraft.version 1, and version 0, which also has the cluster's id and the voters, with static voters.

use loglane_model::{BrokerId, LeaderEpoch};
use loglane_replication::record::Uuid;
use std::fmt;

/// Name of the file.
pub const QUORUM_STATE_FILE_NAME: &str = "quorum-state";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuorumState {
    /// Who leads, as far as known.
    pub leader: Option<BrokerId>,
    /// The epoch; 0 before the first.
    pub leader_epoch: LeaderEpoch,
    /// For whom this node has voted in that epoch, and that node's directory. A node that leads has no vote here.
    pub voted: Option<(BrokerId, Uuid)>,
    /// The voters; only with static voters, when the file has version 0.
    pub static_voters: Option<Vec<BrokerId>>,
}

/// Why the file cannot be read. It must not be replaced by guesswork: an epoch could be led twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuorumStateError {
    /// It is not JSON of the expected shape.
    Syntax,
    /// It has a version that is not known.
    Version(i64),
    /// A field is missing or out of range.
    Field(&'static str),
}

impl fmt::Display for QuorumStateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QuorumStateError::Syntax => f.write_str("quorum-state is not the JSON object that it should be"),
            QuorumStateError::Version(version) => write!(f, "quorum-state has the unknown version {version}"),
            QuorumStateError::Field(name) => {
                write!(f, "quorum-state has no {name}, or one that is out of range")
            }
        }
    }
}

impl std::error::Error for QuorumStateError {}

impl QuorumState {
    /// The state of a leader.
    #[must_use]
    pub fn leading(node: BrokerId, epoch: LeaderEpoch, static_voters: Option<Vec<BrokerId>>) -> QuorumState {
        QuorumState { leader: Some(node), leader_epoch: epoch, voted: None, static_voters }
    }

    /// The text of the file, as Kafka writes it.
    #[must_use]
    pub fn encode(&self) -> String {
        let leader = self.leader.map_or(-1, |id| id.0);
        let epoch = self.leader_epoch.0;
        let (voted, directory) = self.voted.map_or((-1, Uuid::ZERO), |(id, directory)| (id.0, directory));
        match &self.static_voters {
            None => format!(
                "{{\"leaderId\":{leader},\"leaderEpoch\":{epoch},\"votedId\":{voted},\
                 \"votedDirectoryId\":\"{directory}\",\"data_version\":1}}"
            ),
            Some(voters) => {
                let voters: Vec<String> =
                    voters.iter().map(|id| format!("{{\"voterId\":{}}}", id.0)).collect();
                format!(
                    "{{\"clusterId\":\"\",\"leaderId\":{leader},\"leaderEpoch\":{epoch},\"votedId\":{voted},\
                     \"appliedOffset\":0,\"currentVoters\":[{}],\"data_version\":0}}",
                    voters.join(",")
                )
            }
        }
    }

    /// Reads the file.
    pub fn decode(text: &str) -> Result<QuorumState, QuorumStateError> {
        let inner = text.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let inner = inner.ok_or(QuorumStateError::Syntax)?;
        // The one list of the file is taken out first: what is left is flat, and none of its strings holds a comma.
        let (flat, voters) = match inner.find('[').zip(inner.rfind(']')) {
            Some((open, close)) if open < close => {
                (format!("{}{}", &inner[..open], &inner[close + 1..]), read_voters(&inner[open + 1..close])?)
            }
            _ => (inner.to_owned(), Vec::new()),
        };
        let field = |wanted: &'static str| -> Option<String> {
            let members = flat.split(',').filter_map(|member| member.split_once(':'));
            let mut values = members.filter(|(name, _)| name.trim().trim_matches('"') == wanted);
            values.next().map(|(_, value)| value.trim().trim_matches('"').to_owned())
        };
        let number = |name: &'static str| -> Result<i64, QuorumStateError> {
            field(name).and_then(|text| text.parse().ok()).ok_or(QuorumStateError::Field(name))
        };
        let node = |name: &'static str| -> Result<Option<BrokerId>, QuorumStateError> {
            match i32::try_from(number(name)?) {
                Ok(-1) => Ok(None),
                Ok(id) if id >= 0 => Ok(Some(BrokerId(id))),
                _ => Err(QuorumStateError::Field(name)),
            }
        };
        let version = number("data_version")?;
        let epoch = i32::try_from(number("leaderEpoch")?).ok().filter(|epoch| *epoch >= 0);
        let voted_directory = match version {
            0 => Uuid::ZERO,
            1 => {
                let parsed = field("votedDirectoryId").and_then(|text| Uuid::parse(&text));
                parsed.ok_or(QuorumStateError::Field("votedDirectoryId"))?
            }
            other => return Err(QuorumStateError::Version(other)),
        };
        Ok(QuorumState {
            leader: node("leaderId")?,
            leader_epoch: LeaderEpoch(epoch.ok_or(QuorumStateError::Field("leaderEpoch"))?),
            voted: node("votedId")?.map(|id| (id, voted_directory)),
            static_voters: (version == 0).then_some(voters),
        })
    }
}

/// Reads `{"voterId":1},{"voterId":2}`.
fn read_voters(list: &str) -> Result<Vec<BrokerId>, QuorumStateError> {
    let voter = |member: &str| -> Option<BrokerId> {
        let (name, id) = member.trim().strip_prefix('{')?.strip_suffix('}')?.split_once(':')?;
        let id = id.trim().parse().ok()?;
        (name.trim() == "\"voterId\"").then_some(BrokerId(id))
    };
    let members = list.split(',').filter(|member| !member.trim().is_empty());
    members.map(|member| voter(member).ok_or(QuorumStateError::Field("currentVoters"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_and_writes_what_kafka_does() {
        let dynamic = "{\"leaderId\":1,\"leaderEpoch\":5,\"votedId\":-1,\
                       \"votedDirectoryId\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"data_version\":1}";
        let state = QuorumState::decode(dynamic).unwrap();
        assert_eq!(state, QuorumState::leading(BrokerId(1), LeaderEpoch(5), None));
        assert_eq!(state.encode(), dynamic);
        let fixed = "{\"clusterId\":\"\",\"leaderId\":1,\"leaderEpoch\":2,\"votedId\":-1,\"appliedOffset\":0,\
                     \"currentVoters\":[{\"voterId\":1}],\"data_version\":0}";
        let state = QuorumState::decode(fixed).unwrap();
        assert_eq!(state.static_voters, Some(vec![BrokerId(1)]));
        assert_eq!(state.encode(), fixed);
    }

    #[test]
    fn a_vote_keeps_its_directory() {
        let voted = Some((BrokerId(3), Uuid([7; 16])));
        let state = QuorumState { leader: None, leader_epoch: LeaderEpoch(9), voted, static_voters: None };
        assert_eq!(QuorumState::decode(&state.encode()), Ok(state));
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        let refused = |text: &str| QuorumState::decode(text).unwrap_err();
        assert_eq!(refused(""), QuorumStateError::Syntax);
        assert_eq!(refused("{}"), QuorumStateError::Field("data_version"));
        assert_eq!(refused("{\"leaderEpoch\":1,\"data_version\":7}"), QuorumStateError::Version(7));
        let negative = "{\"leaderId\":1,\"leaderEpoch\":-4,\"votedId\":-1,\"data_version\":0}";
        assert_eq!(refused(negative), QuorumStateError::Field("leaderEpoch"));
    }
}
