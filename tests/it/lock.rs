//! Readers of manifests and lockfiles, by what stands in `fixtures/packages`.

mod formats;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use portcullis::lock::{self, Entry, Origin, Packages};
use portcullis::source::LineIndex;

/// Every file there, with its path below the folder.
fn fixtures() -> Vec<(String, String)> {
    fn below(folder: &Path, within: &str, found: &mut Vec<(String, String)>) {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = format!("{within}{}", entry.file_name().to_str().unwrap());
            match entry.file_type().unwrap().is_dir() {
                true => below(&entry.path(), &format!("{path}/"), found),
                false => found.push((path, fs::read_to_string(entry.path()).unwrap())),
            }
        }
    }
    let mut found = Vec::new();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages"), "", &mut found);
    found
}

fn read(path: &str, text: &str) -> Packages {
    lock::reader(path, text).unwrap_or_else(|| panic!("no reader takes {path}")).read(text)
}

/// An entry in one line, with the text at its place.
fn told(entry: &Entry, text: &str, lines: &LineIndex, entries: &[Entry]) -> String {
    let mut told = format!(
        "{:>3} ⟦{}⟧ {} {}",
        lines.line(entry.span.start),
        &text[entry.span.range()],
        entry.ecosystem.name(),
        entry.name
    );
    match (&entry.version, &entry.requirement) {
        (Some(version), _) => write!(told, " = {version}").unwrap(),
        (None, Some(requirement)) => write!(told, " wants {requirement}").unwrap(),
        (None, None) => {}
    }
    match &entry.origin {
        Origin::Registry => {}
        Origin::Path => told.push_str(", of this tree"),
        Origin::Url(url) => write!(told, ", from {url}").unwrap(),
        Origin::Git { url, commit } => {
            write!(told, ", from {url} at {}", commit.as_deref().unwrap_or("any commit")).unwrap()
        }
    }
    let marks = [
        (entry.is_hashed == Some(true), "hashed"),
        (entry.is_hashed == Some(false), "unhashed"),
        (entry.is_direct == Some(true), "direct"),
        (entry.is_development, "for development"),
        (entry.runs_on_install, "runs on install"),
    ];
    marks.iter().filter(|(is_so, _)| *is_so).for_each(|(_, mark)| write!(told, ", {mark}").unwrap());
    if let Some(warning) = &entry.warning {
        write!(told, ", {warning}").unwrap();
    }
    let needs: Vec<_> = entry.needs.iter().map(|need| &*entries[*need as usize].name).collect();
    if !needs.is_empty() {
        write!(told, ", needs {}", needs.join(" ")).unwrap();
    }
    told
}

/// All that a file says, one thing a line.
fn all(packages: &Packages, text: &str) -> String {
    let lines = LineIndex::new(text);
    let mut told: Vec<String> =
        packages.entries.iter().map(|entry| self::told(entry, text, &lines, &packages.entries)).collect();
    let line = |at| lines.line(at);
    told.extend(
        packages.includes.iter().map(|include| format!("{:>3} includes {}", line(include.span.start), include.path)),
    );
    told.extend(
        packages
            .registries
            .iter()
            .map(|one| format!("{:>3} registry {}, extra: {}", line(one.span.start), one.url, one.is_extra)),
    );
    told.extend(
        packages.problems.iter().map(|one| format!("{:>3} {:?}: {}", line(one.span.start), one.kind, one.message)),
    );
    told.join("\n")
}

#[test]
fn every_format_is_read_with_its_places() {
    let mut report = String::new();
    for (path, text) in fixtures() {
        let packages = read(&path, &text);
        assert!(packages.problems.is_empty(), "{path}: {:?}", packages.problems);
        assert!(!packages.entries.is_empty(), "{path}");
        writeln!(report, "{path}\n{}\n", all(&packages, &text)).unwrap();
    }
    insta::assert_snapshot!(report);
}

