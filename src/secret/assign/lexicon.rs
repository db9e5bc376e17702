//! The words that names are made of: which promise a credential, and which only speak of one. All in lower case.

use super::name::Class;

/// What may be glued to a telling word within one word, before and after it. `*`: anything.
pub(super) struct Telling {
    pub(super) word: &'static str,
    pub(super) class: Class,
    pub(super) before: &'static [&'static str],
    pub(super) not_before: &'static [&'static str],
    pub(super) after: &'static [&'static str],
}

const ANY: &[&str] = &["*"];

pub(super) const TELLING: [Telling; 7] = [
    Telling {
        word: "pass",
        class: Class::Pass,
        before: ANY,
        not_before: &["by", "com", "tres", "encom", "sur", "over", "under", "multi", "single", "two", "im", "no"],
        after: &["", "word", "wd", "phrase", "code", "w", "wrd", "wort"],
    },
    Telling { word: "pwd", class: Class::Pass, before: ANY, not_before: &["old", "lc", "get", "c"], after: &[""] },
    Telling { word: "secret", class: Class::Secret, before: ANY, not_before: &[], after: &["", "s"] },
    Telling {
        word: "token",
        class: Class::Token,
        before: ANY,
        not_before: &["de", "sub", "re", "un", "es"],
        after: &[""],
    },
    Telling {
        word: "cred",
        class: Class::Credential,
        before: &["", "my", "aws", "user", "db"],
        not_before: &[],
        after: &["", "s", "ential", "entials"],
    },
    Telling {
        word: "auth",
        class: Class::Auth,
        before: &["", "o", "basic", "http", "proxy"],
        not_before: &[],
        after: &["", "orization"],
    },
    Telling {
        word: "key",
        class: Class::Key,
        before: &[
            "",
            "api",
            "access",
            "secret",
            "private",
            "priv",
            "auth",
            "app",
            "master",
            "encryption",
            "crypt",
            "crypto",
            "session",
            "account",
            "aes",
            "des",
            "ssh",
            "rsa",
            "sign",
            "signing",
            "client",
            "consumer",
            "license",
            "pass",
            "jwt",
            "hmac",
            "shared",
            "server",
            "secure",
            "admin",
            "accesstoken",
            "apisecret",
            "webhook",
            "deploy",
            "host",
            "user",
            "service",
            "cipher",
        ],
        not_before: &[],
        after: &[""],
    },
];

/// Words before `key` that make it one that opens something.
#[rustfmt::skip]
pub(super) const KEY_OF: &[&str] = &[
    "api", "access", "secret", "private", "priv", "auth", "app", "application", "master", "encryption", "encrypt",
    "crypt", "crypto", "cipher", "aes", "des", "ssh", "rsa", "sign", "signing", "client", "consumer", "license",
    "licence", "pass", "jwt", "hmac", "shared", "server", "secure", "security", "admin", "webhook", "deploy", "account",
    "storage", "subscription", "service", "session", "write", "maps", "google", "stripe", "aws", "azure", "sendgrid",
    "mailgun", "openai", "token", "instrumentation",
];

/// Words that may follow the telling one: they say which, not what.
#[rustfmt::skip]
pub(super) const TAILS: &[&str] = &[
    "value", "val", "string", "str", "plain", "plaintext", "default", "prod", "production", "dev", "development",
    "test", "testing", "staging", "stage", "base64", "b64", "hex", "old", "new", "current", "raw", "live", "real",
    "admin", "root", "confirm", "confirmation", "a", "b", "again", "2", "1", "local", "first", "second", "master", "v",
    "equals", "eq",
];

