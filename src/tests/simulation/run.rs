//! One run: a broker, its clients and its troubles, from one seed; then everything is healed, everybody must get on,
//! and what is left is judged.

use super::admin::Admin;
use super::consumer::Consumer;
use super::damage;
use super::member::Member;
use super::nemesis::{Fault, Strike};
use super::plan::{Less, Plan, Role, mix, percent};
use super::process::Process;
use super::producer::Producer;
use super::stage::{Counts, Stage, Violation};
use crate::config::Config;
use crate::tests::broker::PORT;
use harness::Chance;
use harness::history::What;
use loglane_model::Instant;
use loglane_ring::sim::{SimOptions, World};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// After everything is healed, everybody gets on within that time.
const PATIENCE: Duration = Duration::from_secs(200);
/// No sound run takes more steps.
const STEPS_MAX: u64 = 3_000_000;
/// How often everybody must have got on then.
const PROGRESS: u64 = 3;

/// What came of a run.
pub(crate) struct Report {
    /// The same for the same seed, whatever the machine.
    pub(crate) hash: u64,
    pub(crate) violation: Option<Violation>,
    pub(crate) counts: Counts,
    /// Line by line, if that was wanted.
    pub(crate) trace: Vec<String>,
    /// What there was to leave out: actors, faults, and actions of each actor.
    pub(crate) actors: u32,
    pub(crate) strikes: usize,
    pub(crate) actions: Vec<(u32, u32)>,
    pub(crate) span: Duration,
}

/// Runs a seed, without what is to be left out.
pub(crate) fn run(seed: u64, less: &Less, with_trace: bool) -> Report {
    let mut plan = Plan::of(seed);
    if let Some(span_ms) = less.span_ms {
        plan.span = plan.span.min(Duration::from_millis(span_ms));
    }
    let span = plan.span;
    let (actors, strikes) = (plan.actors.len(), plan.strikes.len());
    let mut run = Run::new(seed, plan, less, with_trace);
    let outcome = catch_unwind(AssertUnwindSafe(|| run.go()));
    if let Err(panic) = outcome {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        run.stage.violate("panic", text.unwrap_or_default());
    } else if run.stage.violation.is_some() && with_trace {
        run.describe();
    }
    if run.stage.violation.is_none()
        && let Some(anomaly) = run.stage.history.check().into_iter().next()
    {
        run.stage.violate(&format!("history: {:?}", anomaly.kind), anomaly);
    }
    let now = run.stage.world.now();
    let entries = run.stage.history.entries();
    let fold = |hash: u64, entry: &harness::history::Entry| {
        mix(&[hash, entry.at, u64::from(entry.process), entry.op])
    };
    let hash = entries.iter().fold(run.stage.world.trace_hash(), fold);
    Report {
        hash,
        violation: run.stage.violation.take(),
        counts: Counts { simulated: Duration::from_nanos(now.0), ..run.stage.counts },
        trace: run.stage.trace.take().unwrap_or_default(),
        actors: u32::try_from(actors).expect("few"),
        strikes,
        actions: run.actors.iter().map(Actor::actions).collect(),
        span,
    }
}

/// A run under way.
pub(super) struct Run {
    pub(super) stage: Stage,
    pub(super) process: Option<Process>,
    config: Config,
    actors: Vec<Actor>,
    strikes: Vec<Strike>,
    chance: Chance,
    shards: u16,
    span: Duration,
    began: Instant,
    /// When the next process starts, while there is none.
    start_at: Instant,
    /// Since when the one that there is has been starting, or stopping.
    starts_since: Instant,
    stops_since: Option<Instant>,
    /// Disk errors were planted, or have struck: it may give up, or refuse to start, until they are repaired. A disk
    /// that stops for a process to die in the middle is not among them: it is well again once that has died.
    disk_is_bad: bool,
    repair_at: Option<Instant>,
    /// It dies then, or when it notices that nothing reaches the disk.
    dies_at: Option<(Instant, bool)>,
    paused_until: Instant,
    outside_events: u64,
}

