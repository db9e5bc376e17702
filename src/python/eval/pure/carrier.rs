//! Objects that carry a value: `pathlib` paths, requests with their URL, URLs taken apart, codecs.

use std::borrow::Cow;

use super::given::Given;
use super::{Table, Tools, object, part, path, repr, truth, url};
use crate::value::{Carrier, HOLE, Path, Shape, Value};

const PATH: &str = "pathlib.Path()";
const REQUEST: &str = "urllib.request.Request()";
const URL: &str = "urllib.parse.urlparse()";

pub(super) const FUNCTIONS: Table = &[
    ("pathlib.Path", made),
    ("pathlib.PurePath", made),
    ("pathlib.PosixPath", made),
    ("pathlib.PurePosixPath", made),
    ("pathlib.WindowsPath", made),
    ("pathlib.PureWindowsPath", made),
    ("pathlib.Path.home", |tools, _| new(tools, PATH, part("~"))),
    ("pathlib.Path.cwd", |tools, _| new(tools, PATH, part("."))),
    ("pathlib.PosixPath.home", |tools, _| new(tools, PATH, part("~"))),
    ("pathlib.PosixPath.cwd", |tools, _| new(tools, PATH, part("."))),
    ("urllib.request.Request", |tools, given| {
        let url = given.get("url", 0)?;
        new(tools, REQUEST, url)
    }),
    ("requests.Request", |tools, given| {
        let url = given.get("url", 1)?;
        new(tools, "requests.Request()", url)
    }),
    ("urllib.parse.urlparse", |tools, given| taken_apart(tools, given)),
    ("urllib.parse.urlsplit", |tools, given| taken_apart(tools, given)),
];

/// An object of a name and a value.
pub(super) fn new<'a>(tools: &mut Tools<'a, '_>, name: &'a str, value: Value<'a>) -> Option<Value<'a>> {
    let path = Path::dotted(tools.arena, name)?;
    with(tools, path, value)
}

fn with<'a>(tools: &mut Tools<'a, '_>, path: &'a Path<'a>, value: Value<'a>) -> Option<Value<'a>> {
    if !tools.budget.build_items::<Carrier>(1, tools.span) {
        return None;
    }
    let carrier = tools.arena.alloc(Carrier { path, value });
    Some(Value { taint: value.taint, ..Value::of(Shape::Carrier(carrier)) })
}

fn taken_apart<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let url = given.get("url", 0).filter(|url| url.text().is_some())?;
    new(tools, URL, url)
}

fn is_path(carrier: &Carrier<'_>) -> bool {
    carrier.path.is(PATH)
}

/// The text of a path, or what has one; a hole for what is not known.
fn text_of<'a>(value: &Value<'a>) -> Cow<'a, str> {
    match value.shape {
        Shape::Carrier(carrier) => carrier.value.text().map(Cow::Borrowed),
        Shape::Path(path) => path::of_python(path).map(Cow::Borrowed),
        _ => repr::shown(value),
    }
    .unwrap_or_else(|| Cow::Owned(HOLE.to_string()))
}

/// Parts as `pathlib` joins them: no doubled separators, no `.`, and an absolute part starts anew.
fn joined<'a>(tools: &mut Tools<'a, '_>, parts: &[Value<'a>]) -> Option<Value<'a>> {
    let mut whole = String::new();
    for part in parts {
        let part = text_of(part);
        if part.starts_with('/') {
            whole.clear();
        } else if !whole.is_empty() && !whole.ends_with('/') {
            whole.push('/');
        }
        whole.push_str(&part);
        if !tools.has_room(whole.len()) {
            return None;
        }
    }
    let names: Vec<_> = whole.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
    let root = if whole.starts_with('/') { "/" } else { "" };
    let plain = [root, &names.join("/")].concat();
    tools.text(if plain.is_empty() { ".".to_owned() } else { plain })
}

fn made<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let value = joined(tools, &given.positional)?;
    new(tools, PATH, value)
}

/// `left / right`, where one of them is a path.
pub(in crate::python::eval) fn divided<'a>(
    tools: &mut Tools<'a, '_>,
    left: Value<'a>,
    right: Value<'a>,
) -> Option<Value<'a>> {
    let carrier = [left, right].into_iter().find_map(|value| match value.shape {
        Shape::Carrier(carrier) if is_path(carrier) => Some(carrier),
        _ => None,
    })?;
    let value = joined(tools, &[left, right])?;
    with(tools, carrier.path, Value { taint: left.taint.or(right.taint), ..value })
}

/// The last name of a path, and what stands before it.
fn split(text: &str) -> (&str, &str) {
    match text.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(pair) => pair,
        None if text == "." => (".", ""),
        None => (".", text),
    }
}

