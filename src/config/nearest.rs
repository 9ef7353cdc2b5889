//! The known key that a mistyped one most resembles.

/// The candidate with the fewest letters to change, add, drop or swap, if it takes few enough for the other to be a
/// slip: a quarter of its length, three at the most. Of equals the first.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (name.chars().count() / 4).clamp(1, 3);
    candidates
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= most)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to change, add, drop, or swap with their neighbour (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, r) in right.iter().enumerate() {
            let mut best = (above[j] + usize::from(l != r)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *l == right[j - 1] && left[i - 1] == *r {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let keys = ["log.retention.ms", "log.retention.hours", "num.partitions", "node.id"];
        for (slip, meant) in [
            ("log.retention.hour", Some("log.retention.hours")),
            ("log.retentoin.ms", Some("log.retention.ms")),
            ("num.partition", Some("num.partitions")),
            ("nodeid", Some("node.id")),
            ("my.plugin.setting", None),
            ("x", None),
        ] {
            assert_eq!(nearest(slip, keys.into_iter()), meant, "{slip}");
        }
    }

    #[test]
    fn distances_count_single_slips() {
        for (left, right, expected) in
            [("", "", 0), ("abc", "acb", 1), ("abc", "", 3), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(left, right), expected);
        }
    }
}
