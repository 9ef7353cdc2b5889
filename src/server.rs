//! From a configuration to a running broker: directories, metadata, listeners, one thread for each core.

pub(crate) mod boot;
pub mod directories;
pub mod doctor;
mod inspection;
mod machine;
mod metadata_log;
pub(crate) mod seats;
pub mod signals;

use crate::admin::{self, About, AdminSocket};
use crate::config::{Config, Listener, Properties, TopicConfig};
use crate::cores::{CorePlan, Machine};
use crate::fatal::{Fatal, FatalCode};
use crate::limits::{LimitInputs, Limits};
use crate::shard::mail::Mail;
use loglane_model::{FileSystem, ShardId};
use loglane_ring::{Backend, ConnectError, Connected, IoBuilder, Mailer, OsFileSystem, Socket, connect};
use seats::{Seat, StartInputs};
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What a broker that serves looks like from outside: for the banner.
#[derive(Debug, Clone)]
pub struct Running {
    /// The listeners, with the ports that were bound.
    pub listeners: Vec<Listener>,
    /// Where metrics are served, if they are.
    pub admin: Option<SocketAddr>,
    /// The cluster's id.
    pub cluster_id: String,
    /// The cores that run a shard.
    pub cores: Vec<usize>,
    /// How many have none because the memory does not suffice for them.
    pub cores_left_out: usize,
    /// Every bound, as derived from the memory budget.
    pub limits: Limits,
    /// Whether the data directory was new.
    pub is_new: bool,
    /// How the broker talks to the kernel, and why so.
    pub backend: Backend,
}

/// Runs a broker until it is told to stop.
///
/// `on_ready` is called once, from another thread, when connections are accepted. `stop` gets the handle by which
/// a signal handler asks for a clean stop.
///
/// # Errors
/// The first thing that kept it from starting, or that ended it.
pub fn run(
    config: Config,
    on_ready: impl FnOnce(Running) + Send + 'static,
    stop: impl FnOnce(Stopper),
) -> Result<(), Fatal> {
    let began = Instant::now();
    let fs: Arc<dyn FileSystem> = Arc::new(OsFileSystem::new());
    let wall_ms = machine::wall_clock_ms();
    let plan = CorePlan::derive(&config, &describe_machine())?;
    let cores = plan.core_list.value.clone();
    let shard_count = u16::try_from(cores.len()).expect("a machine has few cores");
    let limits = plan.limits.clone();
    let options = boot::ring_options(&config, &cores, &limits);
    let Connected { shards, backend, mailer } = connect(cores.len(), &options, &fs).map_err(unconnected)?;
    if let Backend::Epoll { because: Some(_) } = &backend {
        tracing::warn!("{backend}");
    }
    let bound = boot::bind(&config)?;
    let admin = admin::bind(config.admin.as_ref())?;
    let assembled = seats::assemble(&StartInputs {
        fs: &*fs,
        config: &config,
        limits: &limits,
        plan: Some(&plan),
        bound: &bound,
        shard_count,
        wall_ms,
        random: RefCell::new(&mut machine::random),
    })?;
    let running = Running {
        listeners: bound.iter().map(|bound| bound.listener.clone()).collect(),
        admin: admin.as_ref().map(|socket| socket.address),
        cluster_id: assembled.cluster_id().to_owned(),
        cores,
        cores_left_out: plan.cores_left_out,
        limits,
        is_new: assembled.is_new(),
        backend,
    };
    let is_ready = serve_admin(admin, &mailer, &running, began)?;
    stop(Stopper { mailer });
    let serves = move || {
        is_ready.store(true, Ordering::Release);
        on_ready(running);
    };
    let (seats, locks) = assembled.into_seats(Box::new(serves));
    let (failed, failures) = mpsc::channel();
    let bodies = shards.into_iter().zip(seats).map(|(builder, seat)| {
        let failed = failed.clone();
        let name = format!("shard-{}", builder.shard().0);
        (name, move || serve(seat, builder, &failed))
    });
    let threads = spawn_all(bodies.collect(), |builder, body| builder.spawn(body))?;
    drop(failed);
    await_end(threads, &failures)?;
    drop(locks);
    Ok(())
}

