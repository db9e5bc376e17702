//! Readers of manifests and lockfiles: what they make of small files, of the beginnings of them, and of what people's editors
//! do to them.

mod builds;
mod java;
mod manifests;
mod others;
mod platforms;

use portcullis::lock::{self, Entry, Origin, Packages};
use portcullis::source::LineIndex;

/// A file, and what is read in it: `line name version origin`, and what else is known, each of the form that [`told`] gives it.
pub(super) struct Sample {
    path: &'static str,
    text: &'static str,
    told: &'static [&'static str],
    /// What stands at the places of the entries.
    places: &'static [&'static str],
    /// Behind what beginnings are cut, where a part of the text speaks of others.
    head: &'static str,
}

fn samples() -> impl Iterator<Item = &'static Sample> {
    [builds::SAMPLES, java::SAMPLES, manifests::SAMPLES, others::SAMPLES, platforms::SAMPLES].into_iter().flatten()
}

fn read(path: &str, text: &str) -> Packages {
    lock::reader(path, text).unwrap_or_else(|| panic!("{path} has no reader")).read(text)
}

/// What a file says by itself of an entry, without what others say of it.
fn brief(text: &str, entry: &Entry) -> String {
    let origin = match &entry.origin {
        Origin::Registry => "registry".to_owned(),
        Origin::Url(url) => format!("url:{url}"),
        Origin::Git { url, commit } => format!("git:{url}#{}", commit.as_deref().unwrap_or("-")),
        Origin::Path => "path".to_owned(),
    };
    let line = LineIndex::new(text).line(entry.span.start);
    let mut told = format!("{line} {} {} {origin}", entry.name, entry.version.as_deref().unwrap_or("-"));
    match entry.is_hashed {
        Some(true) => told.push_str(" hashed"),
        Some(false) => told.push_str(" unhashed"),
        None => {}
    }
    told
}

fn told(text: &str, packages: &Packages, entry: &Entry) -> String {
    let mut told = brief(text, entry);
    told.extend(entry.requirement.iter().flat_map(|requirement| [" asks:", requirement]));
    match entry.is_direct {
        Some(true) => told.push_str(" direct"),
        Some(false) => told.push_str(" indirect"),
        None => {}
    }
    for (is_so, word) in [(entry.is_development, " dev"), (entry.runs_on_install, " runs")] {
        told.push_str(if is_so { word } else { "" });
    }
    told.extend(entry.warning.iter().flat_map(|warning| [" warns:", warning]));
    for need in &entry.needs {
        told.extend([" needs:", &packages.entries[*need as usize].name]);
    }
    told
}

#[test]
fn every_kind_of_file_is_read() {
    for sample in samples() {
        let packages = read(sample.path, sample.text);
        let found: Vec<String> = packages.entries.iter().map(|entry| told(sample.text, &packages, entry)).collect();
        assert_eq!(found, sample.told, "{}", sample.path);
        let places: Vec<&str> = packages.entries.iter().map(|entry| &sample.text[entry.span.range()]).collect();
        assert_eq!(places, sample.places, "{}", sample.path);
        assert_eq!(packages.problems, [], "{}", sample.path);
    }
}

#[test]
fn what_stands_before_a_cut_is_read() {
    for sample in samples() {
        let whole = read(sample.path, sample.text);
        let expected: Vec<String> = whole.entries.iter().map(|entry| brief(sample.text, entry)).collect();
        let head = sample.text.find(sample.head).unwrap() + sample.head.len();
        for tenth in 0..10 {
            let cut = head + (sample.text.len() - head) * tenth / 10;
            let text = &sample.text[..sample.text.floor_char_boundary(cut)];
            let packages = read(sample.path, text);
            let found: Vec<String> = packages.entries.iter().map(|entry| brief(text, entry)).collect();
            // What an entry says ends where the next one begins, at the latest.
            let is_whole = |next: &Entry| (next.span.end as usize) < cut;
            let sure = whole.entries.iter().skip(1).filter(|next| is_whole(next)).count();
            let sure = &expected[..sure];
            assert_eq!(found.get(..sure.len()), Some(sure), "{} up to {cut}:\n{text}", sample.path);
            for span in packages.entries.iter().map(|entry| entry.span).chain(packages.problems.iter().map(|p| p.span))
            {
                assert!(text.get(span.range()).is_some(), "{} up to {cut}: {span:?}", sample.path);
            }
        }
    }
}

#[test]
fn marks_and_line_ends_change_nothing() {
    for sample in samples() {
        for text in [
            format!("\u{feff}{}", sample.text),
            sample.text.replace('\n', "\r\n"),
            format!("\u{feff}{}", sample.text.replace('\n', "\r\n")),
        ] {
            let packages = read(sample.path, &text);
            let found: Vec<String> = packages.entries.iter().map(|entry| told(&text, &packages, entry)).collect();
            assert_eq!(found, sample.told, "{} {text:.20?}", sample.path);
            assert_eq!(packages.problems, [], "{}", sample.path);
        }
    }
}

/// One word of a format a thousand times, and texts of other formats: nothing panics, and places are those of the text.
#[test]
fn nothing_fails_on_any_text() {
    let words = [
        "{",
        "[",
        "\"",
        "<",
        "<a",
        "<a>",
        "${",
        "%{\"a\": {",
        ":",
        "=",
        "@",
        "é",
        "gem \"",
        "FROM $",
        "a:b:",
        "\u{feff}",
    ];
    let repeated = words.iter().map(|word| word.repeat(1000));
    let texts: Vec<String> = repeated.chain(samples().map(|sample| sample.text.to_owned())).collect();
    for sample in samples() {
        for text in &texts {
            let packages = read(sample.path, text);
            for span in packages.entries.iter().map(|entry| entry.span).chain(packages.problems.iter().map(|p| p.span))
            {
                assert!(text.get(span.range()).is_some(), "{}: {span:?} of {text:.40}", sample.path);
            }
        }
    }
}

#[test]
fn what_is_broken_is_told_with_its_place() {
    for (path, text, place) in [
        ("deno.lock", "{\"npm\": {\"alpha@1.0.0\": {}, !}}", "!"),
        ("pom.xml", "<project><dependencies></project>", "<"),
        ("gradle.lockfile", "org.example:alpha:1.0=a\n<<<<<<< HEAD\n", "<<<<<<< HEAD"),
        ("packages.lock.json", "{\"dependencies\": {\"net8.0\": ", ""),
        ("packages.config", "<packages>", ""),
        ("mix.lock", "%{\n  \"alpha\": {:odd, 1},\n}\n", "\"alpha\""),
        ("mix.lock", "%{\n  \"alpha\": {:hex, :alpha, \"1.0\"},\n", ""),
        ("mix.lock", "%{\n<<<<<<< HEAD\n}\n", "<"),
        ("mix.lock", "%{\n  \"alpha\": {:path, \"a},\n", "\"a},\n"),
        ("pubspec.lock", "packages:\n  a: [\n", ""),
        ("composer.json", "{\"require\": [}", "}"),
        (".github/workflows/ci.yml", "jobs: {", ""),
    ] {
        let problems = read(path, text).problems;
        let places: Vec<&str> = problems.iter().map(|problem| &text[problem.span.range()]).collect();
        assert_eq!(places, [place], "{path} {text} {problems:?}");
    }
}
