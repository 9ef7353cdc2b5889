//! Every way to produce, and reading by assignment.

use crate::stage::Stage;

const COUNT: usize = 20;

/// A way to produce: a name, the codec, the acknowledgements, whether idempotent, and whether in batches of one.
fn ways(codecs: &[&'static str]) -> Vec<[&'static str; 4]> {
    let mut ways: Vec<_> = codecs.iter().map(|codec| [*codec, "all", "true", "false"]).collect();
    for acks in ["0", "1", "all"] {
        ways.push(["none", acks, "false", "false"]);
        ways.push(["none", acks, "false", "true"]);
    }
    ways.push([codecs.last().expect("at least one"), "all", "true", "true"]);
    ways
}

/// Sends in every way into partitions of their own, and reads each back.
pub(crate) fn everything_comes_back(stage: &mut Stage) {
    let ways = ways(stage.family.codecs);
    stage.create_topic("ways", i32::try_from(ways.len()).expect("few ways"));
    for (partition, [codec, acks, idempotent, singles]) in (0..).zip(ways) {
        let name = format!("{codec}-{acks}-{idempotent}-{singles}");
        let recipe = (stage.family.recipe)(&name, COUNT);
        let client = [("codec", codec), ("acks", acks), ("idempotent", idempotent), ("singles", singles)];
        let told = stage.driver.produce("ways", partition, &recipe, &client);
        let told = told.unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        let offsets: Vec<i64> = (0..).take(COUNT).collect();
        if acks == "0" {
            assert!(
                told.iter().all(|offset| *offset == -1),
                "{name}: nothing is told without acknowledgements"
            );
        } else {
            assert_eq!(told, offsets, "{name}: the offsets that were told");
        }
        let seen = stage.driver.consume("ways", partition, 0, COUNT, &[]);
        recipe.expect(partition, &offsets, &seen.unwrap_or_else(|refused| panic!("{name}: {refused:?}")));
        let from = COUNT - 3;
        let tail = stage.driver.consume("ways", partition, offsets[from], 3, &[]);
        let tail = tail.unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        let tail: Vec<_> = tail.into_iter().map(|seen| (seen.offset, seen.value)).collect();
        let expected: Vec<_> = (from..COUNT).map(|n| (offsets[n], recipe.value(n))).collect();
        assert_eq!(tail, expected, "{name}: from an offset in the middle of a batch");
    }
}
