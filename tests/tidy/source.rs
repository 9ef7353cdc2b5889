//! Rust source with its comments and literals blanked out, so that a search finds code only.
//!
//! Not a parser: it knows where comments, strings and characters begin and end, and finds functions by their
//! braces. The layout is kept: every line of the blanked text is as long as the line it stands for.

/// One source file.
pub(crate) struct Source {
    /// The text as it stands.
    pub(crate) text: String,
    /// The same length in bytes and lines, with comments and the insides of literals replaced by spaces.
    pub(crate) code: String,
}

/// A function and the lines it covers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// The name behind `fn`.
    pub(crate) name: String,
    /// The line of `fn`, counted from 1.
    pub(crate) line: usize,
    /// Lines from `fn` to the closing brace, both included.
    pub(crate) lines: usize,
}

impl Source {
    /// Blanks `text`.
    pub(crate) fn new(text: &str) -> Source {
        Source { text: text.to_owned(), code: blank(text) }
    }

    /// How many lines the file has.
    pub(crate) fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// Whether the file opens with the words that a program wrote it; such files are not measured.
    pub(crate) fn is_generated(&self) -> bool {
        self.text.starts_with(concat!("// Gene", "rated from "))
    }

    /// Every identifier and keyword of the code with its line.
    pub(crate) fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().flat_map(|(at, line)| {
            line.split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .filter(|word| !word.is_empty())
                .map(move |word| (at + 1, word))
        })
    }

    /// Every function that has a body.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let bytes = self.code.as_bytes();
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            if at > 0 && is_word(bytes[at - 1]) {
                continue;
            }
            let name: String =
                self.code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name.is_empty() {
                continue; // A function pointer's type.
            }
            if let Some(end) = body_end(&bytes[at..]) {
                let line = self.code[..at].matches('\n').count() + 1;
                let lines = self.code[at..at + end].matches('\n').count() + 1;
                found.push(Function { name, line, lines });
            }
        }
        found
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The distance to the brace that closes the body; `None` for a declaration without one.
fn body_end(code: &[u8]) -> Option<usize> {
    let mut round = 0i32;
    let mut depth = 0i32;
    for (at, byte) in code.iter().enumerate() {
        match byte {
            b'(' | b'[' => round += 1,
            b')' | b']' => round -= 1,
            b';' if round == 0 && depth == 0 => return None,
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        if round < 0 {
            return None;
        }
    }
    None
}

/// Replaces every byte of a comment or of the inside of a literal by a space; newlines stay.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => line_end(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => block_comment_end(bytes, at),
            b'"' => string_end(bytes, at),
            b'r' | b'b' | b'c' if at == 0 || !is_word(bytes[at - 1]) => prefixed_literal_end(bytes, at),
            b'\'' => char_end(bytes, at),
            _ => at + 1,
        };
        if end > at + 1 {
            for byte in &mut out[at..end] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
        }
        at = end;
    }
    String::from_utf8(out).expect("whole characters are replaced by ASCII")
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length)
}

fn block_comment_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `b'…'`, `c"…"`; anything else is one byte of a word.
fn prefixed_literal_end(bytes: &[u8], at: usize) -> usize {
    let mut next = at;
    let mut raw = false;
    while next < bytes.len() && next < at + 2 && matches!(bytes[next], b'r' | b'b' | b'c') {
        raw |= bytes[next] == b'r';
        next += 1;
    }
    let hashes = bytes[next..].iter().take_while(|byte| **byte == b'#').count();
    match bytes.get(next + hashes) {
        Some(b'"') if raw => {
            let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
            let from = next + hashes + 1;
            let length = bytes[from..].windows(close.len()).position(|window| window == close);
            length.map_or(bytes.len(), |length| from + length + close.len())
        }
        Some(b'"') if hashes == 0 => string_end(bytes, next),
        Some(b'\'') if hashes == 0 && !raw => char_end(bytes, next),
        _ => at + 1,
    }
}

/// The end of a character literal; a lifetime is one byte of code.
fn char_end(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at + 1) == Some(&b'\\') {
        let from = at + 3;
        return bytes
            .get(from..)
            .and_then(|rest| rest.iter().position(|byte| *byte == b'\''))
            .map_or(bytes.len(), |length| from + length + 1);
    }
    // One character of one to four bytes, then the quote; `'a` followed by anything else is a lifetime.
    let width = match bytes.get(at + 1) {
        Some(byte) if *byte < 0x80 => 1,
        Some(byte) if *byte < 0xe0 => 2,
        Some(byte) if *byte < 0xf0 => 3,
        Some(_) => 4,
        None => return at + 1,
    };
    if bytes.get(at + 1 + width) == Some(&b'\'') { at + 2 + width } else { at + 1 }
}

#[cfg(test)]
mod tests {
    use super::{Function, Source};

    #[test]
    fn comments_and_literals_are_blanked_and_code_stays() {
        let source = Source::new(
            "let a = \"unsafe\"; // unsafe\n/* unsafe /* nested */ unsafe */ let c = '\"'; let d = r#\"un\"safe\"#; unsafe {}",
        );
        assert_eq!(source.code.matches("unsafe").count(), 1);
        assert!(source.code.contains("let d ="));
        assert_eq!(source.code.len(), source.text.len());
    }

    #[test]
    fn lifetimes_are_not_characters() {
        let source = Source::new("fn f<'a>(x: &'a str) -> char { '{' }\nfn g() {}");
        let names: Vec<_> = source.functions().into_iter().map(|function| function.name).collect();
        assert_eq!(names, ["f", "g"]);
    }

    #[test]
    fn functions_are_measured_from_name_to_brace() {
        let source = Source::new(
            "trait T {\n    fn declared(x: [u8; 2]);\n}\nfn body(\n    x: [u8; 2],\n) {\n    if x {\n    }\n}\n",
        );
        assert_eq!(source.functions(), [Function { name: "body".into(), line: 4, lines: 6 }]);
    }
}
