//! The strict reader: Python as the ruff parser accepts it, lowered into our tree.
//!
//! This module and its children are the only ones that name the ruff crates, which promise no stable interface.

mod depth;
mod expression;
mod statement;

use bumpalo::Bump;
use ruff_python_ast::{self as ast, token::TokenKind};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use super::tree::Module;
use crate::source::Span;

/// Why a text was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The text is not Python: the first error.
    Syntax { message: String, span: Span },
    /// Reading the text might need more stack than there is.
    TooDeep(String),
}

/// Reads a module, or tells why not. Syntax of any Python version is accepted.
///
/// Lowering and the drop of ruff's tree recurse as deep as the text nests: call this where the stack is large enough
/// (`python::on_large_stack`).
pub fn read<'a>(text: &'a str, arena: &'a Bump, want_comments: bool) -> Result<Module<'a>, Refusal> {
    if let Some(reason) = depth::refusal(text) {
        return Err(Refusal::TooDeep(reason));
    }
    // The parser asserts much about itself while it recovers from errors: a failure of it is one of this text only.
    let Ok(parsed) = std::panic::catch_unwind(|| parse_unchecked(text, ParseOptions::from(Mode::Module))) else {
        return Err(Refusal::Syntax { message: "the parser failed".to_owned(), span: Span::default() });
    };
    if let Some(error) = parsed.errors().first() {
        return Err(Refusal::Syntax { message: error.error.to_string(), span: span(error.location) });
    }
    let comments = if want_comments { comments(&parsed) } else { Vec::new() };
    // The tokens go first, and each statement as soon as it is lowered: the two trees are never whole side by side.
    let body = match parsed.into_syntax() {
        ast::Mod::Module(module) => Lowering { arena, text }.module(module),
        ast::Mod::Expression(_) => &[],
    };
    Ok(Module { body, problems: Vec::new(), comments })
}

fn comments(parsed: &Parsed<ast::Mod>) -> Vec<Span> {
    let comments = parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment);
    comments.map(|token| span(token.range())).collect()
}

fn span(range: TextRange) -> Span {
    Span { start: range.start().to_u32(), end: range.end().to_u32() }
}

/// Copies ruff's nodes into the arena. The methods, one for each kind of node, stand in the files of this module.
#[derive(Clone, Copy)]
struct Lowering<'a> {
    arena: &'a Bump,
    text: &'a str,
}

impl<'a> Lowering<'a> {
    fn str(self, text: &str) -> &'a str {
        self.arena.alloc_str(text)
    }

    /// Text as it stands in the source, where the parser took it as it stands; a copy where it has escapes, or is a name that
    /// was normalised. What is borrowed from the source lies close together, which look-ups of names feel.
    fn borrowed(self, range: TextRange, text: &str) -> &'a str {
        match self.text.get(span(range).range()) {
            Some(source) if source == text => source,
            _ => self.str(text),
        }
    }

    fn name(self, name: &ast::Identifier) -> &'a str {
        self.borrowed(name.range, name)
    }

    fn names<'n>(self, names: impl ExactSizeIterator<Item = &'n ast::Identifier>) -> &'a [&'a str] {
        self.arena.alloc_slice_fill_iter(names.map(|name| self.name(name)))
    }

    /// A list whose length is only known from the side.
    fn list<T>(self, length: usize, nodes: impl Iterator<Item = T>) -> &'a [T] {
        let mut list = bumpalo::collections::Vec::with_capacity_in(length, self.arena);
        list.extend(nodes);
        list.into_bump_slice()
    }
}
