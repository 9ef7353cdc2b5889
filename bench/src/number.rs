//! Quantities as people write them: `16KiB`, `5ms`, `200MB/s`, and back.

use std::time::Duration;

/// Nanoseconds of a second.
pub const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// The nearest whole number, up to 2^52; what is below zero or no number at all is zero. By way of a span of time, whose
/// conversion checks what a cast would hide.
#[must_use]
pub fn whole(value: f64) -> u64 {
    let seconds = value.round().max(0.0) / 1e9;
    Duration::try_from_secs_f64(seconds).map_or(u64::MAX, nanos)
}

/// A span in nanoseconds.
#[must_use]
pub fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// As an index. A count of things in memory always is one.
#[must_use]
pub fn index(value: u64) -> usize {
    usize::try_from(value).expect("a count of things in memory fits a pointer")
}

/// Splits `12.5KiB` into its number and its unit.
fn split(text: &str) -> Result<(f64, &str), String> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(text.len());
    let number = text[..end].replace('_', "");
    let value: f64 = number.parse().map_err(|_| format!("{text:?} does not begin with a number"))?;
    Ok((value, text[end..].trim()))
}

/// Reads a number of bytes: `1024`, `16KiB`, `1.5MB`.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let (value, unit) = split(text)?;
    Ok(whole(
        value * byte_unit(unit).ok_or_else(|| format!("{unit:?} is none of B, kB, KiB, MB, MiB, GB, GiB"))?,
    ))
}

fn byte_unit(unit: &str) -> Option<f64> {
    Some(match unit {
        "" | "B" => 1.0,
        "k" | "kB" | "KB" => 1e3,
        "K" | "KiB" => 1024.0,
        "MB" => 1e6,
        "M" | "MiB" => 1024.0 * 1024.0,
        "GB" => 1e9,
        "G" | "GiB" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    })
}

/// Reads a span of time: `10s`, `1.5ms`, `200us`, `2m`, `1h`; a bare number is in seconds.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let (value, unit) = split(text)?;
    let seconds = match unit {
        "" | "s" => value,
        "ns" => value / 1e9,
        "us" | "µs" => value / 1e6,
        "ms" => value / 1e3,
        "m" | "min" => value * 60.0,
        "h" => value * 3600.0,
        _ => return Err(format!("{unit:?} is none of ns, us, ms, s, m, h")),
    };
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// How much is to be produced in a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// As much as the broker takes: closed loop.
    Max,
    /// So many records.
    Records(f64),
    /// So many bytes of keys and values.
    Bytes(f64),
}

impl Rate {
    /// Reads a rate: `max`, `50000`, `50k`, `2M`, `200MB/s`, `200MiB`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Rate, String> {
        if text == "max" {
            return Ok(Rate::Max);
        }
        let (value, unit) = split(text)?;
        let unit = unit.strip_suffix("/s").unwrap_or(unit);
        match unit {
            "" | "records" => Ok(Rate::Records(value)),
            "k" => Ok(Rate::Records(value * 1e3)),
            "M" => Ok(Rate::Records(value * 1e6)),
            _ => match byte_unit(unit) {
                Some(factor) => Ok(Rate::Bytes(value * factor)),
                None => Err(format!("{text:?} is no rate: 50000, 50k, 200MB/s, max")),
            },
        }
    }

    /// Records a second, where records have `mean_bytes`; `None` for as many as possible.
    #[must_use]
    pub fn records(self, mean_bytes: f64) -> Option<f64> {
        match self {
            Rate::Max => None,
            Rate::Records(records) => Some(records),
            Rate::Bytes(bytes) => Some(bytes / mean_bytes.max(1.0)),
        }
    }
}

/// A number with a thousands separator.
#[must_use]
pub fn grouped(value: f64) -> String {
    let digits = whole(value).to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Nanoseconds in the unit that suits them.
#[must_use]
pub fn span_text(nanos: f64) -> String {
    match nanos {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e4 => format!("{:.2} us", n / 1e3),
        n if n < 1e6 => format!("{:.0} us", n / 1e3),
        n if n < 1e7 => format!("{:.2} ms", n / 1e6),
        n if n < 1e8 => format!("{:.1} ms", n / 1e6),
        n if n < 1e9 => format!("{:.0} ms", n / 1e6),
        n => format!("{:.2} s", n / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_people_write_them() {
        assert_eq!(parse_bytes("16KiB"), Ok(16384));
        assert_eq!(parse_bytes("1.5 MB"), Ok(1_500_000));
        assert_eq!(parse_bytes("1_000"), Ok(1000));
        assert!(parse_bytes("KiB").is_err() && parse_bytes("1XB").is_err());
        assert_eq!(parse_span("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_span("10"), Ok(Duration::from_secs(10)));
        assert_eq!(Rate::parse("50k"), Ok(Rate::Records(50_000.0)));
        assert_eq!(Rate::parse("2MB/s"), Ok(Rate::Bytes(2e6)));
        assert_eq!(Rate::parse("max"), Ok(Rate::Max));
        assert_eq!(Rate::Bytes(1000.0).records(100.0), Some(10.0));
    }

    #[test]
    fn quantities_are_written_as_people_read_them() {
        assert_eq!(grouped(1_234_567.0), "1,234,567");
        assert_eq!(grouped(12.0), "12");
        assert_eq!(span_text(1_500.0), "1.50 us");
        assert_eq!(span_text(12_345_678.0), "12.3 ms");
        assert_eq!(
            (whole(-3.0), whole(f64::NAN), whole(2.5e18), whole(1e30)),
            (0, 0, 2_500_000_000_000_000_000, u64::MAX)
        );
        for exact in [0u64, 1, 999_999_999, 1_000_000_001, (1 << 52) - 1] {
            assert_eq!(whole(exact as f64), exact);
        }
    }
}
