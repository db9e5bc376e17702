//! Methods of lists, tuples, sets and dictionaries that change nothing.

use super::given::Given;
use super::iterate::{equal, position};
use super::{Table, Tools, int, size};
use crate::value::{Shape, Value};

pub(super) const FUNCTIONS: Table = &[
    ("builtins.dict.items", |tools, given| named(tools, given, "items")),
    ("builtins.dict.keys", |tools, given| named(tools, given, "keys")),
    ("builtins.dict.values", |tools, given| named(tools, given, "values")),
    ("builtins.dict.get", |tools, given| named(tools, given, "get")),
    ("builtins.next", |tools, given| {
        let value = given.at(0)?;
        let Shape::Sequence(_) = value.shape else { return None };
        tools.items(&value)?.first().copied().or(given.at(1))
    }),
];

fn named<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>, name: &str) -> Option<Value<'a>> {
    let (first, given) = given.split()?;
    let Shape::Dict(items) = first.shape else { return None };
    dict_method(tools, items, name, &given)
}

pub(super) fn method<'a>(
    tools: &mut Tools<'a, '_>,
    items: &'a [Value<'a>],
    name: &str,
    given: &Given<'a>,
) -> Option<Value<'a>> {
    let own = Value::of(Shape::Sequence(items));
    match name {
        "copy" | "__iter__" if given.count() == 0 => Some(own),
        "__len__" => size(items.len()),
        "index" if given.count() == 1 && tools.budget.read_items(items.len(), tools.span) => {
            position(items, &given.at(0)?)
        }
        "count" if tools.budget.read_items(items.len(), tools.span) => {
            let sought = given.at(0)?;
            let mut count = 0;
            for item in items {
                count += i64::from(equal(item, &sought)?);
            }
            Some(int(count))
        }
        "union" => {
            let all: Vec<_> = std::iter::once(own).chain(given.positional.iter().copied()).collect();
            let mut union = Vec::new();
            for part in all {
                union.extend_from_slice(&tools.items(&part)?);
            }
            tools.sequence(&union)
        }
        "__getitem__" => super::operator::item(tools, &own, &given.at(0)?),
        "__next__" => items.first().copied(),
        _ => None,
    }
}

pub(super) fn dict_method<'a>(
    tools: &mut Tools<'a, '_>,
    items: &'a [(Value<'a>, Value<'a>)],
    name: &str,
    given: &Given<'a>,
) -> Option<Value<'a>> {
    if !tools.budget.read_items(items.len(), tools.span) {
        return None;
    }
    match name {
        "copy" => Some(Value::of(Shape::Dict(items))),
        "keys" => tools.sequence(&items.iter().map(|(key, _)| *key).collect::<Vec<_>>()),
        "values" => tools.sequence(&items.iter().map(|(_, value)| *value).collect::<Vec<_>>()),
        "items" => {
            let mut pairs = Vec::with_capacity(items.len());
            for (key, value) in items {
                pairs.push(tools.sequence(&[*key, *value])?);
            }
            tools.sequence(&pairs)
        }
        "__len__" => size(items.len()),
        "get" => {
            let value = find(items, &given.at(0)?)?;
            Some(value.unwrap_or_else(|| given.at(1).unwrap_or(Value::of(Shape::None))))
        }
        "__getitem__" => find(items, &given.at(0)?)?,
        _ => None,
    }
}

/// What a key has; `None` where it is not known whether it is there.
pub(super) fn find<'a>(items: &[(Value<'a>, Value<'a>)], key: &Value<'a>) -> Option<Option<Value<'a>>> {
    for (own, value) in items.iter().rev() {
        if equal(own, key)? {
            return Some(Some(*value));
        }
    }
    Some(None)
}
