//! On compio: a task for each connection, everything through its io_uring, set up with the flags that the ring has.

use super::{accept, acknowledge, file_bytes};
use crate::Failure;
use crate::load::{ANSWER_BYTES, Load, WINDOW_BYTES, WRITE_BYTES};
use crate::staging::{Aligned, Staging};
use compio::BufResult;
use compio::buf::{IntoInner as _, IoBuf};
use compio::driver::ProactorBuilder;
use compio::fs::{File, OpenOptions};
use compio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteAt as _, AsyncWriteExt as _};
use compio::net::TcpStream;
use compio::runtime::{Runtime, spawn};
use loglane_model::{Block, PAGE_BYTES};
use rustix::fs::OFlags;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

/// The pages of a write.
struct Pages {
    block: Block,
    bytes: usize,
}

impl Aligned for Pages {
    fn all(&mut self) -> &mut [u8] {
        self.block.bytes_mut()
    }
}

impl IoBuf for Pages {
    fn as_init(&self) -> &[u8] {
        &self.block.bytes()[..self.bytes]
    }
}

struct Shared {
    staging: RefCell<Staging<Pages>>,
    file: File,
    streams: Vec<std::net::TcpStream>,
}

pub(super) fn serve(load: Load, file: &Path) -> Result<(), Failure> {
    let mut proactor = ProactorBuilder::new();
    proactor.capacity(512).single_issuer(true).defer_taskrun(true).coop_taskrun(true);
    let runtime = Runtime::builder().with_proactor(proactor).build()?;
    runtime.block_on(async move {
        let make = || Pages { block: Block::zeroed(WRITE_BYTES / PAGE_BYTES), bytes: 0 };
        let staging = RefCell::new(Staging::new(file_bytes(file)?, make));
        let direct = i32::try_from(OFlags::DIRECT.bits())?;
        let file = OpenOptions::new().read(true).write(true).custom_flags(direct).open(file).await?;
        let accepted = accept()?;
        let streams = accepted.iter().map(std::net::TcpStream::try_clone).collect::<Result<_, _>>()?;
        let shared = Rc::new(Shared { staging, file, streams });
        let mut tasks = Vec::new();
        for (at, stream) in accepted.into_iter().enumerate() {
            let stream = TcpStream::from_std(stream)?;
            let shared = Rc::clone(&shared);
            tasks.push(spawn(async move {
                match load {
                    Load::Small => small(stream, load).await,
                    Load::Large | Load::Append => large(stream, at, load, shared).await,
                }
            }));
        }
        for task in tasks {
            task.await.map_err(|_| "a connection's task has panicked")??;
        }
        Ok(())
    })
}

async fn small(mut stream: TcpStream, load: Load) -> std::io::Result<()> {
    let (mut window, mut partial) = (Vec::with_capacity(WINDOW_BYTES), 0);
    let mut answers = vec![7; WINDOW_BYTES / load.frame_bytes() * ANSWER_BYTES + ANSWER_BYTES];
    loop {
        let BufResult(read, buffer) = stream.read(window).await;
        window = buffer;
        partial += read?;
        let whole = partial / load.frame_bytes();
        partial %= load.frame_bytes();
        if whole > 0 {
            let BufResult(written, slice) = stream.write_all(answers.slice(..whole * ANSWER_BYTES)).await;
            answers = slice.into_inner();
            written?;
        }
    }
}

async fn large(mut stream: TcpStream, at: usize, load: Load, shared: Rc<Shared>) -> std::io::Result<()> {
    let (mut frame, mut answer) = (Vec::with_capacity(load.frame_bytes()), vec![7; ANSWER_BYTES]);
    loop {
        let BufResult(read, buffer) = stream.read_exact(frame).await;
        frame = buffer;
        read?;
        if load == Load::Append {
            shared.staging.borrow_mut().take_in(at, &frame);
            flush(&shared);
        } else {
            let BufResult(written, buffer) = stream.write_all(answer).await;
            answer = buffer;
            written?;
        }
        frame.clear();
    }
}

/// Starts the writes that may start; each starts the next when it has ended.
fn flush(shared: &Rc<Shared>) {
    while let Some(mut write) = { shared.staging.borrow_mut().next_write() } {
        let shared = Rc::clone(shared);
        spawn(async move {
            write.buffer.bytes = write.bytes;
            let BufResult(written, buffer) = (&shared.file).write_at(write.buffer, write.position).await;
            assert_eq!(written.expect("the disk takes the write"), write.bytes, "a whole write");
            shared.staging.borrow_mut().on_written(Some(buffer));
            acknowledge(&shared.streams, &write.owed);
            flush(&shared);
        })
        .detach();
    }
}
