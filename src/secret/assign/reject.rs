//! Values that are no credential, whatever the name says: references, placeholders, names of things, paths, prose.

use super::name::{Class, Name};
use super::shape::Shape;
use super::syntax::Syntax;
use super::value::Quote;

/// How a part begins and ends that is filled in later.
const TEMPLATES: [(&str, &str); 13] = [
    ("${", "}"),
    ("{{", "}}"),
    ("<%", "%>"),
    ("%(", ")"),
    ("$(", ")"),
    ("#{", "}"),
    ("@{", "}"),
    ("[[", "]]"),
    ("<?", "?>"),
    ("%{", "}"),
    ("{%", "%}"),
    ("$[", "]"),
    ("{", "}"),
];

/// What is filled in where it stands, escapes, and signs of code.
const FILLED: &[&str] = &["%s", "%v", "%d", "</", "/>", "=>", "\\u", "\\x"];

/// How a value begins that says where the credential lies, or what was made of it. In lower case.
#[rustfmt::skip]
const REFERENCES: &[&str] = &[
    "vault:", "vault.", "secretref:", "env:", "env.", "env(", "env[", "enc[", "enc(", "!ref", "!sub", "!vault",
    "!secret", "@value", "os.environ", "os.getenv", "process.env", "secrets.", "ssm:", "arn:", "file:", "keyring:",
    "data:", "ref+", "kms:", "aws:", "var.", "vars.", "local.", "module.", "{cipher}", "{aes}", "{bcrypt}", "{ssha",
    "{sha", "{noop}", "{md5}", "$2a$", "$2b$", "$2y$", "$1$", "$5$", "$6$", "pbkdf2", "sha1$", "sha256$", "sha512$",
    "md5$", "$argon2", "bcrypt", "-----begin", "ssh-rsa", "ssh-ed25519", "secret:", "secret/", "config.", "settings.",
    "sha256:", "sha256-", "sha384-", "sha512-", "sha1-", "argon2:", "$y$", "$7$", "mfkwewyhkozizj0", "miibijanbgkq",
    "migfma0gcsqg", "miicijanbgkq", "mcowbqydk2vwayea",
];

/// What nobody's credential holds. In lower case.
#[rustfmt::skip]
const PLACEHOLDERS: &[&str] = &[
    "example", "placeholder", "changeme", "change_me", "change-me", "changeit", "changethis", "change_this", "redacted",
    "your", "xxx", "dummy", "insert", "replace", "sample", "fake", "fixme", "***", "....", "lorem", "foobar", "fillme",
    "fill_in", "notreal", "not_real", "not-real", "not a real", "not-a-", "not_a_", "notsecret", "not-secret",
    "undefined", "removed", "masked", "hidden", "<", "enter ", "mysecret", "my-secret", "my_secret", "mytoken",
    "my-token", "my_token", "mykey", "my-key", "my_key", "mypass", "my-pass", "my_pass", "somesecret", "some-secret",
    "some_", "somepass", "goes-here", "goes_here", "_here", "-here", "deadbeef",
];

/// What stands for nothing, or for a kind of thing. In lower case.
#[rustfmt::skip]
const NOTHING: &[&str] = &[
    "true", "false", "null", "nil", "none", "yes", "no", "on", "off", "string", "str", "int", "integer", "number",
    "text", "bytes", "byte", "bool", "boolean", "object", "any", "required", "optional", "empty", "default", "basic",
    "bearer", "digest", "plain", "plaintext", "invalid", "valid", "missing", "unknown", "todo", "tbd", "n/a", "na",
    "abc", "asdf", "blah", "foo", "bar", "baz", "test", "secret", "value", "some", "unset", "void",
    "convertto-securestring", "utf-8", "utf8", "hs256", "hs384", "hs512", "rs256", "rs512", "es256", "ps256", "sha1",
    "sha-1", "sha256", "sha-256", "sha384", "sha512", "md5", "base64", "base32", "oauth2", "oauth1", "scram-sha-256",
    "scram-sha-1", "cram-md5", "latin-1", "latin1", "iso-8859-1", "ascii", "aes256", "aes-256", "aes128", "aes-256-gcm",
    "aes-256-cbc", "pkcs8", "pkcs1", "x509", "x-www-form-urlencoded", "oauth2password", "ed25519", "secp256k1",
];

