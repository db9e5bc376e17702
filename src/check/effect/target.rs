//! Targets: what an effect is on, as far as the values of a call tell.

use crate::check::condition::shown;
use crate::check::host;
use crate::event::Call;
use crate::model::{CallModel, Target};
use crate::rule::{HostKind, Reach};
use crate::value::{HOLE, Shape, Value};

/// A command as it is passed.
pub(super) enum Command {
    /// One string, which a shell or the system cuts up.
    Line(String),
    /// The program and its arguments.
    Words(Vec<String>),
}

/// Values within values are looked at so deep: carriers and sequences hold others.
const MAX_DEPTH: usize = 3;

/// Of a sequence, so many elements are looked at.
const MAX_ITEMS: usize = 64;

/// The value of a call that a model points at.
pub(super) fn of_call<'a>(target: &Target, call: &Call<'a>) -> Option<Value<'a>> {
    if target.receiver {
        return Some(call.receiver.unwrap_or(Value::UNKNOWN));
    }
    let value = match call.argument(target.arg.as_deref(), target.at) {
        Some(argument) => *argument.known(),
        // It may be among the arguments that are not known one by one.
        None if call.splat => Value::UNKNOWN,
        None => return None,
    };
    match (target.item, value.shape) {
        (Some(at), Shape::Sequence(items)) => items.get(at).copied(),
        _ => Some(value),
    }
}

/// The keys that a model points at; one that is not known, where not all are.
pub(super) fn keys_of_call<'a>(target: &Target, call: &Call<'a>) -> impl Iterator<Item = Value<'a>> {
    let is_named = target.arg.is_some() || target.at.is_some();
    let given: &[Value<'a>] =
        match (is_named, call.argument(target.arg.as_deref(), target.at.or((!is_named).then_some(0)))) {
            (_, Some(argument)) => argument.known().alternatives(),
            (_, None) => &[],
        };
    let of_given = given.iter().flat_map(|value| {
        let (pairs, items, unknown): (&[_], &[_], _) = match value.shape {
            Shape::Dict(pairs) => (pairs, &[], None),
            Shape::Sequence(items) => (&[], items, None),
            Shape::None => (&[], &[], None),
            _ => (&[], &[], Some(Value::UNKNOWN)),
        };
        let first = |item: &Value<'a>| match item.shape {
            Shape::Sequence(pair) => pair.first().copied(),
            _ => None,
        };
        pairs.iter().map(|(key, _)| *key).chain(items.iter().filter_map(first)).chain(unknown)
    });
    let names = call.arguments.iter().filter(move |_| !is_named).filter_map(|argument| argument.name);
    of_given.chain(names.map(|name| Value::of(Shape::Str(name))))
}

/// Whether the mode of the call gives the effect.
pub(super) fn has_mode(model: &CallModel, call: &Call<'_>) -> bool {
    let Some(mode) = &model.mode else { return true };
    let Some(argument) = call.argument(mode.arg.as_deref(), mode.at) else { return mode.absent || call.splat };
    argument.known().alternatives().iter().any(|value| match value.shape {
        Shape::Str(text) => {
            let has = |characters: &str| text.contains(|c| characters.contains(c));
            (mode.any.is_empty() || has(&mode.any)) && !has(&mode.without)
        }
        Shape::Int(flags) => {
            mode.bits.is_none_or(|bits| flags & bits != 0) && mode.without_bits.is_none_or(|bits| flags & bits == 0)
        }
        Shape::None => mode.absent,
        // A mode that is not known may be any.
        _ => true,
    })
}

/// Whether the test holds for some alternative, for some element of a sequence, or for what one of them stands for.
pub(super) fn any_leaf(value: &Value<'_>, test: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
    any_leaf_within(value, MAX_DEPTH, test)
}

fn any_leaf_within(value: &Value<'_>, depth: usize, test: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
    if depth == 0 {
        return test(&Value::UNKNOWN);
    }
    value.alternatives().iter().any(|value| match value.shape {
        Shape::Carrier(carrier) => any_leaf_within(&carrier.value, depth - 1, test),
        Shape::Sequence(items) if !items.is_empty() => {
            let (looked_at, rest) = items.split_at(items.len().min(MAX_ITEMS));
            looked_at.iter().any(|item| any_leaf_within(item, depth - 1, test))
                || !rest.is_empty() && test(&Value::UNKNOWN)
        }
        Shape::Either(_) => any_leaf_within(value, depth - 1, test),
        _ => test(value),
    })
}

/// Whether the test holds for a text among the leaves.
pub(super) fn any_text(value: &Value<'_>, test: &mut dyn FnMut(&str) -> bool) -> bool {
    any_leaf(value, &mut |leaf| path_text(leaf).is_some_and(&mut *test))
}

