//! Lowering of expressions and literals.

use ruff_python_ast as ast;
use ruff_text_size::Ranged;

use super::super::tree::{
    Argument, ArgumentKind, Attribute, Binary, BinaryOp, Call, Compare, CompareOp, Comprehension, ComprehensionKind,
    Conditional, Expr, ExprKind, Generator, Hole, Lambda, Named, Piece, Slice, Subscript, UnaryOp,
};
use super::{Lowering, span};

impl<'a> Lowering<'a> {
    pub(super) fn expressions(self, expressions: &[ast::Expr]) -> &'a [Expr<'a>] {
        self.arena.alloc_slice_fill_iter(expressions.iter().map(|expression| self.expression(expression)))
    }

    pub(super) fn boxed(self, expression: &ast::Expr) -> &'a Expr<'a> {
        self.arena.alloc(self.expression(expression))
    }

    pub(super) fn boxed_option(self, expression: Option<&ast::Expr>) -> Option<&'a Expr<'a>> {
        expression.map(|expression| self.boxed(expression))
    }

    /// One level of nesting costs one frame of this function, so each kind with parts of its own has a function of its
    /// own: the locals of all of them together would make a frame of many kilobytes.
    pub(super) fn expression(self, expression: &ast::Expr) -> Expr<'a> {
        let kind = match expression {
            ast::Expr::Name(node) => ExprKind::Name(self.borrowed(node.range, &node.id)),
            ast::Expr::StringLiteral(node) => ExprKind::Str(self.string(&node.value)),
            ast::Expr::BytesLiteral(node) => ExprKind::Bytes(self.bytes(&node.value)),
            ast::Expr::FString(node) => ExprKind::FString(self.f_string(&node.value)),
            ast::Expr::TString(node) => ExprKind::Template(self.t_string(&node.value)),
            ast::Expr::NumberLiteral(node) => self.number(node),
            ast::Expr::BooleanLiteral(node) => ExprKind::Bool(node.value),
            ast::Expr::NoneLiteral(_) => ExprKind::None,
            ast::Expr::EllipsisLiteral(_) => ExprKind::Ellipsis,
            ast::Expr::Attribute(node) => ExprKind::Attribute(self.attribute(node)),
            ast::Expr::Subscript(node) => ExprKind::Subscript(self.subscript(node)),
            ast::Expr::Slice(node) => ExprKind::Slice(self.slice(node)),
            ast::Expr::Call(node) => ExprKind::Call(self.call(node)),
            ast::Expr::BinOp(node) => ExprKind::Binary(self.binary(node)),
            ast::Expr::BoolOp(node) => ExprKind::Logical(node.op == ast::BoolOp::And, self.expressions(&node.values)),
            ast::Expr::UnaryOp(node) => ExprKind::Unary(unary_op(node.op), self.boxed(&node.operand)),
            ast::Expr::Compare(node) => ExprKind::Compare(self.compare(node)),
            ast::Expr::If(node) => ExprKind::Conditional(self.conditional(node)),
            ast::Expr::Lambda(node) => ExprKind::Lambda(self.lambda(node)),
            ast::Expr::List(node) => ExprKind::List(self.expressions(&node.elts)),
            ast::Expr::Tuple(node) => ExprKind::Tuple(self.expressions(&node.elts)),
            ast::Expr::Set(node) => ExprKind::Set(self.expressions(&node.elts)),
            ast::Expr::Dict(node) => ExprKind::Dict(self.items(node)),
            ast::Expr::ListComp(node) => self.comprehension(ComprehensionKind::List, &node.elt, None, &node.generators),
            ast::Expr::SetComp(node) => self.comprehension(ComprehensionKind::Set, &node.elt, None, &node.generators),
            ast::Expr::DictComp(node) => self.dict_comprehension(node),
            ast::Expr::Generator(node) => {
                self.comprehension(ComprehensionKind::Generator, &node.elt, None, &node.generators)
            }
            ast::Expr::Await(node) => ExprKind::Await(self.boxed(&node.value)),
            ast::Expr::Yield(node) => ExprKind::Yield(self.boxed_option(node.value.as_deref())),
            ast::Expr::YieldFrom(node) => ExprKind::YieldFrom(self.boxed(&node.value)),
            ast::Expr::Starred(node) => ExprKind::Starred(self.boxed(&node.value)),
            ast::Expr::Named(node) => ExprKind::Named(self.named(node)),
            ast::Expr::IpyEscapeCommand(_) => ExprKind::Unparsed,
        };
        Expr { span: span(expression.range()), kind }
    }

    fn attribute(self, node: &ast::ExprAttribute) -> &'a Attribute<'a> {
        let value = self.expression(&node.value);
        self.arena.alloc(Attribute { value, name: self.name(&node.attr), name_span: span(node.attr.range) })
    }

    fn subscript(self, node: &ast::ExprSubscript) -> &'a Subscript<'a> {
        let (value, index) = (self.expression(&node.value), self.expression(&node.slice));
        self.arena.alloc(Subscript { value, index })
    }

    fn slice(self, node: &ast::ExprSlice) -> &'a Slice<'a> {
        let bound = |bound: &Option<Box<ast::Expr>>| bound.as_deref().map(|bound| self.expression(bound));
        self.arena.alloc(Slice { lower: bound(&node.lower), upper: bound(&node.upper), step: bound(&node.step) })
    }

    fn call(self, node: &ast::ExprCall) -> &'a Call<'a> {
        let callee = self.expression(&node.func);
        self.arena.alloc(Call { callee, arguments: self.arguments(&node.arguments) })
    }

    fn binary(self, node: &ast::ExprBinOp) -> &'a Binary<'a> {
        let (left, right) = (self.expression(&node.left), self.expression(&node.right));
        self.arena.alloc(Binary { op: binary_op(node.op), left, right })
    }

    fn conditional(self, node: &ast::ExprIf) -> &'a Conditional<'a> {
        let (test, body) = (self.expression(&node.test), self.expression(&node.body));
        self.arena.alloc(Conditional { test, body, orelse: self.expression(&node.orelse) })
    }

    fn lambda(self, node: &ast::ExprLambda) -> &'a Lambda<'a> {
        let parameters = node.parameters.as_deref().map_or(&[] as &[_], |it| self.parameters(it));
        self.arena.alloc(Lambda { parameters, body: self.expression(&node.body) })
    }

    fn named(self, node: &ast::ExprNamed) -> &'a Named<'a> {
        let (target, value) = (self.expression(&node.target), self.expression(&node.value));
        self.arena.alloc(Named { target, value })
    }

    pub(super) fn arguments(self, node: &ast::Arguments) -> &'a [Argument<'a>] {
        let arguments = node.iter_source_order().map(|argument| {
            let (kind, value) = match argument {
                ast::ArgOrKeyword::Arg(ast::Expr::Starred(star)) => (ArgumentKind::Star, &*star.value),
                ast::ArgOrKeyword::Arg(value) => (ArgumentKind::Positional, value),
                ast::ArgOrKeyword::Keyword(keyword) => match &keyword.arg {
                    Some(name) => (ArgumentKind::Keyword(self.name(name)), &keyword.value),
                    None => (ArgumentKind::DoubleStar, &keyword.value),
                },
            };
            Argument { span: span(argument.range()), kind, value: self.expression(value) }
        });
        self.list(node.len(), arguments)
    }

    fn compare(self, node: &ast::ExprCompare) -> &'a Compare<'a> {
        let rest = node.ops.iter().zip(&node.comparators);
        let rest = rest.map(|(op, right)| (compare_op(*op), self.expression(right)));
        let left = self.expression(&node.left);
        self.arena.alloc(Compare { left, rest: self.arena.alloc_slice_fill_iter(rest) })
    }

    fn items(self, node: &ast::ExprDict) -> &'a [(Option<Expr<'a>>, Expr<'a>)] {
        let items = node.items.iter();
        let items = items.map(|item| (item.key.as_ref().map(|key| self.expression(key)), self.expression(&item.value)));
        self.arena.alloc_slice_fill_iter(items)
    }

    fn comprehension(
        self,
        kind: ComprehensionKind,
        element: &ast::Expr,
        value: Option<&ast::Expr>,
        generators: &[ast::Comprehension],
    ) -> ExprKind<'a> {
        let generators = generators.iter().map(|generator| Generator {
            target: self.expression(&generator.target),
            iter: self.expression(&generator.iter),
            conditions: self.expressions(&generator.ifs),
        });
        let generators = self.arena.alloc_slice_fill_iter(generators);
        let (element, value) = (self.expression(element), value.map(|value| self.expression(value)));
        ExprKind::Comprehension(self.arena.alloc(Comprehension { kind, element, value, generators }))
    }

    /// `{**a for a in b}` has a value only: it becomes the element.
    fn dict_comprehension(self, node: &ast::ExprDictComp) -> ExprKind<'a> {
        let (element, value) = match &node.key {
            Some(key) => (key, Some(&*node.value)),
            None => (&node.value, None),
        };
        self.comprehension(ComprehensionKind::Dict, element, value, &node.generators)
    }

    /// Decimal digits beyond 64 bits are kept as they stand: nothing here computes with them.
    fn number(self, node: &ast::ExprNumberLiteral) -> ExprKind<'a> {
        match &node.value {
            ast::Number::Int(value) => {
                let digits = || self.text.get(span(node.range).range()).unwrap_or_default();
                value.as_i64().map_or_else(|| ExprKind::BigInt(digits()), ExprKind::Int)
            }
            ast::Number::Float(value) => ExprKind::Float(*value),
            ast::Number::Complex { .. } => ExprKind::Complex,
        }
    }

    fn string(self, value: &ast::StringLiteralValue) -> &'a str {
        match value.as_slice() {
            [single] => self.borrowed(single.content_range(), &single.value),
            parts => {
                let mut text = bumpalo::collections::String::with_capacity_in(value.len(), self.arena);
                parts.iter().for_each(|part| text.push_str(&part.value));
                text.into_bump_str()
            }
        }
    }

    fn bytes(self, value: &ast::BytesLiteralValue) -> &'a [u8] {
        match value.as_slice() {
            [single] => self.arena.alloc_slice_copy(&single.value),
            parts => self.list(value.len(), parts.iter().flat_map(|part| part.value.iter().copied())),
        }
    }

    fn f_string(self, value: &ast::FStringValue) -> &'a [Piece<'a>] {
        let mut pieces = bumpalo::collections::Vec::new_in(self.arena);
        for part in value {
            match part {
                ast::FStringPart::Literal(literal) => pieces.push(Piece::Literal {
                    text: self.borrowed(literal.content_range(), &literal.value),
                    span: span(literal.range),
                }),
                ast::FStringPart::FString(part) => pieces.extend(part.elements.iter().map(|it| self.piece(it))),
            }
        }
        pieces.into_bump_slice()
    }

    fn t_string(self, value: &ast::TStringValue) -> &'a [Piece<'a>] {
        let length = value.iter().map(|part| part.elements.len()).sum();
        self.list(length, value.iter().flat_map(|part| part.elements.iter()).map(|it| self.piece(it)))
    }

    fn piece(self, element: &ast::InterpolatedStringElement) -> Piece<'a> {
        match element {
            ast::InterpolatedStringElement::Literal(literal) => {
                Piece::Literal { text: self.borrowed(literal.range, &literal.value), span: span(literal.range) }
            }
            ast::InterpolatedStringElement::Interpolation(hole) => {
                let spec = hole.format_spec.as_deref().map_or(&[] as &[_], |spec| {
                    self.arena.alloc_slice_fill_iter(spec.elements.iter().map(|it| self.piece(it)))
                });
                Piece::Hole(self.arena.alloc(Hole {
                    value: self.expression(&hole.expression),
                    conversion: hole.conversion.to_char(),
                    spec,
                    debug: hole.debug_text.as_ref().map(|debug| self.str(debug.as_str())),
                }))
            }
        }
    }
}

