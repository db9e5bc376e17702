//! Lowering of literals: numbers, strings with their escapes, and f-strings.

use tree_sitter::{Node, Range};

use super::super::escape::{Literal, Part, unescape};
use super::super::tree::{Argument, ArgumentKind, Call, Expr, ExprKind, Hole, Piece};
use super::{Lowering, children, parse, parts, span};
use crate::source::Span;

/// The letters before the quote.
#[derive(Clone, Copy, Default)]
struct Prefix {
    raw: bool,
    bytes: bool,
    formatted: bool,
    template: bool,
}

impl Prefix {
    fn of(start: &str) -> Self {
        let has = |letter: u8| start.bytes().any(|byte| byte.eq_ignore_ascii_case(&letter));
        Self { raw: has(b'r'), bytes: has(b'b'), formatted: has(b'f') || has(b't'), template: has(b't') }
    }

    fn literal(self) -> Literal {
        Literal { raw: self.raw, bytes: self.bytes, braces: self.formatted }
    }
}

impl<'a> Lowering<'a, '_> {
    /// One string, or several that stand side by side.
    pub(super) fn strings(&mut self, nodes: &[Node<'_>]) -> ExprKind<'a> {
        let prefixes: Vec<Prefix> = nodes.iter().map(|node| self.prefix(*node)).collect();
        if let ([node], Some("`")) = (nodes, nodes.first().map(|node| self.opening(*node))) {
            return self.backticks(*node);
        }
        if prefixes.iter().any(|prefix| prefix.formatted) {
            let mut pieces = Vec::new();
            for (node, prefix) in nodes.iter().zip(&prefixes) {
                if prefix.formatted {
                    self.pieces(*node, *prefix, &mut pieces);
                } else {
                    pieces
                        .push(Piece::Literal { text: self.unescaped(self.content(*node), *prefix), span: span(*node) });
                }
            }
            let pieces = self.list(pieces);
            let is_template = prefixes.iter().any(|prefix| prefix.template);
            return if is_template { ExprKind::Template(pieces) } else { ExprKind::FString(pieces) };
        }
        if prefixes.iter().all(|prefix| prefix.bytes) {
            return ExprKind::Bytes(self.bytes(nodes, &prefixes));
        }
        let mut text = bumpalo::collections::String::new_in(self.arena);
        for (node, prefix) in nodes.iter().zip(&prefixes) {
            text.push_str(self.unescaped(self.content(*node), *prefix));
        }
        ExprKind::Str(text.into_bump_str())
    }

    fn opening(&self, node: Node<'_>) -> &str {
        node.child(0).map(|start| self.source(start)).unwrap_or_default()
    }

    fn prefix(&self, node: Node<'_>) -> Prefix {
        Prefix::of(self.opening(node))
    }

    /// What stands between the quotes. The grammar may take backslashes before the closing quotes for a part of these.
    fn content(&self, node: Node<'_>) -> Span {
        let opening = self.opening(node);
        let quotes = opening.trim_start_matches(|char: char| char.is_ascii_alphabetic()).len();
        let last = node.child_count().checked_sub(1).and_then(|last| node.child(last));
        let closing = if last.is_some_and(|last| last.kind() == "string_end") { quotes } else { 0 };
        let (start, end) = (node.start_byte() + opening.len(), node.end_byte().saturating_sub(closing));
        Span::new(start, end.max(start))
    }

    fn unescaped(&self, content: Span, prefix: Prefix) -> &'a str {
        let mut text = bumpalo::collections::String::new_in(self.arena);
        unescape(self.text.get(content.range()).unwrap_or_default(), prefix.literal(), |part| match part {
            Part::Verbatim(part) => text.push_str(part),
            Part::Char(char) => text.push(char),
        });
        text.into_bump_str()
    }

    fn bytes(&self, nodes: &[Node<'_>], prefixes: &[Prefix]) -> &'a [u8] {
        let mut bytes = bumpalo::collections::Vec::new_in(self.arena);
        for (node, prefix) in nodes.iter().zip(prefixes) {
            let content = self.text.get(self.content(*node).range()).unwrap_or_default();
            unescape(content, prefix.literal(), |part| match part {
                Part::Verbatim(part) => bytes.extend_from_slice(part.as_bytes()),
                // An octal escape may exceed a byte: Python keeps the lowest eight bits.
                Part::Char(char) => bytes.push(u32::from(char).to_le_bytes()[0]),
            });
        }
        bytes.into_bump_slice()
    }

    fn pieces(&mut self, node: Node<'_>, prefix: Prefix, pieces: &mut Vec<Piece<'a>>) {
        let content = self.content(node);
        let holes = parts(node).into_iter().filter(|part| part.kind() == "interpolation").collect();
        self.around_holes(content, holes, prefix, pieces);
    }

    /// Literal text and holes in turn.
    fn around_holes(&mut self, content: Span, holes: Vec<Node<'_>>, prefix: Prefix, pieces: &mut Vec<Piece<'a>>) {
        let mut start = content.start;
        for hole in holes {
            let span = span(hole);
            if start < span.start {
                let before = Span { start, end: span.start };
                pieces.push(Piece::Literal { text: self.unescaped(before, prefix), span: before });
            }
            start = span.end;
            pieces.push(self.hole(hole, prefix));
        }
        if start < content.end {
            let rest = Span { start, end: content.end };
            pieces.push(Piece::Literal { text: self.unescaped(rest, prefix), span: rest });
        }
    }

    fn hole(&mut self, node: Node<'_>, prefix: Prefix) -> Piece<'a> {
        let conversion = node.child_by_field_name("type_conversion");
        let mut spec = Vec::new();
        let mut value = node.child_by_field_name("expression");
        // The grammar takes `{x:=10}` for an assignment: it is a format that starts with `=`.
        if let Some(named) = value.filter(|value| value.kind() == "named_expression") {
            value = named.child_by_field_name("name");
            let start = value.map_or(0, |name| name.end_byte()) + ":".len();
            let format = Span::new(start, node.end_byte().saturating_sub("}".len()));
            spec.push(Piece::Literal { text: self.unescaped(format, prefix), span: format });
        } else if let Some(format) = node.child_by_field_name("format_specifier") {
            let content = Span::new(format.start_byte() + 1, format.end_byte());
            let holes = parts(format).into_iter().filter(|part| part.kind() == "format_expression").collect();
            self.around_holes(content, holes, prefix, &mut spec);
        }
        let hole = Hole {
            value: value.map_or(Self::unparsed(node), |value| self.expression(value)),
            conversion: conversion.and_then(|conversion| self.source(conversion).chars().nth(1)),
            spec: self.list(spec),
            debug: self.debug(node),
        };
        Piece::Hole(self.arena.alloc(hole))
    }

    /// All that stands between the brace and what follows the `=`.
    fn debug(&self, node: Node<'_>) -> Option<&'a str> {
        let children = children(node);
        let sign = children.iter().position(|child| child.kind() == "=")?;
        let (first, after) = (children.first()?, children.get(sign + 1)?);
        Some(self.str(self.text.get(first.end_byte()..after.start_byte())?))
    }

    /// Python 2's short form of `repr(…)`. The grammar takes it for a string, so what it holds is parsed by itself.
    fn backticks(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let range = match children(node).as_slice() {
            [start, .., end] => Range {
                start_byte: start.end_byte(),
                end_byte: end.start_byte(),
                start_point: start.end_position(),
                end_point: end.start_position(),
            },
            _ => return ExprKind::Unparsed,
        };
        let tree = parse(self.text.as_bytes(), &[range]);
        let statement = tree.as_ref().and_then(|tree| parts(tree.root_node()).first().copied());
        let Some(value) = statement.and_then(|statement| parts(statement).first().copied()) else {
            return ExprKind::Unparsed;
        };
        let value = self.expression(value);
        let callee = Expr { span: Span::new(node.start_byte(), node.start_byte() + 1), kind: ExprKind::Name("repr") };
        let argument = Argument { span: value.span, kind: ArgumentKind::Positional, value };
        ExprKind::Call(self.arena.alloc(Call { callee, arguments: self.list(vec![argument]) }))
    }

    /// Python 2 wrote octal numbers with a leading zero and long ones with an `L`.
    pub(super) fn number(&self, node: Node<'_>) -> ExprKind<'a> {
        let digits = self.source(node).replace('_', "").to_ascii_lowercase();
        let whole = digits.trim_end_matches('l');
        let (radix, figures) = match whole.get(..2) {
            Some("0x") => (16, &whole[2..]),
            Some("0o") => (8, &whole[2..]),
            Some("0b") => (2, &whole[2..]),
            _ if node.kind() == "integer" && whole.starts_with('0') => (8, whole),
            _ => (10, whole),
        };
        if radix != 16 && digits.ends_with('j') {
            return ExprKind::Complex;
        }
        if node.kind() == "float" {
            return digits.parse().map_or(ExprKind::Unparsed, ExprKind::Float);
        }
        i64::from_str_radix(figures, radix).map_or_else(|_| ExprKind::BigInt(self.name(node)), ExprKind::Int)
    }
}
