//! Text to checked values, with Kafka's own words where a value will not do.
//!
//! The words matter: they travel back to whoever ran `kafka-topics` or `kafka-configs`, and people search for them.

use super::table::{Key, Rule, Type};
use std::fmt;

/// A value of a key's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a BOOLEAN key.
    Boolean(bool),
    /// Of an INT, SHORT or LONG key.
    Number(i64),
    /// Of a DOUBLE key.
    Double(f64),
    /// Of a STRING, CLASS or PASSWORD key.
    Text(String),
    /// Of a LIST key; without duplicates.
    List(Vec<String>),
}

impl fmt::Display for Value {
    /// The text that `DescribeConfigs` shows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Boolean(value) => write!(f, "{value}"),
            Value::Number(value) => write!(f, "{value}"),
            Value::Double(value) => write_double(f, *value),
            Value::Text(value) => f.write_str(value),
            Value::List(values) => f.write_str(&values.join(",")),
        }
    }
}

/// As Java writes doubles: plain between a thousandth and ten millions, with an exponent elsewhere.
fn write_double(f: &mut fmt::Formatter<'_>, value: f64) -> fmt::Result {
    if value == f64::INFINITY {
        return f.write_str("Infinity");
    }
    if value == f64::NEG_INFINITY {
        return f.write_str("-Infinity");
    }
    let size = value.abs();
    if value.is_nan() || size == 0.0 || (1e-3..1e7).contains(&size) {
        return write!(f, "{value:?}");
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => write!(f, "{digits}.0E{exponent}"),
        _ => f.write_str(&text),
    }
}

/// Reads `text` as a value of `key` and checks it against the key's rule.
///
/// # Errors
/// Kafka's sentence on what is wrong.
pub fn check(key: &Key, text: &str) -> Result<Value, String> {
    let value = read(key, text)?;
    match &value {
        Value::Number(number) => check_number(key, *number)?,
        Value::Double(number) => check_double(key, *number)?,
        Value::Text(text) => check_text(key, text)?,
        Value::List(items) => check_list(key, items)?,
        Value::Boolean(_) => {}
    }
    Ok(value)
}

fn invalid(key: &Key, text: impl fmt::Display, why: impl fmt::Display) -> String {
    // A secret does not travel into a message or a log.
    if key.is_sensitive() {
        return format!("Invalid value [hidden] for configuration {}: {why}", key.name);
    }
    format!("Invalid value {text} for configuration {}: {why}", key.name)
}

/// Reads the type alone. White space around a value does not count.
fn read(key: &Key, text: &str) -> Result<Value, String> {
    let trimmed = text.trim_matches(|c: char| c <= ' ');
    let not_a_number = || invalid(key, text, format_args!("Not a number of type {}", key.kind.name()));
    let number_within = |least: i64, most: i64| match trimmed.parse::<i64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(Value::Number(number)),
        _ => Err(not_a_number()),
    };
    match key.kind {
        Type::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => Err(invalid(key, text, "Expected value to be either true or false")),
        },
        Type::Short => number_within(i16::MIN.into(), i16::MAX.into()),
        Type::Int => number_within(i32::MIN.into(), i32::MAX.into()),
        Type::Long => number_within(i64::MIN, i64::MAX),
        Type::Double => read_double(trimmed).map(Value::Double).ok_or_else(not_a_number),
        Type::String | Type::Class | Type::Password | Type::Unknown => Ok(Value::Text(trimmed.to_owned())),
        Type::List => Ok(Value::List(read_list(trimmed))),
    }
}

/// Java's decimal forms of a double, its suffix `d` or `f` included. (Its hexadecimal form is not read.)
fn read_double(text: &str) -> Option<f64> {
    if let Some(number) = match text.trim_start_matches(['+', '-']) {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        _ => None,
    } {
        return Some(number);
    }
    let digits = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    // Rust would also take its own names for infinity and NaN.
    if !digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    digits.parse().ok()
}

/// The items between the commas, without the white space around them and without repeated ones.
#[must_use]
pub fn read_list(text: &str) -> Vec<String> {
    let text = text.trim();
    let mut items: Vec<String> = Vec::new();
    if text.is_empty() {
        return items;
    }
    for item in text.split(',') {
        let item = item.trim();
        if !items.iter().any(|known| known == item) {
            items.push(item.to_owned());
        }
    }
    items
}

