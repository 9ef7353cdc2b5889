//! On glommio: a task for each connection on one executor, its own buffers and files for direct writes.

use super::{accept, acknowledge, file_bytes};
use crate::Failure;
use crate::load::{ANSWER_BYTES, Load, WINDOW_BYTES, WRITE_BYTES};
use crate::staging::{Aligned, Staging};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use glommio::io::{DmaBuffer, DmaFile, OpenOptions};
use glommio::net::TcpStream;
use glommio::{LocalExecutorBuilder, Placement, spawn_local};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

impl Aligned for DmaBuffer {
    fn all(&mut self) -> &mut [u8] {
        self.as_bytes_mut()
    }
}

struct Shared {
    staging: RefCell<Staging<DmaBuffer>>,
    file: Rc<DmaFile>,
    streams: Vec<std::net::TcpStream>,
}

pub(super) fn serve(load: Load, file: &Path) -> Result<(), Failure> {
    let path = file.to_owned();
    let builder = LocalExecutorBuilder::new(Placement::Fixed(0)).io_memory(64 << 20);
    let executor = builder.make().map_err(|error| error.to_string())?;
    executor.run(async move {
        let opened = OpenOptions::new().read(true).write(true).dma_open(&path).await;
        let file = Rc::new(opened.map_err(|error| error.to_string())?);
        let buffers = Rc::clone(&file);
        let staging = Staging::new(file_bytes(&path)?, move || buffers.alloc_dma_buffer(WRITE_BYTES));
        let accepted = accept()?;
        let streams = accepted.iter().map(std::net::TcpStream::try_clone).collect::<Result<_, _>>()?;
        let shared = Rc::new(Shared { staging: RefCell::new(staging), file, streams });
        let mut tasks = Vec::new();
        for (at, stream) in accepted.into_iter().enumerate() {
            let stream = TcpStream::from(socket2::Socket::from(stream));
            let shared = Rc::clone(&shared);
            tasks.push(spawn_local(async move {
                match load {
                    Load::Small => small(stream, load).await,
                    Load::Large | Load::Append => large(stream, at, load, shared).await,
                }
            }));
        }
        for task in tasks {
            task.await?;
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

/// Starts the writes that may start; each starts the next when it has ended. A write keeps its buffer for good: glommio
/// takes a fresh one from its own memory each time.
fn flush(shared: &Rc<Shared>) {
    while let Some(mut write) = { shared.staging.borrow_mut().next_write() } {
        let shared = Rc::clone(shared);
        spawn_local(async move {
            write.buffer.trim_to_size(write.bytes);
            let written = shared.file.write_at(write.buffer, write.position).await;
            assert_eq!(written.expect("the disk takes the write"), write.bytes, "a whole write");
            shared.staging.borrow_mut().on_written(None);
            acknowledge(&shared.streams, &write.owed);
            flush(&shared);
        })
        .detach();
    }
}
