//! Words of ordinary text and code, and passwords that everybody knows.

/// Common words of programs and their documentation, and words that people like in passwords; sorted.
#[rustfmt::skip]
const WORDS: [&str; 944] = [
    "about", "above", "abstract", "access", "account", "action", "actual", "added", "address", "admin", "administrator",
    "after", "agent", "airflow", "algorithm", "algorithms", "alias", "aliases", "allow", "allowed", "already", "also",
    "always", "amazon", "amber", "animal", "annotate", "annotations", "another", "ansible", "answer", "apache",
    "append", "apple", "application", "apps", "args", "argument", "arguments", "array", "article", "ascii", "assert",
    "assign", "assignment", "associated", "astroid", "async", "attr", "attribute", "attributes", "attrs", "auth",
    "author", "auto", "autumn", "available", "await", "azure", "backend", "backup", "base", "baseball", "based",
    "basic", "basket", "batman", "beach", "because", "become", "been", "before", "being", "between", "binary",
    "bitbucket", "black", "blob", "block", "blue", "body", "book", "bool", "boolean", "both", "boto", "bottle", "break",
    "bridge", "bright", "brown", "bucket", "buffer", "build", "builtin", "butter", "byte", "bytes", "cache", "call",
    "callable", "callback", "called", "calls", "camel", "candy", "cannot", "capacity", "captain", "case", "cases",
    "castle", "centrality", "cert", "certificate", "chain", "change", "changed", "changes", "channel", "char",
    "charlie", "check", "checker", "checkers", "checking", "checks", "cheese", "chicken", "child", "chocolate",
    "choices", "circle", "class", "classes", "classmethod", "cleanup", "clear", "client", "clock", "close", "closed",
    "closes", "cloud", "cluster", "code", "coffee", "collection", "collections", "collector", "color", "column",
    "command", "commands", "comment", "common", "comparison", "complete", "components", "computer", "condition",
    "config", "conn", "connect", "connected", "connection", "consider", "constraint", "constraints", "container",
    "contains", "content", "contents", "context", "continue", "contrib", "control", "controller", "cookie", "cool",
    "copies", "copy", "copyright", "core", "corner", "could", "count", "coverage", "create", "created", "credentials",
    "cross", "crystal", "current", "custom", "customer", "cycle", "dance", "dark", "data", "database", "date",
    "datetime", "debug", "decimal", "decode", "default", "defaults", "defer", "deferred", "defined", "degree", "delete",
    "deprecated", "deprecation", "describe", "description", "descriptor", "dest", "details", "device", "diamond",
    "dict", "dictionary", "diff", "different", "directed", "directory", "disable", "display", "distance",
    "distribution", "django", "docker", "docs", "docstring", "doctor", "document", "does", "doesn", "dolphin", "domain",
    "done", "dragon", "dream", "dummy", "each", "eactor", "eagle", "earth", "edge", "edges", "editor", "either",
    "elastic", "element", "elephant", "elif", "else", "email", "empty", "enable", "enabled", "encode", "encoding",
    "endpoint", "engine", "ensure", "entry", "environment", "equal", "errback", "error", "errors", "even", "event",
    "events", "example", "examples", "except", "exception", "exceptions", "execute", "exist", "existing", "exists",
    "exit", "expected", "expression", "extension", "extra", "fact", "factory", "facts", "fail", "failed", "failure",
    "fake", "false", "family", "fetch", "field", "fields", "file", "filename", "files", "filter", "find", "first",
    "flag", "flags", "float", "flow", "flower", "following", "football", "force", "foreign", "forest", "form", "format",
    "forms", "found", "frame", "free", "freedom", "friend", "from", "full", "func", "function", "functional",
    "functions", "future", "galaxy", "garden", "general", "generate", "generated", "generator", "generic", "getattr",
    "giraffe", "github", "gitlab", "given", "global", "golden", "good", "google", "grafana", "graph", "graphs", "grass",
    "green", "group", "groups", "guest", "guitar", "hammer", "handle", "handler", "handlers", "happy", "hash", "have",
    "header", "headers", "heart", "heaven", "hello", "help", "here", "high", "hockey", "honey", "horse", "host",
    "hostname", "hosts", "house", "html", "http", "https", "hunter", "identifier", "identity", "ignore", "ignored",
    "image", "implemented", "import", "include", "included", "including", "index", "inference", "info", "information",
    "init", "initial", "inner", "input", "install", "instance", "instances", "instead", "integer", "integration",
    "interface", "interfaces", "internal", "internet", "into", "invalid", "inventory", "isinstance", "island", "issue",
    "issues", "item", "items", "iter", "iterable", "iterator", "ivar", "jenkins", "join", "jordan", "json", "jungle",
    "jupyter", "just", "kafka", "kernel", "keycloak", "keys", "keyword", "killer", "king", "kitchen", "kitten", "known",
    "kubernetes", "kwargs", "label", "labels", "ladder", "lambda", "last", "later", "layer", "layout", "lazy", "left",
    "lemon", "length", "level", "license", "licenses", "light", "like", "limit", "line", "lines", "link", "linter",
    "lion", "list", "little", "lizard", "load", "loader", "local", "locale", "localhost", "location", "logger",
    "logging", "login", "long", "lookup", "loop", "lost", "love", "lower", "lucky", "made", "magic", "mail", "main",
    "make", "manager", "many", "mapping", "mark", "marker", "master", "match", "matching", "matrix", "maximum",
    "member", "members", "memory", "message", "messages", "meta", "metadata", "method", "methods", "michael",
    "middleware", "midnight", "migration", "migrations", "minimum", "missing", "mixin", "mobile", "mock", "mode",
    "model", "models", "modify", "module", "modules", "money", "mongo", "monkey", "monster", "moon", "more", "mother",
    "mount", "mountain", "multi", "multiple", "music", "must", "mustang", "mysql", "name", "named", "names",
    "namespace", "native", "need", "nested", "network", "networkx", "next", "nginx", "night", "ninja", "node", "nodes",
    "none", "note", "notice", "null", "number", "numpy", "object", "objects", "observer", "ocean", "office", "offset",
    "once", "only", "open", "operation", "option", "optional", "options", "oracle", "orange", "order", "origin",
    "original", "other", "otherwise", "output", "over", "override", "package", "packet", "page", "panda", "paper",
    "param", "parameter", "parameters", "parametrize", "params", "parent", "parse", "parser", "part", "particular",
    "partition", "parts", "party", "pass", "passed", "password", "patch", "path", "paths", "pattern", "payload",
    "peanut", "pencil", "penguin", "pepper", "permission", "permissions", "person", "phone", "pilot", "pirate",
    "planet", "platform", "play", "player", "plugin", "plugins", "point", "policy", "pony", "pool", "port", "position",
    "post", "postgres", "power", "prefix", "present", "primary", "princess", "print", "private", "process", "producer",
    "production", "profile", "project", "prompt", "property", "proto", "protocol", "provided", "provider", "proxy",
    "public", "pull", "purple", "pylint", "pytest", "python", "queen", "queries", "query", "queue", "rabbit",
    "rabbitmq", "radio", "rain", "rainbow", "raise", "raised", "raises", "random", "range", "ranger", "reactor", "read",
    "reason", "received", "record", "records", "redirect", "redis", "reference", "region", "register", "related",
    "release", "remote", "remove", "removed", "render", "replace", "repo", "reporter", "repr", "request", "requests",
    "required", "resolver", "resource", "response", "result", "results", "return", "returned", "returns", "reverse",
    "right", "river", "robot", "rocket", "role", "root", "rose", "royal", "rror", "rtype", "runner", "running",
    "runtime", "safe", "sailor", "same", "sample", "save", "schema", "scooter", "scope", "script", "search", "second",
    "seconds", "secret", "section", "security", "seed", "select", "self", "send", "sent", "sequence", "server",
    "service", "session", "sets", "settings", "setup", "shadow", "shall", "shell", "shortest", "should", "show", "side",
    "signal", "signature", "silver", "simple", "since", "single", "site", "size", "skip", "skipper", "smile", "snow",
    "soccer", "socket", "software", "soldier", "some", "something", "sorted", "source", "spec", "specific", "specified",
    "spider", "split", "spring", "stack", "staging", "star", "start", "startswith", "stat", "state", "statement",
    "static", "status", "stderr", "stdout", "still", "stop", "storage", "store", "stream", "strict", "string",
    "strings", "strip", "strong", "style", "subgraph", "subject", "success", "such", "summer", "sunshine", "super",
    "support", "supported", "supports", "sure", "sweet", "syntax", "system", "table", "tags", "target", "targets",
    "task", "tasks", "template", "templates", "test", "tester", "testing", "tests", "text", "than", "that", "them",
    "then", "there", "these", "they", "this", "thread", "through", "tiger", "time", "timeout", "title", "token",
    "tomato", "traceback", "train", "transport", "tree", "trial", "true", "trust", "tuple", "turtle", "twisted", "type",
    "types", "typing", "ubuntu", "undefined", "under", "undirected", "unicode", "union", "unique", "unit", "units",
    "unittest", "unix", "unknown", "unless", "unsupported", "unused", "update", "updated", "upload", "usage", "used",
    "user", "username", "users", "uses", "using", "util", "utils", "vagrant", "valid", "validate", "validation",
    "value", "values", "variable", "variables", "vars", "vault", "velvet", "verify", "version", "versions", "view",
    "views", "violet", "wait", "want", "warning", "warnings", "warranty", "water", "weight", "welcome", "whale", "what",
    "when", "where", "whether", "which", "while", "whisky", "will", "window", "windows", "winner", "winter", "with",
    "without", "wizard", "wolf", "wordpress", "work", "worker", "would", "wrapped", "wrapper", "write", "yaml",
    "yellow", "yield", "your", "zebra", "zero", "zone",
];

