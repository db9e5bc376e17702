//! What can still be read inside of an error: calls that were never closed, strings that never end, imports,
//! assignments, and whole expressions between the debris.

use tree_sitter::Node;

use super::super::tree::{
    Alias, Argument, ArgumentKind, Assign, Attribute, Call, Expr, ExprKind, ImportFrom, Stmt, StmtKind,
};
use super::{Lowering, children, parts, span};
use crate::source::Span;

/// Python's keywords: in an error they may be taken for names.
const KEYWORDS: [&str; 32] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise",
    "return", "try", "while", "with", "yield",
];

/// In more debris than this nothing is put together, so that what is put together nests no deeper.
pub(super) const MAX_ITEMS: usize = 10_000;

impl<'a> Lowering<'a, '_> {
    /// Salvages the errors that stand directly in a node.
    pub(super) fn salvage_inside(&mut self, node: Node<'_>) {
        if node.has_error() {
            for error in children(node).into_iter().filter(Node::is_error) {
                self.salvage(error);
            }
        }
    }

    pub(super) fn salvage(&mut self, error: Node<'_>) {
        self.strays.push(Stmt { span: span(error), kind: StmtKind::Unparsed });
        let items = flat(error);
        let mut at = 0;
        while at < items.len() {
            if let Some(statement) = self.item(&items, &mut at) {
                self.strays.push(statement);
            }
        }
    }

    fn item(&mut self, items: &[Node<'_>], at: &mut usize) -> Option<Stmt<'a>> {
        let first = items[*at];
        let start = first.start_byte();
        let kind = match self.word(first) {
            Some("import") => self.import(items, at),
            Some("from") => self.import_from_items(items, at)?,
            _ if is_statement(first) => {
                *at += 1;
                let before = std::mem::take(&mut self.strays);
                let statement = self.statements(vec![first]);
                let inner = std::mem::replace(&mut self.strays, before);
                self.strays.extend_from_slice(statement);
                self.strays.extend(inner);
                return None;
            }
            _ if first.kind() == "keyword_argument" => {
                *at += 1;
                let targets = self.expressions(super::fields(first, "name"));
                let value = Some(self.field(first, "value"));
                StmtKind::Assign(self.arena.alloc(Assign { targets, type_bounds: &[], annotation: None, value }))
            }
            _ => {
                let value = self.primary(items, at)?;
                let assigned = items.get(*at).is_some_and(|sign| sign.kind() == "=");
                if assigned {
                    *at += 1;
                    let assigned = self.primary(items, at);
                    let targets = self.list(vec![value]);
                    let assign = Assign { targets, type_bounds: &[], annotation: None, value: assigned };
                    StmtKind::Assign(self.arena.alloc(assign))
                } else {
                    StmtKind::Expr(self.arena.alloc(value))
                }
            }
        };
        let end = items.get(at.saturating_sub(1)).map_or(start, Node::end_byte);
        Some(Stmt { span: Span::new(start, end.max(start)), kind })
    }

    fn word(&self, node: Node<'_>) -> Option<&'static str> {
        let text = if node.child_count() == 0 { self.source(node) } else { "" };
        KEYWORDS.into_iter().find(|keyword| *keyword == text)
    }

    /// An expression, and the calls and attributes that follow it in pieces.
    fn primary(&mut self, items: &[Node<'_>], at: &mut usize) -> Option<Expr<'a>> {
        let first = *items.get(*at)?;
        *at += 1;
        let mut value = if first.kind() == "string_start" {
            self.unfinished_string(first, items, at)
        } else if !first.is_named() || self.word(first).is_some() || !is_expression(first) {
            return None;
        } else {
            self.expression(first)
        };
        while items.len() <= MAX_ITEMS
            && let Some(next) = items.get(*at)
        {
            match (next.kind(), items.get(*at + 1)) {
                (".", Some(name)) if name.kind() == "identifier" => {
                    *at += 2;
                    let (start, name_span) = (value.span, span(*name));
                    let attribute = self.arena.alloc(Attribute { value, name: self.name(*name), name_span });
                    value = Expr { span: start.to(name_span), kind: ExprKind::Attribute(attribute) };
                }
                ("(", _) => value = self.unfinished_call(value, items, at),
                _ => break,
            }
        }
        Some(value)
    }

    fn unfinished_call(&mut self, callee: Expr<'a>, items: &[Node<'_>], at: &mut usize) -> Expr<'a> {
        let open = items[*at];
        *at += 1;
        self.deeper(open, callee, |this| {
            let mut arguments: Vec<Argument<'a>> = Vec::new();
            while let Some(item) = items.get(*at) {
                match item.kind() {
                    ")" => {
                        *at += 1;
                        break;
                    }
                    "keyword_argument" | "list_splat" | "dictionary_splat" => {
                        *at += 1;
                        arguments.push(this.argument(*item));
                    }
                    // A new line with a statement of its own starts outside of the call.
                    _ if this.word(*item).is_some() || is_statement(*item) => break,
                    _ => {
                        let value = this.primary(items, at);
                        arguments.extend(value.map(|value| Argument {
                            span: value.span,
                            kind: ArgumentKind::Positional,
                            value,
                        }));
                    }
                }
            }
            let end = items.get(*at - 1).map_or(0, Node::end_byte);
            let last = arguments.last().map_or(callee.span, |argument| argument.span);
            let span = callee.span.to(last).to(Span::new(callee.span.start as usize, end));
            let arguments = this.list(arguments);
            Expr { span, kind: ExprKind::Call(this.arena.alloc(Call { callee, arguments })) }
        })
    }

    /// A string without its end reaches to the end of the line, in triple quotes to that of the text.
    fn unfinished_string(&mut self, start: Node<'_>, items: &[Node<'_>], at: &mut usize) -> Expr<'a> {
        let rest = self.text.get(start.end_byte()..).unwrap_or_default();
        let is_triple = self.source(start).ends_with("\"\"\"") || self.source(start).ends_with("'''");
        let length = if is_triple { rest.len() } else { rest.find(['\n', '\r']).unwrap_or(rest.len()) };
        let end = start.end_byte() + length;
        while items.get(*at).is_some_and(|item| item.start_byte() < end) {
            *at += 1;
        }
        Expr { span: Span::new(start.start_byte(), end), kind: ExprKind::Str(self.str(&rest[..length])) }
    }

    fn import(&mut self, items: &[Node<'_>], at: &mut usize) -> StmtKind<'a> {
        *at += 1;
        StmtKind::Import(self.item_aliases(items, at))
    }

    fn import_from_items(&mut self, items: &[Node<'_>], at: &mut usize) -> Option<StmtKind<'a>> {
        *at += 1;
        let module = items.get(*at).filter(|item| is_dotted(**item) || item.kind() == "relative_import")?;
        let module = self.dotted(*module);
        *at += 1;
        if self.word(*items.get(*at)?) != Some("import") {
            return None;
        }
        *at += 1;
        let name = module.trim_start_matches('.');
        let level = u32::try_from(module.len() - name.len()).unwrap_or(0);
        let names = self.item_aliases(items, at);
        Some(StmtKind::ImportFrom(self.arena.alloc(ImportFrom { module: name, level, names })))
    }

    fn item_aliases(&mut self, items: &[Node<'_>], at: &mut usize) -> &'a [Alias<'a>] {
        let mut names = Vec::new();
        while let Some(item) = items.get(*at) {
            match item.kind() {
                "," | "(" | ")" => {}
                "aliased_import" => {
                    let name = item.child_by_field_name("name").map(|name| self.dotted(name));
                    let asname = item.child_by_field_name("alias").map(|alias| self.name(alias));
                    names.push(Alias { span: span(*item), name: name.unwrap_or_default(), asname });
                }
                "*" | "wildcard_import" => names.push(Alias { span: span(*item), name: "*", asname: None }),
                _ if is_dotted(*item) && self.word(*item).is_none() => {
                    names.push(Alias { span: span(*item), name: self.dotted(*item), asname: None });
                }
                _ => break,
            }
            *at += 1;
        }
        self.list(names)
    }

    /// A dotted name as the attributes that it stands for.
    pub(super) fn dotted_expression(&mut self, node: Node<'_>) -> Expr<'a> {
        let names = parts(node);
        let Some((first, names)) = names.split_first().filter(|_| names.len() <= MAX_ITEMS) else {
            return Self::unparsed(node);
        };
        let mut value = Expr { span: span(*first), kind: ExprKind::Name(self.name(*first)) };
        for name in names {
            let (whole, name_span) = (value.span.to(span(*name)), span(*name));
            let attribute = self.arena.alloc(Attribute { value, name: self.name(*name), name_span });
            value = Expr { span: whole, kind: ExprKind::Attribute(attribute) };
        }
        value
    }
}

/// The parts of an error in order. Errors inside of it, and parts that mean nothing by themselves, are opened.
fn flat(error: Node<'_>) -> Vec<Node<'_>> {
    let mut flat = Vec::new();
    let mut open = vec![error];
    while let Some(node) = open.pop() {
        let is_whole = node.child_count() == 0 || is_statement(node) || is_expression(node) || is_dotted(node);
        if is_whole && node.id() != error.id() || WHOLE.contains(&node.kind()) {
            flat.push(node);
        } else {
            open.extend(children(node).into_iter().rev());
        }
    }
    flat
}

const WHOLE: [&str; 5] = ["keyword_argument", "list_splat", "dictionary_splat", "aliased_import", "relative_import"];

fn is_statement(node: Node<'_>) -> bool {
    node.kind().ends_with("_statement") || node.kind().ends_with("_definition")
}

fn is_dotted(node: Node<'_>) -> bool {
    matches!(node.kind(), "dotted_name" | "identifier")
}

fn is_expression(node: Node<'_>) -> bool {
    const KINDS: [&str; 30] = [
        "attribute",
        "await",
        "binary_operator",
        "boolean_operator",
        "call",
        "comparison_operator",
        "concatenated_string",
        "conditional_expression",
        "dictionary",
        "dictionary_comprehension",
        "dotted_name",
        "ellipsis",
        "expression_list",
        "false",
        "float",
        "generator_expression",
        "identifier",
        "integer",
        "lambda",
        "list",
        "list_comprehension",
        "named_expression",
        "none",
        "not_operator",
        "parenthesized_expression",
        "set",
        "string",
        "subscript",
        "true",
        "tuple",
    ];
    KINDS.contains(&node.kind()) || node.kind() == "unary_operator"
}
