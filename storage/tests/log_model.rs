//! The log against a plain list of batches: random operations, power cuts, kills, clean stops.
//!
//! Every run prints its seed when it fails. More seeds: `LOGLANE_MODEL_SEEDS=1000 cargo test --release`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod world;

use loglane_model::{BatchHeader, FileSystem as _, LeaderEpoch, Offset, ProducerId};
use loglane_storage::batch_builder::BatchBuilder;
use loglane_storage::producer_state::ProducerRefusal;
use loglane_storage::recovery_position::decode_file;
use loglane_storage::{
    AppendError, CloseSync, LogConfig, MakeLog, OpenLog, OpenSync, ReadError, RecoveryPosition,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use world::{CLIENT, Driver, MemoryDisk, Random, directory, request};

/// What must be in the log.
struct Model {
    /// All that was appended and not cut off, also what lies before the log's start: a crash may bring it back.
    batches: Vec<Vec<u8>>,
    /// Where the log ended when it was empty last, and what lay before may be forgotten: it ends there at least.
    empty_end: Offset,
}

impl Model {
    fn end(&self) -> Offset {
        let last = self.batches.last().map_or(Offset(0), |batch| header(batch).last_offset().plus(1));
        last.max(self.empty_end)
    }

    /// The headers of the batches whose producers and epochs the log must know.
    fn remembered(&self) -> impl DoubleEndedIterator<Item = &BatchHeader> {
        let all = self.batches.iter().map(|batch| header(batch));
        all.filter(|header| header.base_offset() >= self.empty_end)
    }

    /// The batches from the one that holds `from` on, below `up_to`, within `bytes_max` but for the first.
    fn longest(&self, from: Offset, up_to: Offset, bytes_max: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for batch in &self.batches {
            let header = header(batch);
            if header.last_offset() < from {
                continue;
            }
            if header.last_offset() >= up_to || (!out.is_empty() && out.len() + batch.len() > bytes_max) {
                break;
            }
            out.extend_from_slice(batch);
        }
        out
    }
}

fn header(batch: &[u8]) -> &BatchHeader {
    BatchHeader::peek(batch).unwrap()
}

/// One run.
struct Run {
    random: Random,
    config: LogConfig,
    driver: Driver,
    model: Model,
    epoch: LeaderEpoch,
    /// Next sequence of each producer.
    sequences: Vec<i32>,
    /// Epoch of each producer; one that is forgotten begins a new one.
    producer_epochs: Vec<i16>,
    /// Acknowledged: must survive a kill, and a power cut if the log is durable.
    flushed: Offset,
    /// Recovered, and therefore synced: must survive a power cut whatever the topic's level.
    recovered: Offset,
    checkpoint: Offset,
    start_checkpoint: Offset,
    positions: Vec<u8>,
    positions_durable: usize,
    timestamp: i64,
}

impl Run {
    fn new(seed: u64) -> Run {
        let mut random = Random(seed);
        let config = LogConfig {
            segment_bytes: [8_000, 40_000, 300_000, 1 << 30][usize::try_from(random.below(4)).unwrap()],
            index_interval_bytes: [100, 4096][usize::try_from(random.below(2)).unwrap()],
            durable: !random.one_in(4),
            file_delete_delay_ms: 5,
            ..LogConfig::default()
        };
        let make = if random.one_in(2) { MakeLog::AtOnce } else { MakeLog::WhenAppended };
        let driver = Driver::open(MemoryDisk::default(), OpenLog { make, ..request(&config) });
        Run {
            random,
            config,
            driver,
            model: Model { batches: Vec::new(), empty_end: Offset(0) },
            epoch: LeaderEpoch(0),
            sequences: vec![0; 3],
            producer_epochs: vec![1; 3],
            flushed: Offset(0),
            recovered: Offset(0),
            checkpoint: Offset(0),
            start_checkpoint: Offset(0),
            positions: Vec::new(),
            positions_durable: 0,
            timestamp: 1_000_000,
        }
    }

    fn append(&mut self) {
        let records = 1 + self.random.below(4);
        let size = match self.random.below(10) {
            0 => self.random.below(7_000 / records),
            1..=3 => self.random.below(1500),
            _ => self.random.below(200),
        };
        let size = usize::try_from(size.min(7_000 / records)).unwrap();
        self.timestamp += i64::try_from(self.random.below(50)).unwrap() - 10;
        let mut builder = BatchBuilder::new();
        let producer = usize::try_from(self.random.below(4)).unwrap();
        if let Some(sequence) = self.sequences.get(producer) {
            let id = ProducerId(i64::try_from(producer).unwrap() + 100);
            builder = builder.producer(id, self.producer_epochs[producer], *sequence);
        }
        let value: Vec<u8> = (0..size).map(|_| self.random.byte()).collect();
        for _ in 0..records {
            builder.push(self.timestamp, None, Some(&value), &[]);
        }
        let bytes = builder.finish();
        if self.random.one_in(20) {
            self.epoch = LeaderEpoch(self.epoch.0 + 1);
            self.driver.log.assign_epoch(self.epoch);
        }
        let end = self.model.end();
        let (log, pool) = (&mut self.driver.log, &mut self.driver.pool);
        let appended = match log.append_leader(&bytes, CLIENT, self.epoch, self.timestamp, pool) {
            Ok(appended) => appended,
            Err(AppendError::Busy) => {
                assert!(log.is_truncating());
                return;
            }
            Err(error) => panic!("append refused: {error:?}"),
        };
        assert!(!appended.duplicate);
        assert_eq!(appended.base_offset, end);
        if let Some(sequence) = self.sequences.get_mut(producer) {
            *sequence += i32::try_from(records).unwrap();
            let again = log.append_leader(&bytes, CLIENT, self.epoch, self.timestamp, pool).unwrap();
            assert!(again.duplicate, "the same batch again");
            assert_eq!((again.base_offset, again.end_offset), (appended.base_offset, appended.end_offset));
        }
        let mut stored = bytes;
        let header = BatchHeader::peek_mut(&mut stored).unwrap();
        header.base_offset = end.0.into();
        header.leader_epoch = self.epoch.0.into();
        self.model.batches.push(stored);
        assert_eq!(self.driver.log.log_end_offset(), self.model.end());
    }

    fn check_flushed(&mut self) {
        let flushed = self.driver.log.flushed_end_offset();
        if !self.driver.log.is_truncating() {
            assert!(flushed >= self.flushed, "the flushed end goes back");
            self.flushed = flushed;
        }
    }

    fn read(&mut self) {
        let (start, end) = (self.driver.log.log_start_offset(), self.driver.log.flushed_end_offset());
        let span = u64::try_from(end.0 - start.0).unwrap();
        let from = Offset(start.0 + i64::try_from(self.random.below(span + 1)).unwrap());
        let up_to =
            if self.random.one_in(3) { from.plus(self.random.below(50) as i64) } else { Offset(i64::MAX) };
        let bytes_max = usize::try_from(self.random.below(60_000)).unwrap();
        let mut out = Vec::new();
        let outcome = loop {
            match self.driver.log.read(from, up_to, bytes_max, true, &mut self.driver.pool, &mut out) {
                Ok(loglane_storage::ReadOutcome::Pending) => {
                    assert!(
                        self.driver.step(&mut self.random),
                        "nothing is under way, and the read is pending"
                    );
                    let moved = self.driver.log.log_start_offset() > from;
                    if moved || self.driver.log.log_end_offset() < end {
                        return;
                    }
                }
                Ok(outcome) => break outcome,
                Err(error) => panic!("read at {from} of {start}..{end}: {error:?}"),
            }
        };
        let bytes: Vec<u8> = out.iter().flat_map(|extent| extent.bytes().to_vec()).collect();
        let limit = up_to.min(self.driver.log.flushed_end_offset());
        let longest = self.model.longest(from, limit, bytes_max.max(1));
        assert!(longest.starts_with(&bytes), "what is read was written, from {from}");
        assert_eq!(
            bytes.is_empty(),
            longest.is_empty(),
            "{outcome:?}: something is returned if there is something"
        );
        let readable = self.driver.log.readable_bytes(from, limit, bytes_max);
        assert!(readable.unwrap() > 0 || bytes.is_empty());
        if !bytes.is_empty() {
            let whole = loglane_storage::batch::Batches::checked(&bytes).all(|batch| batch.is_ok());
            assert!(whole, "whole batches");
        }
        assert!(matches!(
            self.driver.log.read(end.plus(1_000_000), up_to, 1, true, &mut self.driver.pool, &mut out),
            Err(ReadError::OutOfRange { .. })
        ));
    }

    fn delete_records(&mut self) {
        let (start, end) = (self.driver.log.log_start_offset(), self.driver.log.flushed_end_offset());
        let span = u64::try_from(end.0 - start.0).unwrap();
        let offset = Offset(start.0 + i64::try_from(self.random.below(span + 1)).unwrap());
        if let Ok(start) = self.driver.log.delete_records_to(offset, &mut self.driver.pool) {
            self.start_checkpoint = start;
        }
    }

    fn apply_retention(&mut self) {
        let mut config = self.config.clone();
        config.retention_bytes = 20_000;
        self.driver.log.set_config(config);
        let high_watermark = self.driver.log.flushed_end_offset();
        self.driver.log.apply_retention(self.driver.now_ms, high_watermark, &mut self.driver.pool);
        self.driver.log.set_config(self.config.clone());
    }

    fn truncate(&mut self) {
        let (start, end) = (self.driver.log.log_start_offset(), self.driver.log.log_end_offset());
        let span = u64::try_from(end.0 - start.0).unwrap();
        let offset = Offset(start.0 + i64::try_from(self.random.below(span + 1)).unwrap());
        if self.driver.log.truncate_to(offset) {
            self.driver.settle();
            assert!(!self.driver.log.is_truncating());
            self.model.batches.retain(|batch| header(batch).last_offset() < offset);
            self.start_checkpoint = self.start_checkpoint.min(self.driver.log.log_start_offset());
            self.after_reopen(Offset(0));
        }
    }

    fn capture(&mut self) {
        self.driver.log.capture_recovery_position(self.driver.now_ms);
    }

    fn take_position(&mut self) {
        if let Some(position) = self.driver.log.take_recovery_position() {
            self.positions.extend_from_slice(&position.encode());
            if self.random.one_in(2) {
                self.positions_durable = self.positions.len();
            }
        }
    }

    fn newest_position(&self) -> Option<RecoveryPosition> {
        decode_file(&self.positions).pop()
    }

    fn request(&self) -> OpenLog {
        OpenLog {
            recovery_point: self.checkpoint,
            log_start_offset: self.start_checkpoint,
            position: self.newest_position(),
            make: MakeLog::WhenAppended,
            now_ms: self.driver.now_ms,
            ..request(&self.config)
        }
    }

    fn clean_reopen(&mut self) {
        self.driver.settle();
        let sync = if self.random.one_in(2) { CloseSync::Each } else { CloseSync::Together };
        self.driver.close_with(sync);
        self.take_position();
        self.checkpoint = self.driver.log.recovery_point();
        let request = OpenLog { clean_shutdown: true, ..self.request() };
        self.driver = Driver::open(self.driver.disk.clone(), request);
        assert_eq!(self.driver.log.log_end_offset(), self.model.end(), "nothing is lost by a clean stop");
        self.after_reopen(Offset(0));
    }

    /// A kill, or a power cut that may come in the middle of a job.
    fn crash(&mut self) {
        let is_power_cut = self.random.one_in(2);
        let stops_inside = self.random.one_in(2);
        if stops_inside {
            let operations = self.random.below(12);
            self.driver.disk.stop_after(operations);
            for _ in 0..8 {
                let _ = self.driver.step(&mut self.random);
                if self.driver.log.is_offline() {
                    break;
                }
            }
        }
        self.check_flushed();
        self.checkpoint = self.driver.log.recovery_point();
        let writes = std::mem::take(&mut self.driver.writes);
        let disk = self.driver.disk.clone();
        disk.kill();
        for write in &writes {
            if self.random.one_in(2) {
                disk.write(write, Some(&mut self.random)).unwrap();
            }
        }
        let mut must_survive = self.flushed;
        if is_power_cut {
            disk.power_cut(&mut self.random);
            self.positions.truncate(self.positions_durable);
            if !self.config.durable {
                must_survive = self.recovered;
            }
        }
        let sync = if self.random.one_in(2) { OpenSync::Each } else { OpenSync::Together };
        self.driver = Driver::open(disk, OpenLog { sync, ..self.request() });
        if sync == OpenSync::Together {
            self.driver.disk.sync_all(&directory()).unwrap();
        }
        self.after_reopen(must_survive);
    }

    /// What came back is a prefix of what was appended, and at least what had to survive.
    fn after_reopen(&mut self, must_survive: Offset) {
        let end = self.driver.log.log_end_offset();
        assert!(end >= must_survive, "lost: the log ends at {end}, {must_survive} was acknowledged");
        self.model.batches.retain(|batch| header(batch).last_offset() < end);
        let start = self.driver.log.log_start_offset();
        assert!(start <= end);
        // An empty log may have forgotten producers and epochs, too.
        self.model.empty_end = if start == end { end } else { self.model.empty_end.min(end) };
        assert_eq!(end, self.model.end(), "a prefix of what was appended");
        self.flushed = end;
        self.recovered = end;
        self.timestamp += 1;
        let bytes = self.driver.read_all(1 + usize::try_from(self.random.below(50_000)).unwrap());
        let readable = self.model.batches.iter().filter(|batch| header(batch).last_offset() >= start);
        let expected: Vec<u8> = readable.flatten().copied().collect();
        if bytes != expected {
            let at = bytes.iter().zip(&expected).take_while(|(a, b)| a == b).count();
            panic!("other bytes come back, from {at} of {} on, {start}..{end}", bytes.len());
        }
        self.check_producers();
        let newest = self.model.remembered().next_back().map(|batch| batch.leader_epoch());
        if let Some(newest) = newest {
            let epochs = self.driver.log.epochs().entries();
            let batches =
                self.model.batches.iter().map(|b| (header(b).base_offset().0, header(b).leader_epoch().0));
            let wrong = format!("{start}..{end}, {epochs:?}, {:?}", batches.collect::<Vec<_>>());
            assert_eq!(epochs.last().map(|entry| entry.epoch), Some(newest), "{wrong}");
        }
    }

    /// Each producer goes on where the log ends, and nowhere else.
    fn check_producers(&mut self) {
        for producer in 0..self.sequences.len() {
            let id = ProducerId(i64::try_from(producer).unwrap() + 100);
            let last = self.model.remembered().rev().find(|header| header.producer_id() == id);
            if let Some(last) = last {
                self.producer_epochs[producer] = last.producer_epoch.get();
                let next = last.base_sequence.get() + last.last_offset_delta.get() + 1;
                let mut ahead = BatchBuilder::new().producer(id, last.producer_epoch.get(), next + 1);
                ahead.push(self.timestamp, None, Some(b"ahead"), &[]);
                let refused = self.driver.log.append_leader(
                    &ahead.finish(),
                    CLIENT,
                    self.epoch,
                    self.timestamp,
                    &mut self.driver.pool,
                );
                assert!(
                    matches!(
                        refused,
                        Err(AppendError::Producer(ProducerRefusal::OutOfOrderSequence { expected, .. }))
                            if expected == next
                    ),
                    "producer {producer} expects {next}: {refused:?}"
                );
                self.sequences[producer] = next;
            } else if let Some(entry) = self.driver.log.producers().get(id) {
                let last = entry.last_batch().map_or(-1, |batch| batch.last_sequence);
                self.sequences[producer] = last + 1;
                self.producer_epochs[producer] = entry.producer_epoch;
            } else {
                self.producer_epochs[producer] += 1;
                self.sequences[producer] = 0;
            }
        }
    }

    fn evict(&mut self) {
        for _ in 0..self.random.below(4) {
            self.driver.log.evict_oldest_block(&mut self.driver.pool);
        }
        if self.random.one_in(3) {
            self.driver.log.shrink_loaded(0);
        }
        if self.random.one_in(4) {
            self.driver.log.evict_oldest_read_ahead(&mut self.driver.pool);
        }
    }

    fn turn(&mut self) {
        self.driver.now_ms += 1;
        match self.random.below(100) {
            0..=34 => self.append(),
            35..=64 => {
                self.driver.step(&mut self.random);
            }
            65..=84 => self.read(),
            85..=88 => self.evict(),
            89 => self.delete_records(),
            90 => self.apply_retention(),
            91 => self.truncate(),
            92..=93 => self.capture(),
            94..=95 => self.take_position(),
            96 => self.clean_reopen(),
            97..=98 => self.crash(),
            _ => self.driver.settle(),
        }
        self.check_flushed();
    }
}

#[test]
fn random_operations_and_crashes_lose_and_invent_nothing() {
    let seeds = std::env::var("LOGLANE_MODEL_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(150);
    let first = std::env::var("LOGLANE_MODEL_FIRST").ok().and_then(|text| text.parse().ok()).unwrap_or(1u64);
    for seed in first..first + seeds {
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let mut run = Run::new(seed);
            for _ in 0..400 {
                run.turn();
            }
            run.clean_reopen();
        }));
        if let Err(panic) = ended {
            eprintln!("the run with seed {seed} failed");
            std::panic::resume_unwind(panic);
        }
    }
}