/// What an object stands for, if it carries a value.
fn inner<'v, 'a>(value: &'v Value<'a>) -> &'v Value<'a> {
    match value.shape {
        Shape::Carrier(carrier) => &carrier.value,
        _ => value,
    }
}

/// Whether what would be run as code is a function of the source itself, which is read anyway.
pub(super) fn is_own_function(value: &Value<'_>) -> bool {
    value.alternatives().iter().all(|value| matches!(value.shape, Shape::Function(_) | Shape::Class(_)))
}

pub(super) fn is_constant(value: &Value<'_>) -> bool {
    inner(value).is_constant()
}

/// The text of a path, holes and all.
pub(super) fn path_text<'a>(value: &Value<'a>) -> Option<&'a str> {
    match value.shape {
        Shape::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
        _ => value.text(),
    }
}

/// Where an object lies of which no path is known.
pub(super) fn reach_of_object(value: &Value<'_>) -> Reach {
    let Shape::Path(path) = value.shape else { return Reach::Unknown };
    let is_of = |name: &str| path.upwards().any(|path| path.is(name));
    let is_home = ["pathlib.Path.home", "os.path.expanduser"].into_iter().any(is_of);
    match path.upwards().last().map_or("", |root| root.segment) {
        _ if is_home => Reach::Outside,
        "sys" if matches!(path.segment, "executable" | "prefix" | "base_prefix" | "exec_prefix") => Reach::Outside,
        "tempfile" if is_of("tempfile.gettempdir") || is_of("tempfile.tempdir") => Reach::Temporary,
        "tempfile" => Reach::OwnTemporary,
        _ => Reach::Unknown,
    }
}

/// The host of an address: of a URL, of a name, of a pair of host and port.
pub(super) fn host_of(value: Option<&Value<'_>>) -> HostKind {
    let Some(value) = value.map(inner) else { return HostKind::Unknown };
    match value.shape {
        Shape::Sequence(items) => host_of(items.first()),
        Shape::None => HostKind::Any,
        _ => path_text(value).map_or(HostKind::Unknown, host::of),
    }
}

/// The commands that a call may start, one for each alternative.
pub(super) fn commands(model: &CallModel, call: &Call<'_>) -> Vec<Command> {
    let Some(target) = model.target.as_ref().and_then(|target| of_call(target, call)) else { return Vec::new() };
    // Another program than the one that stands in the command.
    if call.argument(Some("executable"), None).is_some_and(|argument| !matches!(argument.value.shape, Shape::None)) {
        return Vec::new();
    }
    let rest = model.arguments.as_ref().map(|arguments| {
        let sequence = call.argument(arguments.arg.as_deref(), arguments.at).map(|argument| argument.value.shape);
        let mut words = match (arguments.from, sequence) {
            (Some(from), _) => {
                let positional = call.arguments.iter().filter(|argument| argument.name.is_none());
                let mut words: Vec<_> = positional.skip(from).map(|argument| word(argument.known())).collect();
                words.extend(call.splat.then(|| HOLE.to_string()));
                words
            }
            (None, Some(Shape::Sequence(items))) => items.iter().map(word).collect(),
            (None, Some(_)) => vec![String::new(), HOLE.to_string()],
            (None, None) => Vec::new(),
        };
        words.drain(..arguments.skip.min(words.len()));
        words
    });
    let command = |value: &Value<'_>| match (inner(value).shape, &rest) {
        (Shape::Sequence(items), _) => Command::Words(items.iter().map(word).collect()),
        (_, Some(rest)) => Command::Words(std::iter::once(word(value)).chain(rest.iter().cloned()).collect()),
        (_, None) => Command::Line(word(value)),
    };
    target.alternatives().iter().map(command).collect()
}

/// A word of a command; a hole where it is not known.
fn word(value: &Value<'_>) -> String {
    let value = inner(value);
    match value.shape {
        Shape::Path(path) if path.is("sys.executable") => "python".to_owned(),
        Shape::Int(number) => number.to_string(),
        _ => path_text(value).map_or_else(|| HOLE.to_string(), str::to_owned),
    }
}

/// The value of a text that may have holes.
pub(super) fn shape(text: &str) -> Shape<'_> {
    if text.contains(HOLE) { Shape::Partial(text) } else { Shape::Str(text) }
}

/// The target as people are shown it; a command with its arguments, an address with its port.
pub(super) fn described(value: &Value<'_>) -> Option<String> {
    let value = inner(value);
    match value.shape {
        Shape::Sequence(items) => {
            let words: Vec<_> = items.iter().take(MAX_ITEMS).map(|item| word(item).replace(HOLE, "{}")).collect();
            (!words.is_empty()).then(|| words.join(" "))
        }
        Shape::Int(number) => Some(number.to_string()),
        Shape::Path(path) => Some(format!("{{{path}}}")),
        _ => shown(value).map(std::borrow::Cow::into_owned),
    }
}
