//! Topics and their configurations.

use crate::stage::Stage;
use harness::{LONG, wait_until};

const NAME: [(&str, &str); 1] = [("topic", "administered")];

/// Creates, looks at, alters, grows and deletes a topic.
pub(crate) fn topics_and_configurations(stage: &mut Stage) {
    let arguments = [NAME[0], ("partitions", "2"), ("config.retention.ms", "3600000")];
    stage.ask("create-topic", &arguments);
    assert!(stage.try_to("create-topic", &arguments).is_err(), "a topic is created once");
    await_answer(stage, "partitions", &NAME, "2");
    assert!(stage.ask("topics", &[]).join("\t").split('\t').any(|topic| topic == "administered"));

    let retention = [NAME[0], ("name", "retention.ms")];
    await_answer(stage, "config", &retention, "3600000");
    stage.ask("set-config", &[NAME[0], ("name", "retention.ms"), ("value", "7200000")]);
    await_answer(stage, "config", &retention, "7200000");
    let nonsense = [NAME[0], ("name", "retention.ms"), ("value", "soon")];
    assert!(stage.try_to("set-config", &nonsense).is_err(), "a number is a number");
    await_answer(stage, "config", &retention, "7200000");

    stage.ask("create-partitions", &[NAME[0], ("partitions", "5")]);
    await_answer(stage, "partitions", &NAME, "5");
    assert!(stage.try_to("create-partitions", &[NAME[0], ("partitions", "3")]).is_err(), "topics only grow");

    stage.ask("delete-topic", &NAME);
    wait_until("the topic to go", LONG, || {
        let topics = stage.ask("topics", &[]).join("\t");
        (!topics.split('\t').any(|topic| topic == "administered")).then_some(())
    });
    assert!(stage.try_to("delete-topic", &NAME).is_err(), "what is gone cannot be deleted");
}

/// Asks until the answer is this: a client that looks at a cache, or at another node than the one that was changed,
/// may need a moment.
fn await_answer(stage: &mut Stage, command: &str, arguments: &[(&str, &str)], expected: &str) {
    wait_until(&format!("{command} {arguments:?} to be {expected}"), LONG, || {
        let answer = stage.try_to(command, arguments);
        answer.is_ok_and(|lines| lines == [expected]).then_some(())
    });
}