/// A thread for each of the bodies, which are given with the threads' names. None of them begins before all threads are
/// there: shards wait for each other, and would for ever for one that does not come.
///
/// # Errors
/// `spawn` refused one. The others have ended, and no body was begun.
fn spawn_all<F: FnOnce() + Send + 'static>(
    bodies: Vec<(String, F)>,
    spawn: impl Fn(thread::Builder, Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>>,
) -> Result<Vec<JoinHandle<()>>, Fatal> {
    let mut threads = Vec::new();
    let mut begin = Vec::new();
    for (name, body) in bodies {
        let (may_begin, begins) = mpsc::channel::<()>();
        let run = move || {
            if begins.recv().is_ok() {
                body();
            }
        };
        match spawn(thread::Builder::new().name(name.clone()), Box::new(run)) {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                drop(begin);
                for thread in threads {
                    thread.join().expect("it has only waited");
                }
                return Err(no_thread(&name, &error));
            }
        }
        begin.push(may_begin);
    }
    for may_begin in begin {
        may_begin.send(()).expect("the thread waits for it");
    }
    Ok(threads)
}

fn no_thread(name: &str, error: &io::Error) -> Fatal {
    Fatal::new(
        FatalCode::System,
        format!("the system refuses the thread {name}: {error}"),
        "a limit on threads: of the container (pids of its control group), the service (TasksMax) or the user (`ulimit -u`)",
        "raise that limit, or use fewer cores by loglane.cores",
    )
}

/// Waits until the shards have closed, or the first one fails.
fn await_end(threads: Vec<JoinHandle<()>>, failures: &mpsc::Receiver<String>) -> Result<(), Fatal> {
    // The first failure ends the process: the other shards hold nothing that a restart could not recover.
    if let Ok(why) = failures.recv() {
        return Err(Fatal::new(
            FatalCode::System,
            why,
            "a disk or its file system failed, or what is on it is damaged",
            "look into the log lines above and the kernel's log (`dmesg`); the next start recovers what is on disk",
        ));
    }
    for thread in threads {
        if thread.join().is_err() {
            return Err(Fatal::new(
                FatalCode::System,
                "a shard's thread ended in a panic",
                "a defect of the broker",
                "please report it with the lines above; the next start recovers what is on disk",
            ));
        }
    }
    Ok(())
}

/// Begins to serve metrics, if that is wanted. Returns what says whether clients are served.
fn serve_admin(
    socket: Option<AdminSocket>,
    mailer: &Mailer<Mail>,
    running: &Running,
    began: Instant,
) -> Result<Arc<AtomicBool>, Fatal> {
    let is_ready = Arc::new(AtomicBool::new(false));
    if let Some(socket) = socket {
        let about = About {
            mailer: mailer.clone(),
            cores: running.cores.clone(),
            listeners: running.listeners.iter().map(|listener| listener.name.clone()).collect(),
            is_ready: is_ready.clone(),
            began,
        };
        admin::serve(socket, about).map_err(|error| {
            Fatal::new(
                FatalCode::System,
                format!("the system refuses the thread that serves metrics: {error}"),
                "a limit on threads or open files",
                "raise the limits of the process (`ulimit -a`), or set loglane.admin.listener=off",
            )
        })?;
    }
    Ok(is_ready)
}

/// The machine as a plan of its cores sees it.
#[must_use]
pub fn describe_machine() -> Machine {
    Machine {
        cores: machine::cores(),
        memory_bytes: machine::memory_bytes(),
        open_files: machine::open_files_max(),
    }
}

/// Asks a running broker to stop cleanly.
pub struct Stopper {
    mailer: Mailer<Mail>,
}

