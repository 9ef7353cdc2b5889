//! The sentences of an answer, beside its codes. A sentence may hold a name that a client has sent, and be said of every
//! partition that it names with four bytes each: an answer has room for so many, and then the codes have to do.

use super::control::error_text;

/// Bytes of all sentences in one answer: those about twenty thousand partitions of ordinary names.
const TEXTS_BYTES_MAX: usize = 1024 * 1024;

/// What is left of an answer's room for sentences.
#[derive(Debug)]
pub(super) struct Texts {
    bytes_left: usize,
}

impl Texts {
    pub(super) fn new() -> Texts {
        Texts { bytes_left: TEXTS_BYTES_MAX }
    }

    /// The sentence, if there is room for it.
    pub(super) fn say(&mut self, text: impl FnOnce() -> String) -> Option<String> {
        if self.bytes_left == 0 {
            return None;
        }
        let text = error_text(&text());
        self.has_room_for(&text).then_some(text)
    }

    /// Whether there is room for a sentence that is repeated. Where there is none, there is none for others either.
    pub(super) fn has_room_for(&mut self, text: &str) -> bool {
        let has_room = self.bytes_left >= text.len();
        self.bytes_left = if has_room { self.bytes_left - text.len() } else { 0 };
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_mebibyte_of_sentences() {
        let mut texts = Texts::new();
        let long = "x".repeat(32_767);
        let said = (0..1_000).filter(|_| texts.say(|| long.clone()).is_some()).count();
        assert_eq!(said, 32);
        assert_eq!(texts.say(|| "short".to_owned()), None, "nor a short one behind them");
    }
}
