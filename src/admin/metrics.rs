//! Which metrics there are. Names that Kafka has are those that the usual rules for its JMX exporter make of its beans,
//! so that boards and alerts fit; what is of this broker alone begins with `loglane_`. What is not known is left out.

use super::exposition::{Exposition, Kind};
use super::process::{ProcessFigures, shard_seconds};
use crate::shard::counts::{Counts, Traffic};
use crate::shard::snapshot::{BrokerView, GroupCounts, PartitionCounts, ShardSnapshot};
use loglane_net::{ApiKey, ErrorCode};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A name, a sentence, and which part of the traffic it is.
type TrafficFamily = (&'static str, &'static str, fn(&Traffic) -> u64);

/// The broker at one moment.
#[derive(Debug)]
pub(super) struct Sample<'a> {
    /// All of them, in order.
    pub(super) shards: &'a [ShardSnapshot],
    /// The core of each.
    pub(super) cores: &'a [usize],
    /// The names of the listeners, by number.
    pub(super) listeners: &'a [String],
    /// Since the broker began.
    pub(super) uptime: Duration,
    /// Whether clients are served.
    pub(super) is_ready: bool,
}

impl Sample<'_> {
    /// The metrics as text.
    pub(super) fn text(&self) -> String {
        let mut out = Exposition::default();
        self.about(&mut out);
        self.damage(&mut out);
        self.replicas(&mut out);
        if let Some(broker) = self.shards.iter().find_map(|shard| shard.broker.as_ref()) {
            controller(&mut out, broker);
            directories(&mut out, broker);
        }
        self.traffic(&mut out);
        self.requests(&mut out);
        self.connections(&mut out);
        self.groups(&mut out);
        self.cores(&mut out);
        process(&mut out);
        out.into_text()
    }

    fn sum(&self, of: impl Fn(&ShardSnapshot) -> u64) -> u64 {
        self.shards.iter().map(of).sum()
    }

    fn about(&self, out: &mut Exposition) {
        out.family("loglane_build_info", Kind::Gauge, "The version of this broker.")
            .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
        out.gauge("loglane_uptime_seconds", "Since the broker began.", self.uptime.as_secs_f64());
        out.gauge("loglane_ready", "1 while clients are served.", u8::from(self.is_ready));
    }

    fn damage(&self, out: &mut Exposition) {
        let found = "loglane_damaged_ranges_found_total";
        out.family(
            found,
            Kind::Counter,
            "Places in segments where batches are not what was written, by who found them.",
        )
        .sample(&[("by", "scrub")], self.sum(|shard| shard.damage.by_scrub))
        .sample(&[("by", "recovery")], self.sum(|shard| shard.damage.by_recovery))
        .sample(&[("by", "read")], self.sum(|shard| shard.damage.by_read));
        let mut damaged: Vec<_> = self.shards.iter().flat_map(|shard| &shard.damaged).collect();
        damaged.sort_by_key(|damaged| (damaged.topic.clone(), damaged.partition));
        let ranges = damaged.iter().map(|damaged| damaged.ranges).sum::<u64>();
        out.gauge("loglane_damaged_ranges", "Such places in partitions that are there.", ranges);
        out.gauge("loglane_damaged_partitions", "Partitions with such places.", damaged.len());
        if !damaged.is_empty() {
            let name = "loglane_partition_damaged_bytes";
            out.family(name, Kind::Gauge, "Bytes of such places, by partition; they are not served.");
            for damaged in damaged {
                let partition = damaged.partition.0.to_string();
                let labels = [("topic", &*damaged.topic), ("partition", partition.as_str())];
                out.sample(&labels, damaged.bytes);
            }
        }
        let scrubbed = "Bytes of old segments that were read in the background.";
        out.counter("loglane_scrub_bytes_total", scrubbed, self.sum(|shard| shard.scrub.bytes));
        let segments = "Segments that were read so to their end.";
        out.counter("loglane_scrub_segments_total", segments, self.sum(|shard| shard.scrub.segments));
        let renewed = "Segments whose checksums or indexes were made anew for it.";
        out.counter("loglane_scrub_renewed_total", renewed, self.sum(|shard| shard.scrub.renewed));
        let unreadable = "Segments that the disk would not let be read so.";
        out.counter("loglane_scrub_failures_total", unreadable, self.sum(|shard| shard.damage.unreadable));
    }

    fn replicas(&self, out: &mut Exposition) {
        let of = |count: fn(&PartitionCounts) -> usize| {
            self.shards.iter().map(|shard| count(&shard.partitions)).sum::<usize>()
        };
        let manager = [
            (
                "kafka_server_replicamanager_partitioncount",
                "Partitions of this broker.",
                of(PartitionCounts::all),
            ),
            (
                "kafka_server_replicamanager_leadercount",
                "Partitions that it serves.",
                of(|counts| counts.online),
            ),
            (
                "kafka_server_replicamanager_offlinereplicacount",
                "Partitions whose log cannot be used.",
                of(|counts| counts.offline),
            ),
            (
                "kafka_server_replicamanager_underreplicatedpartitions",
                "Partitions with replicas that are not in sync.",
                of(|counts| counts.under_replicated),
            ),
            (
                "kafka_server_replicamanager_underminisrpartitioncount",
                "Partitions with fewer replicas in sync than produces with acks=all need.",
                of(|counts| counts.under_min_in_sync),
            ),
        ];
        for (name, help, count) in manager {
            out.gauge(name, help, count);
        }
        out.family("loglane_partitions", Kind::Gauge, "Partitions of this broker by state.")
            .sample(&[("state", "online")], of(|counts| counts.online))
            .sample(&[("state", "opening")], of(|counts| counts.opening))
            .sample(&[("state", "moving")], of(|counts| counts.moving))
            .sample(&[("state", "offline")], of(|counts| counts.offline));
    }

    fn traffic(&self, out: &mut Exposition) {
        let mut all = Traffic::default();
        let mut topics: BTreeMap<&Arc<str>, Traffic> = BTreeMap::new();
        for shard in self.shards {
            all.add(shard.counts.traffic);
            for (topic, traffic) in &shard.topics {
                topics.entry(topic).or_default().add(*traffic);
            }
        }
        let families: [TrafficFamily; 3] = [
            ("kafka_server_brokertopicmetrics_messagesin_total", "Records appended.", |traffic| {
                traffic.messages_in
            }),
            ("kafka_server_brokertopicmetrics_bytesin_total", "Bytes of their batches.", |traffic| {
                traffic.bytes_in
            }),
            (
                "kafka_server_brokertopicmetrics_bytesout_total",
                "Bytes of batches read by clients.",
                |traffic| traffic.bytes_out,
            ),
        ];
        for (name, help, value) in families {
            out.family(name, Kind::Counter, help).sample(&[], value(&all));
            // Of topics to which nothing has happened there is nothing to tell.
            for (topic, traffic) in topics.iter().filter(|(_, traffic)| **traffic != Traffic::default()) {
                out.sample(&[("topic", &***topic)], value(traffic));
            }
        }
    }

    fn requests(&self, out: &mut Exposition) {
        let mut requests: BTreeMap<ApiKey, u64> = BTreeMap::new();
        let mut errors: BTreeMap<(ApiKey, i16), u64> = BTreeMap::new();
        for counts in self.shards.iter().map(|shard| &shard.counts) {
            for (api, count) in counts.requests() {
                *requests.entry(api).or_default() += count;
            }
            for (api, error, count) in counts.errors() {
                *errors.entry((api, error.to_i16())).or_default() += count;
            }
        }
        let failed = |api: ApiKey| {
            errors.iter().filter(|((of, _), _)| *of == api).map(|(_, count)| count).sum::<u64>()
        };
        let asked = |of: fn(&Counts) -> u64| self.sum(|shard| of(&shard.counts));
        let name = "kafka_server_brokertopicmetrics_totalproducerequests_total";
        out.counter(name, "Partitions that produces named.", asked(|counts| counts.batches_asked));
        let name = "kafka_server_brokertopicmetrics_failedproducerequests_total";
        out.counter(name, "Those that were answered with an error.", failed(ApiKey::Produce));
        let name = "kafka_server_brokertopicmetrics_totalfetchrequests_total";
        out.counter(name, "Partitions that fetches asked for.", asked(|counts| counts.partitions_asked));
        let name = "kafka_server_brokertopicmetrics_failedfetchrequests_total";
        out.counter(name, "Those that were answered with an error.", failed(ApiKey::Fetch));
        out.family("kafka_network_requestmetrics_requests_total", Kind::Counter, "Requests by API.");
        for (api, count) in &requests {
            out.sample(&[("request", api.name())], count);
        }
        let name = "kafka_network_requestmetrics_errors_total";
        out.family(
            name,
            Kind::Counter,
            "Partitions of produces and fetches that were answered with an error.",
        );
        for ((api, code), count) in &errors {
            let error = ErrorCode::from_i16(*code).map_or("UNKNOWN", ErrorCode::name);
            out.sample(&[("request", api.name()), ("error", error)], count);
        }
    }

    fn connections(&self, out: &mut Exposition) {
        let open = "kafka_server_socket_server_metrics_connection_count";
        out.family(open, Kind::Gauge, "Connections; the network processor is the shard.");
        self.by_listener(out, |shard, listener| shard.connections.get(listener).map(|count| *count as u64));
        let made = "kafka_server_socket_server_metrics_connection_creation_total";
        out.family(made, Kind::Counter, "Connections that were ever taken.");
        self.by_listener(out, |shard, listener| shard.counts.connections_made.get(listener).copied());
        let refused = "Connections that were closed for what their clients did.";
        let count = self.sum(|shard| shard.counts.connections_refused);
        out.counter("loglane_connections_refused_total", refused, count);
    }

    fn by_listener(&self, out: &mut Exposition, value: impl Fn(&ShardSnapshot, usize) -> Option<u64>) {
        for shard in self.shards {
            let processor = shard.shard.0.to_string();
            for (number, listener) in self.listeners.iter().enumerate() {
                if let Some(value) = value(shard, number) {
                    let labels = [("listener", listener.as_str()), ("networkProcessor", processor.as_str())];
                    out.sample(&labels, value);
                }
            }
        }
    }

    fn groups(&self, out: &mut Exposition) {
        let mut states: BTreeMap<&'static str, usize> = BTreeMap::new();
        for groups in self.shards.iter().map(|shard| &shard.groups) {
            for (state, count) in &groups.classic {
                *states.entry(*state).or_default() += count;
            }
        }
        out.family("loglane_groups", Kind::Gauge, "Groups by the classic protocol, by state.");
        for (state, count) in &states {
            out.sample(&[("state", *state)], count);
        }
        let of = |count: fn(&GroupCounts) -> usize| {
            self.shards.iter().map(|shard| count(&shard.groups)).sum::<usize>()
        };
        let newer = "Groups of newer protocols, which are kept and not served.";
        out.gauge("loglane_groups_not_served", newer, of(|groups| groups.newer));
        let name = "loglane_group_partitions";
        out.family(
            name,
            Kind::Gauge,
            "Partitions of __consumer_offsets, by what has become of their groups.",
        )
        .sample(&[("state", "active")], of(|groups| groups.active))
        .sample(&[("state", "loading")], of(|groups| groups.loading))
        .sample(&[("state", "failed")], of(|groups| groups.failed));
    }

    fn cores(&self, out: &mut Exposition) {
        let core_of = |shard: usize| self.cores.get(shard).map(usize::to_string);
        let busy = "loglane_core_busy_seconds_total";
        out.family(busy, Kind::Counter, "Time that each core's shard was not asleep.");
        for (shard, seconds) in shard_seconds() {
            if let Some(core) = core_of(shard) {
                out.sample(&[("core", core.as_str())], seconds);
            }
        }
        let under_way = "Requests that wait for a disk, an offset, a deadline or another core.";
        out.family("loglane_requests_under_way", Kind::Gauge, under_way);
        for shard in self.shards {
            if let Some(core) = core_of(usize::from(shard.shard.0)) {
                out.sample(&[("core", core.as_str())], shard.requests_under_way);
            }
        }
        let held_back = "1 where a core takes up no new request for that reason: another core's mailbox, requests under way, memory, or positions for a recovery that are not on the disk yet.";
        out.family("loglane_core_overloaded", Kind::Gauge, held_back);
        for shard in self.shards {
            if let Some(core) = core_of(usize::from(shard.shard.0)) {
                for (reason, is_so) in shard.overloads {
                    out.sample(&[("core", core.as_str()), ("reason", reason)], usize::from(is_so));
                }
            }
        }
        let used = "Memory in use, by core and part; blocks is what receive, batch_cache, read_ahead and lent_blocks share; lent is what this core's connections hold of all cores' blocks, lent_blocks what nobody but a connection holds of this core's.";
        out.family("loglane_memory_used_bytes", Kind::Gauge, used);
        self.memory(out, |(_, used, _)| used);
        out.family("loglane_memory_limit_bytes", Kind::Gauge, "What each part may use at the most.");
        self.memory(out, |(_, _, limit)| limit);
    }

    fn memory(&self, out: &mut Exposition, value: impl Fn((&'static str, usize, usize)) -> usize) {
        for shard in self.shards {
            let Some(core) = self.cores.get(usize::from(shard.shard.0)).map(usize::to_string) else {
                continue;
            };
            for part in shard.memory {
                out.sample(&[("core", core.as_str()), ("part", part.0)], value(part));
            }
        }
    }
}

fn controller(out: &mut Exposition, broker: &BrokerView) {
    let gauges = [
        (
            "kafka_controller_kafkacontroller_activecontrollercount",
            "1 where this broker's controller decides.",
            usize::from(broker.is_controller),
        ),
        ("kafka_controller_kafkacontroller_globaltopiccount", "Topics of the cluster.", broker.topics),
        (
            "kafka_controller_kafkacontroller_globalpartitioncount",
            "Partitions of the cluster.",
            broker.partitions,
        ),
        (
            "kafka_controller_kafkacontroller_offlinepartitionscount",
            "Partitions without a leader.",
            broker.partitions_without_leader,
        ),
        (
            "kafka_controller_kafkacontroller_activebrokercount",
            "Brokers that may lead.",
            broker.brokers_active,
        ),
        (
            "kafka_controller_kafkacontroller_fencedbrokercount",
            "Brokers that may not.",
            broker.brokers_fenced,
        ),
    ];
    for (name, help, value) in gauges {
        out.gauge(name, help, value);
    }
}

fn directories(out: &mut Exposition, broker: &BrokerView) {
    let offline = broker.directories.iter().filter(|(_, works)| !works).count();
    let name = "kafka_log_logmanager_offlinelogdirectorycount";
    out.gauge(name, "Log directories that cannot be used.", offline);
    let name = "kafka_log_logmanager_logdirectoryoffline";
    out.family(name, Kind::Gauge, "1 for a log directory that cannot be used.");
    for (path, works) in &broker.directories {
        out.sample(&[("logDirectory", &*path.to_string_lossy())], u8::from(!works));
    }
}

/// Figures of the process by the names that all exporters give them.
fn process(out: &mut Exposition) {
    let figures = ProcessFigures::read();
    if let Some(seconds) = figures.cpu_seconds {
        out.counter("process_cpu_seconds_total", "User and system time of all threads.", seconds);
    }
    if let Some(at) = figures.started_at {
        out.gauge("process_start_time_seconds", "When the process began, since 1970.", at);
    }
    if let Some(bytes) = figures.resident_bytes {
        out.gauge("process_resident_memory_bytes", "Resident memory.", bytes);
    }
    if let Some(files) = figures.open_files {
        out.gauge("process_open_fds", "Open descriptors.", files);
    }
    if let Some(files) = figures.open_files_max {
        out.gauge("process_max_fds", "Descriptors that may be open.", files);
    }
}