impl Stopper {
    /// Begins the clean stop; [`run`] returns when it is done.
    pub fn stop(&self) {
        // A full mailbox means that the shard is busy: it will have room soon.
        while self.mailer.mail(ShardId(0), Mail::Close).is_err() {
            thread::park_timeout(Duration::from_millis(1));
        }
    }
}

/// A shard's thread.
fn serve(seat: Seat, builder: IoBuilder<Mail>, failed: &mpsc::Sender<String>) {
    let id = builder.shard();
    if let Err(error) = builder.pin_this_thread() {
        tracing::warn!(shard = id.0, %error, "the shard's thread could not be pinned to its core");
    }
    let io = match builder.build_on_this_thread() {
        Ok(io) => io,
        Err(error) => {
            let _ = failed.send(format!("shard {} has no way to the kernel: {error}", id.0));
            return;
        }
    };
    let mut shard = seat.shard(io);
    shard.run();
    if let Some(why) = shard.closing.failure() {
        let _ = failed.send(why.to_owned());
    }
}

/// A listener that is bound.
pub(crate) struct Bound {
    pub(crate) listener: Listener,
    pub(crate) is_controller: bool,
    pub(crate) socket: Socket,
    pub(crate) address: SocketAddr,
}

fn unconnected(error: ConnectError) -> Fatal {
    match error {
        ConnectError::Unusable(unusable) => Fatal::new(
            FatalCode::IoUringUnavailable,
            "loglane.io.backend=io_uring demands io_uring, and it cannot be used here",
            unusable.to_string(),
            "do as it says, or set loglane.io.backend=auto to go on with epoll",
        ),
        ConnectError::Failed(error) => Fatal::new(
            FatalCode::System,
            format!("the system refuses threads or descriptors: {error}"),
            "a limit on threads, open files or locked memory",
            "raise the limits of the process (`ulimit -a`), or use fewer cores by loglane.cores",
        ),
    }
}

/// The inputs of the limits that the machine decides on.
pub(crate) fn limit_inputs(config: &Config, shards: u16, memory_bytes: u64, open_files: u64) -> LimitInputs {
    let nothing = Properties::new();
    let by_default = TopicConfig::resolve(&nothing, &config.levels(&nothing, &nothing));
    LimitInputs {
        memory_bytes,
        shards,
        open_files,
        connections: u64::from(config.connections_max),
        request_bytes_max: u64::from(config.settings.network.request_bytes_max),
        message_bytes_max: u64::from(by_default.message_bytes_max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::sync::atomic::AtomicUsize;

    /// Bodies that are counted as they begin.
    fn counted(count: usize) -> (Arc<AtomicUsize>, Vec<(String, impl FnOnce() + Send + 'static)>) {
        let begun = Arc::new(AtomicUsize::new(0));
        let body = |number: usize| {
            let begun = begun.clone();
            let body = move || {
                begun.fetch_add(1, Ordering::SeqCst);
            };
            (format!("shard-{number}"), body)
        };
        (begun.clone(), (0..count).map(body).collect())
    }

    #[test]
    fn a_shard_whose_thread_is_refused_keeps_the_others_from_beginning() {
        let (begun, bodies) = counted(3);
        let granted = Cell::new(0);
        let refusing = |builder: thread::Builder, body: Box<dyn FnOnce() + Send>| {
            if granted.replace(granted.get() + 1) == 2 {
                return Err(io::Error::from(io::ErrorKind::WouldBlock));
            }
            builder.spawn(body)
        };
        let fatal = spawn_all(bodies, refusing).unwrap_err().to_string();
        assert!(fatal.contains("the system refuses the thread shard-2: "), "{fatal}");
        assert!(fatal.contains("ulimit -u") && fatal.contains("loglane.cores"), "{fatal}");
        assert_eq!(begun.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn all_shards_begin_when_all_threads_are_there() {
        let (begun, bodies) = counted(3);
        let threads = spawn_all(bodies, |builder, body| builder.spawn(body)).unwrap();
        assert_eq!(threads.len(), 3);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(begun.load(Ordering::SeqCst), 3);
    }
}
