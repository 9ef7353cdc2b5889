//! What this machine charges at least for the steps that every byte takes, as one line of JSON in nanoseconds of CPU for
//! each byte: `roofline FOLDER [MILLISECONDS]`. The files for the disk's part are made in the folder, and removed.
//!
//! Each step alone, on core 0, in pieces as large as they get in the broker: receiving from a socket (`rx`) and sending
//! (`tx`, with the receiver's part, as always on loopback), a copy in memory (`copy`), the checksum (`crc`), a direct
//! write (`dma`), a durable one (`dma_durable`) and a direct read (`dma_read`), and besides a durable write of a single
//! page (`flush`, in nanoseconds for each). What was just received is in the caches, and so it is here; the log's blocks
//! and what is sent from them are not.
#![forbid(unsafe_code)]

use loglane_model::{Block, DiskRead, DiskWrite, Extent, File, FileSystem, OpenMode, SharedBlock};
use loglane_ring::{Done, Event, Io, Op, Options, OsFileSystem, OsIo, Token, connect};
use loglane_storage::crc::crc32c;
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::error::Error;
use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Larger than the share of the caches that a core can count on.
const ARENA_BYTES: usize = 64 << 20;
/// Stays in the cache of a core.
const HOT_BYTES: usize = 512 << 10;
/// What a receive or a send moves.
const PIECE_BYTES: usize = 64 << 10;
/// What a write of a busy log has.
const WRITE_BYTES: usize = 512 << 10;
const PAGE_BYTES: usize = 4096;
/// What a busy log has under way.
const WRITES_UNDER_WAY: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: roofline FOLDER [MILLISECONDS]")?;
    let span = Duration::from_millis(arguments.next().map_or(Ok(500), |text| text.parse())?);
    pin(0);
    let (rx, tx) = (receive(span)?, send(span)?);
    let (copy, crc) = (copy(span), checksum(span));
    let mut disk = Disk::new(Path::new(&folder))?;
    let mut figures = vec![("rx", rx), ("tx", tx), ("copy", copy), ("crc", crc)];
    figures.push(("dma", disk.write(span, WRITE_BYTES, false)? / WRITE_BYTES as f64));
    figures.push(("dma_durable", disk.write(span, WRITE_BYTES, true)? / WRITE_BYTES as f64));
    figures.push(("dma_read", disk.read(span)? / WRITE_BYTES as f64));
    figures.push(("flush", disk.write(span, PAGE_BYTES, true)?));
    let fields: Vec<String> = figures.iter().map(|(name, value)| format!("\"{name}\": {value:.5}")).collect();
    writeln!(std::io::stdout(), "{{{}}}", fields.join(", "))?;
    Ok(())
}

/// Pins the calling thread. Where there is no such core the figures are noisier, not wrong.
fn pin(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    let _ = sched_setaffinity(None, &cores);
}

/// CPU time of the calling thread in nanoseconds.
fn cpu_ns() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// CPU nanoseconds of this thread for each unit that `step` says it has done.
fn cost(
    span: Duration,
    mut step: impl FnMut() -> Result<usize, Box<dyn Error>>,
) -> Result<f64, Box<dyn Error>> {
    step()?;
    let (began, cpu, mut units) = (Instant::now(), cpu_ns(), 0);
    while began.elapsed() < span {
        for _ in 0..8 {
            units += step()?;
        }
    }
    Ok((cpu_ns() - cpu) / units.max(1) as f64)
}

/// Pieces of some memory, one after the other.
fn next_piece(at: &mut usize, of_bytes: usize) -> std::ops::Range<usize> {
    *at = (*at + PIECE_BYTES) % of_bytes;
    *at..*at + PIECE_BYTES
}

fn connection() -> Result<(TcpStream, TcpStream), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}

fn receive(span: Duration) -> Result<f64, Box<dyn Error>> {
    let (mut from, mut here) = connection()?;
    let sender = std::thread::spawn(move || {
        pin(1);
        let bytes = vec![1u8; 4 * PIECE_BYTES];
        while from.write_all(&bytes).is_ok() {}
    });
    let (mut hot, mut at) = (vec![0u8; HOT_BYTES], 0);
    let cost = cost(span, || Ok(here.read(&mut hot[next_piece(&mut at, HOT_BYTES)])?));
    drop(here);
    sender.join().map_err(|_| "the sender has panicked")?;
    cost
}

fn send(span: Duration) -> Result<f64, Box<dyn Error>> {
    let (mut to, mut here) = connection()?;
    let receiver = std::thread::spawn(move || {
        pin(1);
        let mut bytes = vec![0u8; 4 * PIECE_BYTES];
        while to.read(&mut bytes).is_ok_and(|count| count > 0) {}
    });
    let (arena, mut at) = (vec![1u8; ARENA_BYTES], 0);
    let cost = cost(span, || Ok(here.write(&arena[next_piece(&mut at, ARENA_BYTES)])?));
    drop(here);
    receiver.join().map_err(|_| "the receiver has panicked")?;
    cost
}

