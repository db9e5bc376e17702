//! Lists of requirements that other files take in (`-r deps/base.list`): they are such lists whatever their names, and what is
//! wrong with their being taken in is told where that is written.

use std::collections::{HashMap, HashSet};

use super::ring::{self, Taken};
use super::{Include, READERS, Reader, reader, requirements};
use crate::file_name;
use crate::source::{Problem, ProblemKind};

/// The readers of files that take others in. Texts that only their content tells are left out: every text would be read twice.
const TAKING_IN: &[&str] = &["pyproject.toml", "setup.cfg", "tox.ini", "environment.yml", "requirements"];

const LIST: Reader = Reader {
    name: "requirements that others take in",
    files: &[],
    is_it: None,
    is_lock: false,
    read: requirements::read,
};

/// What is known of a tree's lists before its files are read one by one.
#[derive(Debug, Default)]
pub struct Included {
    lists: HashSet<String>,
    problems: HashMap<String, Vec<Problem>>,
}

/// Whether a file of this path may take others in.
pub fn may_take_in(path: &str) -> bool {
    let is_one = |reader: &Reader| TAKING_IN.contains(&reader.name) && file_name::fits(path, reader.files);
    READERS.iter().any(is_one)
}

/// What an inclusion leads to.
pub enum Leads {
    /// A text of the tree.
    To(String),
    /// A file that is not looked at.
    Elsewhere,
    Nowhere,
}

/// Follows what files take in, from those of which the paths are given. `read` gives the text at a path; for a path that a
/// file (the first argument) takes in, what is there.
pub fn follow(paths: Vec<String>, read: &mut dyn FnMut(Option<&str>, &str) -> Leads) -> Included {
    let mut included = Included::default();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut taken: Vec<Vec<Taken>> = Vec::new();
    // Those that are still to be looked at, with their texts.
    let mut waiting = Vec::new();
    for path in paths {
        if let Leads::To(text) = read(None, &path) {
            numbers.insert(path.clone(), waiting.len());
            waiting.push((path, text));
        }
    }
    let mut at = 0;
    while at < waiting.len() {
        let (path, text) = std::mem::take(&mut waiting[at]);
        let includes = match reader(&path, &text) {
            Some(reader) => reader.read(&text).includes,
            None => requirements::read(&text).includes,
        };
        let mut own = Vec::new();
        for Include { path: written, span, .. } in includes {
            let mut problem = |message: String| {
                let problem = Problem { kind: ProblemKind::Unread, message, span };
                included.problems.entry(path.clone()).or_default().push(problem);
            };
            if written.contains("://") || written.contains("${") {
                problem(format!("what `{written}` names is only known when it is installed, and was not read"));
                continue;
            }
            let other = beside(&path, &written);
            if let Some(what) = numbers.get(&other) {
                own.push(Taken { by: at, what: *what, span });
                continue;
            }
            match read(Some(&path), &other) {
                Leads::To(text) => {
                    own.push(Taken { by: at, what: waiting.len(), span });
                    numbers.insert(other.clone(), waiting.len());
                    included.lists.insert(other.clone());
                    waiting.push((other, text));
                }
                Leads::Elsewhere => {}
                Leads::Nowhere => problem(format!("there is no file `{other}` to take in")),
            }
        }
        waiting[at].0 = path;
        taken.push(own);
        at += 1;
    }
    for Taken { by, what, span } in ring::closing(&taken) {
        let message = format!("`{}` is taken in, which takes this file in, so that pip reads neither", waiting[what].0);
        let problem = Problem { kind: ProblemKind::Malformed, message, span };
        included.problems.entry(waiting[by].0.clone()).or_default().push(problem);
    }
    included
}

