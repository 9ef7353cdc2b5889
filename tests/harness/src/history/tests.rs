//! Every kind of anomaly, planted in a history that is sound without it.

use super::{History, Kind, Promise, Seen, What};

const LOG: u32 = 1;
const OTHER: u32 = 2;

/// A history with two logs, written step by step.
struct Story {
    history: History,
    at: u64,
}

impl Story {
    fn new() -> Story {
        Story::with(Promise::default())
    }

    fn with(promise: Promise) -> Story {
        let mut story = Story { history: History::default(), at: 0 };
        for (log, name) in [(LOG, "t-0"), (OTHER, "t-1")] {
            story.note(What::Log { log, name: name.into(), promise });
        }
        story
    }

    fn note(&mut self, what: What) {
        self.at += 1;
        self.history.note(self.at, what);
    }

    fn ask(&mut self, what: What) -> u64 {
        self.at += 1;
        self.history.ask(self.at, 7, what)
    }

    fn answer(&mut self, op: u64, what: What) {
        self.at += 1;
        self.history.answer(self.at, 7, op, what);
    }

    fn asks_to_send(&mut self, log: u32, ids: &[u64]) -> u64 {
        self.ask(What::Send { log, ids: ids.to_vec(), transaction: None })
    }

    fn sends(&mut self, ids: &[u64], base_offset: i64) {
        let op = self.asks_to_send(LOG, ids);
        self.answer(op, What::Sent { base_offset: Some(base_offset) });
    }

    fn polls(&mut self, from: i64, seen: &[(i64, u64)]) {
        self.polls_in(None, LOG, from, seen, 1, 100);
    }

    fn polls_in(
        &mut self,
        transaction: Option<u64>,
        log: u32,
        from: i64,
        seen: &[(i64, u64)],
        epoch: i32,
        high_watermark: i64,
    ) {
        let op = self.ask(What::Poll { log, from, transaction });
        let records = records(seen);
        let last_stable_offset = high_watermark;
        let log_start_offset = 0;
        self.answer(
            op,
            What::Polled { from, records, epoch, high_watermark, last_stable_offset, log_start_offset },
        );
    }

    fn is_audited(&mut self, log_start_offset: i64, seen: &[(i64, u64)]) {
        self.note(What::Audited { log: LOG, log_start_offset, records: records(seen) });
    }

    fn commits(&mut self, log: u32) -> u64 {
        let op = self.ask(What::Commit { group: "g".into(), log });
        self.answer(op, What::Committed);
        op
    }

    fn forgets(&mut self) {
        let op = self.ask(What::Uncommit { group: "g".into(), log: LOG });
        self.answer(op, What::Uncommitted);
    }

    fn looks(&mut self, found: Option<u64>) {
        let op = self.ask(What::Look { group: "g".into(), log: LOG });
        self.answer(op, What::Found { commit: found });
    }

    #[track_caller]
    fn shows(&self, kinds: &[Kind]) {
        let found = self.history.check();
        let mut found_kinds: Vec<Kind> = found.iter().map(|anomaly| anomaly.kind).collect();
        found_kinds.sort_unstable();
        found_kinds.dedup();
        assert_eq!(found_kinds, kinds, "{found:?}");
    }
}

fn records(seen: &[(i64, u64)]) -> Vec<Seen> {
    seen.iter().map(|(offset, id)| Seen { offset: *offset, id: *id, epoch: 3 }).collect()
}

/// Four records, two of them acknowledged, all of them there.
fn sound() -> Story {
    let mut story = Story::new();
    story.sends(&[10, 11], 0);
    story.asks_to_send(LOG, &[12, 13]);
    story.polls(0, &[(0, 10), (1, 11), (2, 12)]);
    story
}

#[test]
fn a_sound_history_is_sound_and_survives_as_text() {
    let mut story = sound();
    story.is_audited(0, &[(0, 10), (1, 11), (2, 12), (3, 13)]);
    story.shows(&[]);
    let text = story.history.to_lines();
    assert_eq!(text.lines().count(), story.history.entries().len());
    let again = History::from_lines(&text).unwrap();
    assert_eq!(again.entries(), story.history.entries());
    assert!(History::from_lines("{}").is_err());
}

#[test]
fn what_was_never_answered_may_be_there_or_not() {
    let mut story = Story::new();
    story.asks_to_send(LOG, &[1]);
    story.asks_to_send(LOG, &[2]);
    story.is_audited(0, &[(0, 2)]);
    story.shows(&[]);
}

#[test]
fn lost_writes_are_found() {
    let mut story = sound();
    story.is_audited(0, &[(0, 10), (2, 12)]);
    story.shows(&[Kind::LostWrite, Kind::PollSkip]);
}

#[test]
fn a_lost_end_is_found() {
    let mut story = sound();
    story.is_audited(0, &[(0, 10), (1, 11)]);
    story.shows(&[Kind::Unseen]);
}

