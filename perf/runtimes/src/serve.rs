//! The server's process: on core 0, until it is killed.

mod compio;
mod glommio;
mod ring;
mod tokio;

use crate::load::{ANSWER_BYTES, CONNECTIONS, Load, Runtime};
use crate::{Failure, machine};
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;

/// Serves one client.
pub(crate) fn serve(runtime: Runtime, load: Load, file: &Path) -> Result<(), Failure> {
    machine::pin(0)?;
    match runtime {
        Runtime::Ring => ring::serve(load, file, loglane_ring::BackendChoice::IoUring),
        Runtime::Epoll => ring::serve(load, file, loglane_ring::BackendChoice::Epoll),
        Runtime::Glommio => glommio::serve(load, file),
        Runtime::Tokio => tokio::serve(load, file),
        Runtime::Compio => compio::serve(load, file),
    }
}

/// Says where to connect, on the first line.
fn say(address: std::net::SocketAddr) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(out, "{address}")?;
    Ok(out.flush()?)
}

/// The client's connections, accepted before the runtime begins.
fn accept() -> Result<Vec<TcpStream>, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    say(listener.local_addr()?)?;
    let mut streams = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = listener.accept()?.0;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        streams.push(stream);
    }
    Ok(streams)
}

/// Sends answers straight to the sockets: what a write has made due comes outside of the connection's own task, and has
/// always room.
fn acknowledge(streams: &[TcpStream], owed: &[usize; CONNECTIONS]) {
    for (stream, count) in streams.iter().zip(owed).filter(|(_, count)| **count > 0) {
        let answers = [7; ANSWER_BYTES * crate::load::DEPTH];
        // The client may be gone by now, and with it the reason to serve.
        let _ = (&*stream).write_all(&answers[..count * ANSWER_BYTES]);
    }
}

/// Bytes of the file that is written over and over.
fn file_bytes(file: &Path) -> Result<u64, Failure> {
    Ok(std::fs::metadata(file)?.len())
}
