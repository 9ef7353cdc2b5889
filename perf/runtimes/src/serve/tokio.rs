//! On tokio: a task for each connection on one thread, epoll for the sockets, the blocking pool for the disk.

use super::{accept, acknowledge, file_bytes};
use crate::Failure;
use crate::load::{ANSWER_BYTES, Load, WINDOW_BYTES, WRITE_BYTES};
use crate::staging::Staging;
use loglane_model::{Block, File, FileSystem as _, OpenMode, PAGE_BYTES};
use loglane_ring::OsFileSystem;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

struct Shared {
    staging: RefCell<Staging<Block>>,
    file: File,
    streams: Vec<std::net::TcpStream>,
}

pub(super) fn serve(load: Load, file: &Path) -> Result<(), Failure> {
    let staging = RefCell::new(Staging::new(file_bytes(file)?, || Block::zeroed(WRITE_BYTES / PAGE_BYTES)));
    let file = OsFileSystem::new().open(file, OpenMode::DirectReadWrite)?;
    let accepted = accept()?;
    let streams = accepted.iter().map(std::net::TcpStream::try_clone).collect::<Result<_, _>>()?;
    let shared = Rc::new(Shared { staging, file, streams });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let mut tasks = Vec::new();
        for (at, stream) in accepted.into_iter().enumerate() {
            let stream = TcpStream::from_std(stream)?;
            let shared = Rc::clone(&shared);
            tasks.push(tokio::task::spawn_local(async move {
                match load {
                    Load::Small => small(stream, load).await,
                    Load::Large | Load::Append => large(stream, at, load, shared).await,
                }
            }));
        }
        for task in tasks {
            task.await??;
        }
        Ok(())
    })
}

async fn small(mut stream: TcpStream, load: Load) -> std::io::Result<()> {
    let (mut window, mut partial) = (vec![0; WINDOW_BYTES], 0);
    let answers = vec![7; WINDOW_BYTES / load.frame_bytes() * ANSWER_BYTES + ANSWER_BYTES];
    loop {
        partial += stream.read(&mut window).await?;
        let whole = partial / load.frame_bytes();
        partial %= load.frame_bytes();
        stream.write_all(&answers[..whole * ANSWER_BYTES]).await?;
    }
}

async fn large(mut stream: TcpStream, at: usize, load: Load, shared: Rc<Shared>) -> std::io::Result<()> {
    let mut frame = vec![0; load.frame_bytes()];
    loop {
        stream.read_exact(&mut frame).await?;
        if load == Load::Append {
            shared.staging.borrow_mut().take_in(at, &frame);
            flush(&shared);
        } else {
            stream.write_all(&[7; ANSWER_BYTES]).await?;
        }
    }
}

/// Starts the writes that may start; each starts the next when it has ended.
fn flush(shared: &Rc<Shared>) {
    while let Some(write) = { shared.staging.borrow_mut().next_write() } {
        let (shared, file) = (Rc::clone(shared), shared.file.clone());
        tokio::task::spawn_local(async move {
            let (bytes, position) = (write.bytes, write.position);
            let written = tokio::task::spawn_blocking(move || {
                OsFileSystem::new()
                    .write_at(&file, position, &write.buffer.bytes()[..bytes])
                    .map(|()| write.buffer)
            });
            let buffer = written.await.expect("the write does not panic").expect("the disk takes the write");
            shared.staging.borrow_mut().on_written(Some(buffer));
            acknowledge(&shared.streams, &write.owed);
            flush(&shared);
        });
    }
}
