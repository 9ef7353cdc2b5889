//! A bounded pool of threads for work that may block, with lanes for work that must keep its order.

use loglane_model::ShardId;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Work of one lane runs one after the other. Each shard numbers its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lane {
    pub(crate) shard: ShardId,
    pub(crate) lane: u32,
}

/// A piece of work; it reports its own outcome and must not panic.
pub(crate) type Work = Box<dyn FnOnce() + Send>;

/// The threads. What is still queued when the pool is dropped is not run.
pub(crate) struct Workers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    queues: Mutex<Queues>,
    changed: Condvar,
}

struct Queues {
    /// Lanes with work waiting or running; a lane that is being worked on is not in `ready`.
    lanes: BTreeMap<Lane, VecDeque<Work>>,
    ready: VecDeque<Ready>,
    stopping: bool,
}

enum Ready {
    Lane(Lane),
    Single(Work),
}

impl Workers {
    /// Starts `threads` threads.
    pub(crate) fn start(threads: usize, name: &str) -> io::Result<Workers> {
        let shared = Arc::new(Shared {
            queues: Mutex::new(Queues { lanes: BTreeMap::new(), ready: VecDeque::new(), stopping: false }),
            changed: Condvar::new(),
        });
        let mut workers = Workers { shared, threads: Vec::with_capacity(threads) };
        for index in 0..threads.max(1) {
            let shared = Arc::clone(&workers.shared);
            let thread = std::thread::Builder::new().name(format!("{name}-{index}"));
            workers.threads.push(thread.spawn(move || shared.work_until_stopped())?);
        }
        Ok(workers)
    }

    /// Queues work behind all earlier work of its lane.
    pub(crate) fn run_in_lane(&self, lane: Lane, work: Work) {
        let mut queues = self.shared.lock();
        if let Some(waiting) = queues.lanes.get_mut(&lane) {
            waiting.push_back(work);
            return;
        }
        queues.lanes.insert(lane, VecDeque::from([work]));
        queues.ready.push_back(Ready::Lane(lane));
        drop(queues);
        self.shared.changed.notify_one();
    }

    /// Queues work that needs no order.
    pub(crate) fn run(&self, work: Work) {
        self.shared.lock().ready.push_back(Ready::Single(work));
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work_until_stopped(&self) {
        let mut queues = self.lock();
        loop {
            if queues.stopping {
                return;
            }
            match queues.ready.pop_front() {
                None => queues = self.changed.wait(queues).unwrap_or_else(PoisonError::into_inner),
                Some(Ready::Single(work)) => {
                    drop(queues);
                    work();
                    queues = self.lock();
                }
                Some(Ready::Lane(lane)) => {
                    let waiting = queues.lanes.get_mut(&lane).expect("a ready lane has work");
                    let work = waiting.pop_front().expect("a ready lane has work");
                    drop(queues);
                    work();
                    queues = self.lock();
                    queues.lane_is_free(lane);
                }
            }
        }
    }
}

impl Queues {
    /// The lane goes to the end of the line, so that a busy one does not keep the others waiting.
    fn lane_is_free(&mut self, lane: Lane) {
        if self.lanes.get(&lane).is_some_and(VecDeque::is_empty) {
            self.lanes.remove(&lane);
        } else {
            self.ready.push_back(Ready::Lane(lane));
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let dropped = {
            let mut queues = self.shared.lock();
            queues.stopping = true;
            (std::mem::take(&mut queues.lanes), std::mem::take(&mut queues.ready))
        };
        drop(dropped);
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}
