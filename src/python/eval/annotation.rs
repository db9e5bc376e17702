//! Annotations that are texts: code that runs when somebody asks for the types.

use super::Evaluator;
use super::call::Passed;
use crate::effect::Unresolved;
use crate::event::{Call, Event};
use crate::python::tree::{Expr, ExprKind};
use crate::source::Span;
use crate::value::{Carrier, Path, Shape, Value};

/// So many annotations that are texts are kept.
const MAX_KEPT: usize = 256;

/// The annotations of a module that are texts and do more than to name a type.
#[derive(Default)]
pub(super) struct Annotations<'a> {
    texts: Vec<Value<'a>>,
}

impl<'a> Evaluator<'a, '_> {
    /// Walks an annotation, and keeps what is written as a text in it.
    pub(super) fn annotation(&mut self, annotation: &'a Expr<'a>) {
        let value = self.expression(annotation);
        self.keep_annotation(value);
        if let ExprKind::Subscript(subscript) = annotation.kind {
            self.keep_inside(&subscript.index);
        }
    }

    fn keep_inside(&mut self, expr: &'a Expr<'a>) {
        match expr.kind {
            ExprKind::Str(text) => self.keep_annotation(Value::of(Shape::Str(text))),
            ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().for_each(|item| self.keep_inside(item)),
            ExprKind::Subscript(subscript) => self.keep_inside(&subscript.index),
            _ => {}
        }
    }

    fn keep_annotation(&mut self, value: Value<'a>) {
        if !matches!(value.shape, Shape::Str(text) if text.contains('(')) {
            return;
        }
        if self.annotations.texts.len() < MAX_KEPT {
            self.annotations.texts.push(value);
        }
    }

    /// What a call of a function that reads annotations, or code that is no call's argument, gives.
    pub(super) fn annotation_call(
        &mut self,
        path: &'a Path<'a>,
        call: &'a Call<'a>,
        passed: Passed<'a>,
    ) -> Option<Value<'a>> {
        let first = passed.shared.first().map(|argument| argument.value);
        match (path.parent?.segment, path.segment) {
            (
                "typing" | "typing_extensions" | "annotationlib",
                "get_type_hints" | "evaluate_forward_ref" | "_eval_type",
            )
            | ("inspect" | "annotationlib", "get_annotations" | "signature")
            | ("dataclasses", "_create_fn")
            | ("()", "_evaluate" | "evaluate") => {
                self.annotations_read(path, call, passed);
                None
            }
            ("typing" | "annotationlib", "ForwardRef") => {
                let carrier = Carrier { path: path.then(self.arena, "()"), value: first? };
                Some(Value::of(Shape::Carrier(self.arena.alloc(carrier))))
            }
            (_, "source_to_code") => {
                let compile = self.builtin("compile");
                Some(self.invoke(compile, &[first?], call.span))
            }
            ("functools", "singledispatch" | "singledispatchmethod") => {
                if let Shape::Function(function) = first?.shape {
                    let register = path.then(self.arena, "()").then(self.arena, "register");
                    let register = self.bound_to(Value::path(register), first?);
                    self.set_function_attribute(function, "register", register, call.span);
                }
                first
            }
            ("()", "register") if path.parent?.parent?.segment.starts_with("singledispatch") => {
                self.annotations_read(path, call, passed);
                None
            }
            _ => None,
        }
    }

    /// Follows the functions that evaluate annotations.
    fn annotations_read(&mut self, path: &Path<'a>, call: &Call<'a>, passed: Passed<'a>) {
        let first = passed.shared.first().map(|argument| argument.value);
        match path.segment {
            "get_annotations" | "signature"
                if call.argument(Some("eval_str"), None).is_none_or(|it| it.known().truth() == Some(false)) => {}
            "_create_fn" => {
                let lines = call.argument(Some("body"), Some(2)).map(|lines| self.content(*lines.known()));
                if let Some(Shape::Sequence(lines)) = lines.map(|lines| lines.shape) {
                    for line in lines {
                        self.run_annotation(*line, call.span);
                    }
                }
            }
            "_evaluate" | "evaluate" | "_eval_type" | "evaluate_forward_ref" => {
                let reference = call.receiver.or(first);
                if let Some(Value { shape: Shape::Carrier(carrier), .. }) = reference
                    && carrier.path.segment == "()"
                    && carrier.path.parent.is_some_and(|made| made.segment == "ForwardRef")
                {
                    self.run_annotation(carrier.value, call.span);
                }
            }
            _ => {
                for text in std::mem::take(&mut self.annotations.texts) {
                    self.run_annotation(text, call.span);
                }
                // What was put there by hand.
                if let Some(object) = first {
                    let table = self.attribute(object, "__annotations__", call.span);
                    if let Shape::Dict(items) = self.content(table).shape {
                        for (_, text) in items {
                            self.run_annotation(*text, call.span);
                        }
                    }
                }
            }
        }
    }

    fn run_annotation(&mut self, value: Value<'a>, span: Span) {
        match self.known(value).shape {
            Shape::Str(text) if !text.contains('(') => {}
            Shape::Str(_) => {
                let run = self.builtin("eval");
                self.invoke(run, &[value], span);
            }
            Shape::Partial(_) | Shape::Unknown => self.emit(Event::Unresolved { what: Unresolved::Code, span }),
            _ => {}
        }
    }
}