/// Endings of names of files.
const FILES: &[&str] = &[
    ".pem", ".key", ".crt", ".cer", ".json", ".txt", ".py", ".js", ".ts", ".java", ".go", ".rb", ".php", ".html",
    ".xml", ".yml", ".yaml", ".jks", ".p12", ".pfx", ".pub", ".conf", ".cfg", ".ini", ".env", ".md", ".com", ".org",
    ".io", ".net", ".svg", ".png", ".tsx", ".css",
];

/// Files that hold checksums, by the ends of their names.
#[rustfmt::skip]
const LOCKS: &[&str] = &[
    ".lock", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum", ".sum", "checksums.txt",
    "sha256sums", "manifest.json", "packages.config", ".min.js", ".min.css", ".map", ".lock.json", "record",
];

/// What regular expressions, paths into data, and escaped characters of XML hold.
const PATTERNS: &[&str] =
    &["[a-z", "[0-9", "(?", ".*", ".+", "\\w", "\\d", "\\s", "[^", "[-1]", "[0]", "[]", "[*]", "&#", "&quot;", "&lt;"];

/// Whether what the file holds are sums of other files, or code that was written by programs.
pub(super) fn is_of_sums(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    LOCKS.iter().any(|end| {
        name.len() >= end.len()
            && name.is_char_boundary(name.len() - end.len())
            && name[name.len() - end.len()..].eq_ignore_ascii_case(end)
    })
}

pub(super) fn is_rejected(name: &Name, text: &[u8], value: &[u8], shape: &Shape, quote: Quote, syntax: Syntax) -> bool {
    let is_password = name.class.is_password();
    let least = match name.class {
        Class::Password | Class::Pass => 4,
        Class::Secret | Class::Credential => 6,
        _ => 8,
    };
    if shape.length < least {
        return true;
    }
    let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
    let has = |list: &[&str]| list.iter().any(|part| lower.contains(part));
    is_template(&lower)
        || has(FILLED)
        || has(PLACEHOLDERS)
        || has(PATTERNS)
        || lower.contains("://")
        || REFERENCES.iter().any(|start| lower.starts_with(start))
        || NOTHING.contains(&lower.as_str())
        || is_wrapped(&lower)
        || is_variable(&lower)
        || is_path(value, &lower, shape)
        || is_message(value, shape)
        || is_call(value, quote)
        || shape.is_constant()
        || resembles(&text[name.at.clone()], &lower, shape)
        || shape.distinct <= 2 && shape.length > 3
        || value.windows(2).filter(|pair| pair[0] == b'\\').count() > 1
        || !is_password && is_no_key(name.class, value, shape, syntax)
        || quote == Quote::Bare
            && matches!(syntax, Syntax::Prose | Syntax::Other | Syntax::Code)
            && (!is_mixed(shape) || value.contains(&b':'))
}

/// Whether a part is filled in later: signs around what reads like a name or a short expression.
fn is_template(lower: &str) -> bool {
    TEMPLATES.iter().any(|(open, close)| {
        let inner = lower.split_once(open).map(|(_, rest)| rest);
        inner.and_then(|rest| rest.split_once(close)).is_some_and(|(inner, _)| {
            inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.- |:'\"()/$?=!@,&*+".contains(&byte))
        })
    })
}

/// `<…>`, `[…]`, `%…%`, `__…__`.
fn is_wrapped(lower: &str) -> bool {
    matches!(
        (lower.as_bytes().first(), lower.as_bytes().last()),
        (Some(b'<'), Some(b'>'))
            | (Some(b'{'), Some(b'}'))
            | (Some(b'['), Some(b']'))
            | (Some(b'('), Some(b')'))
            | (Some(b'%'), Some(b'%'))
    ) || lower.starts_with("__") && lower.ends_with("__")
        // What was cut short.
        || lower.ends_with("...")
}

/// `$NAME`, `@name`, `:name`, `&name`, `#name`, `.name`.
fn is_variable(lower: &str) -> bool {
    let is_name = |rest: &str| {
        rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-:.>[]'\"".contains(&byte))
    };
    let is_worded = |rest: &str| is_name(rest) && Shape::of(rest.as_bytes()).is_identifier();
    lower
        .strip_prefix('$')
        .is_some_and(|rest| is_name(rest) && !rest.bytes().any(|byte| byte.is_ascii_digit()) || is_worded(rest))
        || [':', '@', '#', '.', '&', '*', '-', '%', '!', '~']
            .iter()
            .any(|mark| lower.strip_prefix(*mark).is_some_and(is_worded))
}

