//! Modules that code imports and that come from elsewhere: whether something declares them, the whole tree tells.

use std::collections::BTreeMap;

use crate::source::Span;
use crate::standard;
use crate::value::Path;

/// The modules that a source imports from elsewhere, each with the first place.
#[derive(Debug, Default)]
pub struct Foreign(BTreeMap<Box<str>, Span>);

impl Foreign {
    /// Takes note of an import. Relative ones, and names that say of themselves that they are nobody's business, are passed over.
    pub(in crate::check) fn note(&mut self, path: &Path<'_>, span: Span) {
        let Some(module) = path.upwards().last().map(|root| root.segment) else { return };
        let is_name =
            module.starts_with(|c: char| c.is_alphabetic()) && module.chars().all(|c| c.is_alphanumeric() || c == '_');
        if is_name && !standard::is_module(module) {
            let first = self.0.entry(module.into()).or_insert(span);
            *first = (*first).min(span);
        }
    }

    /// Those that the code cannot do without: not in a `try`, where another module, or none, may take its place.
    pub(super) fn needed(&self, code: &str) -> impl Iterator<Item = (&str, Span)> {
        self.0.iter().filter(|(_, span)| !is_tried(code, **span)).map(|(module, span)| (&**module, *span))
    }
}

/// How many lines above an import are looked at for the `try` in which it stands.
const REACH: usize = 20;

/// Whether an import stands in a block that catches, or that only a type checker reads.
fn is_tried(code: &str, span: Span) -> bool {
    let before = code.get(..span.start as usize).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut own = depth(&code[start..]);
    for line in before[..start].lines().rev().filter(|line| !line.trim().is_empty()).take(REACH) {
        if depth(line) < own {
            own = depth(line);
            let line = line.trim_start();
            if ["try:", "except", "else:", "finally:"].iter().any(|word| line.starts_with(word))
                || line.contains("TYPE_CHECKING")
            {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn imports_that_may_fail_are_told_from_others() {
        for (code, expected) in [
            ("import x", false),
            ("try:\n    import x\nexcept ImportError:\n    pass\n", true),
            ("try:\n    pass\nexcept ImportError:\n    import x\n", true),
            ("try:\n    pass\nfinally:\n    pass\nimport x\n", false),
            ("def f():\n    import x\n", false),
            ("if TYPE_CHECKING:\n    import x\n", true),
            ("def f():\n    try:\n        if a:\n            import x\n", true),
        ] {
            let at = code.find("x").unwrap();
            let at = if code.starts_with("try") || code.starts_with("if") || code.starts_with("def") {
                code.find("import x").unwrap() + 7
            } else {
                at
            };
            assert_eq!(is_tried(code, Span::new(at, at + 1)), expected, "{code}");
        }
    }
}
