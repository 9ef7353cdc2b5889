//! Makes a failing run smaller: fewer actors, fewer faults, fewer actions, a shorter time, as long as the same check
//! still fails.

use super::plan::Less;
use super::run::{Report, run};

/// What can be left out of a seed that fails, and what the smallest run that still fails looks like. `attempts_max`
/// runs at most are made for that.
pub(crate) fn shrink(seed: u64, check: &str, attempts_max: usize) -> (Less, Report) {
    let mut less = Less::default();
    let mut attempts = 0;
    let mut try_with = |less: &Less| {
        attempts += 1;
        attempts < attempts_max && fails(seed, less, check)
    };
    let whole = run(seed, &less, false);
    leave_out_actors_and_strikes(&mut less, &whole, &mut try_with);
    let mut span_ms = u64::try_from(whole.span.as_millis()).expect("short");
    while span_ms > 200 {
        let shorter = Less { span_ms: Some(span_ms * 2 / 3), ..less.clone() };
        if !try_with(&shorter) {
            break;
        }
        (less, span_ms) = (shorter, span_ms * 2 / 3);
    }
    leave_out_actions(&mut less, seed, &mut try_with);
    leave_out_actors_and_strikes(&mut less, &whole, &mut try_with);
    let report = run(seed, &less, true);
    (less, report)
}

fn fails(seed: u64, less: &Less, check: &str) -> bool {
    run(seed, less, false).violation.is_some_and(|violation| violation.check == check)
}

fn leave_out_actors_and_strikes(less: &mut Less, whole: &Report, try_with: &mut impl FnMut(&Less) -> bool) {
    for actor in 1..=whole.actors {
        let mut fewer = less.clone();
        if fewer.actors.insert(actor) && try_with(&fewer) {
            *less = fewer;
        }
    }
    for strike in 0..whole.strikes {
        let mut fewer = less.clone();
        if fewer.strikes.insert(strike) && try_with(&fewer) {
            *less = fewer;
        }
    }
}

/// Of each actor's actions ever smaller parts.
fn leave_out_actions(less: &mut Less, seed: u64, try_with: &mut impl FnMut(&Less) -> bool) {
    let actions = run(seed, less, false).actions;
    for (actor, count) in actions {
        let mut part = count.div_ceil(2);
        while part > 0 {
            let mut from = 1;
            while from <= count {
                let mut fewer = less.clone();
                let before = fewer.actions.len();
                fewer.actions.extend((from..from + part).map(|action| (actor, action)));
                if fewer.actions.len() > before && try_with(&fewer) {
                    *less = fewer;
                }
                from += part;
            }
            if part == 1 || count / part > 32 {
                break;
            }
            part = part.div_ceil(2);
        }
    }
}
