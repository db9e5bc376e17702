//! Loops and comprehensions: walked once for any round, and then round by round where all is known that decides them.

use super::Evaluator;
use super::scope::Kind;
use super::statement::Flow;
use crate::python::tree::{self, ComprehensionKind, Expr, Stmt};
use crate::value::{Shape, Value};

impl<'a> Evaluator<'a, '_> {
    pub(super) fn for_statement(&mut self, statement: &'a tree::For<'a>) -> Flow {
        let items = self.expression(&statement.iter);
        let items = self.iterated(items, statement.iter.span);
        let known = match items.shape {
            Shape::Sequence(items) if items.len() <= self.care.rounds && self.care.replay() => Some(items),
            _ => None,
        };
        if let (Some(items), true) = (known, self.is_replaying()) {
            // The body was walked for any round already.
            if let Some(flow) = self.rounds(statement.body, |evaluator, round| {
                items.get(round).map(|item| {
                    evaluator.assign_to(&statement.target, *item, None);
                    true
                })
            }) {
                return self.after_rounds(flow, statement.orelse);
            }
        }
        let mark = self.memory.begin_branch();
        self.widen(statement.body);
        let item = self.element(items);
        self.assign_to(&statement.target, item, None);
        self.any_round_of(statement.body);
        let any_round = self.memory.end_branch(mark);
        if let (Some(items), false) = (known, self.is_replaying()) {
            let flow = self.replayed(|evaluator| {
                evaluator.rounds(statement.body, |evaluator, round| {
                    items.get(round).map(|item| {
                        evaluator.assign_to(&statement.target, *item, None);
                        true
                    })
                })
            });
            if flow.is_some() {
                self.loop_else(statement.orelse);
                return Flow::GoesOn;
            }
        }
        self.memory.join(&[any_round], false, self.arena);
        self.loop_else(statement.orelse);
        Flow::GoesOn
    }

    pub(super) fn while_statement(&mut self, statement: &'a tree::While<'a>) -> Flow {
        let round = |evaluator: &mut Self, _| {
            let test = evaluator.expression(&statement.test);
            match test.truth() {
                Some(true) => Some(true),
                Some(false) => None,
                None => Some(false),
            }
        };
        if self.is_replaying()
            && let Some(flow) = self.rounds(statement.body, round)
        {
            return self.after_rounds(flow, statement.orelse);
        }
        let test = self.expression(&statement.test);
        if !(super::statement::is_literal(&statement.test) && test.truth() == Some(false)) {
            let mark = self.memory.begin_branch();
            self.widen(statement.body);
            self.any_round_of(statement.body);
            let any_round = self.memory.end_branch(mark);
            let is_decided = test.truth().is_some() && !super::statement::is_literal(&statement.test);
            let flow = match is_decided && !self.is_replaying() && self.care.replay() {
                true => self.replayed(|evaluator| evaluator.rounds(statement.body, round)),
                false => None,
            };
            if flow.is_none() {
                self.memory.join(&[any_round], false, self.arena);
            }
        }
        self.loop_else(statement.orelse);
        Flow::GoesOn
    }

    /// Walks a body for any round.
    fn any_round_of(&mut self, body: &'a [Stmt<'a>]) {
        // A jump out of this loop is none out of one around it.
        let has_jumped = self.has_jumped;
        self.undecided(|evaluator| evaluator.block(body));
        self.has_jumped = has_jumped;
    }

    /// Walks a body round by round. `begin` prepares a round and says whether there is one and whether that is certain.
    /// Gives nothing, and leaves nothing behind, where it cannot be told how the loop goes.
    fn rounds(
        &mut self,
        body: &'a [Stmt<'a>],
        mut begin: impl FnMut(&mut Self, usize) -> Option<bool>,
    ) -> Option<Flow> {
        let undecided = std::mem::take(&mut self.undecided);
        let has_jumped = std::mem::take(&mut self.has_jumped);
        let mark = self.memory.begin_branch();
        let mut flow = Some(Flow::GoesOn);
        for round in 0.. {
            match begin(self, round) {
                None => break,
                Some(is_certain) if !is_certain || round >= self.care.rounds => {
                    flow = None;
                    break;
                }
                Some(_) => {}
            }
            let left = self.block(body);
            if self.has_jumped || !self.care.replay() {
                flow = None;
                break;
            }
            match left {
                Flow::GoesOn | Flow::Continues => {}
                Flow::Breaks | Flow::Leaves => {
                    flow = Some(left);
                    break;
                }
            }
        }
        let outcome = self.memory.end_branch(mark);
        self.undecided = undecided;
        self.has_jumped = has_jumped;
        if flow.is_some() {
            self.memory.join(&[outcome], true, self.arena);
        }
        flow
    }

    /// What follows a loop that was walked round by round.
    fn after_rounds(&mut self, flow: Flow, orelse: &'a [Stmt<'a>]) -> Flow {
        match flow {
            Flow::GoesOn | Flow::Continues => self.block(orelse),
            Flow::Breaks => Flow::GoesOn,
            Flow::Leaves => Flow::Leaves,
        }
    }

    /// What follows a loop that was not broken off.
    fn loop_else(&mut self, body: &'a [Stmt<'a>]) {
        let mark = self.memory.begin_branch();
        self.undecided(|evaluator| evaluator.block(body));
        let outcome = self.memory.end_branch(mark);
        self.memory.join(&[outcome], false, self.arena);
    }

    /// What iterating over a value goes through, as a sequence where that is known.
    pub(super) fn iterated(&mut self, value: Value<'a>, span: crate::source::Span) -> Value<'a> {
        let content = self.content(value);
        match content.shape {
            Shape::Str(text)
                if text.len() <= self.care.rounds && self.budget.build_items::<Value>(text.len(), span) =>
            {
                let characters = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]);
                let characters: Vec<_> = characters.map(|c| Value::of(Shape::Str(c))).collect();
                self.sequence(&characters)
            }
            Shape::Bytes(bytes)
                if bytes.len() <= self.care.rounds && self.budget.build_items::<Value>(bytes.len(), span) =>
            {
                let numbers: Vec<_> = bytes.iter().map(|byte| Value::of(Shape::Int(i64::from(*byte)))).collect();
                self.sequence(&numbers)
            }
            Shape::Dict(items) => {
                let keys: Vec<_> = items.iter().map(|(key, _)| *key).collect();
                self.sequence(&keys)
            }
            Shape::Instance(_) => {
                let Some(iterator) = self.call_method(content, "__iter__", &[], span) else {
                    return self
                        .call_method(content, "__getitem__", &[Value::UNKNOWN], span)
                        .map_or(content, |item| self.some_of(item));
                };
                match self.call_method(iterator, "__next__", &[], span) {
                    Some(item) => self.some_of(item),
                    None => self.content(iterator),
                }
            }
            _ => content,
        }
    }

    pub(super) fn comprehension(
        &mut self,
        comprehension: &'a tree::Comprehension<'a>,
        expr: &'a Expr<'a>,
    ) -> Value<'a> {
        // The first iterable belongs to the scope around.
        let Some(first) = comprehension.generators.first() else { return Value::UNKNOWN };
        let outer = self.expression(&first.iter);
        let outer = self.iterated(outer, first.iter.span);
        let back = self.enter(Kind::Comprehension, Some(self.scopes.current));
        let mut any = Vec::new();
        if !self.is_replaying() {
            self.undecided(|evaluator| evaluator.any_round(comprehension, 0, Some(outer), &mut any));
        }
        let mut elements = Vec::new();
        let is_known = matches!(outer.shape, Shape::Sequence(_)) && self.care.replay() && {
            self.replayed(|evaluator| evaluator.each_round(comprehension, 0, Some(outer), expr, &mut elements))
        };
        if !is_known && any.is_empty() {
            self.undecided(|evaluator| evaluator.any_round(comprehension, 0, Some(outer), &mut any));
        }
        self.leave(back);
        let is_dict = comprehension.kind == ComprehensionKind::Dict;
        match (is_known, is_dict) {
            (true, false) => {
                let items: Vec<_> = elements.iter().map(|(element, _)| *element).collect();
                self.sequence(&items)
            }
            (true, true) => Value::of(Shape::Dict(self.arena.alloc_slice_copy(&elements))),
            (false, false) => any.first().map_or(Value::UNKNOWN, |(element, _)| self.some_of(*element)),
            (false, true) => {
                let any: Vec<_> = any.iter().map(|(_, value)| (Value::UNKNOWN, *value)).collect();
                Value::of(Shape::Dict(self.arena.alloc_slice_copy(&any)))
            }
        }
    }

    /// Walks a comprehension for any round.
    fn any_round(
        &mut self,
        comprehension: &'a tree::Comprehension<'a>,
        at: usize,
        outer: Option<Value<'a>>,
        found: &mut Vec<(Value<'a>, Value<'a>)>,
    ) {
        let mut outer = outer;
        for generator in &comprehension.generators[at..] {
            let items = match outer.take() {
                Some(items) => items,
                None => {
                    let items = self.expression(&generator.iter);
                    self.iterated(items, generator.iter.span)
                }
            };
            let item = self.element(items);
            self.assign_to(&generator.target, item, None);
            self.expressions(generator.conditions);
        }
        found.push(self.comprehended(comprehension));
    }

    fn comprehended(&mut self, comprehension: &'a tree::Comprehension<'a>) -> (Value<'a>, Value<'a>) {
        let element = self.expression(&comprehension.element);
        let value = comprehension.value.as_ref().map_or(Value::UNKNOWN, |value| self.expression(value));
        (self.held(element), self.held(value))
    }

    /// Walks a comprehension round by round. Gives whether it is known how it goes.
    fn each_round(
        &mut self,
        comprehension: &'a tree::Comprehension<'a>,
        at: usize,
        outer: Option<Value<'a>>,
        expr: &'a Expr<'a>,
        found: &mut Vec<(Value<'a>, Value<'a>)>,
    ) -> bool {
        let Some(generator) = comprehension.generators.get(at) else {
            found.push(self.comprehended(comprehension));
            return true;
        };
        let items = match outer {
            Some(items) => items,
            None => {
                let items = self.expression(&generator.iter);
                self.iterated(items, generator.iter.span)
            }
        };
        let Shape::Sequence(items) = items.shape else { return false };
        if items.len() > self.care.rounds {
            return false;
        }
        for item in items {
            if !self.care.take((expr.span.end - expr.span.start) as usize) {
                return false;
            }
            self.assign_to(&generator.target, *item, None);
            let mut is_taken = Some(true);
            for condition in generator.conditions {
                is_taken = self.expression(condition).truth();
                if is_taken != Some(true) {
                    break;
                }
            }
            match is_taken {
                None => return false,
                Some(false) => continue,
                Some(true) => {}
            }
            if !self.each_round(comprehension, at + 1, None, expr, found) || found.len() > self.care.rounds {
                return false;
            }
        }
        true
    }

    /// Does something that may happen or not.
    pub(super) fn undecided<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.undecided += 1;
        let result = walk(self);
        self.undecided -= 1;
        result
    }

    /// Walks something again with more known.
    pub(super) fn replayed<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.replaying += 1;
        let result = walk(self);
        self.replaying -= 1;
        result
    }
}
