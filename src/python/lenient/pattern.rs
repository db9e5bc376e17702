//! Lowering of `match` statements.

use tree_sitter::Node;

use super::super::tree::{Case, Expr, ExprKind, Match, Pattern, StmtKind, UnaryOp};
use super::{Lowering, children, fields, parts, span};
use crate::source::Span;

impl<'a> Lowering<'a, '_> {
    pub(super) fn cases(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let subjects = fields(node, "subject");
        let has_comma = children(node).iter().any(|child| child.kind() == ",");
        let subject = match subjects.as_slice() {
            [subject] if !has_comma => self.expression(*subject),
            [first, .., last] | [first @ last] => {
                let span = Span::new(first.start_byte(), last.end_byte());
                Expr { span, kind: ExprKind::Tuple(self.expressions(subjects)) }
            }
            [] => return StmtKind::Unparsed,
        };
        let clauses = node.child_by_field_name("body").map(parts).unwrap_or_default();
        let clauses = clauses.into_iter().filter(|clause| clause.kind() == "case_clause");
        let cases = clauses.map(|clause| self.case(clause)).collect();
        StmtKind::Match(self.arena.alloc(Match { subject, cases: self.list(cases) }))
    }

    fn case(&mut self, node: Node<'_>) -> Case<'a> {
        self.salvage_inside(node);
        let patterns: Vec<_> = parts(node).into_iter().filter(|part| part.kind() == "case_pattern").collect();
        let has_comma = children(node).iter().any(|child| child.kind() == ",");
        let pattern = match patterns.as_slice() {
            [pattern] if !has_comma => self.pattern(*pattern),
            _ => Pattern::Sequence(self.patterns(patterns)),
        };
        let guard = node.child_by_field_name("guard").and_then(|guard| parts(guard).first().copied());
        let guard = guard.map(|guard| self.expression(guard));
        let body = node.child_by_field_name("consequence").map(children).unwrap_or_default();
        Case { pattern, guard, body: self.statements(body) }
    }

    fn patterns(&mut self, nodes: Vec<Node<'_>>) -> &'a [Pattern<'a>] {
        let patterns = nodes.into_iter().map(|node| self.pattern(node)).collect();
        self.list(patterns)
    }

    fn pattern(&mut self, node: Node<'_>) -> Pattern<'a> {
        let nothing = Pattern::Bind { pattern: None, name: None };
        self.deeper(node, nothing, |this| this.pattern_inside(node))
    }

    fn pattern_inside(&mut self, node: Node<'_>) -> Pattern<'a> {
        let inner = parts(node);
        let nothing = Pattern::Bind { pattern: None, name: None };
        match node.kind() {
            "case_pattern" => self.simple_patterns(&children(node)).into_iter().next().unwrap_or(nothing),
            "dotted_name" if inner.len() == 1 => Pattern::Bind { pattern: None, name: self.bound(node) },
            "identifier" => Pattern::Bind { pattern: None, name: self.bound(node) },
            "splat_pattern" => Pattern::Bind { pattern: None, name: inner.first().and_then(|name| self.bound(*name)) },
            "as_pattern" => {
                let pattern = inner.first().map(|pattern| &*self.arena.alloc(self.pattern(*pattern)));
                Pattern::Bind { pattern, name: inner.get(1).and_then(|name| self.bound(*name)) }
            }
            "union_pattern" => {
                let patterns = self.simple_patterns(&children(node));
                Pattern::Or(self.list(patterns))
            }
            // Parentheses around one pattern are no sequence.
            "tuple_pattern" if inner.len() == 1 && !children(node).iter().any(|child| child.kind() == ",") => {
                self.pattern(inner[0])
            }
            "list_pattern" | "tuple_pattern" => Pattern::Sequence(self.patterns(inner)),
            "dict_pattern" => {
                let keys = {
                    let mut cursor = node.walk();
                    node.children_by_field_name("key", &mut cursor).collect::<Vec<_>>()
                };
                let keys = self.simple_patterns(&keys).into_iter().filter_map(|key| match key {
                    Pattern::Value(value) => Some(*value),
                    _ => None,
                });
                let keys = self.list(keys.collect());
                let patterns = self.patterns(fields(node, "value"));
                let rest = inner.iter().rfind(|part| part.kind() == "splat_pattern");
                let rest = rest.and_then(|rest| parts(*rest).first().copied()).and_then(|name| self.bound(name));
                Pattern::Mapping { keys, patterns, rest }
            }
            "class_pattern" => self.class_pattern(node),
            _ => Pattern::Value(self.arena.alloc(self.pattern_value(node))),
        }
    }

    /// Patterns among tokens: a sign stands beside its number, and `_` is no node of its own.
    fn simple_patterns(&mut self, nodes: &[Node<'_>]) -> Vec<Pattern<'a>> {
        let mut patterns = Vec::new();
        let mut sign = None;
        for node in nodes {
            match (node.kind(), sign.take()) {
                ("-", _) => sign = Some(span(*node)),
                ("_", _) => patterns.push(Pattern::Bind { pattern: None, name: None }),
                (_, Some(sign)) => {
                    let kind = ExprKind::Unary(UnaryOp::Neg, self.arena.alloc(self.expression(*node)));
                    patterns.push(Pattern::Value(self.arena.alloc(Expr { span: sign.to(span(*node)), kind })));
                }
                _ if node.is_named() && !node.is_error() => patterns.push(self.pattern(*node)),
                _ => {}
            }
        }
        patterns
    }

    fn bound(&self, node: Node<'_>) -> Option<&'a str> {
        Some(self.name(node)).filter(|name| *name != "_")
    }

    fn class_pattern(&mut self, node: Node<'_>) -> Pattern<'a> {
        let inner = parts(node);
        let Some((class, arguments)) = inner.split_first() else {
            return Pattern::Bind { pattern: None, name: None };
        };
        let class = self.arena.alloc(self.pattern_value(*class));
        let (mut patterns, mut keywords) = (Vec::new(), Vec::new());
        for argument in arguments {
            let keyword = parts(*argument).first().copied().filter(|inner| inner.kind() == "keyword_pattern");
            match keyword.map(children).as_deref() {
                Some([name, _, value @ ..]) => {
                    let value = self.simple_patterns(value).into_iter().next();
                    keywords.push((self.name(*name), value.unwrap_or(Pattern::Bind { pattern: None, name: None })));
                }
                _ => patterns.push(self.pattern(*argument)),
            }
        }
        Pattern::Class { class, patterns: self.list(patterns), keywords: self.list(keywords) }
    }

    /// A value to compare with: dotted names are attributes, as everywhere else.
    fn pattern_value(&mut self, node: Node<'_>) -> Expr<'a> {
        if node.kind() == "complex_pattern" {
            return Expr { span: span(node), kind: ExprKind::Complex };
        }
        if node.kind() != "dotted_name" {
            return self.expression(node);
        }
        self.dotted_expression(node)
    }
}
