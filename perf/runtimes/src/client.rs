//! The client: one thread, four connections, five frames under way on each.

use crate::Failure;
use crate::load::{ANSWER_BYTES, CONNECTIONS, DEPTH, Load};
use rustix::event::{PollFd, PollFlags, poll};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Load before anything counts.
const WARM_UP: Duration = Duration::from_millis(500);

/// What the client saw in the measured time.
pub(crate) struct Seen {
    pub(crate) frames: usize,
    pub(crate) seconds: f64,
    /// What `cpu_ns` has risen by.
    pub(crate) cpu_ns: u64,
}

/// The client's connections.
pub(crate) struct Client {
    connections: Vec<Connection>,
    frames: Vec<u8>,
    load: Load,
}

struct Connection {
    stream: TcpStream,
    /// Bytes of an answer that is not complete yet.
    partial: usize,
}

impl Client {
    /// Connects, and puts frames under way.
    pub(crate) fn connect(address: SocketAddr, load: Load) -> Result<Client, Failure> {
        let frames = vec![7u8; DEPTH * load.frame_bytes()];
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            connections.push(Connection { stream, partial: 0 });
        }
        for connection in &mut connections {
            connection.stream.write_all(&frames)?;
        }
        Ok(Client { connections, frames, load })
    }

    /// Drives the server for a time. `cpu_ns` says what it has cost so far.
    pub(crate) fn drive(
        &mut self,
        span: Duration,
        cpu_ns: impl Fn() -> Result<u64, Failure>,
    ) -> Result<Seen, Failure> {
        let warm = Instant::now() + WARM_UP.min(span);
        while Instant::now() < warm {
            turn(&mut self.connections, &self.frames, self.load)?;
        }
        let (began, cpu, mut count) = (Instant::now(), cpu_ns()?, 0);
        while began.elapsed() < span {
            count += turn(&mut self.connections, &self.frames, self.load)?;
        }
        Ok(Seen { frames: count, seconds: began.elapsed().as_secs_f64(), cpu_ns: cpu_ns()? - cpu })
    }
}

/// Waits for answers and sends as many frames again; how many.
fn turn(connections: &mut [Connection], frames: &[u8], load: Load) -> Result<usize, Failure> {
    let mut polled: Vec<PollFd<'_>> =
        connections.iter().map(|connection| PollFd::new(&connection.stream, PollFlags::IN)).collect();
    poll(&mut polled, None)?;
    let ready: Vec<bool> = polled.iter().map(|polled| !polled.revents().is_empty()).collect();
    let mut count = 0;
    for (connection, _) in connections.iter_mut().zip(ready).filter(|(_, is_ready)| *is_ready) {
        let mut answers = [0; ANSWER_BYTES * DEPTH];
        let read = connection.stream.read(&mut answers)?;
        if read == 0 {
            return Err("the server has closed a connection".into());
        }
        connection.partial += read;
        let whole = connection.partial / ANSWER_BYTES;
        connection.partial %= ANSWER_BYTES;
        connection.stream.write_all(&frames[..whole * load.frame_bytes()])?;
        count += whole;
    }
    Ok(count)
}