fn check_number(key: &Key, number: i64) -> Result<(), String> {
    let between = |least: i64, most: i64| {
        if number < least {
            return Err(invalid(key, number, format_args!("Value must be at least {least}")));
        }
        if number > most {
            return Err(invalid(key, number, format_args!("Value must be no more than {most}")));
        }
        Ok(())
    };
    match key.rule {
        Rule::AtLeast(least) => between(least, i64::MAX),
        Rule::Between(least, most) => between(least, most),
        Rule::BetweenOr(least, most, other) if number != other && !(least..=most).contains(&number) => {
            let why = format_args!("Value must be between {least} and {most} or equal to {other}");
            Err(invalid(key, number, why))
        }
        _ => Ok(()),
    }
}

fn check_double(key: &Key, number: f64) -> Result<(), String> {
    let (least, most) = match key.rule {
        // The bounds in the table are small whole numbers.
        Rule::Between(least, most) => (least as f64, most as f64),
        Rule::UpTo(most) => (0.0, most),
        _ => return Ok(()),
    };
    if number < least {
        return Err(invalid(key, Value::Double(number), format_args!("Value must be at least {least}")));
    }
    if number > most {
        return Err(invalid(key, Value::Double(number), format_args!("Value must be no more than {most}")));
    }
    Ok(())
}

fn check_text(key: &Key, text: &str) -> Result<(), String> {
    match key.rule {
        Rule::NonEmpty if text.is_empty() => Err(invalid(key, text, "String must be non-empty")),
        Rule::OneOf(known) if !known.contains(&text) => {
            Err(invalid(key, text, format_args!("String must be one of: {}", known.join(", "))))
        }
        Rule::OneOfAnyCase(known) if !known.iter().any(|word| word.eq_ignore_ascii_case(text)) => {
            let why = format_args!("String must be one of (case insensitive): {}", known.join(", "));
            Err(invalid(key, text, why))
        }
        Rule::OffsetReset if !is_offset_reset(text) => Err(invalid(
            key,
            text,
            format_args!(
                "Invalid value `{text}` for configuration {}. The value must be either 'earliest', 'latest' or of \
                 the format 'by_duration:<PnDTnHnMn.nS>'.",
                key.name
            ),
        )),
        Rule::Size if read_size(text).is_none() => {
            Err(invalid(key, text, "Not a number of bytes, such as 268435456, 512m or 2g"))
        }
        Rule::Cores if read_cores(text).is_none() => {
            Err(invalid(key, text, "Not a list of cores, such as 0-3,6"))
        }
        _ => Ok(()),
    }
}

fn check_list(key: &Key, items: &[String]) -> Result<(), String> {
    let (known, may_be_empty): (&[&str], bool) = match key.rule {
        Rule::Items => (&[], true),
        Rule::SomeItems => (&[], false),
        Rule::ItemsOf(known) => (known, true),
        Rule::SomeItemsOf(known) => (known, false),
        Rule::ThrottledReplicas => return check_throttled_replicas(key, items),
        Rule::Voters => return check_voters(key, items),
        Rule::BootstrapServers => return check_bootstrap_servers(key, items),
        _ => return Ok(()),
    };
    if items.is_empty() && !may_be_empty {
        let which = if known.is_empty() {
            "any non-empty value".to_owned()
        } else {
            format!("[{}]", known.join(", "))
        };
        return Err(format!("Configuration '{}' must not be empty. Valid values include: {which}", key.name));
    }
    for item in items {
        if item.is_empty() {
            return Err(format!("Configuration '{}' values must not be empty.", key.name));
        }
        if !known.is_empty() && !known.contains(&item.as_str()) {
            return Err(invalid(key, item, format_args!("String must be one of: {}", known.join(", "))));
        }
    }
    Ok(())
}

fn check_throttled_replicas(key: &Key, items: &[String]) -> Result<(), String> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_replica =
        |item: &String| item.split_once(':').is_some_and(|(left, right)| is_number(left) && is_number(right));
    let all = matches!(items, [only] if only == "*");
    if all || items.iter().all(is_replica) {
        return Ok(());
    }
    let name = key.name;
    let why = format_args!(
        "{name} must be the literal '*' or a list of replicas in the following format: \
         [partitionId]:[brokerId],[partitionId]:[brokerId],..."
    );
    Err(invalid(key, format_args!("[{}]", items.join(", ")), why))
}