fn is_path(value: &[u8], lower: &str, shape: &Shape) -> bool {
    let begins = value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"~/")
        || value.len() > 2 && value[0].is_ascii_alphabetic() && value[1] == b':' && value[2] == b'\\';
    let worded = shape.worded * 2 >= shape.letters() || shape.surprise < 4.5;
    // Keys in base64 may begin with a slash; what has few digits and capitals is a path.
    let is_absolute = value[0] == b'/' && shape.slashes > 1 && (shape.digits + shape.upper) * 4 <= shape.length;
    let is_dotted =
        shape.joints > 0 && lower.contains('.') && shape.digits == 0 && shape.is_identifier() && shape.length > 9;
    begins
        || is_absolute
        || is_dotted
        || FILES.iter().any(|end| lower.ends_with(end))
        || shape.slashes > 0 && worded && shape.digits * 4 <= shape.length
}

/// `Password:`, `Enter a password`, `Wrong password!`: text for people.
fn is_message(value: &[u8], shape: &Shape) -> bool {
    let words = shape.blanks + 1;
    shape.blanks > 3
        || shape.blanks > 0 && (shape.worded * 3 >= shape.letters() || shape.surprise < 4.8 || shape.letters() > words * 9)
        || matches!(value.last(), Some(b':' | b',')) && shape.digits == 0
        || matches!(value.first(), Some(b',' | b')' | b'=' | b'|' | b'+'))
        || value.starts_with(b". ")
        // Versions, dates and addresses.
        || shape.letters() < 3 && shape.joints > 2 && shape.special == shape.joints
        || shape.letters() == 0 && (shape.digits < 4 || shape.special > 0 && shape.special == shape.joints)
}

/// `get(…)`, `a.b()`, `f(x`: code.
fn is_call(value: &[u8], quote: Quote) -> bool {
    let Some(open) = value.iter().position(|byte| *byte == b'(') else {
        return quote == Quote::Bare && value.starts_with(b"[");
    };
    let is_callee = open > 2
        && value[..open].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'$'));
    is_callee && (quote == Quote::Bare || value.last() == Some(&b')'))
}

/// Whether the value says again what the name says, in whatever case and with whatever signs.
fn resembles(name: &[u8], lower: &str, shape: &Shape) -> bool {
    let bare = |text: &[u8]| {
        text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect::<Vec<u8>>()
    };
    let (name, value) = (bare(name), bare(lower.as_bytes()));
    if value.is_empty() {
        return true;
    }
    let holds = |long: &[u8], short: &[u8]| short.len() > 2 && long.windows(short.len()).any(|part| part == short);
    name == value
        || holds(&name, &value)
        || shape.digits == 0 && holds(&value, &name)
        || shape.digits == 0 && said_again(&value)
}

/// `the_password_field`, `auth-token-name`: words for credentials in the value itself, and no digit.
fn said_again(value: &[u8]) -> bool {
    ["password", "passwd", "secret", "token", "credential", "apikey", "accesskey", "passphrase"]
        .iter()
        .any(|word| value.windows(word.len()).any(|part| part == word.as_bytes()))
}

/// What a machine would not issue as a key.
fn is_no_key(class: Class, value: &[u8], shape: &Shape, syntax: Syntax) -> bool {
    let is_weak = matches!(class, Class::Key | Class::Auth);
    let is_sum = shape.is_hex && matches!(shape.length, 32 | 40 | 56 | 64 | 96 | 128);
    shape.blanks > 0
        || shape.is_identifier()
        || shape.letters() == 0
        || shape.letters() == shape.length && shape.is_word() && shape.surprise < 5.2
        || shape.rows * 2 > shape.length
        || shape.distinct * 4 < shape.length.min(32)
        || is_weak && (value.contains(&b'%') || is_uuid(value) || is_sum && syntax == Syntax::Code)
        || is_weak && value.iter().any(|byte| b"()[]{}<>,;\"'`|".contains(byte))
        || repeats(value)
}

/// Letters and digits mixed, or letters as no word has them.
fn is_mixed(shape: &Shape) -> bool {
    shape.letters() > 0 && shape.length >= 6 && (shape.digits > 0 && !shape.is_identifier() || shape.surprise > 5.2)
}

pub(super) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(index, byte)| {
            if matches!(index, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
}

/// Whether a short unit is written three times or more, and nothing else.
fn repeats(value: &[u8]) -> bool {
    (1..=(value.len() / 3).min(10)).any(|period| value.iter().zip(&value[period..]).all(|(one, next)| one == next))
}
