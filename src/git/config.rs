//! The few settings of a repository that say how it is to be read. Its configuration can name programs, other files and other
//! folders: nothing but these settings is looked at, and no include is followed.
//!
//! The syntax is that of git-config(1), "Syntax".

use std::collections::BTreeMap;

/// Settings by `section.name`, in small letters, without those of subsections. The last one of a name wins.
#[derive(Debug, Default)]
pub(super) struct Config(BTreeMap<String, String>);

impl Config {
    pub(super) fn parse(text: &str) -> Self {
        let (mut settings, mut section) = (BTreeMap::new(), None);
        for line in text.lines() {
            let mut line = line.trim_start();
            if let Some(rest) = line.strip_prefix('[') {
                let Some((header, rest)) = rest.split_once(']') else { continue };
                section = (!header.contains(['"', '.'])).then(|| header.trim().to_lowercase());
                line = rest.trim_start();
            }
            let (name, value) = line.split_once('=').unwrap_or((line, "true"));
            let name = name.trim().to_lowercase();
            if let (Some(section), false) = (&section, name.is_empty() || name.starts_with(['#', ';'])) {
                settings.insert(format!("{section}.{name}"), unquoted(value));
            }
        }
        Self(settings)
    }

    /// Takes what another file says in addition.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| matches!(&*value.to_lowercase(), "true" | "yes" | "on" | "1"))
    }

    /// The names in a section.
    pub(super) fn names<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.keys().filter_map(move |key| key.strip_prefix(section)?.strip_prefix('.'))
    }
}

/// A value without its quotes and without the comment after it.
fn unquoted(value: &str) -> String {
    let (mut text, mut quoted, mut characters) = (String::new(), false, value.trim().chars());
    while let Some(character) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            '#' | ';' if !quoted => break,
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    if quoted { text } else { text.trim_end().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_git_reads_them() {
        let text = "[core]\n\tbare = false ; no\n worktree = \"../a # b\"\n[Extensions] objectFormat=sha256\n\
                    [remote \"core\"]\n bare = true\n[core]\n\tBare\n# bare = no\n[broken\nbare = no\n";
        let config = Config::parse(text);
        assert_eq!(config.get("core.worktree"), Some("../a # b"));
        assert_eq!(config.get("extensions.objectformat"), Some("sha256"));
        assert!(!config.is_true("core.bare"), "the last one wins");
        assert!(Config::parse("[core]\nbare").is_true("core.bare"));
        assert_eq!(config.names("extensions").collect::<Vec<_>>(), ["objectformat"]);
    }
}
