//! Names that stand for values in the manifests of Maven (`${name}`) and of .NET (`$(name)`).

use std::collections::HashMap;

use super::tree::Node;

/// A value may name others, these others again: people write no more.
const DEEPEST: usize = 8;
/// Longer than any version or name of a package; what is longer stands for nothing.
const LONGEST: usize = 512;

/// What is known, and how a name is written where its value is meant.
pub(super) struct Properties<'t> {
    open: &'static str,
    close: char,
    known: HashMap<String, &'t str>,
}

impl<'t> Properties<'t> {
    pub(super) fn new(open: &'static str, close: char) -> Self {
        Self { open, close, known: HashMap::new() }
    }

    /// What is said first holds.
    pub(super) fn add(&mut self, name: &str, value: Option<&'t str>) {
        if let Some(value) = value.filter(|value| value.len() <= LONGEST) {
            self.known.entry(name.to_owned()).or_insert(value);
        }
    }

    pub(super) fn extend<'x>(&mut self, nodes: impl Iterator<Item = Node<'t, 'x>>)
    where
        'x: 't,
    {
        nodes.for_each(|node| self.add(node.name(), node.text()));
    }

    /// A text with values in place of their names; `None` where one of them is not known.
    pub(super) fn resolved(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for _ in 0..DEEPEST {
            if !text.contains(self.open) {
                return Some(text);
            }
            let mut out = String::new();
            let mut rest = &*text;
            while let Some((before, inside)) = rest.split_once(self.open) {
                let (name, after) = inside.split_once(self.close)?;
                out.extend([before, self.known.get(name)?]);
                rest = after;
                if out.len() > LONGEST {
                    return None;
                }
            }
            out.push_str(rest);
            text = out;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_values_and_rings_for_nothing() {
        let mut properties = Properties::new("${", '}');
        for (name, value) in [("a", "1"), ("b", "${a}.2"), ("b", "no"), ("ring", "${ring}"), ("more", "${more}${more}")]
        {
            properties.add(name, Some(value));
        }
        for (text, value) in [
            ("1.0", Some("1.0")),
            ("${a}", Some("1")),
            ("v${b}-${a}", Some("v1.2-1")),
            ("${c}", None),
            ("${a", None),
            ("${ring}", None),
            ("${more}", None),
        ] {
            assert_eq!(properties.resolved(text).as_deref(), value, "{text}");
        }
    }
}