fn check_voters(key: &Key, items: &[String]) -> Result<(), String> {
    for item in items {
        if read_voter(item).is_none() {
            return Err(format!(
                "Invalid configuration value for {}. Each entry should be in the form `{{id}}@{{host}}:{{port}}`.",
                key.name
            ));
        }
    }
    Ok(())
}

fn check_bootstrap_servers(key: &Key, items: &[String]) -> Result<(), String> {
    for item in items {
        if read_host_and_port(item).is_none() {
            return Err(format!(
                "Failed to parse host name from {item} for the configuration {}. Each entry should be in the form \
                 \"{{host}}:{{port}}\"",
                key.name
            ));
        }
    }
    Ok(())
}

/// Reads a controller's `id@host:port`.
#[must_use]
pub fn read_voter(text: &str) -> Option<(i32, String, u16)> {
    let (id, address) = text.split_once('@')?;
    let id = id.trim().parse::<i32>().ok().filter(|id| *id >= 0)?;
    let (host, port) = read_host_and_port(address)?;
    Some((id, host, port))
}

/// Reads `host:port` or `[address]:port`; the brackets are not part of the host.
#[must_use]
pub fn read_host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.trim().rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']')?,
        None if host.contains(':') => return None,
        None => host,
    };
    let is_clean = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    if host.is_empty() || !host.chars().all(is_clean) {
        return None;
    }
    Some((host.to_owned(), port.parse().ok()?))
}

fn is_offset_reset(text: &str) -> bool {
    match text.strip_prefix("by_duration:") {
        Some(duration) => is_duration(duration),
        None => matches!(text, "earliest" | "latest"),
    }
}

/// Whether this is a duration as ISO 8601 writes them: `P1DT2H3M4.5S`, not negative.
fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['P', 'p']) else { return false };
    let (days, time) = match rest.split_once(['T', 't']) {
        Some((days, time)) if !time.is_empty() => (days, time),
        Some(_) => return false,
        None => (rest, ""),
    };
    let parts = read_units(days, b"D") + read_units(time, b"HMS");
    parts > 0 && parts < usize::from(u8::MAX)
}

/// How many numbers with units follow each other in the given order; very many where something else does.
fn read_units(mut text: &str, mut units: &[u8]) -> usize {
    const WRONG: usize = 1000;
    let mut count = 0;
    while !text.is_empty() {
        let Some(end) = text.find(|c: char| !c.is_ascii_digit() && c != '.') else { return WRONG };
        let unit = text.as_bytes()[end].to_ascii_uppercase();
        let Some(place) = units.iter().position(|known| *known == unit) else { return WRONG };
        let number = &text[..end];
        if number.parse::<f64>().is_err() || (number.contains('.') && unit != b'S') {
            return WRONG;
        }
        units = &units[place + 1..];
        text = &text[end + 1..];
        count += 1;
    }
    count
}

/// Reads a number of bytes: digits, and perhaps `k`, `m`, `g` or `t` for powers of 1,024.
#[must_use]
pub fn read_size(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_suffix("ib").or_else(|| text.strip_suffix('b')).unwrap_or(&text);
    let (digits, shift) = match text.as_bytes().last()? {
        b'k' => (&text[..text.len() - 1], 10),
        b'm' => (&text[..text.len() - 1], 20),
        b'g' => (&text[..text.len() - 1], 30),
        b't' => (&text[..text.len() - 1], 40),
        _ => (text, 0),
    };
    let number: u64 = digits.trim().parse().ok()?;
    number.checked_mul(1 << shift)
}

/// Reads a list of cores, `0-3,6`, in rising order; at most 1,024 of them.
#[must_use]
pub fn read_cores(text: &str) -> Option<Vec<u16>> {
    let mut cores = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        if first > last || last >= 1024 {
            return None;
        }
        cores.extend(first..=last);
    }
    cores.sort_unstable();
    cores.dedup();
    Some(cores)
}

#[cfg(test)]
mod tests;
