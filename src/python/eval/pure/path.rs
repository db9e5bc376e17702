//! Paths as text: `os.path`, and the places that a process knows by name.
//!
//! The home folder is `~`, the working directory `.`: effects on what lies there are told by these.

use std::borrow::Cow;

use super::given::Given;
use super::{Table, Tools, part, repr};
use crate::value::{HOLE, Path, Shape, Value};

/// Called with arguments that are not known, too: they are holes.
pub(super) const FUNCTIONS: Table = &[
    ("os.path.join", |tools, given| {
        let joined = joined(given)?;
        tools.text(joined)
    }),
    ("os.path.expanduser", |_, given| text(&given.get("path", 0)?).map(part)),
    ("os.path.expandvars", |tools, given| {
        let text = text(&given.get("path", 0)?)?;
        let expanded = expanded(text);
        tools.text(expanded)
    }),
    ("os.path.abspath", normalised),
    ("os.path.realpath", normalised),
    ("os.path.normpath", normalised),
    ("os.path.relpath", normalised),
    ("os.path.normcase", |_, given| text(&given.get("s", 0)?).map(part)),
    ("os.path.dirname", |_, given| Some(part(split(text(&given.get("p", 0)?)?).0))),
    ("os.path.basename", |_, given| Some(part(split(text(&given.get("p", 0)?)?).1))),
    ("os.path.split", |tools, given| {
        let (folder, name) = split(text(&given.get("p", 0)?)?);
        tools.sequence(&[part(folder), part(name)])
    }),
    ("os.path.splitext", |tools, given| {
        let (stem, suffix) = split_suffix(text(&given.get("p", 0)?)?);
        tools.sequence(&[part(stem), part(suffix)])
    }),
    ("os.path.isabs", |_, given| super::truth(text(&given.get("s", 0)?)?.starts_with('/'))),
    ("os.fspath", |_, given| text(&given.get("path", 0)?).map(part)),
    ("os.fsdecode", |_, given| text(&given.get("filename", 0)?).map(part)),
    ("os.getcwd", |_, _| Some(part("."))),
    ("tempfile.gettempdir", |_, _| Some(part(TEMPORARY))),
    ("tempfile.mkdtemp", |tools, given| temporary(tools, given)),
    ("tempfile.mktemp", |tools, given| temporary(tools, given)),
    ("site.getsitepackages", |tools, _| tools.sequence(&[part(PACKAGES)])),
    ("site.getusersitepackages", |_, _| Some(part(USER_PACKAGES))),
    ("site.getuserbase", |_, _| Some(part("~/.local"))),
    ("sysconfig.get_path", |_, _| Some(part(PACKAGES))),
    ("distutils.sysconfig.get_python_lib", |_, _| Some(part(PACKAGES))),
    ("glob.glob", below),
    ("glob.iglob", below),
];

const TEMPORARY: &str = "/tmp";
const LIBRARY: &str = "/usr/lib/python3";
const PACKAGES: &str = "/usr/lib/python3/site-packages";
const USER_PACKAGES: &str = "~/.local/lib/python3/site-packages";

/// Modules of which it is plain that they lie where Python does.
const INSTALLED: [&str; 32] = [
    "abc",
    "argparse",
    "asyncio",
    "builtins",
    "codecs",
    "collections",
    "ctypes",
    "distutils",
    "email",
    "encodings",
    "http",
    "importlib",
    "inspect",
    "io",
    "json",
    "logging",
    "os",
    "pathlib",
    "pip",
    "pkg_resources",
    "random",
    "re",
    "setuptools",
    "shutil",
    "site",
    "socket",
    "sqlite3",
    "string",
    "subprocess",
    "sysconfig",
    "unittest",
    "urllib",
];

/// Where Python and its library lie, for what names them: `sys.prefix`, `os.__file__`. As values these stay names, which
/// rules look for.
pub(super) fn of_python(path: &Path<'_>) -> Option<&'static str> {
    let root = path.upwards().last().map_or("", |root| root.segment);
    match path.segment {
        "__file__" if path.is("builtins.__file__") => None,
        "__file__" if INSTALLED.contains(&root) => Some("/usr/lib/python3/\u{F8FE}.py"),
        "__path__" if INSTALLED.contains(&root) => Some(LIBRARY),
        "prefix" | "base_prefix" | "exec_prefix" | "base_exec_prefix" if root == "sys" => Some("/usr"),
        "executable" | "_base_executable" if root == "sys" => Some("/usr/bin/python3"),
        "USER_SITE" if root == "site" => Some(USER_PACKAGES),
        "USER_BASE" if root == "site" => Some("~/.local"),
        "[]" if path.is("sysconfig.get_paths()[]") => Some(PACKAGES),
        _ => None,
    }
}

/// The text of a path, or of what may stand for one.
fn text<'a>(value: &Value<'a>) -> Option<&'a str> {
    match value.shape {
        Shape::Carrier(carrier) => carrier.value.text(),
        Shape::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
        Shape::Path(path) => of_python(path),
        _ => value.text(),
    }
}

