//! Broker keys of quotas, metrics and value providers.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static BROKER_QUOTAS: &[Key] = keys! {
    "quota.window.num" Int Is("11"), AtLeast(1), ReadOnly, Stored,
        "Samples over which client quotas are measured.";
    "quota.window.size.seconds" Int Is("1"), AtLeast(1), ReadOnly, Stored,
        "The length of one such sample.";
    "replication.quota.window.num" Int Is("11"), AtLeast(1), ReadOnly, Stored,
        "Samples over which the replication throttle is measured.";
    "replication.quota.window.size.seconds" Int Is("1"), AtLeast(1), ReadOnly, Stored,
        "The length of one such sample.";
    "alter.log.dirs.replication.quota.window.num" Int Is("11"), AtLeast(1), ReadOnly, Stored,
        "Samples over which the throttle of moves between directories is measured.";
    "alter.log.dirs.replication.quota.window.size.seconds" Int Is("1"), AtLeast(1), ReadOnly, Stored,
        "The length of one such sample.";
    "controller.quota.window.num" Int Is("11"), AtLeast(1), ReadOnly, Stored,
        "Samples over which the quota of controller changes is measured.";
    "controller.quota.window.size.seconds" Int Is("1"), AtLeast(1), ReadOnly, Stored,
        "The length of one such sample.";
    "client.quota.callback.class" Class Null, Any, ReadOnly, Refused,
        "A Java class that computes client quotas; Loglane loads no Java.";
    "metric.reporters" List Is("org.apache.kafka.common.metrics.JmxReporter"), Items, ClusterWide, NoEffect,
        "Java classes that take the metrics; Loglane serves them over HTTP.";
    "metrics.num.samples" Int Is("2"), AtLeast(1), ReadOnly, NoEffect,
        "Samples in Kafka's own metrics.";
    "metrics.sample.window.ms" Long Is("30000"), AtLeast(1), ReadOnly, NoEffect,
        "The length of such a sample.";
    "metrics.recording.level" String Is("INFO"), Any, ReadOnly, NoEffect,
        "How detailed Kafka's own metrics are.";
    "kafka.metrics.reporters" List Is(""), Items, ReadOnly, NoEffect,
        "Java classes that take the older metrics.";
    "kafka.metrics.polling.interval.secs" Int Is("10"), AtLeast(1), ReadOnly, NoEffect,
        "How often those are asked.";
    "config.providers" List Is(""), Items, ClusterWide, Refused,
        "Java classes that fetch values from elsewhere; Loglane loads no Java.";
};