/// The path that a file means by one that it writes.
fn beside(path: &str, written: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let written = written.replace('\\', "/");
    let mut parts: Vec<&str> = match written.starts_with('/') {
        true => Vec::new(),
        false => folder.split('/').filter(|_| !folder.is_empty()).collect(),
    };
    for (number, part) in written.split('/').enumerate() {
        match part {
            ".." if parts.last().is_some_and(|last| !matches!(*last, "" | "..")) => {
                parts.pop();
            }
            // Of a path from the root, the first part is empty.
            "" if number > 0 => {}
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl Included {
    /// The reader for a path that others take in.
    pub fn reader(&self, path: &str) -> Option<&'static Reader> {
        self.lists.contains(path).then_some(&LIST)
    }

    /// What is wrong with what a file takes in.
    pub fn problems(&self, path: &str) -> &[Problem] {
        self.problems.get(path).map_or(&[], Vec::as_slice)
    }
}

/// The reader for lists of requirements.
pub fn list() -> &'static Reader {
    &LIST
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &[(&str, &str)] = &[
        ("requirements.txt", "alpha==1\n-r deps/base.list\n--constraint=deps/limits\n-r gone.txt\n"),
        ("deps/base.list", "beta\n-r ./deeper/../more.list\n"),
        ("deps/more.list", "gamma\n-r ../deps/base.list\n-r ../../outside.txt\n"),
        ("deps/limits", "delta<2\n"),
        ("deps/other.list", "epsilon\n"),
        ("a/requirements.txt", "-r https://example.com/r.txt\n-r ${HOME}/r.txt\n-r requirements.txt\n"),
        ("a/setup.cfg", "[options]\ninstall_requires = file: own.list\n"),
        ("a/own.list", "zeta\n"),
    ];

    fn read(by: Option<&str>, path: &str) -> Leads {
        let text = TREE.iter().find(|(known, _)| *known == path).map(|(_, text)| (*text).to_owned());
        match text {
            Some(text) => Leads::To(text),
            None if by.is_some() && path.starts_with("..") => Leads::Elsewhere,
            None => Leads::Nowhere,
        }
    }

    #[test]
    fn what_is_taken_in_is_a_list_and_rings_are_told_once() {
        let roots = TREE.iter().map(|(path, _)| (*path).to_owned()).filter(|path| may_take_in(path)).collect();
        let included = follow(roots, &mut read);
        let mut lists: Vec<_> = included.lists.iter().map(String::as_str).collect();
        lists.sort_unstable();
        assert_eq!(lists, ["a/own.list", "deps/base.list", "deps/limits", "deps/more.list"]);
        assert!(included.reader("deps/limits").is_some() && included.reader("deps/other.list").is_none());
        let mut told = Vec::new();
        for (path, text) in TREE {
            let problems = included.problems(path).iter();
            told.extend(
                problems.map(|problem| format!("{path} `{}` {}", &text[problem.span.range()], problem.message)),
            );
        }
        assert_eq!(
            told,
            [
                "requirements.txt `-r gone.txt` there is no file `gone.txt` to take in",
                "deps/more.list `-r ../deps/base.list` `deps/base.list` is taken in, which takes this file in, so that pip reads neither",
                "a/requirements.txt `-r https://example.com/r.txt` what `https://example.com/r.txt` names is only known when it is installed, and was not read",
                "a/requirements.txt `-r ${HOME}/r.txt` what `${HOME}/r.txt` names is only known when it is installed, and was not read",
                "a/requirements.txt `-r requirements.txt` `a/requirements.txt` is taken in, which takes this file in, so that pip reads neither",
            ]
        );
    }

    #[test]
    fn paths_are_those_beside_the_file() {
        for (path, written, other) in [
            ("a/b.txt", "c.txt", "a/c.txt"),
            ("b.txt", "./c//d.txt", "c/d.txt"),
            ("a/b.txt", "../../c.txt", "../c.txt"),
            ("/a/b.txt", "../c.txt", "/c.txt"),
            ("a/b.txt", "/c.txt", "/c.txt"),
            ("a/b.txt", "x\\c.txt", "a/x/c.txt"),
        ] {
            assert_eq!(beside(path, written), other);
        }
    }
}
