//! [gradle.lockfile](https://docs.gradle.org/current/userguide/dependency_locking.html): lines of
//! `group:artifact:version=configuration,configuration`.

use super::{Entry, Packages};
use crate::package::Ecosystem;
use crate::source::{Problem, ProblemKind, Span};

pub(super) fn lock(text: &str) -> Packages {
    let mut packages = Packages::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches(['\u{feff}', ' ', '\t']);
        let at = start + line.len() - bare.len();
        start += line.len();
        let content = bare.trim_end();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let (coordinates, configurations) = content.split_once('=').unwrap_or((content, ""));
        if coordinates == "empty" {
            continue;
        }
        let Some((name, version)) = coordinates.rsplit_once(':').filter(|(name, _)| name.contains(':')) else {
            let message = "this line is no `group:artifact:version=configurations`".to_owned();
            let span = Span::new(at, at + content.len());
            packages.problems.push(Problem { kind: ProblemKind::Malformed, message, span });
            continue;
        };
        let span = Span::new(at, at + coordinates.len());
        packages.entries.push(Entry {
            version: Some(version.to_owned()),
            is_development: !configurations.is_empty() && configurations.split(',').all(is_for_tests),
            ..Entry::new(Ecosystem::Maven, name, span)
        });
    }
    packages
}

/// `testRuntimeClasspath`, `debugUnitTestCompileClasspath`.
fn is_for_tests(configuration: &str) -> bool {
    configuration.starts_with("test") || configuration.contains("Test")
}