fn copy(span: Duration) -> f64 {
    let (from, mut into) = (vec![1u8; HOT_BYTES], vec![0u8; ARENA_BYTES]);
    let (mut at, mut to) = (0, 0);
    let step = || {
        let from = &from[next_piece(&mut at, HOT_BYTES)];
        black_box(&mut into[next_piece(&mut to, ARENA_BYTES)]).copy_from_slice(black_box(from));
        Ok(PIECE_BYTES)
    };
    cost(span, step).expect("nothing can fail")
}

fn checksum(span: Duration) -> f64 {
    let (hot, mut at) = (vec![1u8; HOT_BYTES], 0);
    let step = || {
        black_box(crc32c(black_box(&hot[next_piece(&mut at, HOT_BYTES)])));
        Ok(PIECE_BYTES)
    };
    cost(span, step).expect("nothing can fail")
}

/// A file of zeros that were written, and a door to it.
struct Disk {
    io: OsIo<()>,
    files: Arc<OsFileSystem>,
    file: File,
    path: std::path::PathBuf,
    spare: Vec<SharedBlock>,
    position: u64,
    events: Vec<Event<()>>,
}

impl Disk {
    fn new(folder: &Path) -> Result<Disk, Box<dyn Error>> {
        let files = Arc::new(OsFileSystem::new());
        let as_dyn: Arc<dyn FileSystem> = files.clone();
        let mut connected = connect::<()>(1, &Options::default(), &as_dyn)?;
        let io = connected.shards.remove(0).build_on_this_thread()?;
        let path = folder.join(format!("roofline-{}", std::process::id()));
        let file = files.open(&path, OpenMode::DirectReadWrite)?;
        let length = ARENA_BYTES as u64;
        files.reserve(&file, 0, length)?;
        files.write_zeros(&file, 0, length)?;
        files.sync(&file)?;
        let block = || Arc::new(Block::zeroed(WRITE_BYTES / PAGE_BYTES));
        let spare = (0..WRITES_UNDER_WAY).map(|_| block()).collect();
        Ok(Disk { io, files, file, path, spare, position: 0, events: Vec::new() })
    }

    /// The next place to write or read, over and over through the file.
    fn next_position(&mut self, bytes: usize) -> u64 {
        self.position = (self.position + bytes as u64) % ARENA_BYTES as u64;
        self.position
    }

    /// CPU nanoseconds of a write of so many bytes.
    fn write(&mut self, span: Duration, bytes: usize, durable: bool) -> Result<f64, Box<dyn Error>> {
        let under_way = if bytes == PAGE_BYTES { 1 } else { WRITES_UNDER_WAY };
        self.position = 0;
        cost(span, || {
            let first = self.spare.len() - under_way;
            for block in self.spare.split_off(first) {
                let extent = Extent { block, start: 0, end: u32::try_from(bytes)? };
                let position = self.next_position(bytes);
                let (file, extents) = (self.file.clone(), vec![extent]);
                let write = DiskWrite { log: 0, file, position, extents, durable };
                self.io.submit(Token(0), Op::Write(write));
            }
            self.collect(under_way)
        })
    }

    /// CPU nanoseconds of a read of what a busy log writes at once.
    fn read(&mut self, span: Duration) -> Result<f64, Box<dyn Error>> {
        self.position = 0;
        cost(span, || {
            for block in std::mem::take(&mut self.spare) {
                let position = self.next_position(WRITE_BYTES);
                let file = self.file.clone();
                let read = DiskRead { log: 0, cursor: 0, file, position, len: WRITE_BYTES, block };
                self.io.submit(Token(0), Op::Read(read));
            }
            self.collect(WRITES_UNDER_WAY)
        })
    }

    /// Waits for so many completions; as many.
    fn collect(&mut self, count: usize) -> Result<usize, Box<dyn Error>> {
        let mut left = count;
        while left > 0 {
            self.io.wait(None, &mut self.events);
            for event in self.events.drain(..) {
                left -= 1;
                let Event::Done { done, .. } = event else { continue };
                match done {
                    Done::Written { write, result } => {
                        result?;
                        self.spare.extend(write.extents.into_iter().map(|extent| extent.block));
                    }
                    Done::Read { read, result } => {
                        result?;
                        self.spare.push(read.block);
                    }
                    _ => return Err("an answer to nothing that was asked".into()),
                }
            }
        }
        Ok(count)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What is left of it is a file in a folder that somebody chose: not worth failing for.
        let _ = self.files.remove_file(&self.path);
    }
}
