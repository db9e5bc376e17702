//! Functions that call a function which they are given, as the models say: threads, pools, hooks, `sorted(key=…)`.

use super::Evaluator;
use super::call::Passed;
use crate::event::{Argument, Call};
use crate::model::{CallbackModel, Target};
use crate::value::{Path, Shape, Value};

/// Of what is iterated over, so many elements are each passed in a call of its own.
const MAX_EACH: usize = 64;

impl<'a> Evaluator<'a, '_> {
    /// Calls what the function of this name calls.
    pub(super) fn callbacks(&mut self, path: &'a Path<'a>, call: &'a Call<'a>, passed: Passed<'a>) {
        let knowledge = self.knowledge;
        let models: Vec<&CallbackModel> = path.rows(&knowledge.models.callbacks).collect();
        for model in models {
            let Some(function) = taken(&model.function, call, passed) else { continue };
            let is_callable =
                |value: &Value<'a>| !matches!(value.shape, Shape::Unknown | Shape::None) && !value.is_constant();
            if !function.alternatives().iter().any(is_callable) {
                continue;
            }
            self.call_back(model, function, call, passed);
        }
    }

    fn call_back(&mut self, model: &CallbackModel, function: Value<'a>, call: &'a Call<'a>, passed: Passed<'a>) {
        let positional = || passed.shared.iter().filter(|argument| argument.name.is_none());
        if let Some(at) = model.each.or(model.each_sequence) {
            let rows: Vec<_> = positional().skip(at).map(|argument| self.content(argument.value)).collect();
            let Some(first) = rows.first() else { return };
            let count = match first.shape {
                Shape::Sequence(items) if items.len() <= MAX_EACH => items.len(),
                // One call with any of the elements.
                _ => 0,
            };
            for round in 0..count.max(1) {
                let mut values = Vec::with_capacity(rows.len());
                for row in &rows {
                    values.push(match row.shape {
                        Shape::Sequence(items) if count > 0 => items.get(round).copied().unwrap_or(Value::UNKNOWN),
                        _ => self.element(*row),
                    });
                }
                match (model.each_sequence, values.as_slice()) {
                    (Some(_), [all]) => match self.content(*all).shape {
                        Shape::Sequence(all) => self.invoke(function, all, call.span),
                        _ => self.invoke(function, &[Value::UNKNOWN], call.span),
                    },
                    (_, values) => self.invoke(function, values, call.span),
                };
            }
            return;
        }
        let mut arguments: Vec<Argument<'a>> = Vec::new();
        let mut splat = false;
        if let Some(target) = &model.arguments {
            match taken(target, call, passed).map(|arguments| self.content(arguments).shape) {
                Some(Shape::Sequence(items)) => {
                    arguments.extend(items.iter().map(|item| self.argument(None, *item, call.span)));
                }
                Some(_) => splat = true,
                None => {}
            }
        }
        if let Some(from) = model.from {
            arguments.extend(positional().skip(from).copied());
            splat |= passed.splat;
        }
        if let Some(target) = &model.keywords
            && let Some(Shape::Dict(items)) = taken(target, call, passed).map(|keywords| self.content(keywords).shape)
        {
            for (name, value) in items {
                if let Shape::Str(name) = name.shape {
                    arguments.push(self.argument(Some(name), *value, call.span));
                }
            }
        }
        let says_nothing = model.arguments.is_none() && model.from.is_none();
        if says_nothing || splat {
            // With what it is called is not known.
            arguments.push(self.argument(None, Value::UNKNOWN, call.span));
        }
        let arguments = self.arena.alloc_slice_copy(&arguments);
        self.invoke_with(function, arguments, splat || says_nothing, call.span);
    }
}

/// What a model takes from a call.
fn taken<'a>(target: &Target, call: &Call<'a>, passed: Passed<'a>) -> Option<Value<'a>> {
    if target.receiver {
        return call.receiver;
    }
    let by_name =
        target.arg.as_deref().and_then(|name| passed.shared.iter().find(|argument| argument.name == Some(name)));
    let positional = || passed.shared.iter().filter(|argument| argument.name.is_none()).nth(target.at?);
    by_name.or_else(positional).map(|argument| argument.value)
}
