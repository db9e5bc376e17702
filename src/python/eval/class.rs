//! Classes of the module: their attributes, those of their bases, and those that methods set.

use rustc_hash::{FxHashMap, FxHashSet};

use super::scope::Kind;
use super::{Evaluator, ahead};
use crate::python::tree::{self, StmtKind};
use crate::value::{Shape, Value};

/// Of more bases, and bases of bases, only the first are looked at.
const MAX_BASES: usize = 64;
/// Of the bases that are not known, so many may have an attribute.
const MAX_INHERITED: usize = 4;

/// A class of the module.
pub(super) struct Class<'a> {
    bases: &'a [Value<'a>],
    /// What is known of its attributes, those that methods set on `self` included.
    attributes: FxHashMap<&'a str, Value<'a>>,
}

impl<'a> Evaluator<'a, '_> {
    pub(super) fn class(&mut self, class: &'a tree::Class<'a>) {
        let bases: Vec<_> = class.arguments.iter().map(|argument| self.expression(&argument.value)).collect();
        let index = Self::index(self.classes.len());
        let itself = Value::of(Shape::Class(index));
        for decorator in class.decorators {
            self.decorator(decorator, itself);
        }
        let bases = self.arena.alloc_slice_copy(&bases);
        self.classes.push(Class { bases, attributes: Default::default() });
        self.scopes.push(Kind::Class(index));
        self.block(class.body);
        let names = self.scopes.pop_names();
        let mut set_by_methods = FxHashSet::default();
        for statement in class.body {
            // What the constructor sets is known by the time that other methods run.
            if let StmtKind::Function(method) = statement.kind
                && method.name != "__init__"
            {
                ahead::attributes_set(method, &mut set_by_methods);
            }
        }
        if let Some(class) = self.classes.get_mut(index as usize) {
            class.attributes.extend(names);
            for name in set_by_methods {
                let known =
                    class.attributes.get(name).map_or(Value::UNKNOWN, |value| value.or(Value::UNKNOWN, self.arena));
                class.attributes.insert(name, known);
            }
        }
        self.scopes.set(class.name, itself, self.arena);
    }

    /// Notes a value of an attribute; methods run in no known order, so several values join.
    pub(super) fn set_attribute(&mut self, class: u32, name: &'a str, value: Value<'a>) {
        let arena = self.arena;
        if let Some(class) = self.classes.get_mut(class as usize) {
            class.attributes.entry(name).and_modify(|known| *known = known.or(value, arena)).or_insert(value);
        }
    }

    /// Looks an attribute up in a class of the module and its bases.
    pub(super) fn class_attribute(&mut self, class: u32, name: &'a str, instance: bool) -> Value<'a> {
        let mut found = None;
        let mut inherited = Vec::new();
        let mut seen = vec![class];
        let mut at = 0;
        while let Some(class) =
            seen.get(at).filter(|_| at < MAX_BASES).and_then(|class| self.classes.get(*class as usize))
        {
            at += 1;
            if let Some(value) = class.attributes.get(name) {
                found = Some(*value);
                break;
            }
            for base in class.bases.iter().take(MAX_BASES).flat_map(Value::alternatives) {
                match base.shape {
                    Shape::Class(base) if !seen.contains(&base) => seen.push(base),
                    Shape::Path(path)
                        if inherited.len() < MAX_INHERITED
                            && path.parent.is_some_and(|parent| parent.segment != "builtins") =>
                    {
                        inherited.push(path);
                    }
                    _ => {}
                }
            }
        }
        if let Some(value) = found {
            // `x = None` in a class only declares what instances will hold.
            let is_declared = instance && matches!(value.shape, Shape::None);
            return if is_declared { value.or(Value::UNKNOWN, self.arena) } else { value };
        }
        let inherited: Vec<_> = inherited
            .into_iter()
            .map(|path| {
                let object = if instance { path.then(self.arena, "()") } else { path };
                self.then(object, name)
            })
            .collect();
        inherited.into_iter().reduce(|all, value| all.or(value, self.arena)).unwrap_or(Value::UNKNOWN)
    }
}
