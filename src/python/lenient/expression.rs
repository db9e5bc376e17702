//! Lowering of expressions.

use tree_sitter::Node;

use super::super::tree::{
    Argument, ArgumentKind, Attribute, Call, Comprehension, ComprehensionKind, Conditional, Expr, ExprKind, Generator,
    Lambda, Named, Slice, Subscript, UnaryOp,
};
use super::{Lowering, children, fields, parts, span};
use crate::source::Span;

impl<'a> Lowering<'a, '_> {
    pub(super) fn expressions(&mut self, nodes: Vec<Node<'_>>) -> &'a [Expr<'a>] {
        let expressions = nodes.into_iter().map(|node| self.expression(node)).collect();
        self.list(expressions)
    }

    pub(super) fn field(&mut self, node: Node<'_>, name: &str) -> Expr<'a> {
        match node.child_by_field_name(name) {
            Some(part) => self.expression(part),
            None => Self::unparsed(node),
        }
    }

    fn boxed(&mut self, node: Option<Node<'_>>) -> Option<&'a Expr<'a>> {
        node.map(|node| &*self.arena.alloc(self.expression(node)))
    }

    /// The part of a node that has one, or the node as it could not be read.
    pub(super) fn only(&mut self, node: Node<'_>) -> &'a Expr<'a> {
        let part = parts(node).first().copied();
        self.boxed(part).unwrap_or_else(|| self.arena.alloc(Self::unparsed(node)))
    }

    pub(super) fn expression(&mut self, node: Node<'_>) -> Expr<'a> {
        self.deeper(node, Self::unparsed(node), |this| {
            this.salvage_inside(node);
            // Parentheses, and the node that only says that a type is meant, leave no trace.
            if is_wrapper(node) {
                return *this.only(node);
            }
            if let Some((_, start)) = this.star.filter(|(star, _)| *star == node.start_byte()) {
                let kind = if is_star(node) { this.only(node).kind } else { this.expression_kind(node) };
                return Expr { span: Span::new(start, node.end_byte()), kind };
            }
            match this.misplaced_star(node) {
                Some(start) => this.starred(node, start),
                None => Expr { span: span(node), kind: this.expression_kind(node) },
            }
        })
    }

    /// The grammar may take the star of `*a.b` for a part of `a`: where the expression starts to which it belongs.
    fn misplaced_star(&self, node: Node<'_>) -> Option<usize> {
        let is_list = matches!(node.kind(), "expression_list" | "pattern_list");
        if is_list || is_star(node) || !self.source(node).starts_with('*') {
            return None;
        }
        let mut first = node;
        while let Some(child) = first.child(0) {
            if is_star(first) {
                return parts(first).first().map(Node::start_byte);
            }
            first = child;
        }
        None
    }

    fn starred(&mut self, node: Node<'_>, start: usize) -> Expr<'a> {
        let before = self.star.replace((node.start_byte(), start));
        let inner = self.expression(node);
        self.star = before;
        Expr { span: span(node), kind: ExprKind::Starred(self.arena.alloc(inner)) }
    }

    /// As in the strict reader, the function for all kinds stays small: it is the frame of one level of nesting.
    fn expression_kind(&mut self, node: Node<'_>) -> ExprKind<'a> {
        match node.kind() {
            "identifier" | "dotted_name" | "_" if !node.is_missing() => ExprKind::Name(self.name(node)),
            "string" => self.strings(&[node]),
            "concatenated_string" => self.strings(&parts(node)),
            "integer" | "float" => self.number(node),
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "none" => ExprKind::None,
            "ellipsis" => ExprKind::Ellipsis,
            "attribute" | "member_type" => self.attribute(node),
            "subscript" | "generic_type" => self.subscript(node),
            "slice" => self.slice(node),
            "call" => self.call(node),
            "union_type" => self.bits(node),
            "binary_operator" => self.binary(node),
            "boolean_operator" => self.logical(node),
            "unary_operator" => self.unary(node),
            "not_operator" => ExprKind::Unary(UnaryOp::Not, self.only(node)),
            "comparison_operator" => self.compare(node),
            "conditional_expression" => self.conditional(node),
            "lambda" => self.lambda(node),
            "list" | "list_pattern" => ExprKind::List(self.expressions(parts(node))),
            "tuple" | "tuple_pattern" | "expression_list" | "pattern_list" => {
                ExprKind::Tuple(self.expressions(parts(node)))
            }
            "set" => ExprKind::Set(self.expressions(parts(node))),
            "dictionary" => self.dictionary(node),
            "list_comprehension" => self.comprehension(ComprehensionKind::List, node),
            "set_comprehension" => self.comprehension(ComprehensionKind::Set, node),
            "dictionary_comprehension" => self.comprehension(ComprehensionKind::Dict, node),
            "generator_expression" => self.comprehension(ComprehensionKind::Generator, node),
            "await" => ExprKind::Await(self.only(node)),
            "yield" if children(node).iter().any(|child| child.kind() == "from") => {
                ExprKind::YieldFrom(self.only(node))
            }
            "yield" => ExprKind::Yield(self.boxed(parts(node).first().copied())),
            "list_splat" | "list_splat_pattern" | "splat_type" => ExprKind::Starred(self.only(node)),
            "parenthesized_list_splat" | "as_pattern_target" => self.only(node).kind,
            "named_expression" => {
                let (target, value) = (self.field(node, "name"), self.field(node, "value"));
                ExprKind::Named(self.arena.alloc(Named { target, value }))
            }
            _ => ExprKind::Unparsed,
        }
    }

    fn attribute(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let name = node.child_by_field_name("attribute").or_else(|| parts(node).get(1).copied());
        let Some(name) = name else { return ExprKind::Unparsed };
        let value = *self.only(node);
        ExprKind::Attribute(self.arena.alloc(Attribute { value, name: self.name(name), name_span: span(name) }))
    }

    /// Several indices are one tuple, up to a comma after the last of them, and so is one with a star.
    fn subscript(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let value = *self.only(node);
        let mut indices = fields(node, "subscript");
        let mut all = children(node);
        if let Some(parameter) = parts(node).get(1).filter(|part| part.kind() == "type_parameter") {
            (indices, all) = (parts(*parameter), children(*parameter));
        }
        let last_comma = all.iter().rfind(|child| child.kind() == ",");
        let index = match (indices.as_slice(), last_comma) {
            ([index], None) if !self.source(*index).starts_with('*') => self.expression(*index),
            ([first, .., last], _) | ([first @ last], _) => {
                let end = last_comma.map_or(0, |comma| comma.end_byte()).max(last.end_byte());
                let span = Span::new(first.start_byte(), end);
                Expr { span, kind: ExprKind::Tuple(self.expressions(indices)) }
            }
            ([], _) => Self::unparsed(node),
        };
        ExprKind::Subscript(self.arena.alloc(Subscript { value, index }))
    }

    fn slice(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let mut bounds = [None; 3];
        let mut at = 0;
        for child in children(node) {
            match child.kind() {
                ":" => at += 1,
                _ if child.is_named() && !child.is_error() && at < bounds.len() => {
                    bounds[at] = Some(self.expression(child));
                }
                _ => {}
            }
        }
        let [lower, upper, step] = bounds;
        ExprKind::Slice(self.arena.alloc(Slice { lower, upper, step }))
    }

    fn call(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let callee = self.field(node, "function");
        let arguments = node.child_by_field_name("arguments").map(|arguments| self.arguments(arguments));
        ExprKind::Call(self.arena.alloc(Call { callee, arguments: arguments.unwrap_or_default() }))
    }

    pub(super) fn arguments(&mut self, node: Node<'_>) -> &'a [Argument<'a>] {
        if node.kind() == "generator_expression" {
            return self.bare_generator(node);
        }
        self.salvage_inside(node);
        let arguments = parts(node).into_iter().map(|part| self.argument(part)).collect();
        self.list(arguments)
    }

    pub(super) fn argument(&mut self, node: Node<'_>) -> Argument<'a> {
        let (kind, value) = match node.kind() {
            "keyword_argument" => {
                let name = node.child_by_field_name("name").map(|name| self.name(name));
                (ArgumentKind::Keyword(name.unwrap_or_default()), self.field(node, "value"))
            }
            "list_splat" => (ArgumentKind::Star, *self.only(node)),
            "dictionary_splat" => (ArgumentKind::DoubleStar, *self.only(node)),
            _ => match self.expression(node) {
                Expr { kind: ExprKind::Starred(value), .. } => (ArgumentKind::Star, *value),
                value => (ArgumentKind::Positional, value),
            },
        };
        let span = if kind == ArgumentKind::Positional { value.span } else { span(node) };
        Argument { span, kind, value }
    }

    /// In `f(x for x in y)` the parentheses are those of the call.
    fn bare_generator(&mut self, node: Node<'_>) -> &'a [Argument<'a>] {
        let mut value = self.expression(node);
        if let (Some(first), Some(last)) = (parts(node).first(), parts(node).last()) {
            value.span = Span::new(first.start_byte(), last.end_byte());
        }
        self.list(vec![Argument { span: value.span, kind: ArgumentKind::Positional, value }])
    }

    fn conditional(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let parts = parts(node);
        let [body, test, orelse] = parts.as_slice() else { return ExprKind::Unparsed };
        let (body, test, orelse) = (self.expression(*body), self.expression(*test), self.expression(*orelse));
        ExprKind::Conditional(self.arena.alloc(Conditional { test, body, orelse }))
    }

    fn lambda(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let parameters = node.child_by_field_name("parameters").map(|parameters| self.parameters(parameters));
        let body = self.field(node, "body");
        ExprKind::Lambda(self.arena.alloc(Lambda { parameters: parameters.unwrap_or_default(), body }))
    }

    fn dictionary(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let items = parts(node).into_iter().map(|item| {
            let key = (item.kind() == "pair").then(|| self.field(item, "key"));
            let value = if key.is_some() { self.field(item, "value") } else { *self.only(item) };
            (key, value)
        });
        let items = items.collect();
        ExprKind::Dict(self.list(items))
    }

    fn comprehension(&mut self, kind: ComprehensionKind, node: Node<'_>) -> ExprKind<'a> {
        let Some(body) = node.child_by_field_name("body") else { return ExprKind::Unparsed };
        let (element, value) = if body.kind() == "pair" {
            (self.field(body, "key"), Some(self.field(body, "value")))
        } else {
            (self.expression(body), None)
        };
        let (mut generators, mut conditions) = (Vec::new(), Vec::new());
        let clauses = parts(node);
        let mut clauses = clauses.iter().skip(1).peekable();
        while let Some(clause) = clauses.next() {
            let (target, iter) = (self.field(*clause, "left"), self.field(*clause, "right"));
            while let Some(condition) = clauses.next_if(|clause| clause.kind() == "if_clause") {
                conditions.push(*self.only(*condition));
            }
            generators.push(Generator { target, iter, conditions: self.list(std::mem::take(&mut conditions)) });
        }
        let generators = self.list(generators);
        ExprKind::Comprehension(self.arena.alloc(Comprehension { kind, element, value, generators }))
    }
}

fn is_wrapper(node: Node<'_>) -> bool {
    match node.kind() {
        "parenthesized_expression" | "type" => parts(node).len() == 1,
        "tuple_pattern" => parts(node).len() == 1 && !children(node).iter().any(|child| child.kind() == ","),
        _ => false,
    }
}

fn is_star(node: Node<'_>) -> bool {
    matches!(node.kind(), "list_splat" | "list_splat_pattern" | "splat_type" | "dictionary_splat")
}
