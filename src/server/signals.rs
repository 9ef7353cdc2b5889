//! Signals that ask the broker to end: SIGTERM, SIGINT (Ctrl-C) and SIGHUP, as with Kafka.
//!
//! The first one asks for a clean stop. The second one means it: the process ends at once, and the next start has to
//! recover.
//!
//! A signal that was ignored when the process began stays so, as in a Java machine: whoever starts a broker by `nohup`
//! wants it to outlive the session, and a shell keeps Ctrl-C from what its scripts run in the background.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::thread;
use std::{fs, io};

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

/// What asks for the end.
const ENDING: [i32; 3] = [SIGTERM, SIGINT, SIGHUP];

/// From here on signals do not end the process by themselves: `on_request` is told, on a thread of its own. Those that
/// are ignored at this moment stay ignored.
///
/// # Errors
/// If the system grants no handler or no thread.
pub fn watch(mut on_request: impl FnMut(Request) + Send + 'static) -> io::Result<()> {
    // Without /proc nobody knows, and all of them are watched.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut signals = Signals::new(ENDING.into_iter().filter(|signal| !is_ignored(&status, *signal)))?;
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

/// Whether a process with this /proc/PID/status ignores a signal: bit n - 1 of the mask says it of signal n.
fn is_ignored(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
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
    fn the_mask_of_ignored_signals_is_read() {
        let ignored = |status: &str| ENDING.map(|signal| is_ignored(status, signal));
        assert_eq!(ignored("SigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001001\n"), [false, false, true]);
        assert_eq!(ignored("SigIgn:\t0000000000004002\n"), [true, true, false]);
        assert_eq!(ignored("SigIgn:\t0000000000000000\nSigCgt:\tffffffffffffffff\n"), [false; 3]);
        assert_eq!(ignored("Name:\tloglane\nSigIgn: lots\n"), [false; 3]);
        assert_eq!(ignored(""), [false; 3]);
    }

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