/// One client.
enum Actor {
    Producer(Box<Producer>),
    Consumer(Box<Consumer>),
    Admin(Box<Admin>),
    Member(Box<Member>),
}

impl Actor {
    fn new(who: u32, seed: u64, role: Role, less: &Less) -> Actor {
        match role {
            Role::Producer { idempotent } => {
                Actor::Producer(Box::new(Producer::new(who, seed, idempotent, less)))
            }
            Role::Consumer { with_session } => {
                Actor::Consumer(Box::new(Consumer::new(who, seed, with_session, less)))
            }
            Role::Admin => Actor::Admin(Box::new(Admin::new(who, seed, less))),
            Role::Member { group } => Actor::Member(Box::new(Member::new(who, seed, Some(group), less))),
            Role::Committer => Actor::Member(Box::new(Member::new(who, seed, None, less))),
        }
    }

    fn turn(&mut self, stage: &mut Stage) {
        match self {
            Actor::Producer(producer) => producer.turn(stage),
            Actor::Consumer(consumer) => consumer.turn(stage),
            Actor::Admin(admin) => admin.turn(stage),
            Actor::Member(member) => member.turn(stage),
        }
    }

    fn is_idle(&self) -> bool {
        match self {
            Actor::Producer(producer) => producer.is_idle(),
            Actor::Consumer(consumer) => consumer.is_idle(),
            Actor::Admin(admin) => admin.is_idle(),
            Actor::Member(member) => member.is_idle(),
        }
    }

    fn pace(&self) -> &super::actor::Pace {
        match self {
            Actor::Producer(producer) => &producer.pace,
            Actor::Consumer(consumer) => &consumer.pace,
            Actor::Admin(admin) => &admin.pace,
            Actor::Member(member) => &member.pace,
        }
    }

    fn actions(&self) -> (u32, u32) {
        (self.pace().who, self.pace().actions())
    }
}

impl Run {
    fn new(seed: u64, plan: Plan, less: &Less, with_trace: bool) -> Run {
        let world = World::with_options(seed, plan.setup.options.clone());
        let stage = Stage::new(world, PORT, seed, plan.wishes, with_trace);
        let wanted = (1..).zip(plan.actors).filter(|(who, _)| !less.actors.contains(who));
        let actors = wanted.map(|(who, role)| Actor::new(who, seed, role, less)).collect();
        let strikes = plan.strikes.into_iter().enumerate().filter(|(at, _)| !less.strikes.contains(at));
        Run {
            config: plan.setup.config(),
            shards: plan.setup.shards,
            actors,
            strikes: strikes.map(|(_, strike)| strike).collect(),
            chance: Chance::new(mix(&[seed, 2])),
            span: plan.span,
            began: stage.now,
            start_at: stage.now,
            starts_since: stage.now,
            stops_since: None,
            disk_is_bad: false,
            repair_at: None,
            dies_at: None,
            paused_until: stage.now,
            outside_events: u64::MAX,
            process: None,
            stage,
        }
    }

    fn go(&mut self) {
        self.start();
        self.until("the first start", PATIENCE, Run::serves);
        self.began = self.stage.now;
        for at in 0..self.strikes.len() {
            self.stage.world.stop_at(self.began.after(self.strikes[at].at));
        }
        let end = self.began.after(self.span);
        self.stage.world.stop_at(end);
        while self.stage.now < end && self.stage.violation.is_none() {
            self.step();
            self.strike();
            self.care();
        }
        self.heal();
        self.audit();
        if percent(&mut self.chance, 50) {
            self.stop();
            self.start();
            self.until("the last start", PATIENCE, Run::serves);
            self.audit();
        }
        self.leave();
    }

    pub(super) fn serves(&mut self) -> bool {
        self.process.as_ref().is_some_and(Process::is_ready)
    }