/// Words that, after the telling one, speak of something about a credential.
#[rustfmt::skip]
pub(super) const ABOUT: &[&str] = &[
    "action", "age", "alg", "algo", "algorithm", "alias", "allowed", "api", "app", "arn", "array", "attempts", "attr",
    "attribute", "attributes", "auth", "authentication", "backend", "btn", "budget", "button", "cache", "callback",
    "case", "cases", "category", "cb", "changed", "char", "chars", "charset", "check", "checker", "checksum", "class",
    "client", "cmd", "code", "codes", "col", "column", "command", "content", "context", "cookie", "cost", "count",
    "counter", "data", "date", "days", "desc", "description", "dialog", "dict", "digest", "dir", "directory",
    "disabled", "dn", "domain", "email", "enabled", "encoding", "encryption", "endpoint", "entries", "entry", "env",
    "error", "errors", "event", "exchange", "exp", "expiration", "expired", "expires", "expiry", "extractor", "factory",
    "field", "fields", "file", "filename", "filter", "fingerprint", "flag", "fn", "folder", "form", "format", "func",
    "function", "generator", "grant", "group", "handle", "handler", "hash", "hashed", "hasher", "hashes", "header",
    "headers", "help", "helper", "hint", "host", "hour", "hours", "icon", "id", "identifier", "ids", "idx", "image",
    "index", "info", "input", "instance", "interval", "invalid", "is", "issuer", "item", "items", "iterator", "json",
    "kind", "label", "last", "len", "length", "level", "lexer", "lifetime", "limit", "link", "list", "loader",
    "location", "lookup", "manager", "managers", "map", "mask", "max", "md5", "message", "metadata", "method",
    "middleware", "min", "minutes", "mode", "model", "module", "msg", "name", "names", "namespace", "not", "num",
    "number", "obj", "object", "offset", "operator", "option", "options", "order", "page", "pair", "pairs", "param",
    "parameter", "parameters", "params", "parser", "path", "paths", "pattern", "pem", "permission", "permissions",
    "phase", "placeholder", "plugin", "policy", "port", "position", "prefix", "prompt", "property", "protected",
    "protection", "provided", "provider", "realm", "ref", "regex", "regexp", "request", "requests", "required", "reset",
    "resolver", "resource", "response", "retries", "retry", "role", "rotation", "rule", "rules", "salt", "schema",
    "scheme", "scope", "scopes", "script", "seconds", "selector", "separator", "service", "set", "sha1", "sha256",
    "signature", "size", "source", "state", "status", "store", "strategy", "stream", "strength", "suffix", "support",
    "supported", "syntax", "table", "template", "text", "thumbprint", "time", "timeout", "title", "tokenizer", "ttl",
    "txt", "type", "typed", "types", "uri", "uris", "url", "urls", "usage", "user", "username", "users", "valid",
    "validation", "validator", "validators", "var", "variable", "variables", "vault", "verifier", "version", "view",
    "visible", "widget", "yaml", "yml",
];

/// Words that, right before the telling one, say that it is none, or not the one that counts.
#[rustfmt::skip]
pub(super) const BEFORE: &[&str] = &[
    "is", "has", "use", "uses", "using", "show", "hide", "forgot", "forgotten", "no", "not", "require", "requires",
    "required", "needs", "max", "min", "num", "n", "count", "wrong", "bad", "invalid", "incorrect", "missing", "public",
    "pub", "primary", "foreign", "partition", "sort", "hashed", "hash", "encrypted", "encoded", "enable", "disable",
    "allow", "eos", "bos", "pad", "unk", "sep", "cls", "mask", "special", "stop", "cancellation", "parse", "lex",
    "skip", "peek", "expect", "keyboard", "hot", "short", "cache", "unique", "row", "index", "idempotency", "lookup",
    "dict", "map", "json", "object", "group", "order", "host", "ask", "site", "if", "next", "continuation", "starting",
    "page", "pagination",
];

/// Words of names that say that nothing hangs on the value.
pub(super) const TRIAL: &[&str] =
    &["test", "testing", "example", "dummy", "fake", "mock", "sample", "demo", "placeholder", "stub", "foo", "invalid"];

/// Words of what is made anew with every use.
#[rustfmt::skip]
pub(super) const PASSING: &[&str] = &[
    "csrf", "xsrf", "next", "page", "continuation", "sync", "pagination", "start", "device", "request", "cancel",
    "idempotent", "nonce", "verification", "client", "change", "update", "action", "lock", "idempotency", "marker",
    "previous",
];

/// Names that end so and are no credentials, whatever the rules above say.
pub(super) const NOT: &[&str] = &["keepass", "lastpass", "1password", "onepassword", "passport"];

#[cfg(test)]
mod tests {
    use super::ABOUT;

    #[test]
    fn words_that_are_searched_are_sorted() {
        assert!(ABOUT.is_sorted());
    }
}