/// Names and versions, in order.
fn names(packages: &Packages) -> Vec<(String, Option<String>)> {
    packages.entries.iter().map(|entry| (entry.name.clone(), entry.version.clone())).collect()
}

#[test]
fn line_ends_and_a_mark_at_the_start_change_nothing() {
    for (path, text) in fixtures() {
        let plain = names(&read(&path, &text));
        assert_eq!(names(&read(&path, &text.replace('\n', "\r\n"))), plain, "{path} with CRLF");
        assert_eq!(names(&read(&path, text.trim_end_matches('\n'))), plain, "{path} without its last line end");
        // The mark is taken off where bytes become text.
        let bytes = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let decoded = portcullis::python::decode::decode_any(bytes).unwrap();
        assert_eq!(names(&read(&path, &decoded)), plain, "{path} with a byte order mark");
    }
}

/// Every place lies in the text, whatever is cut off, doubled or put in between.
#[test]
fn broken_files_are_read_as_far_as_they_go() {
    for (path, text) in fixtures() {
        for tenth in 0..10 {
            let mut end = text.len() * tenth / 10;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            for broken in [
                text[..end].to_owned(),
                format!("{}\u{0}\u{fffd}{{[\"{}", &text[..end], &text[end..]),
                format!("{}{}", &text[..end], text),
            ] {
                let Some(reader) = lock::reader(&path, &broken) else { continue };
                let packages = reader.read(&broken);
                let spans =
                    packages.entries.iter().map(|entry| entry.span).chain(packages.problems.iter().map(|one| one.span));
                for span in spans {
                    assert!(broken.get(span.range()).is_some(), "{path}: {span:?} in {} bytes", broken.len());
                }
                for entry in &packages.entries {
                    assert!(entry.needs.iter().all(|need| (*need as usize) < packages.entries.len()), "{path}");
                }
            }
        }
    }
}

/// What is too deep, too long or endless ends.
#[test]
fn hostile_files_are_read_to_an_end() {
    let deep = "[".repeat(100_000);
    let maps = "{\"dependencies\":{\"a\":".repeat(30_000);
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned()
        + &"bcdefghi".chars().zip("abcdefgh".chars()).fold(String::new(), |text, (next, last)| {
            text + &format!("{next}: &{next} [{}*{last}]\n", format!("*{last},").repeat(8))
        });
    for (path, text) in fixtures() {
        for hostile in [&deep, &maps, &bomb, &format!("{text}{deep}"), &"\u{0}".repeat(10_000)] {
            if let Some(reader) = lock::reader(&path, hostile) {
                reader.read(hostile);
            }
        }
    }
}

#[test]
fn long_files_lose_nothing() {
    const COUNT: usize = 100_000;
    let of = |one: &dyn Fn(usize) -> String| (0..COUNT).map(one).collect::<String>();
    for (path, text) in [
        ("requirements.txt", of(&|at| format!("package-{at}==1.{at}\n"))),
        ("uv.lock", of(&|at| format!("[[package]]\nname = \"package-{at}\"\nversion = \"1.{at}\"\n"))),
        ("package-lock.json", {
            let all = of(&|at| format!(",\n\"node_modules/package-{at}\":{{\"version\":\"1.{at}.0\"}}"));
            format!("{{\"packages\":{{\"\":{{}}{all}}}}}")
        }),
        (
            "yarn.lock",
            "# yarn lockfile v1\n\n".to_owned() + &of(&|at| format!("package-{at}@^1:\n  version \"1.{at}\"\n\n")),
        ),
        ("go.sum", of(&|at| format!("example.com/package-{at} v1.{at}.0 h1:00=\n"))),
    ] {
        let packages = read(path, &text);
        assert_eq!((packages.entries.len(), packages.problems.len()), (COUNT, 0), "{path}");
        assert!(packages.entries[COUNT - 1].name.ends_with("package-99999"), "{path}");
    }
}
