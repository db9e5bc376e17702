//! Versions of every ecosystem, in order.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::range::{Bound, Range};
use super::*;

/// How two versions of an ecosystem stand to each other; `None` where one of them is none.
fn compare(ecosystem: Ecosystem, one: &str, other: &str) -> Option<Ordering> {
    Version::parse(ecosystem, one)?.partial_cmp(&Version::parse(ecosystem, other)?)
}

/// Versions of one ecosystem, lowest first.
const ASCENDING: &[(Ecosystem, &str)] = &[
    (
        Ecosystem::PyPI,
        "1.dev0 1.0.dev456 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 1.0b1.dev456 1.0b2 1.0b2.post345.dev456 1.0b2.post345 \
         1.0rc1.dev456 1.0rc1 1.0 1.0+abc.5 1.0+abc.7 1.0+5 1.0.post456.dev34 1.0.post456 1.0.15 1.1.dev1 1!0.1",
    ),
    (
        Ecosystem::Npm,
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.2.0 1.10.0 2.0.0 \
         99999999999999999999999.0.0",
    ),
    (Ecosystem::Go, "0.0.0-20200101000000-abcdefabcdef 0.1.0 1.21.0 1.22rc1 1.22.0 1.22.1 2.0.0+incompatible"),
    (Ecosystem::RubyGems, "1.0.a.2 1.0.b1 1.0 1.0.1 1.1.pre 1.1 1.10"),
    (Ecosystem::Packagist, "1.0.0-dev 1.0.0-alpha1 1.0.0-beta1 1.0.0-RC1 1.0.0 1.0.0-p1 1.0.1 1.10.0"),
    (
        Ecosystem::Maven,
        "1-alpha-1 1-a2 1-beta-1 1-milestone-1 1-rc-1 1-SNAPSHOT 1 1-sp 1-abc 1-1 1.1 1.2 1.2-foo 2.0.0.RC1 2 10",
    ),
    (Ecosystem::NuGet, "1.0.0-alpha 1.0.0-Beta 1.0.0 1.0.0.1 1.0.1"),
    (Ecosystem::Pub, "1.0.0-dev 1.0.0 1.0.0+1 1.0.0+2 1.0.1"),
];

/// Spellings of one version.
const EQUAL: &[(Ecosystem, &str)] = &[
    (Ecosystem::PyPI, "1.0 1 v1.0.0 01.0"),
    (Ecosystem::PyPI, "1.0rc1 1.0.RC-1 1.0c1 1.0_pre_1"),
    (Ecosystem::PyPI, "1.0.post1 1.0-1 1.0.rev1"),
    (Ecosystem::Npm, "1.2.3 v1.2.3 1.2.3+build"),
    (Ecosystem::RubyGems, "1.0 1.0.0 1"),
    (Ecosystem::Packagist, "1.0 v1.0.0.0 1.0.0-stable"),
    (Ecosystem::Maven, "1 1.0 1.0.0 1-ga 1.0.Final"),
    (Ecosystem::Maven, "1-alpha-1 1-a1 1alpha1"),
    (Ecosystem::NuGet, "1.0 1.0.0.0 1.0.0"),
];

#[test]
fn versions_stand_in_the_order_of_their_ecosystem() {
    for (ecosystem, ascending) in ASCENDING {
        let versions: Vec<&str> = ascending.split_whitespace().collect();
        for (at, one) in versions.iter().enumerate() {
            for (place, other) in versions.iter().enumerate() {
                assert_eq!(
                    compare(*ecosystem, one, other),
                    Some(at.cmp(&place)),
                    "{}: {one} {other}",
                    ecosystem.name()
                );
            }
        }
    }
}

#[test]
fn spellings_of_one_version_are_equal() {
    for (ecosystem, spellings) in EQUAL {
        let spellings: Vec<&str> = spellings.split_whitespace().collect();
        for one in &spellings {
            for other in &spellings {
                assert_eq!(
                    compare(*ecosystem, one, other),
                    Some(Ordering::Equal),
                    "{}: {one} {other}",
                    ecosystem.name()
                );
            }
        }
    }
}

