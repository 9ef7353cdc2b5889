//! Jobs, deadlines, mail, clock and chance.

use super::{Rig, Stage};
use crate::io::{Done, Event, Io, Token};
use loglane_model::{FileSystem, JobDone, OpenMode, ShardId};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn outcome<T: 'static>(done: Done) -> T {
    let Done::Job(done) = done else { panic!("not a job") };
    *done.downcast().expect("the type that the job left")
}

pub(crate) fn jobs_come_back_with_their_outcome<R: Rig>(stage: &mut Stage<R>) {
    for number in 0..10u64 {
        let job = move |_: &dyn FileSystem| Box::new(number * number) as JobDone;
        stage.io(0).spawn(Token(number), 3, Box::new(job));
    }
    for number in 0..10 {
        assert_eq!(outcome::<u64>(stage.done(number)), number * number);
    }
}

pub(crate) fn jobs_of_one_lane_keep_their_order<R: Rig>(stage: &mut Stage<R>) {
    let log = Arc::new(Mutex::new(Vec::new()));
    // All are queued before the first one gets on.
    let gate = Arc::new(AtomicBool::new(false));
    for number in 0..200u64 {
        let (log, gate) = (Arc::clone(&log), Arc::clone(&gate));
        let lane = (number % 4) as u32;
        let job = move |_: &dyn FileSystem| {
            while !gate.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            log.lock().unwrap().push((lane, number));
            Box::new(()) as JobDone
        };
        stage.io(0).spawn(Token(number), lane, Box::new(job));
    }
    gate.store(true, Ordering::Release);
    for number in 0..200 {
        outcome::<()>(stage.done(number));
    }
    let log = log.lock().unwrap();
    for lane in 0..4 {
        let order: Vec<u64> = log.iter().filter(|(of, _)| *of == lane).map(|(_, number)| *number).collect();
        assert!(order.is_sorted() && order.len() == 50, "lane {lane}: {order:?}");
    }
}

pub(crate) fn jobs_see_the_file_system<R: Rig>(stage: &mut Stage<R>) {
    let (fs, dir) = stage.rig.file_system();
    let path = dir.join("made-by-a-job");
    let made = path.clone();
    let job = move |fs: &dyn FileSystem| {
        let file = fs.open(&made, OpenMode::Append).and_then(|file| fs.append(&file, b"done").map(|()| file));
        Box::new(file.map(|_| ())) as JobDone
    };
    stage.io(0).spawn(Token(1), 0, Box::new(job));
    outcome::<std::io::Result<()>>(stage.done(1)).unwrap();
    assert_eq!(fs.read_whole(&path, 10).unwrap(), b"done");
}

pub(crate) fn a_deadline_ends_the_wait<R: Rig>(stage: &mut Stage<R>) {
    let deadline = stage.io(0).now().after(Duration::from_millis(30));
    stage.until(|stage| {
        let mut events = Vec::new();
        stage.io(0).wait(Some(deadline), &mut events);
        assert!(events.is_empty());
        (stage.io(0).now() >= deadline).then_some(())
    });
    let late = stage.io(0).now().since(deadline);
    assert!(late < Duration::from_secs(5), "{late:?} late");
}

pub(crate) fn mail_reaches_the_other_shard_in_order<R: Rig>(stage: &mut Stage<R>) {
    for round in 0..50u64 {
        for number in 0..5 {
            stage.io(0).mail(ShardId(1), round * 5 + number).unwrap();
        }
        let mut events = Vec::new();
        stage.rig.turn(0, &mut events);
        for number in 0..5 {
            assert_eq!(stage.mail(1), (ShardId(0), round * 5 + number));
        }
        stage.io(1).mail(ShardId(0), round).unwrap();
        stage.rig.turn(1, &mut events);
        assert_eq!(stage.mail(0), (ShardId(1), round));
    }
}

pub(crate) fn a_full_mailbox_gives_the_mail_back_and_says_when_there_is_room<R: Rig>(stage: &mut Stage<R>) {
    let mut posted = 0;
    let refused = loop {
        match stage.io(0).mail(ShardId(1), posted) {
            Ok(()) => posted += 1,
            Err(full) => break full.0,
        }
        assert!(posted < 100_000, "the mailbox has a bound");
    };
    assert_eq!(refused, posted);
    let mut events = Vec::new();
    stage.rig.turn(0, &mut events);
    for number in 0..posted {
        assert_eq!(stage.mail(1), (ShardId(0), number));
    }
    // The wait of the refused one ends although nothing is there for it, without the deadline that `turn` sets.
    stage.io(0).wait(None, &mut events);
    stage.io(0).mail(ShardId(1), refused).unwrap();
    stage.rig.turn(0, &mut events);
    assert_eq!(stage.mail(1), (ShardId(0), refused));
}

pub(crate) fn mail_to_oneself_arrives<R: Rig>(stage: &mut Stage<R>) {
    stage.io(0).mail(ShardId(0), 5).unwrap();
    assert_eq!(stage.mail(0), (ShardId(0), 5));
}

pub(crate) fn chance_does_not_repeat_itself<R: Rig>(stage: &mut Stage<R>) {
    let mut seen: Vec<u64> = (0..1000).map(|_| stage.io(0).random()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 1000);
}

pub(crate) fn time_moves_on<R: Rig>(stage: &mut Stage<R>) {
    let (start, wall) = (stage.io(0).now(), stage.io(0).wall_clock_ms());
    assert!(wall > 1_600_000_000_000, "{wall} is no time of this century");
    stage.until(|stage| (stage.io(0).now().since(start) > Duration::from_millis(20)).then_some(()));
    assert!(stage.io(0).wall_clock_ms() > wall);
    let happened: &Vec<Event<u64>> = &stage.happened[0];
    assert!(happened.is_empty(), "{happened:?}");
}
