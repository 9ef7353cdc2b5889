//! Java properties files, as Kafka reads `server.properties` (the rules of `java.util.Properties.load`).
//!
//! Nothing here knows what a key means. A file that Java would read is read to the same pairs; the one thing that
//! Java rejects, a malformed `\u` escape, is an error here too.

use std::collections::BTreeMap;
use std::fmt;

/// One pair, and the line on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The key, escapes resolved.
    pub key: String,
    /// The value, escapes resolved.
    pub value: String,
    /// Counted from 1.
    pub line: usize,
}

/// A `\u` that is not followed by four hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedEscape {
    /// The line on which the pair begins, counted from 1.
    pub line: usize,
}

impl fmt::Display for MalformedEscape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: \\u wants four hexadecimal digits", self.line)
    }
}

/// Reads the pairs in the order of the file, repeated keys included.
///
/// # Errors
/// [`MalformedEscape`].
pub fn parse(text: &str) -> Result<Vec<Property>, MalformedEscape> {
    let mut properties = Vec::new();
    for (line, logical) in logical_lines(text) {
        let (key, value) = split(&logical);
        let unescaped = |part| unescape(part).ok_or(MalformedEscape { line });
        properties.push(Property { key: unescaped(key)?, value: unescaped(value)?, line });
    }
    Ok(properties)
}

/// Keeps the last value of each key, as Java does.
#[must_use]
pub fn last_of_each(properties: Vec<Property>) -> BTreeMap<String, Property> {
    properties.into_iter().map(|property| (property.key.clone(), property)).collect()
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

/// Lines without blank ones and comments; a line that ends in an odd number of backslashes takes in the next one,
/// whose leading white space does not count. A comment never continues; a continuation is never a comment.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, natural) in natural_lines(text).enumerate() {
        let content = natural.trim_start_matches(is_blank);
        if open.is_none() && (content.is_empty() || content.starts_with(['#', '!'])) {
            continue;
        }
        let (line, mut logical) = open.take().unwrap_or((index + 1, String::new()));
        let backslashes = content.bytes().rev().take_while(|b| *b == b'\\').count();
        if backslashes % 2 == 1 {
            logical.push_str(&content[..content.len() - 1]);
            open = Some((line, logical));
        } else {
            logical.push_str(content);
            lines.push((line, logical));
        }
    }
    // A backslash at the very end of the file continues with nothing.
    lines.extend(open.filter(|(_, logical)| !logical.is_empty()));
    lines
}

