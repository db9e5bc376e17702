//! Groups that take each other in ([PEP 735](https://peps.python.org/pep-0735/#dependency-group-include)): a ring, and a name
//! that no group has, make all of them useless.

use std::collections::HashMap;

use super::super::Packages;
use super::super::ring::{self, Taken};
use super::super::tree::Node;
use crate::package::Ecosystem;
use crate::source::{Problem, ProblemKind};

pub(super) fn check(top: Node<'_, '_>, packages: &mut Packages) {
    let groups: Vec<Node<'_, '_>> = top.each("dependency-groups").collect();
    let normal = |name: &str| Ecosystem::PyPI.normal(name).into_owned();
    let numbers: HashMap<String, usize> =
        groups.iter().zip(0..).map(|(group, at)| (normal(group.name()), at)).collect();
    let mut problem = |message: String, span| {
        packages.problems.push(Problem { kind: ProblemKind::Malformed, message, span });
    };
    let mut taken: Vec<Vec<Taken>> = Vec::with_capacity(groups.len());
    for (by, group) in groups.iter().enumerate() {
        let mut own = Vec::new();
        for include in group.children().filter_map(|one| one.get("include-group")) {
            let name = include.text().unwrap_or_default();
            let span = include.span_of(name);
            match numbers.get(&normal(name)) {
                Some(what) => own.push(Taken { by, what: *what, span }),
                None => problem(format!("there is no group `{name}`"), span),
            }
        }
        taken.push(own);
    }
    for Taken { what, span, .. } in ring::closing(&taken) {
        problem(format!("the group `{}` takes itself in by this", groups[what].name()), span);
    }
}
