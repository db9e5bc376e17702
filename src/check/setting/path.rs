//! Paths of settings, as rules write them.

use crate::setting::{Id, Key, Settings};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// In lower case.
    Name(String),
    /// In lower case, with `*` in it.
    Glob(String),
    Any,
    /// Any number of keys.
    Deep,
}

/// A path, as rules write it.
#[derive(Clone, Debug)]
pub(super) struct Path(Vec<Part>);

impl Path {
    pub(super) fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (part, after) = match rest.strip_prefix('\'').and_then(|rest| rest.split_once('\'')) {
                Some((quoted, after)) => (quoted, after.strip_prefix('.').unwrap_or(after)),
                None => rest.split_once('.').unwrap_or((rest, "")),
            };
            rest = after;
            parts.push(match part {
                "" => continue,
                "*" => Part::Any,
                "**" => Part::Deep,
                glob if glob.contains('*') => Part::Glob(glob.to_ascii_lowercase()),
                name => Part::Name(name.to_ascii_lowercase()),
            });
        }
        Self(parts)
    }

    /// The key that whatever it leads to has, in lower case, where that is one only.
    pub(super) fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Part::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// How many parts it begins with that another begins with too.
    pub(super) fn shared(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).take_while(|(one, other)| one == other).count()
    }

    /// The settings that the path leads through to one, beginning with its document; `None` where it does not lead there.
    pub(super) fn steps(&self, settings: &Settings<'_>, id: Id) -> Option<Vec<Id>> {
        let mut steps = vec![id; self.0.len() + 1];
        leads(&self.0, settings, id, &mut steps).then_some(steps)
    }

    /// Whether a setting that passes is found below another by what is left of the path after some of its parts.
    pub(super) fn finds(
        &self,
        settings: &Settings<'_>,
        start: Id,
        from: usize,
        passes: &mut dyn FnMut(Id) -> bool,
    ) -> bool {
        finds(&self.0[from..], settings, start, passes)
    }
}

/// Whether parts lead from a document to a setting; tells which setting each of them is.
fn leads(parts: &[Part], settings: &Settings<'_>, id: Id, steps: &mut [Id]) -> bool {
    steps[parts.len()] = id;
    let parent = settings.get(id).parent;
    match (parts.split_last(), parent) {
        (None, parent) => parent.is_none(),
        (Some((Part::Deep, before)), parent) => {
            leads(before, settings, id, steps)
                || parent.is_some_and(|parent| {
                    let found = leads(parts, settings, parent, steps);
                    steps[parts.len()] = id;
                    found
                })
        }
        (Some((part, before)), Some(parent)) => {
            part.is_key(&settings.get(id).key) && leads(before, settings, parent, steps)
        }
        (Some(_), None) => false,
    }
}

fn finds(parts: &[Part], settings: &Settings<'_>, start: Id, passes: &mut dyn FnMut(Id) -> bool) -> bool {
    match parts.split_first() {
        None => passes(start),
        Some((Part::Deep, rest)) => {
            finds(rest, settings, start, passes)
                || settings.children(start).any(|(child, _)| finds(parts, settings, child, passes))
        }
        Some((part, rest)) => settings
            .children(start)
            .any(|(child, setting)| part.is_key(&setting.key) && finds(rest, settings, child, passes)),
    }
}

impl Part {
    fn is_key(&self, key: &Key<'_>) -> bool {
        match (self, key) {
            (_, Key::Document) => false,
            (Self::Any | Self::Deep, _) => true,
            (Self::Name(wanted), Key::Name(name)) => name.eq_ignore_ascii_case(wanted),
            (Self::Name(wanted), Key::Position(position)) => wanted.parse() == Ok(*position),
            (Self::Glob(glob), Key::Name(name)) => fits(name.as_bytes(), glob.as_bytes()),
            (Self::Glob(_), Key::Position(_)) => false,
        }
    }
}

/// Whether a name is what a glob in lower case says.
fn fits(name: &[u8], glob: &[u8]) -> bool {
    let Some(star) = glob.iter().position(|byte| *byte == b'*') else { return name.eq_ignore_ascii_case(glob) };
    let (first, rest) = (&glob[..star], &glob[star + 1..]);
    let begins = name.get(..first.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(first));
    begins && (first.len()..=name.len()).any(|from| fits(&name[from..], rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Format;
    use crate::setting;

    /// The settings that a path leads to, by where their values stand.
    fn found(path: &str, text: &str) -> Vec<String> {
        let settings = setting::read(Format::Yaml, text);
        let path = Path::new(path);
        let ids = settings.all().filter(|(id, _)| path.steps(&settings, *id).is_some());
        ids.map(|(_, setting)| text[setting.span.range()].trim().to_owned()).collect()
    }

    #[test]
    fn paths_lead_to_settings() {
        let text = "a: {b: 1, b.c: 2}\nlist: [{b: 3}, {B: 4, url: 5, my_url: 6}]\n";
        for (path, values) in [
            ("a.b", &["1"][..]),
            ("a.'b.c'", &["2"]),
            ("*.b", &["1"]),
            ("list.*.b", &["3", "4"]),
            ("list.1.b", &["4"]),
            ("**.b", &["1", "3", "4"]),
            ("list.**.*_url", &["6"]),
            ("**.*url", &["5", "6"]),
            ("b", &[]),
            ("a.b.c", &[]),
        ] {
            assert_eq!(found(path, text), values, "{path}");
        }
        assert_eq!(found(".", "a: 1"), ["a: 1"]);
    }

    #[test]
    fn a_path_tells_what_it_leads_through() {
        let settings = setting::read(Format::Yaml, "jobs: {a: {steps: [{uses: x, with: {ref: y}}, {uses: z}]}}");
        let (by, other) = (Path::new("**.steps.*.uses"), Path::new("**.steps.*.with.ref"));
        let with_ref = |id| {
            let steps = by.steps(&settings, id)?;
            let shared = other.shared(&by);
            Some(other.finds(&settings, steps[shared], shared, &mut |_| true))
        };
        let answers: Vec<_> = settings.all().filter_map(|(id, _)| with_ref(id)).collect();
        assert_eq!(answers, [true, false]);
    }
}
