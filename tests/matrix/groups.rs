//! Groups whose members come, go and are killed, and whose offsets are committed, kept and set back.

use crate::members::Group;
use crate::stage::Stage;
use harness::driver::Recipe;

const PARTITIONS: i32 = 4;

/// One group through everything that happens to groups.
pub(crate) fn members_come_and_go(stage: &mut Stage) {
    stage.create_topic("shared", PARTITIONS);
    let mut group = Group::new(stage, "sharers", "shared");
    let mut end = 0;
    let mut more = |stage: &mut Stage, count| {
        for partition in 0..PARTITIONS {
            let recipe = Recipe::plain(&format!("from-{end}"), count);
            let client = [("codec", "none"), ("acks", "all"), ("idempotent", "false"), ("singles", "false")];
            stage.driver.produce("shared", partition, &recipe, &client).expect("a produce");
        }
        end += i64::try_from(count).expect("few");
        end
    };

    let end = more(stage, 10);
    group.join(stage, "first");
    group.wait_until_shared(PARTITIONS);
    group.wait_until_committed(stage, PARTITIONS, end);

    group.join_to_be_killed(stage, "second");
    group.wait_until_shared(PARTITIONS);
    let end = more(stage, 10);
    group.wait_until_committed(stage, PARTITIONS, end);

    stage.kill_broker();
    let end = more(stage, 5);
    group.wait_until_committed(stage, PARTITIONS, end);
    group.wait_until_shared(PARTITIONS);

    group.kill("second");
    group.wait_until_shared(PARTITIONS);
    let end = more(stage, 5);
    group.wait_until_committed(stage, PARTITIONS, end);

    group.join(stage, "third");
    group.wait_until_shared(PARTITIONS);
    group.leave("first");
    group.wait_until_shared(PARTITIONS);
    let end = more(stage, 1);
    group.wait_until_committed(stage, PARTITIONS, end);
    group.leave("third");
    expect_committed(stage, end);

    for partition in 0..PARTITIONS {
        stage.commit("sharers", "shared", partition, 3);
    }
    expect_committed(stage, 3);
    // Whoever comes now goes on from there.
    group.on_reset(PARTITIONS, 3);
    group.join(stage, "fourth");
    group.wait_until_committed(stage, PARTITIONS, end);
    group.leave("fourth");
    expect_committed(stage, end);
}

fn expect_committed(stage: &mut Stage, offset: i64) {
    for partition in 0..PARTITIONS {
        let told = stage.committed("sharers", "shared", partition);
        assert_eq!(told, offset, "what is committed for partition {partition}");
    }
}
