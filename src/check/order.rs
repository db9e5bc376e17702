//! The order of hits, in which each is told once.

use std::cmp::Ordering;

use crate::finding::Hit;

/// Hits in the order of their places and rules, each once.
pub fn sorted(mut hits: Vec<Hit>) -> Vec<Hit> {
    // Of two of the same, the certain one stays, and what needs fewer steps to be understood.
    hits.sort_by(|one, other| place_order(one, other).then_with(|| fitness(one).cmp(&fitness(other))));
    hits.dedup_by(|one, other| place_order(one, other).is_eq());
    hits
}

/// By place and rule, and by what they are about: of one package several advisories may speak.
fn place_order(one: &Hit, other: &Hit) -> Ordering {
    let order = (one.span, one.rule).cmp(&(other.span, other.rule));
    order.then_with(|| match (&one.about, &other.about) {
        (Some(one), Some(other)) => one.order(other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    })
}

fn fitness(hit: &Hit) -> (bool, usize) {
    (!hit.certain, hit.trace.len())
}
