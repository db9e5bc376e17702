//! What kind of text a file holds, told by its name: whether strings stand in quotes there, and how a value ends.

/// How assignments are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// A programming language: what is not in quotes is code.
    Code,
    Env,
    Ini,
    Yaml,
    Toml,
    Json,
    Properties,
    Xml,
    Shell,
    Dockerfile,
    Terraform,
    Prose,
    Other,
}

/// How far from the start of its line a name in a comment may stand.
const INDENT: usize = 100;

use Syntax::{Code, Dockerfile, Env, Ini, Json, Other, Properties, Prose, Shell, Terraform, Toml, Xml, Yaml};

/// Endings of names, in lower case, without the dot.
const ENDINGS: [(Syntax, &[&str]); 12] = [
    (
        Code,
        &[
            "py", "pyw", "pyi", "pyx", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "java", "cs", "go", "rb",
            "rake", "erb", "php", "phtml", "c", "h", "cc", "cpp", "cxx", "hpp", "hh", "hxx", "m", "mm", "swift", "kt",
            "kts", "rs", "scala", "sc", "groovy", "gradle", "lua", "pl", "pm", "t", "r", "dart", "vb", "vbs", "fs",
            "fsx", "ex", "exs", "erl", "hrl", "hs", "clj", "cljs", "sql", "ps1", "psm1", "psd1", "vue", "svelte",
            "sol", "jl", "nim", "zig", "pas", "proto", "graphql", "css", "scss", "less", "tcl", "el", "lisp", "ml",
            "cu", "coffee", "as", "d", "ino", "bal", "apex", "cls", "liquid", "feature",
        ],
    ),
    (Env, &["env", "envrc"]),
    (
        Ini,
        &[
            "ini",
            "cfg",
            "conf",
            "cnf",
            "inf",
            "npmrc",
            "pypirc",
            "gitconfig",
            "s3cfg",
            "boto",
            "service",
            "reg",
            "credentials",
            "cf",
            "rc",
            "desktop",
            "ovpn",
            "nix",
            "my",
        ],
    ),
    (Yaml, &["yml", "yaml", "sls", "raml", "eyaml"]),
    (Toml, &["toml"]),
    (Json, &["json", "jsonc", "json5", "ipynb", "tfstate", "har", "jsonl", "ndjson", "template", "hjson"]),
    (Properties, &["properties", "props"]),
    (
        Xml,
        &[
            "xml",
            "html",
            "htm",
            "xhtml",
            "plist",
            "xaml",
            "resx",
            "config",
            "csproj",
            "storyboard",
            "jsp",
            "aspx",
            "svg",
            "wsdl",
            "xsd",
            "xsl",
            "pom",
            "xib",
            "publishsettings",
            "rdp",
        ],
    ),
    (
        Shell,
        &[
            "sh",
            "bash",
            "zsh",
            "ksh",
            "fish",
            "bat",
            "cmd",
            "bashrc",
            "zshrc",
            "profile",
            "bash_profile",
            "bash_history",
            "mk",
            "mak",
            "history",
        ],
    ),
    (Dockerfile, &["dockerfile"]),
    (Terraform, &["tf", "tfvars", "hcl"]),
    (Prose, &["md", "mdx", "markdown", "rst", "txt", "adoc", "asciidoc", "org", "tex"]),
];

/// Whole names, in lower case.
const NAMES: [(Syntax, &[&str]); 4] = [
    (Dockerfile, &["dockerfile", "containerfile"]),
    (Shell, &["makefile", "gnumakefile", "justfile"]),
    (Ini, &["credentials", "config"]),
    (Code, &["jenkinsfile", "vagrantfile", "gemfile", "rakefile", "podfile"]),
];

impl Syntax {
    /// The syntax of a file by its path.
    pub fn of_path(path: &str) -> Self {
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        if name.starts_with(".env") || name.contains(".env.") {
            return Env;
        }
        if name.starts_with("dockerfile.") {
            return Dockerfile;
        }
        if let Some((syntax, _)) = NAMES.iter().find(|(_, names)| names.contains(&name.as_str())) {
            return *syntax;
        }
        // `settings.ini.example` is written as `settings.ini` is.
        let name = [".example", ".sample", ".dist", ".default", ".tmpl", ".tpl", ".j2", ".bak", ".orig", ".in"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .unwrap_or(&name);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        ENDINGS.iter().find(|(_, endings)| endings.contains(&ending)).map_or(Other, |(syntax, _)| *syntax)
    }

    /// The syntax at a place: what a comment of a program holds is written as prose is.
    pub(super) fn at(self, text: &[u8], place: usize) -> Self {
        if self != Code {
            return self;
        }
        let before = &text[place.saturating_sub(INDENT)..place];
        let start = before.iter().rposition(|byte| *byte == b'\n').map(|index| index + 1);
        let head = start
            .map_or(&before[..if place <= INDENT { before.len() } else { 0 }], |start| &before[start..])
            .trim_ascii_start();
        let is_comment = head.starts_with(b"//") || head.starts_with(b"* ") || head.starts_with(b"# ");
        if is_comment { Prose } else { self }
    }

    /// Whether a value may stand without quotes.
    pub(super) fn takes_bare(self) -> bool {
        !matches!(self, Code | Json | Toml | Terraform | Xml)
    }

    /// Files that hold settings and little else.
    pub(super) fn is_settings(self) -> bool {
        matches!(self, Env | Ini | Yaml | Toml | Json | Properties | Xml | Terraform | Dockerfile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell() {
        for (path, syntax) in [
            ("a/b.py", Code),
            (".env.production", Env),
            ("x/.envrc", Env),
            ("prod.env", Env),
            ("web.config", Xml),
            ("app/config.YML", Yaml),
            ("settings.ini.example", Ini),
            ("Dockerfile.dev", Dockerfile),
            (".aws/credentials", Ini),
            ("notes", Other),
            ("", Other),
            ("main.tf", Terraform),
            ("README.md", Prose),
        ] {
            assert_eq!(Syntax::of_path(path), syntax, "{path}");
        }
    }
}
