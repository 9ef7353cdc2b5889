//! What all actors have: a name, chance of their own, and a pace.

use super::plan::{Less, mix, percent};
use super::stage::{Stage, Topic};
use harness::Chance;
use loglane_model::Instant;
use loglane_net::ErrorCode;
use std::collections::BTreeSet;
use std::time::Duration;

/// Topics that nobody deletes, so that old clients may use their names.
pub(super) const LASTING: [&str; 2] = ["s0", "s1"];

/// One actor's name, pace and chance. Every action has chance of its own, so that leaving one out changes no other.
pub(super) struct Pace {
    pub(super) who: u32,
    seed: u64,
    action: u32,
    left_out: BTreeSet<u32>,
    act_at: Instant,
    /// What was answered well since all was healed.
    pub(super) done: u64,
}

impl Pace {
    pub(super) fn new(who: u32, seed: u64, less: &Less) -> Pace {
        let of_mine = less.actions.iter().filter(|(actor, _)| *actor == who).map(|(_, action)| *action);
        Pace { who, seed, action: 0, left_out: of_mine.collect(), act_at: Instant::default(), done: 0 }
    }

    /// The chance of the next action, if it is time for one.
    pub(super) fn next(&mut self, stage: &Stage) -> Option<Chance> {
        if stage.now < self.act_at || stage.is_ending {
            return None;
        }
        self.action += 1;
        let mut chance = Chance::new(mix(&[self.seed, u64::from(self.who), u64::from(self.action)]));
        let mut think_us = chance.below(stage.wishes.think_us_max);
        if percent(&mut chance, 3) {
            think_us *= 20;
        }
        if stage.is_healed {
            // Some have to wait for many seconds then; those who do not need not fill them with work.
            think_us = 5_000 + think_us % 20_000;
        }
        self.act_at = stage.now.after(Duration::from_micros(100 + think_us));
        stage.world.stop_at(self.act_at);
        (stage.is_healed || !self.left_out.contains(&self.action)).then_some(chance)
    }

    /// How many actions there were.
    pub(super) fn actions(&self) -> u32 {
        self.action
    }

    /// Something has worked.
    pub(super) fn has_done(&mut self, stage: &Stage) {
        self.done += u64::from(stage.is_healed);
    }
}

/// One of the topics that are there, as far as is known; only those that last, if wanted.
pub(super) fn choose_topic(stage: &Stage, chance: &mut Chance, lasting: bool) -> Option<Topic> {
    let usable = |topic: &&Topic| !topic.is_deleted && (!lasting || LASTING.contains(&topic.name.as_str()));
    let count = stage.topics.iter().filter(usable).count() as u64;
    let at = usize::try_from(chance.below(count)).expect("an index");
    stage.topics.iter().filter(usable).nth(at).cloned()
}

/// The code in an answer.
pub(super) fn code(code: i16) -> ErrorCode {
    ErrorCode::from_i16(code).expect("a code of Kafka's")
}

/// Codes that say: not now, or not here.
pub(super) fn is_passing(error: ErrorCode) -> bool {
    use ErrorCode as E;
    matches!(
        error,
        E::KafkaStorageError
            | E::NotLeaderOrFollower
            | E::LeaderNotAvailable
            | E::RequestTimedOut
            | E::UnknownTopicOrPartition
            | E::UnknownTopicId
            | E::InconsistentTopicId
            | E::NotController
            | E::BrokerNotAvailable
            | E::CoordinatorNotAvailable
            | E::CoordinatorLoadInProgress
            | E::NotCoordinator
    )
}
