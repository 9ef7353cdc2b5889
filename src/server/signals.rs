//! Signals that ask the broker to end: SIGTERM, SIGINT (Ctrl-C) and SIGHUP, as with Kafka.
//!
//! The first one asks for a clean stop. The second one means it: the process ends at once, and the next start has to
//! recover.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io;
use std::thread;

/// What [`watch`] reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// The first signal: close what is open, then end.
    Stop {
        /// Which one it was.
        signal: &'static str,
    },
    /// Another one: end now.
    EndNow {
        /// Which one it was.
        signal: &'static str,
        /// The exit code of a process that the signal had ended.
        exit_code: i32,
    },
}

/// From here on signals do not end the process by themselves: `on_request` is told, on a thread of its own.
///
/// # Errors
/// If the system grants no handler or no thread.
pub fn watch(mut on_request: impl FnMut(Request) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let run = move || {
        let mut is_stopping = false;
        for number in signals.forever() {
            let request = next_request(is_stopping, number);
            is_stopping = true;
            on_request(request);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(run).map(drop)
}

fn next_request(is_stopping: bool, number: i32) -> Request {
    let signal = match number {
        SIGTERM => "SIGTERM",
        SIGINT => "SIGINT",
        SIGHUP => "SIGHUP",
        _ => "a signal",
    };
    // Shells report 128 and the number of the signal that ended a process.
    if is_stopping { Request::EndNow { signal, exit_code: 128 + number } } else { Request::Stop { signal } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn the_first_signal_asks_to_stop_and_the_second_to_end() {
        let (sender, requests) = mpsc::channel();
        watch(move |request| sender.send(request).unwrap()).unwrap();
        let next = || requests.recv_timeout(Duration::from_secs(10)).unwrap();
        signal_hook::low_level::raise(SIGTERM).unwrap();
        assert_eq!(next(), Request::Stop { signal: "SIGTERM" });
        signal_hook::low_level::raise(SIGINT).unwrap();
        assert_eq!(next(), Request::EndNow { signal: "SIGINT", exit_code: 130 });
    }
}