/// Splits at `\n`, `\r` and `\r\n` alike.
fn natural_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.find(['\n', '\r']) {
            Some(end) => {
                let ending = if text[end..].starts_with("\r\n") { 2 } else { 1 };
                rest = Some(&text[end + ending..]);
                Some(&text[..end])
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}

/// The key ends at the first `=`, `:` or white space that no backslash precedes; around one `=` or `:` white space
/// does not count. White space behind a value does.
fn split(logical: &str) -> (&str, &str) {
    let mut is_escaped = false;
    let end = logical.find(|c: char| {
        let ends = !is_escaped && (matches!(c, '=' | ':') || is_blank(c));
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    let Some(end) = end else { return (logical, "") };
    let rest = logical[end..].trim_start_matches(is_blank);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(is_blank);
    (&logical[..end], value)
}

/// Resolves `\t`, `\n`, `\r`, `\f` and `\uXXXX` (pairs of surrogates too); any other backslash just goes.
fn unescape(text: &str) -> Option<String> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    let mut pair = [0; 2];
    while let Some(c) = chars.next() {
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut pair));
            continue;
        }
        match chars.next() {
            Some('u') => {
                let digits = chars.as_str().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
                units.push(u16::from_str_radix(digits, 16).ok()?);
                chars = chars.as_str()[4..].chars();
            }
            Some('t') => units.push(u16::from(b'\t')),
            Some('n') => units.push(u16::from(b'\n')),
            Some('r') => units.push(u16::from(b'\r')),
            Some('f') => units.push(0xc),
            Some(other) => units.extend_from_slice(other.encode_utf16(&mut pair)),
            None => {}
        }
    }
    Some(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String, usize)> {
        parse(text).unwrap().into_iter().map(|p| (p.key, p.value, p.line)).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str, usize)]) {
        let expected: Vec<_> =
            expected.iter().map(|(k, v, l)| ((*k).to_owned(), (*v).to_owned(), *l)).collect();
        assert_eq!(pairs(text), expected, "{text:?}");
    }

    #[test]
    fn keys_end_at_the_first_separator() {
        check("a=b", &[("a", "b", 1)]);
        check("a:b", &[("a", "b", 1)]);
        check("a b", &[("a", "b", 1)]);
        check("a = b", &[("a", "b", 1)]);
        check("a \t: \u{c}b", &[("a", "b", 1)]);
        check("a == b", &[("a", "= b", 1)]);
        check("a : = b", &[("a", "= b", 1)]);
        check("a b = c", &[("a", "b = c", 1)]);
        check("listeners=PLAINTEXT://:9092", &[("listeners", "PLAINTEXT://:9092", 1)]);
        check("alone", &[("alone", "", 1)]);
        check("=value", &[("", "value", 1)]);
    }

    #[test]
    fn white_space_counts_only_behind_a_value() {
        check("  a=b  ", &[("a", "b  ", 1)]);
        check("\ta\t=\tb\t", &[("a", "b\t", 1)]);
    }

    #[test]
    fn comments_and_blank_lines_are_skipped_but_counted() {
        check(
            "# x\n\n  ! y\na=1 # not a comment\n \t \nb=2",
            &[("a", "1 # not a comment", 4), ("b", "2", 6)],
        );
        check("# a comment never continues \\\na=1", &[("a", "1", 2)]);
    }

    #[test]
    fn a_backslash_continues_a_line() {
        check("a=1,\\\n    2,\\\n\t3\nb=4", &[("a", "1,2,3", 1), ("b", "4", 4)]);
        check("a=1\\\n#2", &[("a", "1#2", 1)]);
        check("a=1\\\\\nb=2", &[("a", "1\\", 1), ("b", "2", 2)]);
        check("a\\\n b=1", &[("ab", "1", 1)]);
        check("a=1\\\n\nb=2", &[("a", "1", 1), ("b", "2", 3)]);
        check("a=1\\", &[("a", "1", 1)]);
        check("\\", &[]);
    }

    #[test]
    fn all_line_ends_are_line_ends() {
        check("a=1\r\nb=2\rc=3\nd=4\r\n", &[("a", "1", 1), ("b", "2", 2), ("c", "3", 3), ("d", "4", 4)]);
        check("a=1\\\r\n  2", &[("a", "12", 1)]);
    }

    #[test]
    fn escapes_are_resolved() {
        check("a\\=b=c", &[("a=b", "c", 1)]);
        check("a\\ b\\:c=d", &[("a b:c", "d", 1)]);
        check("a=\\t\\n\\r\\f\\q\\\\", &[("a", "\t\n\r\u{c}q\\", 1)]);
        check("a=\\u00e4\\ud83d\\ude00x", &[("a", "ä😀x", 1)]);
        check("password=p\\#\\!ß", &[("password", "p#!ß", 1)]);
        assert_eq!(parse("x=1\na=\\u12g4"), Err(MalformedEscape { line: 2 }));
        assert_eq!(parse("a=\\u12"), Err(MalformedEscape { line: 1 }));
        assert_eq!(parse("a=\\uä123"), Err(MalformedEscape { line: 1 }));
    }

    #[test]
    fn the_last_of_repeated_keys_wins() {
        let last = last_of_each(parse("a=1\nb=2\na=3").unwrap());
        assert_eq!((last["a"].value.as_str(), last["a"].line), ("3", 3));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_key() {
        check("\u{feff}a=1", &[("a", "1", 1)]);
    }
}