    /// Lets time go on to the next thing that happens, and gives everybody whom it may concern a turn.
    pub(super) fn step(&mut self) {
        self.stage.counts.steps += 1;
        if self.stage.counts.steps > STEPS_MAX {
            self.stage.violate("progress", "the run does not come to its end");
            return;
        }
        let events = self.stage.world.outside_events();
        if events != self.outside_events {
            self.outside_events = events;
            for actor in &mut self.actors {
                actor.turn(&mut self.stage);
            }
        }
        if !self.stage.world.advance() {
            self.stage.violate("progress", "nothing will ever happen again");
        }
        self.stage.now = self.stage.world.now();
        if self.stage.now >= self.paused_until
            && let Some(process) = &mut self.process
        {
            process.turn(&self.stage.world);
        }
    }

    /// Goes on until something holds.
    pub(super) fn until(&mut self, what: &str, patience: Duration, mut holds: impl FnMut(&mut Run) -> bool) {
        let deadline = self.stage.now.after(patience);
        self.stage.world.stop_at(deadline);
        while self.stage.violation.is_none() && !holds(self) {
            self.step();
            if let Some(why) = self.process.as_ref().and_then(Process::failure) {
                let why = format!("{what}: the process gave up: {why}");
                self.stage.violate("start", why);
            }
            if self.stage.now >= deadline {
                self.stage.violate("progress", format!("{what}: not within {patience:?}"));
            }
        }
    }

    /// What the broker is waiting for, for whoever reads the trace of a run that failed.
    fn describe(&mut self) {
        let Some(process) = &self.process else { return };
        let mut lines = Vec::new();
        for shard in &process.shards {
            let who = format!("shard {}", shard.id.0);
            lines.push(format!(
                "{who}: overloaded {}, requests {}, blocks {}, reserved {} (others wait: {}), lent {}, mail waits {}",
                shard.is_overloaded(),
                shard.requests.pending.len(),
                shard.pool.out_bytes(),
                shard.receive.used(),
                shard.receive.is_contended(),
                shard.lent_bytes,
                !shard.outbox.is_empty()
            ));
            for id in shard.connections.ids() {
                let connection = shard.connections.get(id).expect("just listed");
                lines.push(format!("{who}: {connection:?}"));
            }
            for slot in shard.partitions.ids() {
                let partition = shard.partitions.get(slot).expect("just listed");
                if partition.in_flight > 0 || !partition.produces.is_empty() || !partition.parked.is_empty() {
                    lines.push(format!(
                        "{who}: {}-{}: {} operations, {} produces, {} reads",
                        partition.topic,
                        partition.number.0,
                        partition.in_flight,
                        partition.produces.len(),
                        partition.parked.len()
                    ));
                }
            }
        }
        for line in lines {
            self.stage.say(|| line);
        }
    }

    // ---- lives ----

    fn start(&mut self) {
        self.stage.counts.starts += 1;
        self.stage.lives += 1;
        self.starts_since = self.stage.now;
        self.stops_since = None;
        let shards = self.shards;
        self.stage.say(|| format!("STARTS with {shards} cores"));
        match Process::start(&self.stage.world, &self.config, shards) {
            Ok(process) => self.process = Some(process),
            Err(why) if self.disk_is_bad => {
                self.stage.say(|| format!("does not start: {why}"));
                self.repair();
                self.start_later();
            }
            Err(why) => self.stage.violate("start", format!("the broker refuses to start: {why}")),
        }
        if percent(&mut self.chance, 50) {
            self.shards = 1 + u16::try_from(self.chance.below(4)).expect("small");
        }
    }

    fn start_later(&mut self) {
        self.start_at = self.stage.now.after(Duration::from_millis(self.chance.below(500)));
        self.stage.world.stop_at(self.start_at);
    }

