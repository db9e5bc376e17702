//! rustpython's parser. Its visitor passes over comprehensions, arguments, `with` items and cases, its fold does not.

use std::convert::Infallible;

use portcullis::source::Span;
use rustpython_parser::ast::{ExprCall, Fold, Ranged, Suite, fold::fold_expr_call};
use rustpython_parser::{Parse, text_size::TextRange};

use super::calls::Found;

/// The calls in a text, or nothing where the parser refuses it.
pub(super) fn calls(text: &str) -> Option<Vec<Found>> {
    let mut calls = Calls(Vec::new());
    for statement in Suite::parse(text, "text").ok()? {
        let Ok(_) = calls.fold_stmt(statement);
    }
    calls.0.sort();
    Some(calls.0)
}

struct Calls(Vec<Found>);

impl Fold<TextRange> for Calls {
    type TargetU = TextRange;
    type Error = Infallible;
    type UserContext = ();

    fn will_map_user(&mut self, _: &TextRange) {}

    fn map_user(&mut self, range: TextRange, (): ()) -> Result<TextRange, Infallible> {
        Ok(range)
    }

    fn fold_expr_call(&mut self, call: ExprCall) -> Result<ExprCall, Infallible> {
        let arguments = call.args.len() + call.keywords.len();
        self.0.push(Found { span: span(call.range()), callee: call.func.start().to_u32(), arguments });
        fold_expr_call(self, call)
    }
}

fn span(range: TextRange) -> Span {
    Span::new(range.start().to_usize(), range.end().to_usize())
}