pub(super) fn binary_op(op: ast::Operator) -> BinaryOp {
    match op {
        ast::Operator::Add => BinaryOp::Add,
        ast::Operator::Sub => BinaryOp::Sub,
        ast::Operator::Mult => BinaryOp::Mul,
        ast::Operator::MatMult => BinaryOp::MatMul,
        ast::Operator::Div => BinaryOp::Div,
        ast::Operator::FloorDiv => BinaryOp::FloorDiv,
        ast::Operator::Mod => BinaryOp::Mod,
        ast::Operator::Pow => BinaryOp::Pow,
        ast::Operator::LShift => BinaryOp::ShiftLeft,
        ast::Operator::RShift => BinaryOp::ShiftRight,
        ast::Operator::BitOr => BinaryOp::BitOr,
        ast::Operator::BitXor => BinaryOp::BitXor,
        ast::Operator::BitAnd => BinaryOp::BitAnd,
    }
}

fn unary_op(op: ast::UnaryOp) -> UnaryOp {
    match op {
        ast::UnaryOp::Not => UnaryOp::Not,
        ast::UnaryOp::USub => UnaryOp::Neg,
        ast::UnaryOp::UAdd => UnaryOp::Pos,
        ast::UnaryOp::Invert => UnaryOp::Invert,
    }
}

fn compare_op(op: ast::CmpOp) -> CompareOp {
    match op {
        ast::CmpOp::Eq => CompareOp::Eq,
        ast::CmpOp::NotEq => CompareOp::NotEq,
        ast::CmpOp::Lt => CompareOp::Lt,
        ast::CmpOp::LtE => CompareOp::LtE,
        ast::CmpOp::Gt => CompareOp::Gt,
        ast::CmpOp::GtE => CompareOp::GtE,
        ast::CmpOp::Is => CompareOp::Is,
        ast::CmpOp::IsNot => CompareOp::IsNot,
        ast::CmpOp::In => CompareOp::In,
        ast::CmpOp::NotIn => CompareOp::NotIn,
    }
}
