//! Keys of a client-metrics resource.

use super::{Change::*, Key, Preset::*, Rule::*, Treatment::*, Type::*, keys};

pub(super) static CLIENT_METRICS: &[Key] = keys! {
    "interval.ms" Int Is("300000"), Any, PerResource, Stored,
        "How often clients report their metrics.";
    "match" List Is(""), Items, PerResource, Stored,
        "Which clients report: expressions over their properties.";
    "metrics" List Is(""), Items, PerResource, Stored,
        "Which metrics they report, by prefix.";
};
