//! Lowering of statements, parameters and patterns.

use ruff_python_ast as ast;
use ruff_text_size::Ranged;

use super::super::tree::{
    Alias, Assign, AugAssign, Case, Class, Expr, ExprKind, For, Function, Handler, If, ImportFrom, Match, Parameter,
    ParameterKind, Pattern, Stmt, StmtKind, Try, While, With,
};
use super::{Lowering, span};

impl<'a> Lowering<'a> {
    pub(super) fn module(self, module: ast::ModModule) -> &'a [Stmt<'a>] {
        self.arena.alloc_slice_fill_iter(module.body.into_iter().map(|statement| self.statement(&statement)))
    }

    pub(super) fn statements(self, statements: &[ast::Stmt]) -> &'a [Stmt<'a>] {
        self.arena.alloc_slice_fill_iter(statements.iter().map(|statement| self.statement(statement)))
    }

    fn statement(self, statement: &ast::Stmt) -> Stmt<'a> {
        let kind = match statement {
            ast::Stmt::FunctionDef(node) => self.function(node),
            ast::Stmt::ClassDef(node) => self.class(node),
            ast::Stmt::Return(node) => StmtKind::Return(self.boxed_option(node.value.as_deref())),
            ast::Stmt::Delete(node) => StmtKind::Delete(self.expressions(&node.targets)),
            ast::Stmt::TypeAlias(node) => {
                self.assign(std::slice::from_ref(&node.name), node.type_params.as_deref(), None, Some(&node.value))
            }
            ast::Stmt::Assign(node) => self.assign(&node.targets, None, None, Some(&node.value)),
            ast::Stmt::AnnAssign(node) => {
                self.assign(std::slice::from_ref(&node.target), None, Some(&node.annotation), node.value.as_deref())
            }
            ast::Stmt::AugAssign(node) => StmtKind::AugAssign(self.arena.alloc(AugAssign {
                target: self.expression(&node.target),
                op: super::expression::binary_op(node.op),
                value: self.expression(&node.value),
            })),
            ast::Stmt::For(node) => StmtKind::For(self.arena.alloc(For {
                target: self.expression(&node.target),
                iter: self.expression(&node.iter),
                body: self.statements(&node.body),
                orelse: self.statements(&node.orelse),
            })),
            ast::Stmt::While(node) => StmtKind::While(self.arena.alloc(While {
                test: self.expression(&node.test),
                body: self.statements(&node.body),
                orelse: self.statements(&node.orelse),
            })),
            ast::Stmt::If(node) => self.branches(node),
            ast::Stmt::With(node) => self.with(node),
            ast::Stmt::Match(node) => self.cases(node),
            ast::Stmt::Raise(node) => StmtKind::Raise(self.one_or_two(node.exc.as_deref(), node.cause.as_deref())),
            ast::Stmt::Try(node) => self.try_(node),
            ast::Stmt::Assert(node) => StmtKind::Assert(self.one_or_two(Some(&node.test), node.msg.as_deref())),
            ast::Stmt::Import(node) => StmtKind::Import(self.aliases(&node.names)),
            ast::Stmt::ImportFrom(node) => StmtKind::ImportFrom(self.arena.alloc(ImportFrom {
                module: node.module.as_ref().map_or("", |module| self.name(module)),
                level: node.level,
                names: self.aliases(&node.names),
            })),
            ast::Stmt::Global(node) => StmtKind::Global(self.names(node.names.iter())),
            ast::Stmt::Nonlocal(node) => StmtKind::Nonlocal(self.names(node.names.iter())),
            ast::Stmt::Expr(node) => StmtKind::Expr(self.boxed(&node.value)),
            ast::Stmt::Pass(_) => StmtKind::Pass,
            ast::Stmt::Break(_) => StmtKind::Break,
            ast::Stmt::Continue(_) => StmtKind::Continue,
            ast::Stmt::IpyEscapeCommand(_) => StmtKind::Unparsed,
        };
        Stmt { span: span(statement.range()), kind }
    }

    fn assign<T: std::borrow::Borrow<ast::Expr>>(
        self,
        targets: &[T],
        type_parameters: Option<&ast::TypeParams>,
        annotation: Option<&ast::Expr>,
        value: Option<&ast::Expr>,
    ) -> StmtKind<'a> {
        let targets = targets.iter().map(|target| self.expression(target.borrow()));
        StmtKind::Assign(self.arena.alloc(Assign {
            targets: self.arena.alloc_slice_fill_iter(targets),
            type_bounds: self.type_bounds(type_parameters),
            annotation: annotation.map(|annotation| self.expression(annotation)),
            value: value.map(|value| self.expression(value)),
        }))
    }

    fn one_or_two(self, first: Option<&ast::Expr>, second: Option<&ast::Expr>) -> &'a [Expr<'a>] {
        let length = usize::from(first.is_some()) + usize::from(second.is_some());
        self.list(length, first.into_iter().chain(second).map(|expression| self.expression(expression)))
    }

    fn function(self, node: &ast::StmtFunctionDef) -> StmtKind<'a> {
        StmtKind::Function(self.arena.alloc(Function {
            name: self.name(&node.name),
            name_span: span(node.name.range),
            decorators: self.decorators(&node.decorator_list),
            type_bounds: self.type_bounds(node.type_params.as_deref()),
            parameters: self.parameters(&node.parameters),
            returns: self.boxed_option(node.returns.as_deref()),
            body: self.statements(&node.body),
        }))
    }

    fn class(self, node: &ast::StmtClassDef) -> StmtKind<'a> {
        StmtKind::Class(self.arena.alloc(Class {
            name: self.name(&node.name),
            name_span: span(node.name.range),
            decorators: self.decorators(&node.decorator_list),
            type_bounds: self.type_bounds(node.type_params.as_deref()),
            arguments: node.arguments.as_deref().map_or(&[], |arguments| self.arguments(arguments)),
            body: self.statements(&node.body),
        }))
    }

    fn decorators(self, decorators: &[ast::Decorator]) -> &'a [Expr<'a>] {
        let decorators = decorators.iter().map(|decorator| self.expression(&decorator.expression));
        self.arena.alloc_slice_fill_iter(decorators)
    }

    /// Bounds and defaults of type parameters: code that runs when somebody asks for them.
    fn type_bounds(self, parameters: Option<&ast::TypeParams>) -> &'a [Expr<'a>] {
        let Some(parameters) = parameters else { return &[] };
        let bounds = parameters.iter().flat_map(|parameter| {
            let (bound, default) = match parameter {
                ast::TypeParam::TypeVar(node) => (node.bound.as_deref(), node.default.as_deref()),
                ast::TypeParam::TypeVarTuple(node) => (None, node.default.as_deref()),
                ast::TypeParam::ParamSpec(node) => (None, node.default.as_deref()),
            };
            bound.into_iter().chain(default)
        });
        self.list(0, bounds.map(|bound| self.expression(bound)))
    }

    pub(super) fn parameters(self, node: &ast::Parameters) -> &'a [Parameter<'a>] {
        let plain = |parameter: &ast::ParameterWithDefault, kind| Parameter {
            default: self.boxed_option(parameter.default.as_deref()),
            span: span(parameter.range),
            ..self.parameter(&parameter.parameter, kind)
        };
        let positional = node.posonlyargs.iter().map(|it| plain(it, ParameterKind::PositionalOnly));
        let parameters = positional
            .chain(node.args.iter().map(|it| plain(it, ParameterKind::Plain)))
            .chain(node.vararg.iter().map(|it| self.parameter(it, ParameterKind::Star)))
            .chain(node.kwonlyargs.iter().map(|it| plain(it, ParameterKind::KeywordOnly)))
            .chain(node.kwarg.iter().map(|it| self.parameter(it, ParameterKind::DoubleStar)));
        self.list(node.len(), parameters)
    }

    fn parameter(self, node: &ast::Parameter, kind: ParameterKind) -> Parameter<'a> {
        Parameter {
            span: span(node.range),
            name: self.name(&node.name),
            kind,
            annotation: self.boxed_option(node.annotation.as_deref()),
            default: None,
        }
    }

    fn branches(self, node: &ast::StmtIf) -> StmtKind<'a> {
        let first = (Some(self.expression(&node.test)), self.statements(&node.body));
        let rest = node
            .elif_else_clauses
            .iter()
            .map(|clause| (clause.test.as_ref().map(|test| self.expression(test)), self.statements(&clause.body)));
        let branches = self.list(1 + node.elif_else_clauses.len(), std::iter::once(first).chain(rest));
        StmtKind::If(self.arena.alloc(If { branches }))
    }

    fn with(self, node: &ast::StmtWith) -> StmtKind<'a> {
        let items = node.items.iter().map(|item| {
            let target = item.optional_vars.as_deref().map(|target| self.expression(target));
            (self.expression(&item.context_expr), target)
        });
        let items = self.arena.alloc_slice_fill_iter(items);
        StmtKind::With(self.arena.alloc(With { items, body: self.statements(&node.body) }))
    }

    fn try_(self, node: &ast::StmtTry) -> StmtKind<'a> {
        let handlers = node.handlers.iter().map(|ast::ExceptHandler::ExceptHandler(handler)| Handler {
            span: span(handler.range),
            class: handler.type_.as_deref().map(|class| self.expression(class)),
            name: handler.name.as_ref().map(|name| self.name(name)),
            body: self.statements(&handler.body),
        });
        StmtKind::Try(self.arena.alloc(Try {
            body: self.statements(&node.body),
            handlers: self.arena.alloc_slice_fill_iter(handlers),
            orelse: self.statements(&node.orelse),
            finalbody: self.statements(&node.finalbody),
        }))
    }

    fn aliases(self, aliases: &[ast::Alias]) -> &'a [Alias<'a>] {
        self.arena.alloc_slice_fill_iter(aliases.iter().map(|alias| Alias {
            span: span(alias.range),
            name: self.name(&alias.name),
            asname: alias.asname.as_ref().map(|name| self.name(name)),
        }))
    }

    fn cases(self, node: &ast::StmtMatch) -> StmtKind<'a> {
        let cases = node.cases.iter().map(|case| Case {
            pattern: self.pattern(&case.pattern),
            guard: case.guard.as_deref().map(|guard| self.expression(guard)),
            body: self.statements(&case.body),
        });
        let cases = self.arena.alloc_slice_fill_iter(cases);
        StmtKind::Match(self.arena.alloc(Match { subject: self.expression(&node.subject), cases }))
    }

    fn pattern(self, pattern: &ast::Pattern) -> Pattern<'a> {
        let name = |name: &Option<ast::Identifier>| name.as_ref().map(|name| self.name(name));
        match pattern {
            ast::Pattern::MatchValue(node) => Pattern::Value(self.boxed(&node.value)),
            ast::Pattern::MatchSingleton(node) => {
                let kind = match node.value {
                    ast::Singleton::None => ExprKind::None,
                    ast::Singleton::True => ExprKind::Bool(true),
                    ast::Singleton::False => ExprKind::Bool(false),
                };
                Pattern::Value(self.arena.alloc(Expr { span: span(node.range), kind }))
            }
            ast::Pattern::MatchSequence(node) => Pattern::Sequence(self.patterns(&node.patterns)),
            ast::Pattern::MatchMapping(node) => Pattern::Mapping {
                keys: self.expressions(&node.keys),
                patterns: self.patterns(&node.patterns),
                rest: name(&node.rest),
            },
            ast::Pattern::MatchClass(node) => {
                let keywords = &node.arguments.keywords;
                let keywords =
                    keywords.iter().map(|keyword| (self.name(&keyword.attr), self.pattern(&keyword.pattern)));
                Pattern::Class {
                    class: self.boxed(&node.cls),
                    patterns: self.patterns(&node.arguments.patterns),
                    keywords: self.arena.alloc_slice_fill_iter(keywords),
                }
            }
            ast::Pattern::MatchStar(node) => Pattern::Bind { pattern: None, name: name(&node.name) },
            ast::Pattern::MatchAs(node) => {
                let pattern = node.pattern.as_deref().map(|pattern| &*self.arena.alloc(self.pattern(pattern)));
                Pattern::Bind { pattern, name: name(&node.name) }
            }
            ast::Pattern::MatchOr(node) => Pattern::Or(self.patterns(&node.patterns)),
        }
    }

    fn patterns(self, patterns: &[ast::Pattern]) -> &'a [Pattern<'a>] {
        self.arena.alloc_slice_fill_iter(patterns.iter().map(|pattern| self.pattern(pattern)))
    }
}