    fn die(&mut self, power: bool) {
        self.stage.say(|| (if power { "THE POWER GOES" } else { "DIES" }).to_owned());
        if power {
            self.stage.world.power_cut();
            self.stage.note(What::PowerCut);
            if self.stage.wishes.all_device {
                self.stage.on_commits_lost();
            }
        } else {
            self.stage.world.kill();
        }
        self.process = None;
        self.dies_at = None;
        self.stops_since = None;
        self.start_later();
    }

    fn repair(&mut self) {
        self.stage.world.repair_disks();
        self.stage.world.set_disk_bytes_max(SimOptions::UNBOUNDED);
        self.disk_is_bad = false;
        self.repair_at = None;
    }

    /// What is due: a death, a repair, a start.
    fn care(&mut self) {
        if let Some((at, power)) = self.dies_at
            && self.stage.now >= at
        {
            self.die(power);
        }
        if self.repair_at.is_some_and(|at| self.stage.now >= at) {
            if self.process.is_some() {
                let power = percent(&mut self.chance, 40);
                self.die(power);
            }
            self.repair();
        }
        let failure = self.process.as_ref().and_then(Process::failure).map(str::to_owned);
        if let Some(why) = failure {
            self.stage.say(|| format!("gives up: {why}"));
            if !self.may_give_up() {
                self.stage.violate("start", format!("the process gave up: {why}"));
            }
            let power = percent(&mut self.chance, 30);
            self.die(power);
            self.repair();
        }
        match &self.process {
            None if self.stage.now >= self.start_at => self.start(),
            None => {}
            Some(process) if process.is_closed() => {
                self.stage.world.kill();
                self.process = None;
                self.start_later();
            }
            Some(process) => {
                let is_starting = !process.is_ready();
                let since = self.stops_since.or(is_starting.then_some(self.starts_since));
                if since.is_some_and(|since| self.stage.now.since(since) > PATIENCE) && !self.may_give_up() {
                    self.stage.violate("progress", "it neither starts nor stops");
                }
            }
        }
    }

    fn strike(&mut self) {
        let now = self.stage.now;
        let began = self.began;
        while self.strikes.first().is_some_and(|strike| began.after(strike.at) <= now) {
            let strike = self.strikes.remove(0);
            self.stage.counts.strikes += 1;
            self.stage.say(|| format!("FAULT {:?}", strike.fault));
            self.apply(strike.fault);
        }
    }

    fn apply(&mut self, fault: Fault) {
        let world = self.stage.world.clone();
        match fault {
            Fault::Kill if self.process.is_some() => self.die(false),
            Fault::PowerCut => self.die(true),
            Fault::CleanStop => {
                if let Some(process) = &mut self.process
                    && process.is_ready()
                    && self.stops_since.is_none()
                {
                    process.begin_close();
                    self.stage.was_stopped = true;
                    self.stops_since = Some(self.stage.now);
                }
            }
            Fault::DieInTheMiddle { calls, power } => {
                if self.process.is_some() {
                    world.stop_disk_after(calls);
                    let at = self.stage.now.after(Duration::from_millis(self.chance.below(2_000)));
                    self.dies_at.get_or_insert((at, power));
                    world.stop_at(at);
                    self.repair_later();
                }
            }
            Fault::DiskError { directory, call, nth, errno } => {
                world.fail_disk_below(directory, call, nth, errno);
                self.disk_is_bad = true;
                self.repair_later();
            }
            Fault::ReadOnly { directory } => {
                world.make_read_only(directory);
                self.disk_is_bad = true;
                self.repair_later();
            }
            Fault::LostWriteBack { nth } => {
                world.lose_write_back(nth);
                self.disk_is_bad = true;
                self.repair_later();
            }
            Fault::FullDisk => {
                world.set_disk_bytes_max(self.chance.below(1 << 20));
                self.disk_is_bad = true;
                self.repair_later();
            }
            Fault::SlowDisk(span) => world.stall_disk(span),
            Fault::SlowNetwork(span) => {
                world.stall_network(span);
                self.stage.calm_since = self.stage.calm_since.max(self.stage.now.after(span));
            }
            Fault::CutConnections { count, how } => {
                for _ in 0..count {
                    world.cut_connection(self.chance.number(), how);
                }
            }
            Fault::FlipBit => damage::flip_a_bit(&mut self.stage, &mut self.chance),
            Fault::Pause(span) => {
                self.paused_until = self.stage.now.after(span);
                self.stage.calm_since = self.stage.calm_since.max(self.paused_until);
                world.stop_at(self.paused_until);
            }
            Fault::MoveClock { by_ms } => world.move_wall_clock(by_ms),
            Fault::HoldClock(stands) => world.hold_wall_clock(stands),
            Fault::Kill => {}
        }
    }