#[test]
fn what_is_no_version_is_none() {
    for (ecosystem, text) in [
        (Ecosystem::PyPI, "2.6.0-cu124"),
        (Ecosystem::PyPI, "latest"),
        (Ecosystem::PyPI, "1.0+"),
        (Ecosystem::Npm, "^1.0.0"),
        (Ecosystem::Npm, "1.0.0-"),
        (Ecosystem::CratesIo, ""),
        (Ecosystem::Go, "master"),
        (Ecosystem::RubyGems, "main"),
        (Ecosystem::Packagist, "dev-master"),
        (Ecosystem::Maven, "${version}"),
        (Ecosystem::Maven, "[1,2)"),
        (Ecosystem::Docker, "1.0"),
    ] {
        assert_eq!(Version::parse(ecosystem, text), None, "{}: {text}", ecosystem.name());
    }
}

fn judged(version: &str, events: &[(Bound, &str)]) -> bool {
    let events: Vec<_> = events.iter().map(|(bound, text)| (*bound, Box::from(*text))).collect();
    Range::new(Ecosystem::PyPI, &events).judge(&Version::parse(Ecosystem::PyPI, version).unwrap()).is_affected
}

#[test]
fn ranges_hold_what_lies_between_their_events() {
    use Bound::{Fixed, Introduced, LastAffected};
    let twice = [(Fixed, "2.2"), (Introduced, "0"), (Introduced, "2.0"), (Fixed, "1.5")];
    assert!(judged("1.4", &twice));
    assert!(!judged("1.5", &twice));
    assert!(judged("2.0", &twice));
    assert!(!judged("2.2", &twice));
    let last = [(Introduced, "1.0"), (LastAffected, "1.2")];
    assert!(!judged("0.9", &last));
    assert!(judged("1.2", &last));
    assert!(!judged("1.2.1", &last));
    let just_one = [(LastAffected, "1.0"), (Introduced, "1.0")];
    assert!(judged("1.0", &just_one));
    assert!(!judged("1.1", &just_one));
    assert!(judged("7", &[(Introduced, "0")]));
    // At one version, what is written first happens first.
    let over_again = [(Introduced, "0"), (Fixed, "1.0"), (Introduced, "1.0"), (Fixed, "2.0")];
    assert!(judged("1.0", &over_again) && judged("1.5", &over_again) && !judged("2.0", &over_again));
    let never = [(Introduced, "1.0"), (Fixed, "1.0")];
    assert!(!judged("1.0", &never) && !judged("1.1", &never));
    // A build of a version is that version.
    let upto = [(Introduced, "0"), (LastAffected, "2.10.0")];
    assert!(judged("2.10.0+cu126", &upto) && !judged("2.10.1", &upto));
}

#[test]
fn bounds_that_are_no_versions_match_nothing() {
    use Bound::{Fixed, Introduced, LastAffected};
    let version = Version::parse(Ecosystem::PyPI, "2.10.0").unwrap();
    let judge = |events: &[(Bound, Box<str>)]| Range::new(Ecosystem::PyPI, events).judge(&version);
    let found = judge(&[(Introduced, "0".into()), (Fixed, "0.2.0-alpha\\.33".into())]);
    assert!(!found.is_affected);
    assert_eq!(found.unevaluable.as_deref(), Some("0.2.0-alpha\\.33"));
    // The builds of PyTorch are written as what they are not.
    let build = [(Introduced, "0".into()), (LastAffected, "2.6.0-cu124".into())];
    assert_eq!(judge(&build), range::Judged::default());
}

proptest! {
    #[test]
    fn orders_are_total(texts in proptest::collection::vec("[0-9]{1,3}([.-]?(a|rc|beta|dev|pre|sp|x)?[0-9]{0,2}){0,4}(\\+[a-z0-9]{1,3})?", 3)) {
        for ecosystem in Ecosystem::all() {
            let versions: Vec<Version> = texts.iter().filter_map(|text| Version::parse(ecosystem, text)).collect();
            for one in &versions {
                prop_assert_eq!(one.partial_cmp(one), Some(Ordering::Equal));
                for other in &versions {
                    prop_assert_eq!(one.partial_cmp(other), other.partial_cmp(one).map(Ordering::reverse));
                    for third in &versions {
                        if one <= other && other <= third {
                            prop_assert!(one <= third, "{:?} {:?} {:?}", one, other, third);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,40}") {
        for ecosystem in Ecosystem::all() {
            if let Some(version) = Version::parse(ecosystem, &text) {
                Range::new(ecosystem, &[(Bound::Introduced, text.as_str().into())]).judge(&version);
            }
        }
    }
}
