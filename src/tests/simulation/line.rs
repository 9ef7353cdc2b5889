//! One client's connection: questions in the order in which they were asked, and what becomes of them.

use super::stage::Stage;
use crate::tests::broker::address;
use crate::tests::client::{Client, correlation_id};
use harness::Chance;
use loglane_model::Instant;
use loglane_net::codec::Request;
use std::collections::VecDeque;
use std::time::Duration;

/// No answer takes longer, unless the broker or the network is in trouble.
const TIMEOUT: Duration = Duration::from_secs(40);

/// A connection, or none; `Q` is what is remembered of a question.
pub(super) struct Line<Q> {
    client: Option<Client>,
    asked: VecDeque<(i32, Instant, Q)>,
    connect_at: Instant,
    chance: Chance,
}

/// What has come in.
pub(super) enum Heard<Q> {
    /// An answer, whole.
    Answer(Q, Vec<u8>),
    /// The connection is gone, and with it all answers that were due.
    Lost,
}

impl<Q> Line<Q> {
    pub(super) fn new(seed: u64) -> Line<Q> {
        Line {
            client: None,
            asked: VecDeque::new(),
            connect_at: Instant::default(),
            chance: Chance::new(seed),
        }
    }

    /// Questions without an answer.
    pub(super) fn waiting(&self) -> usize {
        self.asked.len()
    }

    pub(super) fn oldest(&self) -> Option<Instant> {
        self.asked.front().map(|(_, at, _)| *at)
    }

    /// Connects where there is no connection, if it is time for another attempt. Whether there is one now.
    pub(super) fn connect(&mut self, stage: &Stage) -> bool {
        if self.client.is_none() && stage.now >= self.connect_at {
            match stage.world.connect(address(stage.port)) {
                Ok(socket) => {
                    let mut client = Client::new(socket);
                    if self.chance.below(8) == 0 {
                        client.write_bytes_max = 1 + usize::try_from(self.chance.below(400)).expect("small");
                    }
                    self.client = Some(client);
                }
                Err(_) => self.wait(stage),
            }
        }
        self.client.is_some()
    }

    fn wait(&mut self, stage: &Stage) {
        self.connect_at = stage.now.after(Duration::from_millis(1 + self.chance.below(300)));
        stage.world.stop_at(self.connect_at);
    }

    /// Asks. The connection is up.
    pub(super) fn ask<'a, R: Request<'a>>(&mut self, stage: &Stage, version: i16, request: &R, question: Q) {
        let client = self.client.as_mut().expect("the caller has looked");
        let id = client.send(version, request);
        self.asked.push_back((id, stage.now, question));
        stage.world.stop_at(stage.now.after(TIMEOUT));
    }

    /// Says something that has no answer.
    pub(super) fn say<'a, R: Request<'a>>(&mut self, version: i16, request: &R) {
        self.client.as_mut().expect("the caller has looked").send(version, request);
    }

    /// The next thing that has come in.
    pub(super) fn hear(&mut self, stage: &mut Stage) -> Option<Heard<Q>> {
        let client = self.client.as_mut()?;
        if stage.is_healed {
            // Who dribbles could not be answered in time.
            client.write_bytes_max = usize::MAX;
        }
        client.turn();
        if let Some(answer) = client.take_answer() {
            let Some((id, _, question)) = self.asked.pop_front() else {
                stage.violate("answers", "an answer came that nobody has asked for");
                return None;
            };
            if correlation_id(&answer) != id {
                let got = correlation_id(&answer);
                stage.violate("answers", format!("the answer {got} came where {id} was due"));
            }
            return Some(Heard::Answer(question, answer));
        }
        let is_closed = client.is_closed;
        let late = self.oldest().filter(|at| stage.now.since(*at) >= TIMEOUT);
        if is_closed || late.is_some() {
            if let Some(asked_at) = late {
                stage.on_late(asked_at);
            }
            return Some(self.hang_up(stage));
        }
        None
    }

    /// Gives the connection up.
    pub(super) fn hang_up(&mut self, stage: &Stage) -> Heard<Q> {
        if let Some(client) = self.client.take()
            && self.chance.below(2) == 0
        {
            client.reset();
        }
        self.wait(stage);
        self.asked.clear();
        Heard::Lost
    }
}
