//! The scripts on the operating system: both shards on one thread, waited for in turn.

use super::{Client, Mail, Rig, conformance};
use crate::connect::{Options, OsIo, connect};
use crate::io::{Event, Io, Socket};
use crate::os_fs::OsFileSystem;
use crate::probe::BackendChoice;
use loglane_model::FileSystem;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub(crate) struct OsRig {
    shards: Vec<OsIo<Mail>>,
    fs: Arc<dyn FileSystem>,
    dirs: Vec<PathBuf>,
}

impl OsRig {
    pub(super) fn new(options: Options) -> OsRig {
        let fs: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
        let options = Options { receive_blocks_max: 8, mails_max: 64, ..options };
        let connected = connect(2, &options, &fs).unwrap();
        let shards = connected.shards.into_iter().map(|b| b.build_on_this_thread().unwrap()).collect();
        OsRig { shards, fs, dirs: Vec::new() }
    }
}

impl Drop for OsRig {
    fn drop(&mut self) {
        for dir in &self.dirs {
            let _ = std::fs::remove_dir_all(dir);
        }
    }
}

/// A directory of this test's own, on the disk (not in memory, where direct I/O means nothing).
pub(crate) fn test_dir() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../target/ring-tests")
        .join(format!("{}-{number}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

impl Rig for OsRig {
    type Io = OsIo<Mail>;
    type Client = TcpStream;

    fn io(&mut self, shard: usize) -> &mut OsIo<Mail> {
        &mut self.shards[shard]
    }

    fn turn(&mut self, shard: usize, events: &mut Vec<Event<Mail>>) {
        let io = &mut self.shards[shard];
        let until = crate::clock::monotonic().after(Duration::from_millis(1));
        io.wait(Some(until), events);
    }

    fn listen(&mut self) -> (Socket, SocketAddr) {
        crate::net::listen("127.0.0.1:0".parse().unwrap()).unwrap()
    }

    fn connect(&mut self, to: SocketAddr) -> TcpStream {
        let client = TcpStream::connect(to).unwrap();
        client.set_nonblocking(true).unwrap();
        client
    }

    fn file_system(&mut self) -> (Arc<dyn FileSystem>, PathBuf) {
        let dir = test_dir();
        self.dirs.push(dir.clone());
        (Arc::clone(&self.fs), dir)
    }
}

impl Client for TcpStream {
    fn write_some(&mut self, bytes: &[u8]) -> usize {
        match self.write(bytes) {
            Ok(written) => written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => panic!("{error}"),
        }
    }

    fn read_some(&mut self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 1 << 20];
        match self.read(&mut bytes) {
            Ok(len) => {
                bytes.truncate(len);
                Some(bytes)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            // A connection that was closed over unread bytes ends with a reset.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Some(Vec::new()),
            Err(error) => panic!("{error}"),
        }
    }

    fn finish(&mut self) {
        self.shutdown(std::net::Shutdown::Write).unwrap();
    }

    fn reset(self) {
        rustix::net::sockopt::set_socket_linger(&self, Some(Duration::ZERO)).unwrap();
    }
}

/// One script, for where a whole set would be too much.
pub(crate) fn echoes_with(backend: BackendChoice) {
    let rig = OsRig::new(Options { backend, ..Options::default() });
    super::network::a_connection_is_accepted_and_echoes(&mut super::Stage::new(rig));
}

/// What each backend is put through; only here is a turn anybody's time.
macro_rules! on_the_system {
    ($backend:ident) => {
        use super::{BackendChoice, Options, OsRig};
        fn rig() -> OsRig {
            OsRig::new(Options { backend: BackendChoice::$backend, ..Options::default() })
        }
        super::conformance!([rig()]);
        super::conformance!([rig()];
            turns: large_sends_take_their_turns, small_sends_pass_large_ones,
                large_sends_arrive_whole_side_by_side, connections_come_and_end_a_few_in_a_turn;
        );
    };
}

mod uring {
    on_the_system!(IoUring);
}

mod epoll {
    on_the_system!(Epoll);
}
