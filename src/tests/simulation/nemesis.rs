//! What befalls the broker, the machine that it runs on, and the network.

use super::plan::{DIRECTORIES, below_one_of, percent, pick};
use super::stage::Wishes;
use harness::Chance;
use loglane_ring::sim::{Cut, DiskCall};
use std::time::Duration;

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// One fault and when it strikes, counted from the first moment at which the broker served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strike {
    pub(super) at: Duration,
    pub(super) fault: Fault,
}

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Kill,
    PowerCut,
    CleanStop,
    /// So many calls of the disk later nothing reaches it any more, and soon the process or the machine dies.
    DieInTheMiddle {
        calls: u64,
        power: bool,
    },
    /// The nth call of a kind fails, below one of the directories.
    DiskError {
        directory: &'static str,
        call: DiskCall,
        nth: u64,
        errno: i32,
    },
    ReadOnly {
        directory: &'static str,
    },
    /// What was written is lost between the system and the disk, which the nth sync finds out.
    LostWriteBack {
        nth: u64,
    },
    FullDisk,
    SlowDisk(Duration),
    SlowNetwork(Duration),
    CutConnections {
        count: u64,
        how: Cut,
    },
    /// The disk changes a bit of what it holds, and does not say so.
    FlipBit,
    /// The whole process does not run for a while.
    Pause(Duration),
    MoveClock {
        by_ms: i64,
    },
    HoldClock(bool),
}

impl Fault {
    pub(super) fn draw(chance: &mut Chance, wishes: &Wishes) -> Fault {
        let directory = DIRECTORIES[usize::try_from(chance.below(wishes.directories)).expect("few")];
        let has_device = wishes.all_device || !wishes.device_topics.is_empty();
        match chance.below(100) {
            0..12 => Fault::Kill,
            12..15 => Fault::FlipBit,
            15..34 => Fault::PowerCut,
            34..42 => Fault::CleanStop,
            42..60 => {
                let calls = below_one_of(chance, &[4, 30, 200]);
                Fault::DieInTheMiddle { calls, power: percent(chance, 60) }
            }
            60..68 => {
                let call = pick(chance, &[DiskCall::Write, DiskCall::Sync, DiskCall::Change, DiskCall::Read]);
                let errno = pick(chance, &[EIO, EIO, ENOSPC]);
                let nth = 1 + below_one_of(chance, &[3, 60]);
                Fault::DiskError { directory, call, nth, errno }
            }
            68..70 => Fault::ReadOnly { directory },
            // Where nothing but the sync of a whole file makes records durable, losing what it should have written
            // loses records, here as anywhere.
            70..72 if !has_device => Fault::LostWriteBack { nth: 1 + chance.below(10) },
            70..74 => Fault::FullDisk,
            74..78 => Fault::SlowDisk(Duration::from_millis(chance.below(6_000))),
            78..82 => Fault::SlowNetwork(Duration::from_millis(chance.below(6_000))),
            82..88 => {
                let how = pick(chance, &[Cut::Reset, Cut::Reset, Cut::Silent, Cut::Requests, Cut::Answers]);
                Fault::CutConnections { count: 1 + chance.below(4), how }
            }
            88..92 => Fault::FlipBit,
            92..94 => Fault::Pause(Duration::from_millis(chance.below(15_000))),
            94..98 if wishes.moves_clock => {
                let by_ms =
                    i64::try_from(below_one_of(chance, &[5_000, 3_600_000, 86_400_000])).expect("small");
                Fault::MoveClock { by_ms: if percent(chance, 50) { by_ms } else { -by_ms } }
            }
            98.. if wishes.moves_clock => Fault::HoldClock(percent(chance, 70)),
            _ => Fault::Kill,
        }
    }
}
