//! The text format of Prometheus, version 0.0.4: families of samples, each with its type and a sentence.

use std::fmt::{Display, Write};

/// What the values of a family do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// They only rise, until a restart.
    Counter,
    /// They rise and fall.
    Gauge,
}

/// A text in the making.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    text: String,
    family: &'static str,
}

impl Exposition {
    /// Begins a family. It must get its samples before the next one begins.
    pub(super) fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> &mut Exposition {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        self.family = name;
        self.write(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        self
    }

    /// A value of the family; labels with whatever values they have.
    pub(super) fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Exposition {
        self.text.push_str(self.family);
        for (at, (name, text)) in labels.iter().enumerate() {
            self.text.push(if at == 0 { '{' } else { ',' });
            self.text.push_str(name);
            self.text.push_str("=\"");
            for c in text.chars() {
                match c {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    c => self.text.push(c),
                }
            }
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        self.write(format_args!(" {value}\n"));
        self
    }

    /// A family of one value.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, Kind::Gauge, help).sample(&[], value);
    }

    /// A family of one value that only rises.
    pub(super) fn counter(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, Kind::Counter, help).sample(&[], value);
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn write(&mut self, what: std::fmt::Arguments<'_>) {
        self.text.write_fmt(what).expect("a string takes everything");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_have_a_type_and_values_with_escaped_labels() {
        let mut out = Exposition::default();
        out.counter("a_total", "How many.", 3);
        out.family("b", Kind::Gauge, "Where.")
            .sample(&[("path", "/d\"\\\n"), ("n", "1")], 0.5)
            .sample(&[("path", "")], 1);
        let expected = "\
# HELP a_total How many.
# TYPE a_total counter
a_total 3
# HELP b Where.
# TYPE b gauge
b{path=\"/d\\\"\\\\\\n\",n=\"1\"} 0.5
b{path=\"\"} 1
";
        assert_eq!(out.into_text(), expected);
    }
}
