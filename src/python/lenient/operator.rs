//! Lowering of operators.

use tree_sitter::Node;

use super::super::tree::{Binary, BinaryOp, Compare, CompareOp, Expr, ExprKind, UnaryOp};
use super::{Lowering, children, parts, salvage::MAX_ITEMS, span};
use crate::source::Span;

impl<'a> Lowering<'a, '_> {
    fn operator(&self, node: Node<'_>) -> &str {
        let operator = node.child_by_field_name("operator");
        let operator = operator.or_else(|| children(node).into_iter().find(|child| !child.is_named()));
        operator.map(|operator| self.source(operator)).unwrap_or_default()
    }

    pub(super) fn binary(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let (parts, op) = (parts(node), binary_op(self.operator(node)));
        if op.and_then(looseness).is_some() {
            return self.bits(node);
        }
        let (Some(op), [left, right]) = (op, parts.as_slice()) else { return ExprKind::Unparsed };
        let (left, right) = (self.expression(*left), self.expression(*right));
        ExprKind::Binary(self.arena.alloc(Binary { op, left, right }))
    }

    /// Operands of `|`, `^` and `&`, and types joined by `|`. The grammar lets `^` bind tighter than `&` and nests types
    /// from the right, so the chain is taken apart and put together as Python does.
    pub(super) fn bits(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let (mut operands, mut waiting) = (Vec::new(), Vec::new());
        let mut open = vec![(node, None)];
        while let Some((node, op_before)) = open.pop() {
            let op = binary_op(self.operator(node)).filter(|op| looseness(*op).is_some());
            match (parts(node).as_slice(), op) {
                ([only], _) if node.kind() == "type" => open.push((*only, op_before)),
                ([left, right], Some(_)) if matches!(node.kind(), "binary_operator" | "union_type") => {
                    open.extend([(*right, op), (*left, op_before)]);
                }
                _ => {
                    while waiting.last().is_some_and(|waiting| looseness(*waiting) <= op_before.and_then(looseness)) {
                        self.join(&mut operands, &mut waiting);
                    }
                    waiting.extend(op_before);
                    operands.push((span(node), self.expression(node)));
                }
            }
        }
        // What is put together here nests as deep as it is long.
        if operands.len() > MAX_ITEMS {
            return ExprKind::Unparsed;
        }
        while !waiting.is_empty() {
            self.join(&mut operands, &mut waiting);
        }
        operands.pop().map_or(ExprKind::Unparsed, |(_, whole)| whole.kind)
    }

    /// Each operand comes with its span, parentheses included.
    fn join(&self, operands: &mut Vec<(Span, Expr<'a>)>, waiting: &mut Vec<BinaryOp>) {
        if let (Some(op), Some((end, right)), Some((start, left))) = (waiting.pop(), operands.pop(), operands.pop()) {
            let (span, kind) = (start.to(end), ExprKind::Binary(self.arena.alloc(Binary { op, left, right })));
            operands.push((span, Expr { span, kind }));
        }
    }

    /// `a and b and c` is one operation with three operands.
    pub(super) fn logical(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let is_and = self.operator(node) == "and";
        let (mut left, mut operands) = (node, Vec::new());
        while left.kind() == "boolean_operator" && (self.operator(left) == "and") == is_and {
            let (Some(next), Some(right)) = (left.child_by_field_name("left"), left.child_by_field_name("right"))
            else {
                return ExprKind::Unparsed;
            };
            operands.push(right);
            left = next;
        }
        operands.push(left);
        operands.reverse();
        ExprKind::Logical(is_and, self.expressions(operands))
    }

    pub(super) fn unary(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let op = match self.operator(node) {
            "-" => UnaryOp::Neg,
            "+" => UnaryOp::Pos,
            _ => UnaryOp::Invert,
        };
        ExprKind::Unary(op, self.only(node))
    }

    pub(super) fn compare(&mut self, node: Node<'_>) -> ExprKind<'a> {
        let operators = {
            let mut cursor = node.walk();
            node.children_by_field_name("operators", &mut cursor).map(|it| compare_op(it.kind())).collect::<Vec<_>>()
        };
        let parts = parts(node);
        let Some((left, rest)) = parts.split_first() else { return ExprKind::Unparsed };
        let left = self.expression(*left);
        let rest = operators.into_iter().zip(rest).map(|(op, right)| (op, self.expression(*right))).collect();
        ExprKind::Compare(self.arena.alloc(Compare { left, rest: self.list(rest) }))
    }
}

/// How loosely the bit operators bind.
fn looseness(op: BinaryOp) -> Option<u8> {
    match op {
        BinaryOp::BitAnd => Some(1),
        BinaryOp::BitXor => Some(2),
        BinaryOp::BitOr => Some(3),
        _ => None,
    }
}

pub(super) fn binary_op(sign: &str) -> Option<BinaryOp> {
    Some(match sign {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "*" => BinaryOp::Mul,
        "@" => BinaryOp::MatMul,
        "/" => BinaryOp::Div,
        "//" => BinaryOp::FloorDiv,
        "%" => BinaryOp::Mod,
        "**" => BinaryOp::Pow,
        "<<" => BinaryOp::ShiftLeft,
        ">>" => BinaryOp::ShiftRight,
        "|" => BinaryOp::BitOr,
        "^" => BinaryOp::BitXor,
        "&" => BinaryOp::BitAnd,
        _ => return None,
    })
}

fn compare_op(sign: &str) -> CompareOp {
    match sign {
        "==" => CompareOp::Eq,
        "<" => CompareOp::Lt,
        "<=" => CompareOp::LtE,
        ">" => CompareOp::Gt,
        ">=" => CompareOp::GtE,
        "is" => CompareOp::Is,
        "is not" => CompareOp::IsNot,
        "in" => CompareOp::In,
        "not in" => CompareOp::NotIn,
        // `!=` and Python 2's `<>`.
        _ => CompareOp::NotEq,
    }
}
