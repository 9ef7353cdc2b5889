//! A broker that parses, acknowledges and forgets, and whose fetches find made-up records: what is left of a
//! measurement when the broker costs nothing. Its figures are the ceiling of a machine and a load.
//!
//! One thread for each core, on the same interface of the operating system as the generator. A fetch finds as many
//! records as were produced, or, if the broker is endless, always some.

mod answers;
mod records;
mod shard;

use crate::options::{Null, Options};
use loglane_model::{FileSystem, ShardId, TopicId};
use loglane_ring::{self as ring, BackendChoice, Mailer, OsFileSystem};
use shard::{Mail, Shard};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

/// What a null broker is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads.
    pub threads: usize,
    /// Fetches always find more.
    pub is_endless: bool,
    /// Value bytes of made-up records.
    pub record_bytes: usize,
    /// Through which interface of the operating system.
    pub interface: BackendChoice,
}

impl Settings {
    /// As many threads as cores, and records as large as those of the load.
    #[must_use]
    pub fn for_ceiling(options: &Options) -> Settings {
        Settings {
            threads: cores(),
            is_endless: options.producers == 0,
            record_bytes: crate::number::index(crate::number::whole(options.record_size.mean())),
            interface: options.io,
        }
    }
}

impl From<&Null> for Settings {
    fn from(arguments: &Null) -> Settings {
        Settings {
            threads: arguments.threads.unwrap_or_else(cores).clamp(1, 1024),
            is_endless: arguments.endless,
            record_bytes: crate::number::index(arguments.record_size.min(64 << 20)),
            interface: BackendChoice::Auto,
        }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A topic: all that is kept of it is how many records its partitions would have.
#[derive(Debug)]
pub(crate) struct NullTopic {
    name: String,
    id: TopicId,
    ends: Vec<AtomicI64>,
}

/// What all threads share.
#[derive(Debug)]
pub(crate) struct World {
    address: SocketAddr,
    is_endless: bool,
    topics: RwLock<Vec<Arc<NullTopic>>>,
    next_producer: AtomicI64,
}

impl World {
    fn topics(&self) -> Vec<Arc<NullTopic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn find(&self, is_it: impl Fn(&NullTopic) -> bool) -> Option<Arc<NullTopic>> {
        let topics = self.topics.read().unwrap_or_else(PoisonError::into_inner);
        topics.iter().find(|topic| is_it(topic)).cloned()
    }

    /// `false` if there is one of that name.
    fn create(&self, name: &str, partitions: usize) -> bool {
        let mut topics = self.topics.write().unwrap_or_else(PoisonError::into_inner);
        if topics.iter().any(|topic| topic.name == name) {
            return false;
        }
        let mut number = topics.len() as u64;
        let id = TopicId::from_random(|| {
            number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
            number
        });
        let ends = (0..partitions).map(|_| AtomicI64::new(0)).collect();
        topics.push(Arc::new(NullTopic { name: name.to_owned(), id, ends }));
        true
    }

    fn remove(&self, is_it: impl Fn(&NullTopic) -> bool) -> bool {
        let mut topics = self.topics.write().unwrap_or_else(PoisonError::into_inner);
        let before = topics.len();
        topics.retain(|topic| !is_it(topic));
        topics.len() < before
    }

    fn new_producer(&self) -> i64 {
        self.next_producer.fetch_add(1, Ordering::Relaxed)
    }
}

/// A null broker that runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    interface: String,
    mailer: Mailer<Mail>,
    threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// Listens on `address`, as `host:port`; port 0 is any free one.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn start(address: &str, settings: &Settings) -> Result<Server, String> {
        let wanted = address.to_socket_addrs().map_err(|error| format!("{address}: {error}"))?.next();
        let wanted = wanted.ok_or_else(|| format!("{address} is no address"))?;
        let (listener, address) = ring::listen(wanted).map_err(|error| error.to_string())?;
        let options = ring::Options {
            helper_threads: 1,
            disk_threads: 1,
            mails_max: 16_384,
            backend: settings.interface,
            ..ring::Options::default()
        };
        let file_system: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
        let connected = ring::connect::<Mail>(settings.threads, &options, &file_system)
            .map_err(|error| error.to_string())?;
        let world = Arc::new(World {
            address,
            is_endless: settings.is_endless,
            topics: RwLock::default(),
            next_producer: AtomicI64::new(1),
        });
        let mut threads = Vec::new();
        let mut listener = Some(listener);
        for builder in connected.shards {
            let world = Arc::clone(&world);
            let listener = listener.take();
            let (shards, record_bytes) = (settings.threads, settings.record_bytes);
            let thread =
                std::thread::Builder::new().name("bench-null".to_owned()).spawn(move || {
                    match builder.build_on_this_thread() {
                        Ok(io) => Shard::new(io, world, shards, record_bytes).run(listener),
                        Err(error) => panic!("the kernel refuses the null broker its interface: {error}"),
                    }
                });
            threads.push(thread.map_err(|error| error.to_string())?);
        }
        Ok(Server { address, interface: connected.backend.to_string(), mailer: connected.mailer, threads })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Through what it reaches the network.
    #[must_use]
    pub fn interface(&self) -> &str {
        &self.interface
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for shard in 0..self.threads.len() {
            let shard = ShardId(u16::try_from(shard).expect("threads are few"));
            let _ = self.mailer.mail(shard, Mail::Stop);
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
