//! Waiting for a condition.

use std::time::{Duration, Instant};

/// Long enough for anything on a loaded machine; a test that waits this long has failed.
pub const LONG: Duration = Duration::from_secs(60);

/// Asks until there is an answer.
///
/// # Panics
/// When the deadline comes first, with `what` was waited for.
pub fn wait_until<T>(what: &str, deadline: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let mut answer = None;
    comes_true(deadline, || {
        answer = ask();
        answer.is_some()
    });
    answer.unwrap_or_else(|| panic!("waited {deadline:?} for {what}"))
}

/// Asks until it is so; whether that was before the deadline.
pub fn comes_true(deadline: Duration, mut ask: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if ask() {
            return true;
        }
        if start.elapsed() >= deadline {
            return false;
        }
        // The pause between two questions, not a guess about when the answer is there.
        std::thread::sleep(Duration::from_millis(5));
    }
}
