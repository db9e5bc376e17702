//! The pack: the rules in force, built in and the user's, with their pages.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::clause::Clauses;
use crate::model::Models;
use crate::plain::{plain, plain_lines};
use crate::rule::page::{self, PageError};
use crate::rule::{Match, Rule};
use crate::source::ProblemKind;

/// The table that the build script made of `rules/`.
const TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pack.bin"));
const POLICIES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/policies.bin"));
/// What tells one build's rules, pages and policies from another's: their SHA-256.
pub const DIGEST: &str = env!("RULES_SHA256");
/// The pages' prose and examples, one after the other; touched only when a page is asked for.
const PAGES: &str = include_str!(concat!(env!("OUT_DIR"), "/pages.md"));

/// The built-in policies, from the laxest to the strictest.
///
/// # Panics
/// Never, as [`Pack::builtin`] does not.
#[expect(clippy::expect_used, reason = "the table is part of the binary")]
pub fn policies() -> Vec<Clauses> {
    postcard::from_bytes(POLICIES).expect("the built-in policies are whole")
}

/// Rules in the order of their ids, built in first.
#[derive(Debug)]
pub struct Pack {
    rules: Vec<Rule>,
    pages: Vec<PageText>,
    pub models: Models,
}

#[derive(Debug)]
enum PageText {
    Builtin(Range<usize>),
    User(String),
}

/// A user's page that could not be taken.
#[derive(Debug)]
pub struct PackError {
    pub path: PathBuf,
    pub line: usize,
    pub message: String,
}

impl std::fmt::Display for PackError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The folder may be one of the scanned tree, and no part of it begins a line.
        let message = plain_lines(&self.message).replace('\n', "\n | ");
        write!(formatter, "{}:{}: {message}", plain(&self.path.to_string_lossy()), self.line)
    }
}

impl std::error::Error for PackError {}

impl Pack {
    /// The rules that are built in.
    ///
    /// # Panics
    /// Never for a binary that the build script made: the table is part of it, and a test reads it.
    #[expect(clippy::expect_used, reason = "the table is part of the binary")]
    pub fn builtin() -> Self {
        let (rules, ranges, models): (Vec<Rule>, Vec<Range<usize>>, Models) =
            postcard::from_bytes(TABLE).expect("the built-in table is whole");
        Self { rules, pages: ranges.into_iter().map(PageText::Builtin).collect(), models }
    }

    /// The built-in models and no rule: for pages that are checked by themselves.
    pub fn without_rules() -> Self {
        Self { rules: Vec::new(), pages: Vec::new(), ..Self::builtin() }
    }

    /// Adds every page below a folder (`FOLDER/FAMILY/NAME.md`); gives all errors, not the first.
    pub fn add_folder(&mut self, folder: &Path) -> Result<(), Vec<PackError>> {
        let mut errors = Vec::new();
        for file in pages_below(folder).map_err(|error| vec![error])? {
            match read_page(folder, &file) {
                Ok(page) if self.position(&page.rule.id).is_some() => errors.push(PackError {
                    path: file,
                    line: 1,
                    message: format!("a rule with the id `{}` exists already", page.rule.id),
                }),
                Ok(page) => match self.models.unknown_document(&page.rule.matcher) {
                    Some(name) => errors.push(PackError {
                        path: file,
                        line: 1,
                        message: format!("there is no kind of document `{name}`"),
                    }),
                    None => self.push(page),
                },
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Adds one page, given its id and text.
    pub fn add_page(&mut self, id: &str, text: &str) -> Result<(), PageError> {
        page::parse(id, text).map(|page| self.push(page))
    }

    /// Adds rules that no page tells of: those that a policy makes.
    pub fn add_rules(&mut self, rules: Vec<Rule>) {
        self.pages.extend(rules.iter().map(|_| PageText::User(String::new())));
        self.rules.extend(rules);
    }

    fn push(&mut self, page: page::Page) {
        self.rules.push(page.rule);
        self.pages.push(PageText::User(page.markdown));
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub fn rule(&self, index: u16) -> &Rule {
        &self.rules[usize::from(index)]
    }

    /// The index of a rule by its id.
    pub fn position(&self, id: &str) -> Option<u16> {
        self.rules.iter().position(|rule| rule.id == id).and_then(|index| u16::try_from(index).ok())
    }

    /// The index of the rule that tells of some kind of problem.
    pub fn rule_about(&self, kind: ProblemKind) -> Option<u16> {
        let is_about = |rule: &Rule| matches!(&rule.matcher, Match::Problem(problem) if problem.kind == kind);
        self.rules.iter().position(is_about).and_then(|index| u16::try_from(index).ok())
    }

    /// What the page of a rule says: Markdown from the title on.
    pub fn page(&self, index: u16) -> &str {
        match &self.pages[usize::from(index)] {
            PageText::Builtin(range) => &PAGES[range.clone()],
            PageText::User(text) => text,
        }
    }
}

/// Reads one page of a user's folder.
pub fn read_page(folder: &Path, file: &Path) -> Result<page::Page, PackError> {
    let at = |line: usize, message: String| PackError { path: file.to_owned(), line, message };
    let text = std::fs::read_to_string(file).map_err(|error| at(1, format!("cannot be read: {error}")))?;
    let id = file.strip_prefix(folder).unwrap_or(file).with_extension("").to_string_lossy().replace('\\', "/");
    page::parse(&id, &text).map_err(|PageError { line, message }| at(line, message))
}

/// Every `FAMILY/NAME.md` below a folder, in order.
pub fn pages_below(folder: &Path) -> Result<Vec<PathBuf>, PackError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| PackError { path, line: 1, message: format!("cannot be read: {error}") }
    };
    let mut pages = Vec::new();
    for family in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let family = family.map_err(unreadable(folder))?.path();
        if !family.is_dir() {
            continue;
        }
        for page in std::fs::read_dir(&family).map_err(unreadable(&family))? {
            let page = page.map_err(unreadable(&family))?.path();
            if page.extension().is_some_and(|extension| extension == "md") {
                pages.push(page);
            }
        }
    }
    pages.sort();
    Ok(pages)
}
