//! Java's `.properties` text: what `meta.properties` and `server.properties` are written in.
//!
//! Comment lines begin with `#` or `!`. A key ends at the first unescaped `=`, `:` or white space. A line that ends
//! in an odd number of backslashes goes on in the next one, whose leading white space does not count. Escapes are
//! `\t \n \r \f \uXXXX`, and a backslash before any other character means that character.

/// Why a text is not one of properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadProperties {
    /// `\u` without four hexadecimal digits, in the logical line at this index (from 0).
    UnicodeEscape(usize),
}

/// The keys and values, in order; a key that comes twice is there twice (to Java the last one counts).
pub fn parse(text: &str) -> Result<Vec<(String, String)>, BadProperties> {
    logical_lines(text)
        .iter()
        .enumerate()
        .map(|(at, line)| parse_line(line).ok_or(BadProperties::UnicodeEscape(at)))
        .collect()
}

/// One `key=value` line, escaped as Java writes it, without its end.
#[must_use]
pub fn format_line(key: &str, value: &str) -> String {
    let mut line = String::new();
    escape(&mut line, key, true);
    line.push('=');
    escape(&mut line, value, false);
    line
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\x0c')
}

fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut continues = false;
    // One break, whether \n, \r or both.
    let text = text.replace("\r\n", "\n");
    for natural in text.split(['\n', '\r']) {
        let trimmed = natural.trim_start_matches(is_space);
        if continues {
            lines.last_mut().expect("a line that goes on was begun").push_str(trimmed);
        } else if trimmed.is_empty() || trimmed.starts_with(['#', '!']) {
            continue;
        } else {
            lines.push(trimmed.to_owned());
        }
        let line = lines.last_mut().expect("just touched");
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        continues = backslashes % 2 == 1;
        if continues {
            line.pop();
            if line.is_empty() {
                // A lone backslash joins nothing: what follows is a line of its own, perhaps a comment.
                lines.pop();
                continues = false;
            }
        }
    }
    lines
}

fn parse_line(line: &str) -> Option<(String, String)> {
    let mut escaped = false;
    let key_end = line
        .char_indices()
        .find(|&(_, c)| {
            let ends = !escaped && (matches!(c, '=' | ':') || is_space(c));
            escaped = c == '\\' && !escaped;
            ends
        })
        .map_or(line.len(), |(at, _)| at);
    let (key, rest) = line.split_at(key_end);
    let rest = rest.trim_start_matches(is_space);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(is_space);
    Some((unescape(key)?, unescape(value)?))
}

fn unescape(text: &str) -> Option<String> {
    // Java's escapes are UTF-16 units: a character beyond the first plane comes as two of them.
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let plain = if c != '\\' {
            c
        } else {
            match chars.next() {
                None => break,
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\x0c',
                Some('u') => {
                    let digits = chars.as_str().get(..4)?;
                    units.push(u16::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?);
                    chars = chars.as_str()[4..].chars();
                    continue;
                }
                Some(other) => other,
            }
        };
        units.extend_from_slice(plain.encode_utf16(&mut [0; 2]));
    }
    Some(String::from_utf16_lossy(&units))
}

fn escape(out: &mut String, text: &str, is_key: bool) {
    for (at, c) in text.chars().enumerate() {
        match c {
            ' ' if is_key || at == 0 => out.push_str("\\ "),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\x0c' => out.push_str("\\f"),
            '=' | ':' | '#' | '!' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04X}"));
                }
            }
        }
    }
}
