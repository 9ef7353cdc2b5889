//! Every family of clients goes through the same scenes: it produces in all its ways, administers topics, reads by
//! assignment and in groups whose members come, go and are killed, and all that over restarts and kills of the
//! broker. Which version of each API it used is compared with `versions.txt`.
#![forbid(unsafe_code)]

mod administration;
mod family;
mod groups;
mod kills;
mod members;
mod stage;
mod versions;
mod ways;

use family::Family;
use stage::Stage;

const BINARY: &str = env!("CARGO_BIN_EXE_loglane");

/// All scenes, one after the other, with one broker.
fn play(family: &'static Family, backend: &str) {
    let Some(mut stage) = Stage::open(family, backend) else { return };
    ways::everything_comes_back(&mut stage);
    if family.has_admin {
        administration::topics_and_configurations(&mut stage);
    }
    groups::members_come_and_go(&mut stage);
    kills::nothing_acknowledged_is_lost(&mut stage);
    let undisturbed = stage.undisturbed.take().unwrap_or_default();
    versions::compare(family, &undisturbed, &stage.recorder.versions());
}

macro_rules! families {
    ($($test:ident: $family:expr, $backend:literal;)*) => {$(
        #[test]
        fn $test() {
            play(&$family, $backend);
        }
    )*};
}

families! {
    java_4_3: family::JAVA, "io_uring";
    java_2_1: family::OLD_JAVA, "io_uring";
    librdkafka_of_confluent: family::CONFLUENT, "io_uring";
    librdkafka_of_rust: family::RDKAFKA, "io_uring";
    librdkafka_of_debian: family::KCAT, "io_uring";
    kafka_python: family::KAFKA_PYTHON, "io_uring";
    aiokafka: family::AIOKAFKA, "io_uring";
    kafkajs: family::KAFKAJS, "io_uring";
    platformatic: family::PLATFORMATIC, "io_uring";
    franz_go: family::FRANZ_GO, "io_uring";
    sarama: family::SARAMA, "io_uring";
    // One family of each generation of the protocol: newest, in the middle, and without flexible versions.
    java_4_3_on_epoll: family::JAVA, "epoll";
    librdkafka_of_confluent_on_epoll: family::CONFLUENT, "epoll";
    java_2_1_on_epoll: family::OLD_JAVA, "epoll";
}