/// What stands before the last name. Above what is relative is the working directory, and what is above that is outside; a
/// path of which nothing is known, such as that of the script, may lie some folders deep in it: that many `.`.
fn parent(text: &str) -> &str {
    match text {
        "././." => "./.",
        "./." => ".",
        "." | ".." => "..",
        _ if text.chars().eq([HOLE]) => "././.",
        _ => split(text).0,
    }
}

/// What an attribute of an object gives; `None` for methods, and what is not known.
pub(in crate::python::eval) fn attribute<'a>(
    tools: &mut Tools<'a, '_>,
    carrier: &'a Carrier<'a>,
    name: &str,
) -> Option<Value<'a>> {
    let text = carrier.value.text()?;
    if !tools.budget.read(text.len(), tools.span) {
        return None;
    }
    if carrier.path.is(URL) {
        return url::attribute(tools, text, name);
    }
    if !is_path(carrier) {
        let is_whole = carrier.path.is(REQUEST) || carrier.path.is("requests.Request()");
        return (is_whole && matches!(name, "full_url" | "url")).then_some(carrier.value);
    }
    let (_, last) = split(text);
    let (stem, suffix) = match path::split_suffix(last) {
        // A dot at the end is no suffix.
        (_, ".") => (last, ""),
        pair => pair,
    };
    match name {
        "name" => Some(part(last)),
        "stem" => Some(part(stem)),
        "suffix" => Some(part(suffix)),
        "parent" => with(tools, carrier.path, part(parent(text))),
        "parents" => {
            const MOST: usize = 64;
            let mut parents = Vec::new();
            let mut rest = text;
            while parents.len() < MOST && !matches!(rest, ".." | "/") {
                rest = parent(rest);
                parents.push(with(tools, carrier.path, part(rest))?);
            }
            tools.sequence(&parents)
        }
        "parts" => {
            let root = text.starts_with('/').then(|| part("/"));
            let names = text.split('/').filter(|name| !name.is_empty()).map(part);
            let parts: Vec<_> = root.into_iter().chain(names).collect();
            tools.sequence(&parts)
        }
        "root" | "anchor" => Some(part(if text.starts_with('/') { "/" } else { "" })),
        "drive" => Some(part("")),
        _ => None,
    }
}

/// What a method of such an object gives.
pub(super) fn method<'a>(
    tools: &mut Tools<'a, '_>,
    carrier: &'a Carrier<'a>,
    name: &str,
    given: &Given<'a>,
) -> Option<Value<'a>> {
    if carrier.path.is(URL) {
        return (name == "geturl").then_some(carrier.value);
    }
    if name == "get_full_url" && carrier.path.is(REQUEST) {
        return Some(carrier.value);
    }
    if !is_path(carrier) {
        return object::method(tools, carrier, name, given);
    }
    let text = carrier.value.text()?;
    let (folder, last) = split(text);
    let beside = |tools: &mut Tools<'a, '_>, name: String| {
        let value = joined(tools, &[part(folder), part(tools.arena.alloc_str(&name))])?;
        with(tools, carrier.path, value)
    };
    match name {
        "joinpath" | "__truediv__" => {
            let mut parts = vec![carrier.value];
            parts.extend(&given.positional);
            let value = joined(tools, &parts)?;
            with(tools, carrier.path, value)
        }
        "with_name" => beside(tools, text_of(&given.get("name", 0)?).into_owned()),
        "with_suffix" => {
            let (stem, _) = path::split_suffix(last);
            beside(tools, [stem, &text_of(&given.get("suffix", 0)?)].concat())
        }
        "with_stem" => {
            let (_, suffix) = path::split_suffix(last);
            beside(tools, [&text_of(&given.get("stem", 0)?), suffix].concat())
        }
        "resolve" | "absolute" | "expanduser" | "readlink" => {
            let is_above = matches!(text, "./." | "././.");
            let normal = if name == "resolve" && !is_above { path::normal(text) } else { text.to_owned() };
            let value = tools.text(normal)?;
            with(tools, carrier.path, value)
        }
        "as_posix" | "__str__" | "__fspath__" => Some(carrier.value),
        "as_uri" => tools.text(["file://", text].concat()),
        "is_absolute" => truth(text.starts_with('/')),
        "relative_to" => {
            let base = text_of(&given.at(0)?);
            let rest = if base == "." { text } else { text.strip_prefix(&*base)? };
            let rest = rest.trim_start_matches('/');
            with(tools, carrier.path, part(if rest.is_empty() { "." } else { rest }))
        }
        "glob" | "rglob" | "iterdir" => {
            let hole = HOLE.to_string();
            let value = match given.at(0).and_then(|pattern| pattern.text()) {
                Some(pattern) => tools.text(pattern.replace("**", "*").replace(['*', '?'], &hole))?,
                None => tools.text(hole)?,
            };
            let value = joined(tools, &[carrier.value, value])?;
            let found = with(tools, carrier.path, value)?;
            tools.sequence(&[found])
        }
        _ => None,
    }
}
