//! Groups that take each other in ([PEP 735](https://peps.python.org/pep-0735/#dependency-group-include)): a ring, and a name
//! that no group has, make all of them useless.

use std::collections::HashMap;

use super::super::Packages;
use super::super::tree::Node;
use crate::package::Ecosystem;
use crate::source::{Problem, ProblemKind, Span};

/// Another group that a group takes in, by its number, and where it does.
type Taken = (usize, Span);

pub(super) fn check(top: Node<'_, '_>, packages: &mut Packages) {
    let groups: Vec<Node<'_, '_>> = top.each("dependency-groups").collect();
    let normal = |name: &str| Ecosystem::PyPI.normal(name).into_owned();
    let numbers: HashMap<String, usize> =
        groups.iter().zip(0..).map(|(group, at)| (normal(group.name()), at)).collect();
    let mut problem = |message: String, span| {
        packages.problems.push(Problem { kind: ProblemKind::Malformed, message, span });
    };
    let mut taken: Vec<Vec<Taken>> = Vec::with_capacity(groups.len());
    for group in &groups {
        let mut own = Vec::new();
        for include in group.children().filter_map(|one| one.get("include-group")) {
            let name = include.text().unwrap_or_default();
            let span = include.span_of(name);
            match numbers.get(&normal(name)) {
                Some(number) => own.push((*number, span)),
                None => problem(format!("there is no group `{name}`"), span),
            }
        }
        taken.push(own);
    }
    for (number, span) in rings(&taken) {
        problem(format!("the group `{}` takes itself in by this", groups[number].name()), span);
    }
}

/// What closes a ring: the group that is taken in, and where. Without recursion: a chain may have as many links as there are
/// groups.
fn rings(taken: &[Vec<Taken>]) -> Vec<Taken> {
    let mut found = Vec::new();
    let mut is_done = vec![false; taken.len()];
    let mut is_open = vec![false; taken.len()];
    for first in 0..taken.len() {
        // Groups that are open, each with how many of those that it takes in were looked at.
        let mut open = vec![(first, 0)];
        while let Some((group, at)) = open.last_mut() {
            is_open[*group] = true;
            let next = taken[*group].get(*at).filter(|_| !is_done[*group]);
            *at += 1;
            match next {
                Some((other, span)) if is_open[*other] => found.push((*other, *span)),
                Some((other, _)) if !is_done[*other] => open.push((*other, 0)),
                Some(_) => {}
                None => {
                    (is_done[*group], is_open[*group]) = (true, false);
                    open.pop();
                }
            }
        }
    }
    found
}
