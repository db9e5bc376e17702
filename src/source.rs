//! A source: bytes with a path and a kind, read once, and the coordinates in which everything speaks of it.

mod shebang;

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A half-open range of byte offsets into the decoded text of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        // A source is refused above the size cap, so offsets always fit.
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end) }
    }

    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A position for people: lines from 1, columns from 1 in Unicode code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
pub struct Point {
    pub line: u32,
    pub column: u32,
}

/// Where in a source something stands, in all the coordinates that reports need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub start: Point,
    pub end: Point,
    pub span: Span,
}

/// What a source is written in, told by its name or first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Python,
    Notebook,
    /// Python as IPython takes it, with commands and magics.
    IPython,
    /// A list of paths that Python reads when it starts, in which lines may be code.
    PathFile,
    /// Text with fenced code. No name says that text is meant to be run: whoever has it says so.
    Markdown,
    Other,
}

impl Kind {
    /// Tells the kind by the file's name alone; `None` where only the first line can tell.
    pub fn of_name(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("py" | "pyi" | "pyw") => Some(Self::Python),
            Some("ipynb") => Some(Self::Notebook),
            Some("ipy") => Some(Self::IPython),
            // Weights of models have the same ending: what is in it tells.
            Some("pth") => None,
            Some(_) => Some(Self::Other),
            None => None,
        }
    }

    /// Tells the kind of an example of a page: what has another name is Python all the same.
    pub fn of_example(path: &str) -> Self {
        match path.rsplit_once('.').map(|(_, extension)| extension) {
            Some("ipynb") => Self::Notebook,
            Some("ipy") => Self::IPython,
            Some("pth") => Self::PathFile,
            Some("md") => Self::Markdown,
            _ => Self::Python,
        }
    }

    /// Tells the kind of a file whose name does not by its first bytes, which hold its `#!` line.
    pub fn of_first_bytes(path: &str, bytes: &[u8]) -> Self {
        if path.ends_with(".pth") {
            let is_text = !bytes.starts_with(b"PK\x03\x04") && !bytes.starts_with(b"\x80") && !bytes.contains(&0);
            return if is_text { Self::PathFile } else { Self::Other };
        }
        if shebang::is_python(bytes) { Self::Python } else { Self::Other }
    }
}

/// Where the bytes of a source come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    File(PathBuf),
    Stdin,
    /// An object of the repository that the scan is about.
    Object(Object),
    /// There should be something, and cannot be had: why.
    Lost(Box<str>),
}

/// The name of an object of git: its hash, SHA-1 or SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Object {
    hash: [u8; 32],
    length: u8,
}

impl Object {
    /// `None` for what is longer than any hash.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut hash = [0; 32];
        hash.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self { hash, length: u8::try_from(bytes.len()).ok()? })
    }

    pub fn bytes(&self) -> &[u8] {
        &self.hash[..self.length as usize]
    }
}

impl std::fmt::Display for Object {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.bytes().iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Object {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

/// What a repository says of a source, where one was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// What the source was before: only findings on lines that this one does not have count.
    pub before: Option<Object>,
    /// The commit in which the content appeared first.
    pub commit: Option<Object>,
}

/// A commit as people are told of it. Whoever made it chose all of the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub id: Box<str>,
    /// Name and address; empty where the commit cannot be read.
    pub author: Box<str>,
    /// When the author says to have made it, as in RFC 3339; empty where the commit does not say.
    pub date: Box<str>,
}

impl Commit {
    /// The beginning of the id, as people write it.
    pub fn short(&self) -> &str {
        self.id.get(..8).unwrap_or(&self.id)
    }
}

/// One file, object of git or standard input to be read.
#[derive(Clone, Debug)]
pub struct Source {
    /// As reports show it: relative to the working directory where that is possible, with `/` between parts.
    pub path: Arc<str>,
    pub content: Content,
    pub kind: Option<Kind>,
    pub past: Past,
}

impl Source {
    /// A source of which no repository was asked anything.
    pub fn new(path: impl Into<Arc<str>>, content: Content, kind: Option<Kind>) -> Self {
        Self { path: path.into(), content, kind, past: Past::default() }
    }

    pub fn file(&self) -> Option<&Path> {
        match &self.content {
            Content::File(path) => Some(path),
            Content::Stdin | Content::Object(_) | Content::Lost(_) => None,
        }
    }
}

