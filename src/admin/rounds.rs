//! Rounds of mail to the shards: one at a time, few in a second, each with a deadline.

use super::About;
use super::metrics::Sample;
use crate::shard::mail::Mail;
use crate::shard::snapshot::{Reply, ShardSnapshot};
use loglane_model::ShardId;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, sleep_until, timeout_at};

/// A shard that takes longer to answer is in trouble: a turn takes milliseconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How far apart rounds begin at the least: what a shard spends on them stays a small part of its time.
const EVERY: Duration = Duration::from_millis(100);

/// All shards at one moment.
pub(super) type Snapshots = Arc<Vec<ShardSnapshot>>;

/// Shards that did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Silent(pub(super) Vec<ShardId>);

/// The last round, and the way to the next one.
#[derive(Debug)]
pub(super) struct Rounds {
    about: About,
    last: Mutex<Option<Round>>,
}

#[derive(Debug)]
struct Round {
    began: Instant,
    result: Result<Snapshots, Silent>,
}

impl Rounds {
    pub(super) fn new(about: About) -> Rounds {
        Rounds { about, last: Mutex::new(None) }
    }

    /// Whether connections are accepted, as far as the start is concerned.
    pub(super) fn has_started(&self) -> bool {
        self.about.is_ready.load(Ordering::Acquire)
    }

    /// What the shards say now: everything that was done before this was called is in it. Those who ask while others
    /// wait for a round to begin share it.
    ///
    /// # Errors
    /// Who did not answer.
    pub(super) async fn ask(&self) -> Result<Snapshots, Silent> {
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        if let Some(round) = &*last {
            if round.began >= asked {
                return round.result.clone();
            }
            sleep_until(round.began + EVERY).await;
        }
        let began = Instant::now();
        let result = self.ask_shards(began + ANSWER_WITHIN).await;
        *last = Some(Round { began, result: result.clone() });
        result
    }

    async fn ask_shards(&self, until: Instant) -> Result<Snapshots, Silent> {
        let shards: Vec<ShardId> = (0..).take(self.about.mailer.shard_count()).map(ShardId).collect();
        let (replies, mut answers) = mpsc::unbounded_channel();
        for shard in &shards {
            let replies = replies.clone();
            let reply = move |snapshot| {
                // Nobody listens any more after the deadline.
                let _ = replies.send(snapshot);
            };
            // A shard with a full mailbox, or none, does not answer in time: that is what is told then.
            let _ = self.about.mailer.mail(*shard, Mail::Snapshot(Reply(Box::new(reply))));
        }
        drop(replies);
        let mut snapshots: Vec<ShardSnapshot> = Vec::with_capacity(shards.len());
        // The channel ends with the last answer, or with the last shard that could give one.
        while let Ok(Some(snapshot)) = timeout_at(until, answers.recv()).await {
            snapshots.push(snapshot);
        }
        snapshots.sort_by_key(|snapshot| snapshot.shard);
        if snapshots.len() == shards.len() {
            return Ok(Arc::new(snapshots));
        }
        let has_answered = |shard: &ShardId| snapshots.iter().any(|snapshot| snapshot.shard == *shard);
        Err(Silent(shards.into_iter().filter(|shard| !has_answered(shard)).collect()))
    }

    /// The metrics as text.
    ///
    /// # Errors
    /// Who did not answer: a part of the counts would look as if they had fallen.
    pub(super) async fn metrics(&self) -> Result<String, Silent> {
        let snapshots = self.ask().await?;
        let About { cores, listeners, began, .. } = &self.about;
        let is_ready = self.has_started() && !snapshots.iter().any(|shard| shard.is_closing);
        let sample = Sample { shards: &snapshots, cores, listeners, uptime: began.elapsed(), is_ready };
        Ok(sample.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loglane_model::FileSystem;
    use loglane_ring::{BackendChoice, Options, OsFileSystem, connect};
    use std::time::Instant as StdInstant;

    /// Shards that nobody runs.
    fn rounds() -> Rounds {
        let fs: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
        let options = Options { backend: BackendChoice::Epoll, cores: vec![0, 0], ..Options::default() };
        let connected = connect(2, &options, &fs).unwrap();
        Rounds::new(About {
            mailer: connected.mailer,
            cores: vec![0, 0],
            listeners: Vec::new(),
            is_ready: Arc::default(),
            began: StdInstant::now(),
        })
    }

    #[test]
    fn shards_that_have_gone_are_named_at_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let silent = Silent(vec![ShardId(0), ShardId(1)]);
        let rounds = rounds();
        runtime.block_on(async {
            assert_eq!(rounds.ask().await.unwrap_err(), silent);
            // The next one is a round of its own.
            assert_eq!(rounds.metrics().await.unwrap_err(), silent);
        });
        assert!(!rounds.has_started());
    }
}
