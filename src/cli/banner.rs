//! What is printed once the broker accepts connections: all that its owner may want to check, and what to type next.

use crate::config::{Config, Durability};
use crate::cores::ranges;
use crate::limits::Limits;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

/// The values of the banner.
#[derive(Debug, Clone)]
pub struct Banner<'a> {
    /// The configuration that the broker runs with.
    pub config: &'a Config,
    /// The listeners, with the ports that were bound: `PLAINTEXT://127.0.0.1:9092`.
    pub listeners: &'a [String],
    /// Where metrics are served, if they are.
    pub admin: Option<SocketAddr>,
    /// The cluster's id.
    pub cluster_id: &'a str,
    /// Whether the data directory was empty and has just been formatted.
    pub is_new: bool,
    /// How the broker talks to the kernel, and why so; may have several lines.
    pub io_backend: &'a str,
    /// The cores that run a shard.
    pub cores: &'a [usize],
    /// How many have none because the memory does not suffice for them.
    pub cores_left_out: usize,
    /// The memory budget and its parts.
    pub limits: &'a Limits,
    /// From the start of the process until now.
    pub took: Duration,
}

impl Banner<'_> {
    /// The banner, lines without colours.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "Loglane {} is ready after {} ms: node {} of cluster {}\n",
            env!("CARGO_PKG_VERSION"),
            self.took.as_millis(),
            self.config.node_id.0,
            self.cluster_id
        );
        let mut line = |name: &str, value: &str| {
            // A value of several lines (why there is no io_uring) stays in its column.
            let value = value.trim_end().replace('\n', "\n              ");
            let _ = writeln!(text, "  {name:<11} {value}");
        };
        line("listeners", &self.listeners.join(", "));
        line("advertised", &self.advertised());
        line("data", &self.data());
        line("I/O", self.io_backend);
        line("cores", &self.cores());
        line("durability", &self.durability());
        line("memory", &self.memory());
        if let Some(address) = self.admin {
            line("metrics", &format!("http://{address}/metrics"));
        }
        line(
            "next",
            &format!("kafka-console-producer --bootstrap-server {} --topic hello", self.bootstrap()),
        );
        text.truncate(text.trim_end().len());
        text
    }

    fn data(&self) -> String {
        let paths: Vec<String> = self.config.log_dirs.iter().map(|path| path.display().to_string()).collect();
        let state = if self.is_new { " (was empty: formatted)" } else { "" };
        format!("{}{state}", paths.join(", "))
    }

    fn durability(&self) -> String {
        let device = &self.config.device_topics;
        match self.config.durability {
            Durability::Device => {
                "device: what is acknowledged survives a crash of the process; a power cut may take it"
                    .to_owned()
            }
            Durability::Durable if device.is_empty() => {
                "durable: what is acknowledged survives a power cut".to_owned()
            }
            Durability::Durable => format!(
                "durable: what is acknowledged survives a power cut, except in the device topics {}",
                device.join(", ")
            ),
        }
    }

    /// The total and its parts, rounded to MiB; what is too small to show is one part.
    fn memory(&self) -> String {
        let mib = |bytes: u64| (bytes + (1 << 19)) >> 20;
        let mut parts = self.limits.addends();
        parts.sort_by_key(|(name, bytes)| (std::cmp::Reverse(*bytes), *name));
        let shown = parts.len().min(6);
        let mut words: Vec<String> =
            parts[..shown].iter().map(|(name, bytes)| format!("{name} {}", mib(*bytes))).collect();
        // What is left of the rounded total, so that the sum on the screen is right.
        let named: u64 = parts[..shown].iter().map(|(_, bytes)| mib(*bytes)).sum();
        words.push(format!("other {}", mib(self.limits.memory_bytes).saturating_sub(named)));
        format!("{} MiB at the most: {}", mib(self.limits.memory_bytes), words.join(" + "))
    }

    fn cores(&self) -> String {
        let cores = ranges(self.cores);
        match self.cores_left_out {
            0 => cores,
            more => format!("{cores} (the memory does not suffice for {more} more: loglane.memory)"),
        }
    }

    fn advertised(&self) -> String {
        // Where a listener's port is 0 the one that was bound is advertised.
        let shown: Vec<String> = self
            .config
            .advertised
            .iter()
            .map(
                |listener| if listener.port == 0 { self.bound(&listener.name) } else { listener.to_string() },
            )
            .collect();
        shown.join(", ")
    }

    fn bound(&self, name: &str) -> String {
        let prefix = format!("{name}://");
        self.listeners.iter().find(|listener| listener.starts_with(&prefix)).cloned().unwrap_or_default()
    }

    fn bootstrap(&self) -> String {
        let advertised = self.advertised();
        let first = advertised.split(", ").next().unwrap_or_default();
        first.split_once("://").map_or(first, |(_, address)| address).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;
    use crate::limits::LimitInputs;

    fn text(overrides: &[(&str, &str)], listeners: &[&str], cores: &[usize], is_new: bool) -> String {
        let overrides = overrides.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let (config, _) = Config::parse(&Sources { overrides, ..Sources::default() }).unwrap();
        let limits = Limits::derive(&LimitInputs {
            memory_bytes: 1 << 30,
            shards: u16::try_from(cores.len()).unwrap(),
            open_files: 20_000,
            connections: 10_000,
            request_bytes_max: 100 << 20,
            message_bytes_max: 1_048_588,
        })
        .unwrap();
        let listeners: Vec<String> = listeners.iter().map(|listener| (*listener).to_owned()).collect();
        let banner = Banner {
            config: &config,
            listeners: &listeners,
            admin: Some(SocketAddr::from(([127, 0, 0, 1], 9644))),
            cluster_id: "MkU3OEVBNTcwNTJENDM2Qk",
            is_new,
            io_backend: "io_uring (Linux 6.18)",
            cores,
            cores_left_out: usize::from(cores.len() == 1),
            limits: &limits,
            took: Duration::from_millis(31),
        };
        banner.text().replace(env!("CARGO_PKG_VERSION"), "X.Y.Z")
    }

    #[test]
    fn a_first_start_is_told_in_ten_lines() {
        let expected = "\
Loglane X.Y.Z is ready after 31 ms: node 1 of cluster MkU3OEVBNTcwNTJENDM2Qk
  listeners   PLAINTEXT://127.0.0.1:9092
  advertised  PLAINTEXT://127.0.0.1:9092
  data        ./data (was empty: formatted)
  I/O         io_uring (Linux 6.18)
  cores       0-1
  durability  durable: what is acknowledged survives a power cut
  memory      1024 MiB at the most: batch cache 259 + receive 218 + read-ahead 117 + dirty 102 \
+ partitions 98 + connections 44 + other 186
  metrics     http://127.0.0.1:9644/metrics
  next        kafka-console-producer --bootstrap-server 127.0.0.1:9092 --topic hello";
        assert_eq!(text(&[], &["PLAINTEXT://127.0.0.1:9092"], &[0, 1], true), expected);
    }

    #[test]
    fn weaker_durability_is_named_as_such() {
        let listeners = ["PLAINTEXT://127.0.0.1:9092"];
        let device = text(&[("loglane.durability", "device")], &listeners, &[0], false);
        assert!(
            device.contains("device: what is acknowledged survives a crash of the process; a power cut may")
        );
        let topics = text(&[("loglane.durability.device.topics", "a,b")], &listeners, &[0], false);
        assert!(topics.contains("survives a power cut, except in the device topics a, b"), "{topics}");
    }

    #[test]
    fn a_port_that_the_system_chose_is_the_one_to_connect_to() {
        let overrides = [("listeners", "PLAINTEXT://127.0.0.1:0")];
        let shown = text(&overrides, &["PLAINTEXT://127.0.0.1:40123"], &[0], false);
        assert!(shown.ends_with("--bootstrap-server 127.0.0.1:40123 --topic hello"), "{shown}");
    }

    #[test]
    fn cores_without_memory_are_told_with_the_remedy() {
        let shown = text(&[], &["PLAINTEXT://127.0.0.1:9092"], &[0], false);
        let line = "cores       0 (the memory does not suffice for 1 more: loglane.memory)";
        assert!(shown.contains(line), "{shown}");
    }

    #[test]
    fn cores_are_told_in_runs() {
        assert_eq!(ranges(&[0, 1, 2, 3, 6]), "0-3, 6");
        assert_eq!(ranges(&[4]), "4");
    }
}