/// The value of a variable of the environment, where it names a place.
pub(in crate::python::eval) fn environment(name: &str) -> Option<&'static str> {
    Some(match name {
        "HOME" | "USERPROFILE" => "~",
        "XDG_CONFIG_HOME" => "~/.config",
        "XDG_DATA_HOME" => "~/.local/share",
        "XDG_CACHE_HOME" => "~/.cache",
        "APPDATA" => "~/AppData/Roaming",
        "LOCALAPPDATA" => "~/AppData/Local",
        "PWD" => ".",
        "TMPDIR" | "TEMP" | "TMP" => TEMPORARY,
        _ => return None,
    })
}

/// Names that stand for parts of paths.
pub(super) fn constant(path: &Path<'_>) -> Option<&'static str> {
    let is_of = |name: &str| path.parent.is_some_and(|parent| parent.is(name));
    match path.segment {
        "sep" if is_of("os") || is_of("os.path") => Some("/"),
        "pardir" if is_of("os") || is_of("os.path") => Some(".."),
        "curdir" if is_of("os") || is_of("os.path") => Some("."),
        "extsep" if is_of("os") => Some("."),
        "linesep" if is_of("os") => Some("\n"),
        "devnull" if is_of("os") || is_of("os.path") => Some("/dev/null"),
        _ => None,
    }
}

/// An absolute part starts anew; one that is not known is a hole.
fn joined(given: &Given<'_>) -> Option<String> {
    let mut joined = String::new();
    let hole = HOLE.to_string();
    for value in &given.positional {
        let part = match value.shape {
            Shape::Carrier(_) | Shape::Bytes(_) | Shape::Path(_) => text(value).map(Cow::Borrowed),
            _ => repr::shown(value),
        };
        let part = part.unwrap_or(Cow::Borrowed(&hole));
        if part.starts_with('/') {
            joined.clear();
        } else if !joined.is_empty() && !joined.ends_with('/') {
            joined.push('/');
        }
        joined.push_str(&part);
        if joined.len() > super::MAX_BYTES {
            return None;
        }
    }
    Some(joined)
}

/// Variables become the places they name, or holes.
fn expanded(text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let plain = &after[..after.find(|c| !is_part(c)).unwrap_or(after.len())];
        let braced = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        let (name, tail) = braced.unwrap_or((plain, &after[plain.len()..]));
        rest = tail;
        match environment(name) {
            _ if name.is_empty() => expanded.push('$'),
            Some(value) => expanded.push_str(value),
            None => expanded.push(HOLE),
        }
    }
    expanded + rest
}

fn normalised<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let text = text(given.positional.first().or(given.named.first().map(|(_, value)| value))?)?;
    let normal = normal(text);
    tools.text(normal)
}

/// Without `.`, doubled separators, and names that `..` takes back.
pub(super) fn normal(text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let is_absolute = text.starts_with('/');
    for part in text.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", None) if is_absolute => {}
            // Nobody knows the parent of the home folder, or how deep a hole is.
            ("..", Some(last)) if *last != ".." && *last != "~" && !last.contains(HOLE) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let root = if is_absolute { "/" } else { "" };
    let normal = [root, &parts.join("/")].concat();
    if normal.is_empty() { ".".to_owned() } else { normal }
}

/// Folder and name.
fn split(text: &str) -> (&str, &str) {
    let (folder, name) = text.split_at(text.rfind('/').map_or(0, |at| at + 1));
    let trimmed = folder.trim_end_matches('/');
    (if trimmed.is_empty() { folder } else { trimmed }, name)
}

/// All but the suffix, and the suffix with its dot.
pub(super) fn split_suffix(text: &str) -> (&str, &str) {
    let start = text.rfind('/').map_or(0, |at| at + 1);
    let name = &text[start..];
    let dots = name.len() - name.trim_start_matches('.').len();
    let dot = name[dots..].rfind('.').map(|at| start + dots + at);
    text.split_at(dot.unwrap_or(text.len()))
}

fn temporary<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let hole = HOLE.to_string();
    let folder = match given.get("dir", 2) {
        Some(folder) if !matches!(folder.shape, Shape::None) => text(&folder).unwrap_or(&hole),
        _ => TEMPORARY,
    };
    // As `tempfile` names them; whoever judges paths knows them by it.
    tools.text([folder, "/tmp", &hole].concat())
}

/// What a pattern finds: something below the folder that it names.
fn below<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>) -> Option<Value<'a>> {
    let pattern = text(&given.get("pathname", 0)?)?;
    let hole = HOLE.to_string();
    let found = pattern.replace("**", "*").replace(['*', '?'], &hole);
    let found = tools.text(found)?;
    tools.sequence(&[found])
}