#[test]
fn refused_records_that_are_shown_are_found() {
    let mut story = sound();
    let op = story.asks_to_send(LOG, &[20]);
    story.answer(op, What::Refused);
    story.polls(3, &[(3, 20)]);
    story.shows(&[Kind::AbortedRead]);
}

#[test]
fn duplicates_are_found() {
    let mut story = sound();
    story.polls(3, &[(3, 10)]);
    story.shows(&[Kind::Duplicate]);
}

#[test]
fn two_records_at_one_offset_are_found() {
    let mut story = sound();
    story.polls(1, &[(1, 13)]);
    story.shows(&[Kind::InconsistentOffsets]);
}

#[test]
fn a_record_in_two_epochs_is_found() {
    let mut story = sound();
    let op = story.ask(What::Poll { log: LOG, from: 0, transaction: None });
    let records = vec![Seen { offset: 0, id: 10, epoch: 4 }];
    let polled = What::Polled {
        from: 0,
        records,
        epoch: 4,
        high_watermark: 4,
        last_stable_offset: 4,
        log_start_offset: 0,
    };
    story.answer(op, polled);
    story.shows(&[Kind::LogMatching]);
}

#[test]
fn invented_and_misplaced_records_are_found() {
    let mut story = sound();
    story.polls(3, &[(3, 99)]);
    story.shows(&[Kind::Invented]);
    let mut story = sound();
    story.asks_to_send(OTHER, &[30]);
    story.polls(3, &[(3, 30)]);
    story.shows(&[Kind::Invented]);
}

#[test]
fn sends_of_a_process_that_change_places_are_found() {
    let mut story = Story::new();
    let (first, second) = (story.asks_to_send(LOG, &[1]), story.asks_to_send(LOG, &[2]));
    story.answer(first, What::Sent { base_offset: Some(1) });
    story.answer(second, What::Sent { base_offset: Some(0) });
    story.shows(&[Kind::NonMonotonicSend]);
}

#[test]
fn answers_out_of_order_or_with_gaps_are_found() {
    let mut story = sound();
    story.polls(1, &[(0, 10)]);
    story.shows(&[Kind::NonMonotonicPoll]);
    let mut story = sound();
    story.polls(0, &[(0, 10), (2, 12)]);
    story.shows(&[Kind::PollSkip]);
}

#[test]
fn deleted_records_may_go_and_must_not_come_back() {
    let mut story = sound();
    let op = story.ask(What::Cut { log: LOG, before: 2 });
    story.answer(op, What::WasCut { log_start_offset: 2 });
    let mut back = Story { history: story.history.clone(), at: story.at };
    story.is_audited(2, &[(2, 12)]);
    story.shows(&[]);
    back.polls(0, &[(0, 10)]);
    back.shows(&[Kind::Undeleted]);
}

#[test]
fn a_front_that_went_by_itself_is_found_unless_the_log_forgets() {
    let mut story = sound();
    story.is_audited(1, &[(1, 11), (2, 12)]);
    story.shows(&[Kind::FrontLost]);
    let mut story = Story::with(Promise { forgets: true, is_weak: false });
    story.sends(&[10, 11], 0);
    story.is_audited(1, &[(1, 11)]);
    story.shows(&[]);
}

#[test]
fn a_weak_log_may_lose_its_end_and_nothing_else() {
    let weak = || {
        let mut story = Story::with(Promise { is_weak: true, forgets: false });
        story.sends(&[10, 11, 12], 0);
        story.note(What::PowerCut);
        story.asks_to_send(LOG, &[20, 21]);
        story
    };
    let mut story = weak();
    story.polls(0, &[(0, 10), (1, 11), (2, 20)]);
    story.is_audited(0, &[(0, 10), (1, 11), (2, 20)]);
    story.shows(&[]);
    let mut story = weak();
    story.is_audited(0, &[]);
    story.shows(&[]);
    let mut story = weak();
    story.is_audited(0, &[(0, 10), (1, 20), (2, 12)]);
    story.shows(&[Kind::LostWrite]);
}

#[test]
fn a_log_that_is_not_weak_keeps_everything_over_a_power_cut() {
    let mut story = sound();
    story.note(What::PowerCut);
    story.is_audited(0, &[(0, 10)]);
    story.shows(&[Kind::Unseen]);
}

#[test]
fn watermarks_that_go_back_are_found_within_an_epoch() {
    let mut story = sound();
    story.polls_in(None, LOG, 0, &[], 1, 99);
    story.shows(&[Kind::HighWatermarkRegress]);
    let mut story = sound();
    story.polls_in(None, LOG, 0, &[], 2, 99);
    story.shows(&[]);
    let mut story = sound();
    let op = story.ask(What::Poll { log: LOG, from: 0, transaction: None });
    let records = Vec::new();
    let (epoch, high_watermark, last_stable_offset) = (1, 100, 99);
    story.answer(
        op,
        What::Polled { from: 0, records, epoch, high_watermark, last_stable_offset, log_start_offset: 0 },
    );
    story.shows(&[Kind::LastStableOffsetRegress]);
}