/// Passwords that stand in every list of the commonest ones, and what servers come with; sorted.
#[rustfmt::skip]
const COMMON: [&str; 255] = [
    "000000", "00000000", "010203", "102030", "1111", "111111", "11111111", "112233", "11223344", "121212", "123",
    "123123", "123321", "1234", "12341234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890",
    "1234qwer", "123abc", "123qwe", "1q2w3e", "1q2w3e4r", "1qaz2wsx", "2000", "222222", "321", "333333", "4321",
    "444444", "54321", "555555", "654321", "666666", "6969", "696969", "777777", "7777777", "87654321", "888888",
    "88888888", "987654321", "999999", "aa123456", "aaaa", "aaaaaa", "abc", "abc123", "abcd", "abcd1234", "abcdef",
    "access", "adm1n", "admin", "admin1", "admin12", "admin123", "admin1234", "admin@123", "adminadmin",
    "administrator", "alex", "andrea", "andrew", "anonymous", "apple", "asdf", "asdfasdf", "asdfgh", "asdfghjkl",
    "ashley", "asshole", "azerty", "bailey", "baseball", "batman", "biteme", "blank", "buster", "changeit", "changeme",
    "changethis", "charlie", "cheese", "chelsea", "computer", "cookie", "daniel", "default", "demo", "dev", "donald",
    "dragon", "eagles", "elastic", "email", "flower", "foo", "foobar", "football", "freedom", "fuckme", "fuckyou",
    "george", "ginger", "guest", "hadoop", "hammer", "hannah", "harley", "hello", "hello123", "hockey", "hunter",
    "hunter2", "iloveyou", "jenkins", "jennifer", "jessica", "jordan", "joshua", "justin", "kafka", "killer", "klaster",
    "l3tm31n", "letmein", "liverpool", "login", "love", "lovely", "maggie", "manager", "mariadb", "martin", "master",
    "matrix", "matthew", "michael", "michelle", "minio123", "minioadmin", "mongo", "monkey", "monster", "mustang",
    "my-secret-pw", "myadmin", "mysql", "neo4j", "nicole", "ninja", "nopass", "nopassword", "oracle", "orange", "p@ss",
    "p@ssw0rd", "p@ssword", "pa55w0rd", "pa55word", "pass", "pass1", "pass12", "pass123", "pass1234", "passpass",
    "passw0rd", "password", "password!", "password1", "password12", "password123", "password1234", "pepper", "postgres",
    "postgresql", "princess", "private", "public", "purple", "q1w2e3r4", "qazwsx", "qq123456", "qwe123", "qwer1234",
    "qwert", "qwerty", "qwerty1", "qwerty12", "qwerty123", "qwertyuiop", "rabbit", "rabbitmq", "ranger", "redis",
    "robert", "root", "root123", "rootpass", "rootroot", "sa", "samsung", "scott", "secret", "secret123", "shadow",
    "soccer", "starwars", "summer", "sunshine", "superman", "superuser", "sysadmin", "system", "tech", "temp",
    "temp123", "tequiero", "test", "test1", "test12", "test123", "test1234", "test@123", "tester", "testing",
    "testpass", "testtest", "thomas", "tiger", "tigger", "tomcat", "toor", "trustno1", "user", "user1", "user123",
    "username", "vagrant", "wangyang", "welcome", "welcome1", "welcome123", "whatever", "william", "winner",
    "wordpress", "yankees", "zaq12wsx", "zxcvbn", "zxcvbnm",
];

/// The longest and the shortest of [`WORDS`].
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=13;

/// Whether everybody knows this password. `lower` is in lower case.
pub(super) fn is_common(lower: &str) -> bool {
    COMMON.binary_search(&lower).is_ok()
}

/// How many bytes of a text in lower case belong to words, taken greedily from the left.
pub(super) fn covered(lower: &str) -> usize {
    let bytes = lower.as_bytes();
    let (mut at, mut covered) = (0, 0);
    while at < bytes.len() {
        let longest = LENGTHS
            .rev()
            .find(|length| lower.get(at..at + length).is_some_and(|part| WORDS.binary_search(&part).is_ok()));
        covered += longest.unwrap_or_default();
        at += longest.unwrap_or(1);
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_are_sorted() {
        assert!(WORDS.is_sorted() && COMMON.is_sorted());
        assert!(WORDS.iter().all(|word| LENGTHS.contains(&word.len())));
    }

    #[test]
    fn words_are_found_in_what_is_glued_together() {
        assert_eq!(covered("requestmethod"), 13);
        assert_eq!(covered("q7requestz"), 7);
        assert_eq!(covered("zvkqj"), 0);
        assert!(is_common("letmein") && !is_common("vorhang"));
    }
}
