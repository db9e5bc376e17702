//! The lenient reader: what the strict one refuses, read by tree-sitter and lowered into the same tree.
//!
//! It knows Python 2, and of truncated files, conflict markers and chat around code it keeps what it can make sense of.

mod expression;
mod literal;
mod operator;
mod parameter;
mod pattern;
mod salvage;
mod statement;

use std::ops::ControlFlow;

use bumpalo::Bump;
use tree_sitter::{Node, ParseOptions, Parser, Range, Tree};
use unicode_normalization::UnicodeNormalization;

use super::tree::{Expr, ExprKind, MAX_DEPTH, Module, Stmt};
use crate::source::{Problem, ProblemKind, Span};

/// tree-sitter takes more than a hundred bytes of memory for one of input.
const MAX_BYTES: usize = 1 << 20;
/// How often the parser may report progress: many times what a file of `MAX_BYTES` needs.
const MAX_STEPS: u32 = 200_000;

/// Reads what can be read of a module. Like the strict reader's, its recursion wants `python::on_large_stack`.
pub fn read<'a>(text: &str, arena: &'a Bump, want_comments: bool) -> Module<'a> {
    let unread = |message: String| Module {
        body: &[],
        problems: vec![Problem { kind: ProblemKind::Unparsed, message, span: Span::new(0, text.len()) }],
        comments: Vec::new(),
    };
    if text.len() > MAX_BYTES {
        return unread(format!("longer than {MAX_BYTES} bytes, the most that is read of what is no valid Python 3"));
    }
    let Some(tree) = parse(&parseable(text), &[]) else {
        return unread("too costly to read as anything but valid Python 3".to_owned());
    };
    let mut lowering = Lowering { arena, text, depth: 0, star: None, strays: Vec::new(), problems: Vec::new() };
    let root = tree.root_node();
    let top = if root.is_error() { vec![root] } else { children(root) };
    let body = lowering.statements(top);
    let comments = if want_comments { comments(&tree) } else { Vec::new() };
    Module { body, problems: lowering.problems, comments }
}

/// Parses the whole, or only some ranges of it.
fn parse(bytes: &[u8], ranges: &[Range]) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
    parser.set_included_ranges(ranges).ok()?;
    let mut steps = 0;
    let mut budget = |_: &tree_sitter::ParseState| {
        steps += 1;
        if steps > MAX_STEPS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut budget);
    parser.parse_with_options(&mut |at, _| &bytes[at.min(bytes.len())..], None, Some(options))
}

/// What the parser gets in place of the text, byte for byte: it knows no lone CR and no null byte, and lines that can
/// be no Python (code fences, conflict markers) would only confuse it. Python 2's `exec` it knows with a name or a string
/// only: as `del` it may have any expression. A call of `type` it may take for the statement of that name.
fn parseable(text: &str) -> Vec<u8> {
    const MARKERS: [&str; 6] = ["```", "~~~", "<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    let mut bytes = text.as_bytes().to_vec();
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let end = start + line.len();
        if MARKERS.iter().any(|marker| line.trim_start().starts_with(marker)) {
            bytes[start..end].iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        }
        for (word, instead, follows) in WORDS {
            for at in starting_statements(line, word, follows) {
                bytes[start + at..][..word.len()].copy_from_slice(instead.as_bytes());
            }
        }
        if bytes[end - 1] == b'\r' && bytes.get(end) != Some(&b'\n') {
            bytes[end - 1] = b'\n';
        }
        start = end;
    }
    bytes.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
    bytes
}

type Follows = fn(char) -> bool;

/// What the grammar misunderstands at the start of a statement, what it gets instead, and what must follow.
const WORDS: [(&str, &str, Follows); 2] = [
    ("exec ", "del  ", |char| char.is_alphanumeric() || "_'\"`".contains(char)),
    ("type", "Type", |char| "([.".contains(char)),
];

fn starting_statements(line: &str, word: &str, follows: Follows) -> impl Iterator<Item = usize> {
    memchr::memmem::find_iter(line.as_bytes(), word).filter(move |at| {
        let starts = matches!(line[..*at].trim_end().chars().next_back(), None | Some(':' | ';'));
        starts && line[at + word.len()..].trim_start().starts_with(follows)
    })
}

fn comments(tree: &Tree) -> Vec<Span> {
    let mut comments = Vec::new();
    let mut cursor = tree.walk();
    loop {
        if cursor.node().kind() == "comment" {
            comments.push(span(cursor.node()));
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return comments;
            }
        }
    }
}

fn span(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

/// The span of a node that may end in a block, without the comments and semicolons that end the block.
fn span_of_block(node: Node<'_>) -> Span {
    let mut last = node;
    while let Some(child) = children(last).into_iter().rfind(|child| child.kind() != ";") {
        last = child;
    }
    Span::new(node.start_byte(), last.end_byte())
}

/// All children but comments and continued lines, which may stand anywhere.
fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).filter(|child| !matches!(child.kind(), "comment" | "line_continuation")).collect()
}

/// The children with a meaning of their own: neither punctuation nor errors, which are salvaged apart.
fn parts(node: Node<'_>) -> Vec<Node<'_>> {
    let mut parts = children(node);
    parts.retain(|child| child.is_named() && !child.is_error());
    parts
}

fn fields<'t>(node: Node<'t>, name: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(name, &mut cursor).filter(|child| child.is_named() && !child.is_error()).collect()
}

/// Copies tree-sitter's nodes into the arena. The methods stand in the files of this module.
struct Lowering<'a, 't> {
    arena: &'a Bump,
    text: &'t str,
    depth: u32,
    /// A misplaced star (`Lowering::starred`) and where the expression starts that it belongs to.
    star: Option<(usize, usize)>,
    /// What was found in errors inside of the statement at hand: it follows that statement.
    strays: Vec<Stmt<'a>>,
    problems: Vec<Problem>,
}

impl<'a, 't> Lowering<'a, 't> {
    fn source(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn str(&self, text: &str) -> &'a str {
        self.arena.alloc_str(text)
    }

    /// A name as Python compares it.
    fn name(&self, node: Node<'_>) -> &'a str {
        let name = self.source(node);
        if name.is_ascii() {
            return self.str(name);
        }
        let mut normal = bumpalo::collections::String::new_in(self.arena);
        normal.extend(name.nfkc());
        normal.into_bump_str()
    }

    fn list<T>(&self, nodes: Vec<T>) -> &'a [T] {
        self.arena.alloc_slice_fill_iter(nodes)
    }

    /// Lowers one level further down, or gives up on it.
    fn deeper<T>(&mut self, node: Node<'_>, give_up: T, lower: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            if self.problems.is_empty() {
                let message = format!("nested more than {MAX_DEPTH} levels deep: not read any further");
                self.problems.push(Problem { kind: ProblemKind::Unparsed, message, span: span(node) });
            }
            return give_up;
        }
        self.depth += 1;
        let lowered = lower(self);
        self.depth -= 1;
        lowered
    }

    fn unparsed(node: Node<'_>) -> Expr<'a> {
        Expr { span: span(node), kind: ExprKind::Unparsed }
    }
}