    /// Whether whatever befalls the disk excuses a process that ends by itself, or hangs.
    fn may_give_up(&self) -> bool {
        self.disk_is_bad || self.dies_at.is_some()
    }

    fn repair_later(&mut self) {
        let at = self.stage.now.after(Duration::from_millis(self.chance.below(10_000)));
        self.stage.world.stop_at(at);
        self.repair_at.get_or_insert(at);
    }

    // ---- the second phase ----

    /// Everything is well from now on, and everybody must get on.
    fn heal(&mut self) {
        self.stage.say(|| "HEALED".to_owned());
        self.strikes.clear();
        self.paused_until = self.stage.now;
        self.stage.world.hold_wall_clock(false);
        self.stage.world.reset_cut_connections();
        let is_stopping = self.stops_since.is_some();
        if self.process.is_some() && (self.repair_at.is_some() || is_stopping || self.dies_at.is_some()) {
            self.die(false);
        }
        self.repair();
        if self.process.is_none() && self.stage.violation.is_none() {
            self.start();
        }
        self.until("the healed start", PATIENCE, Run::serves);
        self.stage.is_healed = true;
        self.stage.healed_at = self.stage.now;
        self.until("everybody gets on", PATIENCE, |run| {
            run.actors.iter().all(|actor| actor.pace().done >= PROGRESS)
        });
        self.stage.is_ending = true;
        self.until("everybody is answered", PATIENCE, |run| run.actors.iter().all(Actor::is_idle));
    }

    /// A clean stop, which nothing keeps from coming soon.
    fn stop(&mut self) {
        if let Some(process) = &mut self.process {
            process.begin_close();
            self.until("the clean stop", Duration::from_secs(60), |run| {
                run.process.as_ref().is_none_or(Process::is_closed)
            });
            self.stage.world.kill();
            self.process = None;
        }
    }

    /// Everybody goes, and nothing is left of them.
    fn leave(&mut self) {
        if self.stage.violation.is_some() {
            return;
        }
        self.actors.clear();
        self.audit_groups();
        if self.stage.violation.is_some() {
            return;
        }
        self.until("all connections are gone", PATIENCE, |run| {
            let process = run.process.as_ref().expect("it serves");
            process.shards.iter().all(|shard| shard.connections.len() == 0)
        });
        let quiet = self.stage.now.after(Duration::from_millis(500));
        self.stage.world.stop_at(quiet);
        self.until("all work ends", PATIENCE, |run| {
            let process = run.process.as_ref().expect("it serves");
            let is_idle = |shard: &crate::shard::Shard<crate::tests::broker::TestIo>| {
                let partitions = shard.partitions.ids().filter_map(|slot| shard.partitions.get(slot));
                partitions.into_iter().all(|partition| partition.in_flight == 0 && partition.moving.is_none())
            };
            run.stage.now >= quiet && process.shards.iter().all(is_idle)
        });
        let seed = self.stage.seed;
        if let Some(process) = &mut self.process {
            crate::tests::broker::assert_nothing_left(&mut process.shards, seed);
        }
        self.stop();
    }
}