/// Why a source, or a part of it, was not analysed. Each is reported as a finding, never skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    /// What happened and what can be done, as one sentence without the path.
    pub message: String,
    pub span: Span,
}

/// The ways in which reading can fail; rule pages match on them with `[match.problem]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The bytes could not be had: permission, vanished, not a regular file, over the size cap.
    Unread,
    /// The bytes are no text in the encoding they claim.
    Undecoded,
    /// The text claims an encoding that hides code from readers (UTF-7, rot13 and the like).
    OddEncoding,
    /// The bytes are another kind of file than the name says, which may be run as what they are.
    Disguised,
    /// A part is in a language or a form that no reader here takes, and that something else may run.
    Unanalysed,
    /// No reader could make sense of (part of) the text, or only the lenient one could.
    Unparsed,
    /// A file of settings is not what its format asks for, or more than is read of one.
    Malformed,
    /// The evaluation ran out of its budget.
    Budget,
    /// A suppression comment that suppresses nothing. No reader reports it: `allow.rs` does.
    UnusedSuppression,
    /// A suppression comment where none may be. As before.
    ForbiddenSuppression,
    /// An entry of the baseline that suppresses nothing (any more). No reader reports it: `baseline.rs` does.
    StaleBaseline,
}

impl ProblemKind {
    /// Whether it says that something was not analysed, or not in full.
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::UnusedSuppression | Self::ForbiddenSuppression | Self::StaleBaseline)
    }
}

/// Something that the text of a source shows by itself, before anything is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    pub kind: SignKind,
    /// What is particular to this place.
    pub message: String,
    pub span: Span,
}

/// What a text can show; rule pages match on it with `[match.sign]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignKind {
    /// A character that changes the order in which text is shown.
    BidirectionalControl,
    /// A mark of writing direction.
    DirectionMark,
    /// A character that is not shown at all.
    InvisibleCharacter,
    /// A control character that terminals and editors obey instead of showing it.
    ControlCharacter,
    /// A CR in the middle of what most editors show as one line: Python ends the line there.
    LoneCarriageReturn,
    /// A name written in letters that Python takes for those of ASCII.
    CompatibilityName,
    /// A name that looks like another one and is not the same.
    LookAlikeName,
    /// Code so far to the right or below that no screen shows it.
    FarCode,
    /// A package that the header of a script asks for.
    ScriptDependency,
    /// Code in a file of paths.
    StartUpLine,
}

/// How many characters start in some bytes of a text.
fn characters(bytes: &[u8]) -> u32 {
    let starts = bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count();
    u32::try_from(starts).unwrap_or(u32::MAX)
}

/// Starts of lines, for turning offsets into points. Lines end at LF, CRLF or a lone CR, as Python counts them.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// How many characters start before each [`STRIDE`] bytes: a line may be as long as the file.
    characters: Vec<u32>,
}

const STRIDE: usize = 512;

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
                continue;
            }
            starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
        }
        let counts = bytes.chunks(STRIDE).scan(0, |before, chunk| {
            let here = *before;
            *before += characters(chunk);
            Some(here)
        });
        Self { starts, characters: counts.collect() }
    }

    /// The line (from 1) on which an offset stands.
    pub fn line(&self, offset: u32) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }

    /// The span of a line (from 1), its end-of-line characters left out.
    pub fn line_span(&self, text: &str, line: u32) -> Span {
        let at = |line: u32| self.starts.get(line as usize).map_or(text.len(), |start| *start as usize);
        let (start, end) = (at(line.saturating_sub(1)), at(line));
        let trimmed = text[start..end].trim_end_matches(['\n', '\r']);
        Span::new(start, start + trimmed.len())
    }

    pub fn lines(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    fn point(&self, text: &str, offset: u32) -> Point {
        let line = self.line(offset);
        let start = self.starts[line as usize - 1] as usize;
        let before = |at: usize| {
            let known = at / STRIDE;
            let rest = &text.as_bytes()[known * STRIDE..at];
            self.characters.get(known).copied().unwrap_or_default() + characters(rest)
        };
        Point { line, column: 1 + before((offset as usize).min(text.len())) - before(start) }
    }

    pub fn place(&self, text: &str, span: Span) -> Place {
        Place { start: self.point(text, span.start), end: self.point(text, span.end), span }
    }
}
