//! The consumer group of a run, as the coordinator of the run sees it: members are started, sent away and back now and
//! then if that is wanted, and at the end asked what they did.

use super::ledger::Ledger;
use super::member::{GroupTerms, Member, Order, to_coordinator};
use super::notes::Note;
use super::window::monotonic_ns;
use crate::client::ClientError;
use crate::layout::Layout;
use crate::number::nanos;
use crate::options::Options;
use loglane_model::ShardId;
use loglane_ring::Mailer;
use std::collections::HashMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::{io, time::Duration};

pub use super::member::GroupOutcome;

/// A group with its members.
#[derive(Debug)]
pub(super) struct Group {
    terms: Arc<GroupTerms>,
    members: Vec<(Sender<Order>, JoinHandle<GroupOutcome>)>,
    /// Whether the group was made for this run, and goes with it.
    is_own: bool,
    /// When a member is sent away and back next; never if nobody wants that.
    next_churn_ns: u64,
    /// Who that will be.
    next_to_go: usize,
}

impl Group {
    /// Has one member for each consumer join. `worker_of` is the thread that reads for a consumer.
    pub(super) fn start(
        options: &Options,
        own_name: String,
        layout: &Arc<Layout>,
        first_offsets: Vec<i64>,
        ledger: &Arc<Ledger>,
        mailer: &Mailer<Note>,
        worker_of: impl Fn(u32) -> ShardId,
    ) -> io::Result<Group> {
        let name = options.group.clone().unwrap_or_default();
        let is_own = name.is_empty();
        let terms = Arc::new(GroupTerms {
            name: if is_own { own_name } else { name },
            bootstrap: options.bootstrap.clone(),
            session_ms: i32::try_from(options.session_timeout.as_millis()).unwrap_or(i32::MAX),
            heartbeat: options.heartbeat.max(Duration::from_millis(1)),
            commit_every: options.commit_every.max(Duration::from_millis(1)),
            layout: Arc::clone(layout),
            first_offsets,
            ledger: Arc::clone(ledger),
            holdings: Mutex::new(vec![None; options.consumers as usize]),
        });
        let mut members = Vec::new();
        for number in 0..options.consumers {
            let (orders, taken) = channel();
            let member = Member::new(number, worker_of(number), Arc::clone(&terms), mailer.clone(), taken);
            let thread = thread::Builder::new().name(format!("member-{number}"));
            members.push((orders, thread.spawn(move || member.run())?));
        }
        Ok(Group { terms, members, is_own, next_churn_ns: u64::MAX, next_to_go: 0 })
    }

    /// Whether everybody has joined and every partition has a reader.
    pub(super) fn is_formed(&self) -> bool {
        self.terms.is_formed()
    }

    /// Whether a member has given up.
    pub(super) fn has_failed(&self) -> bool {
        self.members.iter().any(|(_, thread)| thread.is_finished())
    }

    /// From now on members go and come back in turn.
    pub(super) fn begin_churn(&mut self, every: Option<Duration>) {
        self.next_churn_ns = every.map_or(u64::MAX, |every| monotonic_ns().saturating_add(nanos(every)));
    }

    /// Sends a member away and back, if it is time.
    pub(super) fn churn(&mut self, every: Option<Duration>) {
        if monotonic_ns() < self.next_churn_ns {
            return;
        }
        self.begin_churn(every);
        let at = self.next_to_go % self.members.len();
        self.next_to_go += 1;
        // A member that has given up is asked for its reasons at the end.
        let _ = self.members[at].0.send(Order::ComeBack);
    }

    /// Has all members leave; what they did, and whether what they committed is there.
    pub(super) fn end(mut self, keeps: bool) -> GroupOutcome {
        let mut outcome = GroupOutcome::default();
        for (orders, _) in &self.members {
            let _ = orders.send(Order::End);
        }
        for (orders, thread) in self.members.drain(..) {
            drop(orders);
            match thread.join() {
                Ok(of_member) => outcome.add(of_member),
                Err(_) => outcome.failure = Some("a member's thread has panicked".to_owned()),
            }
        }
        let ledger = &self.terms.ledger;
        outcome.redelivered = ledger.places().map(|place| ledger.reading(place).redelivered()).sum();
        match self.look_back(keeps) {
            Ok(wrong) => outcome.wrong_commits = wrong,
            Err(error) => outcome.failure = outcome.failure.or(Some(error.to_string())),
        }
        outcome
    }

    /// How many partitions' committed offsets are not what the coordinator acknowledged. A commit without an answer may
    /// have arrived; nothing that nobody read was ever committed.
    fn look_back(&self, keeps: bool) -> Result<u64, ClientError> {
        let (terms, ledger) = (&self.terms, &self.terms.ledger);
        let acknowledged = |place: &u32| ledger.reading(*place).committed().is_some();
        let places: Vec<u32> = ledger.places().filter(acknowledged).collect();
        let mut client = to_coordinator(&terms.bootstrap, &terms.name)?;
        let found = client.committed(&terms.name, &terms.layout.by_topic(&places))?;
        let found: HashMap<(&str, i32), i64> =
            found.iter().map(|(topic, partition, offset)| ((topic.as_str(), *partition), *offset)).collect();
        let is_right = |place: &u32| {
            let (at, reading) = (&terms.layout.places()[*place as usize], ledger.reading(*place));
            let name = terms.layout.topics()[at.topic].name.as_str();
            let offset = found.get(&(name, at.partition)).copied();
            offset >= reading.committed() && offset <= reading.position()
        };
        let wrong = places.iter().filter(|place| !is_right(place)).count() as u64;
        if self.is_own && !keeps {
            client.delete_group(&terms.name)?;
        }
        Ok(wrong)
    }
}
