//! Functions over what can be iterated over: `sorted`, `zip`, `sum`, `itertools`.

use std::cmp::Ordering;

use super::given::{Given, integer};
use super::operator::binary;
use super::{MAX_ITEMS, Table, Tools, int, number, size, truth};
use crate::python::tree::BinaryOp;
use crate::value::{Shape, Value};

/// A longer range is not built: most are counters.
const MAX_RANGE: usize = 4096;

pub(super) const FUNCTIONS: Table = &[
    ("builtins.range", range),
    ("builtins.reversed", |tools, given| {
        let mut items = tools.items(&given.at(0)?)?.into_owned();
        items.reverse();
        tools.sequence(&items)
    }),
    ("builtins.sorted", sorted),
    ("builtins.enumerate", |tools, given| {
        let start = given.int_or("start", 1, 0)?;
        let items = tools.items(&given.at(0)?)?;
        let mut pairs = Vec::with_capacity(items.len());
        for (at, item) in (start..).zip(items.iter()) {
            pairs.push(tools.sequence(&[int(at), *item])?);
        }
        tools.sequence(&pairs)
    }),
    ("builtins.zip", |tools, given| zip(tools, given, None)),
    ("itertools.zip_longest", |tools, given| {
        let fill = given.named("fillvalue").unwrap_or(Value::of(Shape::None));
        zip(tools, given, Some(fill))
    }),
    ("builtins.sum", |tools, given| {
        let items = tools.items(&given.at(0)?)?;
        let start = given.get("start", 1).unwrap_or(int(0));
        items.iter().try_fold(start, |sum, item| binary(tools, BinaryOp::Add, &sum, item))
    }),
    ("builtins.min", |tools, given| extreme(tools, given, Ordering::Less)),
    ("builtins.max", |tools, given| extreme(tools, given, Ordering::Greater)),
    ("builtins.any", |tools, given| {
        let mut is_certain = true;
        for item in tools.items(&given.at(0)?)?.iter() {
            match item.truth() {
                Some(true) => return truth(true),
                Some(false) => {}
                None => is_certain = false,
            }
        }
        truth(false).filter(|_| is_certain)
    }),
    ("builtins.all", |tools, given| {
        let mut is_certain = true;
        for item in tools.items(&given.at(0)?)?.iter() {
            match item.truth() {
                Some(false) => return truth(false),
                Some(true) => {}
                None => is_certain = false,
            }
        }
        truth(true).filter(|_| is_certain)
    }),
    ("builtins.iter", |tools, given| {
        if given.count() != 1 {
            return None;
        }
        let items = tools.items(&given.at(0)?)?;
        tools.sequence(&items)
    }),
    ("itertools.chain", |tools, given| chained(tools, &given.positional)),
    ("itertools.chain.from_iterable", |tools, given| {
        let parts = tools.items(&given.at(0)?)?;
        chained(tools, &parts)
    }),
    ("itertools.islice", |tools, given| {
        let items = tools.items(&given.at(0)?)?;
        let (first, second) = (given.bound("", 1)?, given.bound("", 2)?);
        let (start, stop) = if given.count() == 2 { (None, first) } else { (first, second) };
        let step = given.bound("", 3)?.unwrap_or(1);
        let start = usize::try_from(start.unwrap_or(0)).ok()?;
        let stop = stop.map_or(Some(items.len()), |stop| usize::try_from(stop).ok())?.min(items.len());
        let step = usize::try_from(step).ok().filter(|step| *step > 0)?;
        let picked: Vec<_> = items.get(start..stop).unwrap_or(&[]).iter().copied().step_by(step).collect();
        tools.sequence(&picked)
    }),
    ("itertools.repeat", |tools, given| {
        let times = usize::try_from(given.int("times", 1)?.max(0)).ok().filter(|times| *times <= MAX_ITEMS)?;
        tools.sequence(&vec![given.at(0)?; times])
    }),
    ("itertools.accumulate", |tools, given| {
        if given.count() != 1 {
            return None;
        }
        let items = tools.items(&given.at(0)?)?;
        let mut sums: Vec<Value<'_>> = Vec::with_capacity(items.len());
        for item in items.iter() {
            let sum = match sums.last().copied() {
                Some(sum) => binary(tools, BinaryOp::Add, &sum, item)?,
                None => *item,
            };
            sums.push(sum);
        }
        tools.sequence(&sums)
    }),
    ("itertools.product", product),
    ("itertools.compress", |tools, given| {
        let (items, chosen) = (tools.items(&given.at(0)?)?, tools.items(&given.at(1)?)?);
        let mut picked = Vec::new();
        for (item, chosen) in items.iter().zip(chosen.iter()) {
            picked.extend(chosen.truth()?.then_some(*item));
        }
        tools.sequence(&picked)
    }),
    ("itertools.pairwise", |tools, given| {
        let items = tools.items(&given.at(0)?)?;
        let pairs: Option<Vec<_>> = items.windows(2).map(|pair| tools.sequence(pair)).collect();
        tools.sequence(&pairs?)
    }),
];

