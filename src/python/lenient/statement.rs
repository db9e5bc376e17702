//! Lowering of statements.

use tree_sitter::Node;
use unicode_normalization::UnicodeNormalization;

use super::super::tree::{
    Alias, Argument, ArgumentKind, Assign, AugAssign, Call, Class, Compare, CompareOp, Expr, ExprKind, For, Function,
    Handler, If, ImportFrom, Stmt, StmtKind, Try, While, With,
};
use super::{Lowering, children, fields, operator::binary_op, parts, span, span_of_block};
use crate::source::Span;

impl<'a> Lowering<'a, '_> {
    pub(super) fn statements(&mut self, nodes: Vec<Node<'_>>) -> &'a [Stmt<'a>] {
        // What strayed from the header of a compound statement belongs to its body.
        let mut statements = std::mem::take(&mut self.strays);
        for node in nodes {
            if node.is_error() {
                self.salvage(node);
            } else if node.is_named() {
                let statement = self.statement(node);
                statements.push(statement);
            }
            statements.append(&mut self.strays);
        }
        self.list(statements)
    }

    fn block(&mut self, block: Option<Node<'_>>) -> &'a [Stmt<'a>] {
        self.statements(block.map(children).unwrap_or_default())
    }

    fn body(&mut self, node: Node<'_>) -> &'a [Stmt<'a>] {
        let found = ["body", "consequence"].iter().find_map(|name| node.child_by_field_name(name));
        self.block(found.or_else(|| parts(node).into_iter().rfind(|part| part.kind() == "block")))
    }

    fn statement(&mut self, node: Node<'_>) -> Stmt<'a> {
        let give_up = Stmt { span: span(node), kind: StmtKind::Unparsed };
        self.deeper(node, give_up, |this| Stmt { span: span_of_block(node), kind: this.statement_kind(node) })
    }

    fn statement_kind(&mut self, node: Node<'_>) -> StmtKind<'a> {
        self.salvage_inside(node);
        match node.kind() {
            "expression_statement" => self.expression_statement(node),
            "function_definition" => self.function(node, &[]),
            "class_definition" => self.class(node, &[]),
            "decorated_definition" => self.decorated(node),
            "if_statement" => self.branches(node),
            "for_statement" => self.for_(node),
            "while_statement" => self.while_(node),
            "try_statement" => self.try_(node),
            "with_statement" => self.with(node),
            "match_statement" => self.cases(node),
            "import_statement" => StmtKind::Import(self.aliases(node)),
            "import_from_statement" => self.import_from(node),
            "future_import_statement" => {
                let names = self.aliases(node);
                StmtKind::ImportFrom(self.arena.alloc(ImportFrom { module: "__future__", level: 0, names }))
            }
            "return_statement" => {
                StmtKind::Return(parts(node).first().map(|value| &*self.arena.alloc(self.expression(*value))))
            }
            "delete_statement" if self.source(node).starts_with("exec") => self.exec(node),
            "delete_statement" => {
                let targets = parts(node).first().map(|targets| self.elements(*targets)).unwrap_or_default();
                StmtKind::Delete(self.list(targets))
            }
            "raise_statement" => {
                let values: Vec<_> = parts(node).iter().flat_map(|value| self.elements(*value)).collect();
                StmtKind::Raise(self.list(values))
            }
            "assert_statement" => StmtKind::Assert(self.expressions(parts(node))),
            "global_statement" => StmtKind::Global(self.names(node)),
            "nonlocal_statement" => StmtKind::Nonlocal(self.names(node)),
            "print_statement" => self.print(node),
            "type_alias_statement" => self.type_alias(node),
            "pass_statement" => StmtKind::Pass,
            "break_statement" => StmtKind::Break,
            "continue_statement" => StmtKind::Continue,
            _ => StmtKind::Unparsed,
        }
    }

    /// The expressions of an unparenthesised list; anything else is the only one.
    fn elements(&mut self, node: Node<'_>) -> Vec<Expr<'a>> {
        let nodes = if matches!(node.kind(), "expression_list" | "pattern_list") { parts(node) } else { vec![node] };
        nodes.into_iter().map(|node| self.expression(node)).collect()
    }

    fn names(&self, node: Node<'_>) -> &'a [&'a str] {
        self.list(parts(node).into_iter().map(|name| self.name(name)).collect())
    }

    fn expression_statement(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let parts = parts(node);
        let is_tuple = children(node).iter().any(|child| child.kind() == ",");
        match parts.first() {
            Some(assignment) if assignment.kind() == "assignment" => self.assign(*assignment),
            Some(assignment) if assignment.kind() == "augmented_assignment" => self.aug_assign(*assignment),
            Some(value) if !is_tuple => StmtKind::Expr(self.arena.alloc(self.expression(*value))),
            Some(_) => {
                let kind = ExprKind::Tuple(self.expressions(parts));
                StmtKind::Expr(self.arena.alloc(Expr { span: span(node), kind }))
            }
            None => StmtKind::Unparsed,
        }
    }

    fn assign(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let mut targets = Vec::new();
        let mut annotation = None;
        let mut last = Some(node);
        while let Some(assignment) = last.filter(|node| node.kind() == "assignment") {
            targets.extend(assignment.child_by_field_name("left").map(|target| self.expression(target)));
            annotation = assignment.child_by_field_name("type").map(|annotation| self.expression(annotation));
            last = assignment.child_by_field_name("right");
        }
        let targets = self.list(targets);
        let value = last.map(|value| self.expression(value));
        StmtKind::Assign(self.arena.alloc(Assign { targets, type_bounds: &[], annotation, value }))
    }

    fn aug_assign(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let operator = node.child_by_field_name("operator").map(|operator| self.source(operator)).unwrap_or_default();
        let (target, value) = (self.field(node, "left"), self.field(node, "right"));
        match binary_op(operator.trim_end_matches('=')) {
            Some(op) => StmtKind::AugAssign(self.arena.alloc(AugAssign { target, op, value })),
            None => StmtKind::Unparsed,
        }
    }

    fn type_alias(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let (target, value) = (self.field(node, "left"), self.field(node, "right"));
        let targets = self.list(vec![target]);
        StmtKind::Assign(self.arena.alloc(Assign { targets, type_bounds: &[], annotation: None, value: Some(value) }))
    }

    fn decorated(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let decorators = parts(node).into_iter().filter(|part| part.kind() == "decorator");
        let decorators = decorators.filter_map(|part| parts(part).first().map(|part| self.expression(*part))).collect();
        let decorators = self.list(decorators);
        match node.child_by_field_name("definition") {
            Some(definition) if definition.kind() == "class_definition" => self.class(definition, decorators),
            Some(definition) => self.function(definition, decorators),
            None => StmtKind::Unparsed,
        }
    }

    fn function(&mut self, node: Node<'_>, decorators: &'a [Expr<'a>]) -> StmtKind<'a> {
        let Some(name) = node.child_by_field_name("name") else { return StmtKind::Unparsed };
        let parameters = node.child_by_field_name("parameters");
        let function = Function {
            name: self.name(name),
            name_span: span(name),
            decorators,
            type_bounds: self.type_bounds(node),
            parameters: parameters.map(|parameters| self.parameters(parameters)).unwrap_or_default(),
            returns: node
                .child_by_field_name("return_type")
                .map(|returns| &*self.arena.alloc(self.expression(returns))),
            body: self.body(node),
        };
        StmtKind::Function(self.arena.alloc(function))
    }

    fn class(&mut self, node: Node<'_>, decorators: &'a [Expr<'a>]) -> StmtKind<'a> {
        let Some(name) = node.child_by_field_name("name") else { return StmtKind::Unparsed };
        let arguments = node.child_by_field_name("superclasses");
        let class = Class {
            name: self.name(name),
            name_span: span(name),
            decorators,
            type_bounds: self.type_bounds(node),
            arguments: arguments.map(|arguments| self.arguments(arguments)).unwrap_or_default(),
            body: self.body(node),
        };
        StmtKind::Class(self.arena.alloc(class))
    }

    fn type_bounds(&mut self, node: Node<'_>) -> &'a [Expr<'a>] {
        let parameters = node.child_by_field_name("type_parameters").map(parts).unwrap_or_default();
        let bounds = parameters.into_iter().filter_map(|parameter| {
            let constrained = parts(parameter).first().copied().filter(|part| part.kind() == "constrained_type")?;
            parts(constrained).get(1).copied()
        });
        self.expressions(bounds.collect())
    }

    fn branches(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let mut branches = vec![(Some(self.field(node, "condition")), self.body(node))];
        for clause in fields(node, "alternative") {
            self.salvage_inside(clause);
            let test = clause.child_by_field_name("condition").map(|test| self.expression(test));
            branches.push((test, self.body(clause)));
        }
        StmtKind::If(self.arena.alloc(If { branches: self.list(branches) }))
    }

    fn orelse(&mut self, node: Node<'_>) -> &'a [Stmt<'a>] {
        let clause = parts(node).into_iter().find(|part| part.kind() == "else_clause");
        clause.map(|clause| self.body(clause)).unwrap_or_default()
    }

    fn for_(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let (target, iter) = (self.field(node, "left"), self.field(node, "right"));
        let (body, orelse) = (self.body(node), self.orelse(node));
        StmtKind::For(self.arena.alloc(For { target, iter, body, orelse }))
    }

    fn while_(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let test = self.field(node, "condition");
        let (body, orelse) = (self.body(node), self.orelse(node));
        StmtKind::While(self.arena.alloc(While { test, body, orelse }))
    }

    fn with(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let clause = parts(node).into_iter().find(|part| part.kind() == "with_clause");
        let mut items = Vec::new();
        for value in clause.map(parts).unwrap_or_default().iter().filter_map(|item| item.child_by_field_name("value")) {
            items.extend(self.deeper(value, Vec::new(), |this| this.with_items(value)));
        }
        let items = self.list(items);
        StmtKind::With(self.arena.alloc(With { items, body: self.body(node) }))
    }

    /// The grammar may take parenthesised items for one tuple.
    fn with_items(&mut self, value: Node<'_>) -> Vec<(Expr<'a>, Option<Expr<'a>>)> {
        match value.kind() {
            "as_pattern" => {
                let alias = value.child_by_field_name("alias").and_then(|alias| parts(alias).first().copied());
                let target = alias.map(|alias| self.expression(alias));
                parts(value).first().map(|value| (self.expression(*value), target)).into_iter().collect()
            }
            "tuple" | "parenthesized_expression" if parts(value).iter().any(|part| part.kind() == "as_pattern") => {
                let parts = parts(value).into_iter();
                parts.flat_map(|part| self.deeper(part, Vec::new(), |this| this.with_items(part))).collect()
            }
            _ => vec![(self.expression(value), None)],
        }
    }

    fn try_(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let body = self.body(node);
        let (mut handlers, mut finalbody) = (Vec::new(), &[] as &[_]);
        for clause in parts(node) {
            match clause.kind() {
                "except_clause" | "except_group_clause" => handlers.push(self.handler(clause)),
                "finally_clause" => finalbody = self.body(clause),
                _ => {}
            }
        }
        let orelse = self.orelse(node);
        StmtKind::Try(self.arena.alloc(Try { body, handlers: self.list(handlers), orelse, finalbody }))
    }

    /// `except A as e:`, and in Python 2 `except A, e:`.
    fn handler(&mut self, node: Node<'_>) -> Handler<'a> {
        self.salvage_inside(node);
        let values = fields(node, "value");
        let (mut class, mut name) = (values.first().copied(), node.child_by_field_name("alias"));
        if let Some(pattern) = class.filter(|class| class.kind() == "as_pattern") {
            class = parts(pattern).first().copied();
            name = pattern.child_by_field_name("alias");
        } else if let [_, second] = values.as_slice() {
            name = Some(*second);
        }
        Handler {
            span: span_of_block(node),
            class: class.map(|class| self.expression(class)),
            name: name.map(|name| self.name(name)),
            body: self.body(node),
        }
    }

    fn aliases(&mut self, node: Node<'_>) -> &'a [Alias<'a>] {
        let names = fields(node, "name").into_iter().map(|node| {
            let name = node.child_by_field_name("name").unwrap_or(node);
            let asname = node.child_by_field_name("alias").map(|alias| self.name(alias));
            Alias { span: span(node), name: self.dotted(name), asname }
        });
        self.list(names.collect())
    }

    /// A dotted name without the spaces that may stand in it.
    pub(super) fn dotted(&self, node: Node<'_>) -> &'a str {
        let mut name = bumpalo::collections::String::new_in(self.arena);
        name.extend(self.source(node).nfkc().filter(|char| !char.is_whitespace() && *char != '\\'));
        name.into_bump_str()
    }

    fn import_from(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let module = node.child_by_field_name("module_name").map(|module| self.dotted(module)).unwrap_or_default();
        let name = module.trim_start_matches('.');
        let level = u32::try_from(module.len() - name.len()).unwrap_or(0);
        let star = parts(node).into_iter().find(|part| part.kind() == "wildcard_import");
        let names = match star {
            Some(star) => self.list(vec![Alias { span: span(star), name: "*", asname: None }]),
            None => self.aliases(node),
        };
        StmtKind::ImportFrom(self.arena.alloc(ImportFrom { module: name, level, names }))
    }

    /// `print >>file, a, b` as the call that it is in Python 3.
    fn print(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let mut arguments: Vec<_> =
            fields(node, "argument").into_iter().map(|argument| self.positional(argument)).collect();
        let file = parts(node).into_iter().find(|part| part.kind() == "chevron");
        if let Some(file) = file.and_then(|chevron| parts(chevron).first().copied()) {
            arguments.push(Argument { kind: ArgumentKind::Keyword("file"), ..self.positional(file) });
        }
        self.call_of("print", node, arguments)
    }

    /// `exec code in globals, locals` as the call that it is in Python 3. The parser was told that it is a `del`.
    fn exec(&mut self, node: Node<'_>) -> StmtKind<'a> {
        let mut values = parts(node).into_iter().flat_map(|value| self.elements(value)).collect::<Vec<_>>();
        if let Some(ExprKind::Compare(Compare { left, rest: [(CompareOp::In, globals)] })) =
            values.first().map(|value| value.kind)
        {
            values.splice(..1, [*left, *globals]);
        }
        let positional = |value: Expr<'a>| Argument { span: value.span, kind: ArgumentKind::Positional, value };
        self.call_of("exec", node, values.into_iter().map(positional).collect())
    }

    fn positional(&mut self, node: Node<'_>) -> Argument<'a> {
        Argument { span: span(node), kind: ArgumentKind::Positional, value: self.expression(node) }
    }

    fn call_of(&mut self, name: &'static str, node: Node<'_>, arguments: Vec<Argument<'a>>) -> StmtKind<'a> {
        let start = node.start_byte();
        let callee = Expr { span: Span::new(start, start + name.len()), kind: ExprKind::Name(name) };
        let call = self.arena.alloc(Call { callee, arguments: self.list(arguments) });
        StmtKind::Expr(self.arena.alloc(Expr { span: span(node), kind: ExprKind::Call(call) }))
    }
}
