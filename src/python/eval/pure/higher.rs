//! Functions that apply another one, where that is known here, too: `map(chr, codes)`.

use super::given::Given;
use super::{KNOWN, Known, MAX_ITEMS, Table, Tools};
use crate::value::{Shape, Value};

pub(super) const FUNCTIONS: Table = &[
    ("builtins.map", |tools, given| {
        let (function, given) = given.split()?;
        let mut columns = Vec::new();
        for value in &given.positional {
            columns.push(tools.items(value)?);
        }
        let length = columns.iter().map(|column| column.len()).min()?;
        let mut results = Vec::with_capacity(length);
        for at in 0..length {
            let row: Vec<_> = columns.iter().filter_map(|column| column.get(at).copied()).collect();
            results.push(applied(tools, &function, &row)?);
        }
        tools.sequence(&results)
    }),
    ("builtins.filter", |tools, given| filtered(tools, given, true)),
    ("itertools.filterfalse", |tools, given| filtered(tools, given, false)),
    ("itertools.starmap", |tools, given| {
        let rows = tools.items(&given.at(1)?)?;
        let mut results = Vec::with_capacity(rows.len());
        for row in rows.iter() {
            let row = tools.items(row)?;
            results.push(applied(tools, &given.at(0)?, &row)?);
        }
        tools.sequence(&results)
    }),
    ("functools.reduce", |tools, given| {
        let items = tools.items(&given.at(1)?)?;
        let mut items = items.iter();
        let mut result = given.at(2).or_else(|| items.next().copied())?;
        for item in items {
            result = applied(tools, &given.at(0)?, &[result, *item])?;
        }
        Some(result)
    }),
    ("string.Formatter().format", |tools, given| {
        let (format, given) = given.split()?;
        super::format::format(tools, format.text()?, &given)
    }),
    // Those that give what they are given.
    ("sys.intern", |_, given| given.at(0)),
    ("copy.copy", |_, given| given.at(0)),
    ("copy.deepcopy", |_, given| given.at(0)),
    ("typing.cast", |_, given| given.at(1)),
];

/// What a function gives, if it is one of ours.
fn applied<'a>(tools: &mut Tools<'a, '_>, function: &Value<'a>, arguments: &[Value<'a>]) -> Option<Value<'a>> {
    let Shape::Path(path) = function.shape else { return None };
    let given = Given::of(arguments);
    let length: usize = arguments.iter().map(Value::length).sum();
    if !tools.budget.read(length + MAX_ITEMS.ilog2() as usize, tools.span) {
        return None;
    }
    // A function that applies others does not apply itself: nothing would bound how deep.
    if FUNCTIONS.iter().any(|(name, _)| path.is(name)) {
        return None;
    }
    match *KNOWN.get(&path.hash)? {
        Known::Function(function) | Known::Lenient(function) => function(tools, &given),
        Known::Method(name) => {
            let (receiver, given) = given.split()?;
            tools.method(receiver, name, &given)
        }
    }
}

fn filtered<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>, wanted: bool) -> Option<Value<'a>> {
    let (function, items) = (given.at(0)?, tools.items(&given.at(1)?)?);
    let mut kept = Vec::new();
    for item in items.iter() {
        let holds = match function.shape {
            Shape::None => item.truth()?,
            _ => applied(tools, &function, &[*item])?.truth()?,
        };
        kept.extend((holds == wanted).then_some(*item));
    }
    tools.sequence(&kept)
}
