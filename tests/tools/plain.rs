//! What tools print, without what differs between any two runs.

use harness::shell::Printed;

/// The exit status, then the lines of standard output, then those of standard error: with names in place of addresses
/// and folders, random ids and times, one space in place of many, and without log lines and the frames of stack traces.
pub(crate) fn lines(printed: &Printed, names: &[(&str, String)]) -> Vec<String> {
    let mut lines = vec![format!("status {}", printed.status)];
    // Keys of this broker's own.
    let is_other = |line: &&String| !is_frame(line) && !line.trim_start().starts_with("loglane.");
    lines.extend(printed.out.iter().filter(is_other).map(|line| plain(line, names)));
    let errors = printed.err.iter().filter(|line| !is_frame(line) && !is_log(line));
    // The tool's own help follows there.
    let errors = errors.take_while(|line| !line.starts_with("Option "));
    lines.extend(errors.map(|line| format!("err: {}", plain(line, names))));
    lines
}

/// A line of a stack trace that names a place in the code.
fn is_frame(line: &str) -> bool {
    line.starts_with("\tat ") || line.starts_with("\t... ")
}

/// What Kafka's client says where the newer protocol for groups is offered.
const ADVERTISEMENT: &str = "The consumer rebalance protocol (KIP-848) is production-ready!";

/// A line of the client library's log.
fn is_log(line: &str) -> bool {
    line.starts_with(ADVERTISEMENT)
        || line.starts_with('[') && [" ERROR ", " WARN ", " INFO "].iter().any(|level| line.contains(level))
}

fn plain(line: &str, names: &[(&str, String)]) -> String {
    // Ports are whole words: their digits may be in any number.
    let (ports, places): (Vec<_>, Vec<_>) = names.iter().partition(|(name, _)| name.contains("PORT"));
    let line = places.iter().fold(line.to_owned(), |line, (name, place)| line.replace(place, name));
    let plain_word = |word: &str| {
        let port = ports.iter().find(|(_, port)| port == word);
        port.map_or_else(|| plain_word(word), |(name, _)| (*name).to_owned())
    };
    let mut out = String::with_capacity(line.len());
    let mut word = String::new();
    for c in line.chars() {
        if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
            word.push(c);
            continue;
        }
        out.push_str(&plain_word(&word));
        word.clear();
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.push_str(&plain_word(&word));
    out.trim_end().to_owned()
}

fn plain_word(word: &str) -> String {
    let is_time = word.len() == 13 && word.starts_with('1') && word.bytes().all(|byte| byte.is_ascii_digit());
    if is_time {
        return "TIME".to_owned();
    }
    // Groups that tools name after a number of their own.
    if let Some((name, number)) = word.rsplit_once('-')
        && ["console-consumer", "test-group", "perf-consumer"].contains(&name)
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return format!("{name}-NUMBER");
    }
    // 128 bits in base 64; a few class names look the same, on both sides.
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    if word.len() == 22 && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) {
        return "ID".to_owned();
    }
    if let Some(at) = word.len().checked_sub(36)
        && word.is_char_boundary(at)
        && is_uuid(&word[at..])
    {
        return format!("{}UUID", &word[..at]);
    }
    word.to_owned()
}

fn is_uuid(word: &str) -> bool {
    word.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}