fn range<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let (first, second) = (given.int("", 0)?, given.bound("", 1)?);
    let (start, stop) = second.map_or((0, first), |stop| (first, stop));
    let step = given.int_or("", 2, 1)?;
    let span = if step > 0 { stop.checked_sub(start)? } else { start.checked_sub(stop)? };
    let count = match (step, span) {
        (0, _) => return None,
        (_, ..=0) => 0,
        _ => usize::try_from(span.unsigned_abs().div_ceil(step.unsigned_abs())).ok()?,
    };
    // What is left unknown for its length alone is no matter to report.
    if count > MAX_RANGE || !tools.budget.is_ample(count.saturating_mul(size_of::<Value<'_>>())) {
        return None;
    }
    let numbers: Option<Vec<_>> =
        (0..count).map(|at| Some(int(start + i64::try_from(at).ok()?.checked_mul(step)?))).collect();
    tools.sequence(&numbers?)
}

fn chained<'a>(tools: &mut Tools<'a, '_>, parts: &[Value<'a>]) -> Option<Value<'a>> {
    let mut all = Vec::new();
    for part in parts {
        all.extend_from_slice(&tools.items(part)?);
        if all.len() > MAX_ITEMS {
            return None;
        }
    }
    tools.sequence(&all)
}

/// Tuples of one item each, as many as the shortest has, or as the longest where something fills the others up.
fn zip<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>, fill: Option<Value<'a>>) -> Option<Value<'a>> {
    let mut columns = Vec::new();
    for value in &given.positional {
        columns.push(tools.items(value)?);
    }
    let lengths = columns.iter().map(|column| column.len());
    let length = if fill.is_some() { lengths.max() } else { lengths.min() }.unwrap_or(0);
    let mut rows = Vec::new();
    for at in 0..length {
        let row: Option<Vec<_>> = columns.iter().map(|column| column.get(at).copied().or(fill)).collect();
        rows.push(tools.sequence(&row?)?);
    }
    tools.sequence(&rows)
}

fn product<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    const MOST: usize = 1024;
    let repeat = usize::try_from(given.named("repeat").map_or(Some(1), |repeat| integer(&repeat))?).ok()?;
    let mut rows: Vec<Vec<Value<'a>>> = vec![Vec::new()];
    if repeat > MOST {
        return None;
    }
    for _ in 0..repeat {
        for value in &given.positional {
            let items = tools.items(value)?;
            let width = rows.first().map_or(0, Vec::len);
            if rows.len().saturating_mul(items.len()).saturating_mul(width + 1) > MOST {
                return None;
            }
            rows = rows.iter().flat_map(|row| items.iter().map(|item| [&row[..], &[*item]].concat())).collect();
        }
    }
    let rows: Option<Vec<_>> = rows.iter().map(|row| tools.sequence(row)).collect();
    tools.sequence(&rows?)
}

fn sorted<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    if given.named("key").is_some_and(|key| !matches!(key.shape, Shape::None)) {
        return None;
    }
    let reverse = given.named("reverse").map_or(Some(false), |reverse| reverse.truth())?;
    let mut items = tools.items(&given.at(0)?)?.into_owned();
    let comparisons = items.len().saturating_mul(1 + items.len().checked_ilog2().unwrap_or(0) as usize);
    if !can_compare(tools, comparisons) {
        return None;
    }
    // Only what is all of one kind has an order.
    let first = *items.first().unwrap_or(&Value::UNKNOWN);
    if items.len() > 1 && !items.iter().all(|item| order(&first, item, 1).is_some()) {
        return None;
    }
    if reverse {
        items.reverse();
    }
    // Pairs of which a later item has no order are told by none of the comparisons with the first.
    let mut is_whole = true;
    items.sort_by(|a, b| {
        let order = order(a, b, 1);
        is_whole &= order.is_some();
        order.unwrap_or(Ordering::Equal)
    });
    if reverse {
        items.reverse();
    }
    if is_whole { tools.sequence(&items) } else { None }
}

