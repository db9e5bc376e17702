//! Temporary.
use super::Evaluator;
use crate::event::Call;
use crate::value::{Path, Shape, Value};

impl<'a> Evaluator<'a, '_> {
    /// Functions of the language whose results are known when their arguments are.
    pub(super) fn known_function(&mut self, path: &'a Path<'a>, call: &'a Call<'a>) -> Option<Value<'a>> {
        let parent = path.parent?;
        let value = |at: usize| call.argument(None, Some(at)).map(|argument| *argument.known());
        let first = value(0);
        match (parent.segment, path.segment) {
            ("builtins", "str") => {
                let text = super::text::rendered(&first?)?;
                Some(self.folded(text, call.span))
            }
            ("builtins", "chr") => match first?.shape {
                Shape::Int(code) => {
                    let character = char::from_u32(u32::try_from(code).ok()?)?;
                    Some(self.folded(&*character.encode_utf8(&mut [0; 4]), call.span))
                }
                _ => None,
            },
            ("builtins", "ord") => {
                let mut characters = match first?.shape {
                    Shape::Str(text) => text.chars(),
                    _ => return None,
                };
                let code = i64::from(u32::from(characters.next()?));
                characters.next().is_none().then_some(Value::of(Shape::Int(code)))
            }
            ("builtins", "len") => match first?.shape {
                Shape::Str(text) if self.budget.read(text.len(), call.span) => {
                    Some(i64::try_from(text.chars().count()).ok()?)
                }
                Shape::Sequence(items) => Some(i64::try_from(items.len()).ok()?),
                _ => None,
            }
            .map(|length| Value::of(Shape::Int(length))),
            ("builtins", "list" | "tuple") => first.filter(|value| matches!(value.shape, Shape::Sequence(_))),
            ("path", "expanduser") if path.is("os.path.expanduser") => first.filter(|value| value.text().is_some()),
            ("path", "join") if path.is("os.path.join") && !call.splat => self.join_paths(call),
            _ => None,
        }
    }

    /// `os.path.join`: an absolute part starts anew; a part that is not known is a hole.
    fn join_paths(&mut self, call: &'a Call<'a>) -> Option<Value<'a>> {
        let mut joined = self.budget.draft();
        for argument in call.arguments {
            let part = super::text::rendered_or_hole(argument.known());
            if part.starts_with('/') {
                joined.clear();
            } else if !joined.text().is_empty() && !joined.text().ends_with('/') {
                joined.push("/");
            }
            joined.push(&part);
        }
        Some(self.drafted(&joined, call.span))
    }
}