#[test]
fn two_leaders_in_one_epoch_are_found() {
    let mut story = sound();
    for (epoch, leader) in [(1, 1), (2, 2), (1, 1)] {
        story.note(What::Led { log: LOG, epoch, leader });
    }
    story.shows(&[]);
    story.note(What::Led { log: LOG, epoch: 2, leader: 1 });
    story.shows(&[Kind::Leaders]);
}

#[test]
fn commits_that_go_back_are_found() {
    let mut story = sound();
    story.looks(None);
    let first = story.commits(LOG);
    story.looks(Some(first));
    // One that is under way may be found, and then the one before it not any more; who looks meanwhile may see either.
    let open = story.ask(What::Commit { group: "g".into(), log: LOG });
    story.looks(Some(first));
    story.looks(Some(open));
    story.answer(open, What::Committed);
    story.looks(Some(open));
    story.shows(&[]);
    let history = story.history.clone();
    story.looks(Some(first));
    story.shows(&[Kind::OffsetRegress]);
    let mut story = Story { history: history.clone(), at: story.at };
    story.note(What::CommitsLost);
    story.looks(Some(first));
    story.looks(None);
    story.shows(&[]);
    let mut story = Story { history, at: story.at };
    story.looks(None);
    story.shows(&[Kind::OffsetRegress]);
}

#[test]
fn commits_that_nobody_made_there_are_found() {
    let mut story = sound();
    let elsewhere = story.commits(OTHER);
    story.looks(Some(elsewhere));
    story.shows(&[Kind::OffsetInvented]);
}

fn sends_in(story: &mut Story, transaction: u64, log: u32, id: u64, offset: i64) {
    let op = story.ask(What::Send { log, ids: vec![id], transaction: Some(transaction) });
    story.answer(op, What::Sent { base_offset: Some(offset) });
}

#[test]
fn transactions_that_came_after_each_other_in_a_circle_are_found() {
    let mut story = Story::new();
    for transaction in [1, 2] {
        story.note(What::Begin { transaction });
    }
    sends_in(&mut story, 1, LOG, 10, 0);
    sends_in(&mut story, 2, OTHER, 20, 0);
    story.polls_in(Some(1), OTHER, 0, &[(0, 20)], 1, 1);
    let history = story.history.clone();
    story.polls_in(Some(1), LOG, 0, &[(0, 10)], 1, 1);
    story.shows(&[]);
    let mut story = Story { history, at: story.at };
    story.polls_in(Some(2), LOG, 0, &[(0, 10)], 1, 1);
    story.shows(&[Kind::G1c]);
}

#[test]
fn aborted_and_torn_transactions_are_found() {
    let two_records = |committed| {
        let mut story = Story::new();
        story.note(What::Begin { transaction: 1 });
        sends_in(&mut story, 1, LOG, 10, 0);
        let _ = story.ask(What::Send { log: LOG, ids: vec![11], transaction: Some(1) });
        story.note(What::Ended { transaction: 1, committed });
        story
    };
    let mut story = two_records(true);
    story.is_audited(0, &[(0, 10), (1, 11)]);
    story.shows(&[]);
    let mut story = two_records(true);
    story.is_audited(0, &[(0, 10)]);
    story.shows(&[Kind::TornTransaction]);
    let mut story = two_records(false);
    story.polls(0, &[(0, 10)]);
    story.shows(&[Kind::AbortedRead]);
}

#[test]
fn a_forgotten_commit_may_not_come_back_and_only_a_forgotten_one_may_be_gone() {
    let mut story = Story::new();
    let commit = story.commits(LOG);
    story.looks(Some(commit));
    story.forgets();
    story.looks(None);
    story.shows(&[]);
    story.looks(Some(commit));
    story.shows(&[Kind::OffsetRegress]);

    let mut story = Story::new();
    story.forgets();
    story.commits(LOG);
    story.looks(None);
    story.shows(&[Kind::OffsetRegress]);
}

#[test]
fn who_asks_to_forget_may_have_been_heard_without_an_answer_but_not_when_refused() {
    let mut story = Story::new();
    let op = story.ask(What::Uncommit { group: "g".into(), log: LOG });
    let commit = story.commits(LOG);
    story.looks(None);
    story.looks(Some(commit));
    story.shows(&[]);
    story.answer(op, What::Refused);
    story.looks(None);
    story.shows(&[Kind::OffsetRegress]);
}

#[test]
fn damaged_records_may_be_refused_and_no_others() {
    let mut story = sound();
    story.note(What::Damaged { log: LOG, from: 1, to: 2 });
    story.is_audited(0, &[(0, 10), (2, 12), (3, 13)]);
    story.shows(&[]);
    story.polls(0, &[(0, 10), (2, 12)]);
    story.shows(&[Kind::PollSkip]);

    let mut story = sound();
    story.note(What::Damaged { log: LOG, from: 1, to: 2 });
    story.is_audited(0, &[(0, 10), (3, 13)]);
    story.shows(&[Kind::LostWrite, Kind::PollSkip]);
}