fn extreme<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>, wanted: Ordering) -> Option<Value<'a>> {
    if given.named("key").is_some() {
        return None;
    }
    let items = match &given.positional[..] {
        [one] => tools.items(one)?.into_owned(),
        several => several.to_vec(),
    };
    if !can_compare(tools, items.len()) {
        return None;
    }
    let Some((first, others)) = items.split_first() else { return given.named("default") };
    let mut best = *first;
    for item in others {
        if order(item, &best, 1)? == wanted {
            best = *item;
        }
    }
    (!others.is_empty() || best.is_constant()).then_some(best)
}

/// Whether so many comparisons can be afforded, each of which may look through texts for some way.
pub(super) fn can_compare(tools: &mut Tools<'_, '_>, count: usize) -> bool {
    const COST: usize = 64;
    tools.budget.read(count.saturating_mul(COST), tools.span)
}

/// The order of two values, where they have one.
pub(super) fn order(a: &Value<'_>, b: &Value<'_>, depth: usize) -> Option<Ordering> {
    match (a.shape, b.shape) {
        (Shape::Str(a), Shape::Str(b)) => bytes_order(a.as_bytes(), b.as_bytes()),
        (Shape::Bytes(a), Shape::Bytes(b)) => bytes_order(a, b),
        (Shape::Sequence(a), Shape::Sequence(b)) if depth > 0 => {
            const MOST: usize = 8;
            for (a, b) in a.iter().zip(b).take(MOST) {
                match order(a, b, depth - 1)? {
                    Ordering::Equal => {}
                    different => return Some(different),
                }
            }
            (a.len().max(b.len()) <= MOST).then(|| a.len().cmp(&b.len()))
        }
        (Shape::Float(_), _) | (_, Shape::Float(_)) => number::number(a)?.partial_cmp(&number::number(b)?),
        _ => Some(integer(a)?.cmp(&integer(b)?)),
    }
}

/// The order of texts, looked at for some way only: many comparisons are made of few texts.
fn bytes_order(a: &[u8], b: &[u8]) -> Option<Ordering> {
    const MOST: usize = 512;
    if std::ptr::eq(a, b) {
        return Some(Ordering::Equal);
    }
    if a.len().max(b.len()) <= MOST {
        return Some(a.cmp(b));
    }
    let order = a[..a.len().min(MOST)].cmp(&b[..b.len().min(MOST)]);
    Some(order).filter(|order| order.is_ne())
}

/// Whether two values are equal, where that is known.
pub(super) fn equal(a: &Value<'_>, b: &Value<'_>) -> Option<bool> {
    let is_plain = |value: &Value<'_>| {
        matches!(
            value.shape,
            Shape::None | Shape::Bool(_) | Shape::Int(_) | Shape::Float(_) | Shape::Str(_) | Shape::Bytes(_)
        )
    };
    match (a.shape, b.shape) {
        (Shape::None, Shape::None) => Some(true),
        (Shape::Sequence(_), Shape::Sequence(_)) => order(a, b, 1).map(Ordering::is_eq),
        _ if !is_plain(a) || !is_plain(b) => None,
        (Shape::Str(a), Shape::Str(b)) if a.len() != b.len() => Some(false),
        (Shape::Str(_), Shape::Str(_)) | (Shape::Bytes(_), Shape::Bytes(_)) => order(a, b, 0).map(Ordering::is_eq),
        _ => Some(order(a, b, 0).is_some_and(Ordering::is_eq)),
    }
}

/// Where the first item equal to a value stands.
pub(super) fn position<'a>(items: &[Value<'a>], sought: &Value<'a>) -> Option<Value<'a>> {
    for (at, item) in items.iter().enumerate() {
        if equal(item, sought)? {
            return size(at);
        }
    }
    None
}
