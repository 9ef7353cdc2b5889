//! Where a broker's values come from, and which of them counts.
//!
//! Kafka has four levels: what was set at run time for this broker, what was set at run time for all brokers, the
//! broker's own file, and the default. The strongest level that names a key wins. Keys that say the same in other
//! units (`log.retention.ms`, `.minutes`, `.hours`) count as one: a value set at run time hides the file's relatives.

use super::Properties;
use super::table::{Key, broker_key, broker_relatives};
use super::value::{self, Value};

/// The levels above the defaults.
#[derive(Debug, Clone, Copy)]
pub struct BrokerLevels<'a> {
    /// Set at run time for this broker.
    pub dynamic_broker: &'a Properties,
    /// Set at run time for all brokers.
    pub dynamic_default: &'a Properties,
    /// From the file, the environment, the command line.
    pub static_broker: &'a Properties,
}

impl BrokerLevels<'_> {
    /// The value of a broker key, from whichever level; `None` where the default is null.
    ///
    /// A value that does not pass its check is passed over. Only one that another program has put into the metadata
    /// can be so: what comes in through Loglane is checked on the way.
    #[must_use]
    pub fn value(&self, key: &Key) -> Option<Value> {
        let read =
            |properties: &Properties| properties.get(key.name).and_then(|text| value::check(key, text).ok());
        read(self.dynamic_broker)
            .or_else(|| read(self.dynamic_default))
            .or_else(|| if self.is_hidden_by_a_relative(key.name) { None } else { read(self.static_broker) })
            .or_else(|| key.preset.text().and_then(|text| value::check(key, text).ok()))
    }

    /// As [`BrokerLevels::value`], by name; the name is one of the table's.
    #[must_use]
    pub fn value_of(&self, name: &str) -> Option<Value> {
        self.value(broker_key(name).expect("the name is one of the table's"))
    }

    /// The number that a key or the first of its relatives that is set stands for, in the units of the first.
    ///
    /// A relative that is only set by its default counts last, so `log.retention.ms` unset means the hours'.
    #[must_use]
    pub fn number_with_relatives(&self, name: &str) -> Option<i64> {
        let relatives = broker_relatives(name);
        if relatives.is_empty() {
            return number(self.value_of(name));
        }
        relatives.iter().find_map(|(relative, factor)| {
            number(self.value_of(relative)).map(|n| if n < 0 { n } else { n.saturating_mul(*factor) })
        })
    }

    fn is_hidden_by_a_relative(&self, name: &str) -> bool {
        broker_relatives(name).iter().any(|(relative, _)| {
            self.dynamic_broker.contains_key(*relative) || self.dynamic_default.contains_key(*relative)
        })
    }
}

fn number(value: Option<Value>) -> Option<i64> {
    match value {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    }
}
