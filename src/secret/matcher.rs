//! Matches the form of a credential at a place: step by step where it can be, by a regular expression otherwise.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::util::{captures::Captures, syntax};
use regex_automata::{Anchored, Input};

use crate::rule::Form;
use crate::rule::form::{SIZE_LIMIT, Step, Steps};

/// A form, and the expression that matches it once one was needed.
#[derive(Debug)]
pub(super) struct Matcher<'p> {
    form: &'p Form,
    regex: OnceLock<Option<Regex>>,
}

/// Where a form matches, and where in that the credential stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Matched {
    pub(super) whole: Range<usize>,
    pub(super) value: Range<usize>,
}

impl<'p> Matcher<'p> {
    pub(super) fn new(form: &'p Form) -> Self {
        Self { form, regex: OnceLock::new() }
    }

    /// Everything that matches and begins at one of these places. What overlaps may be given too.
    pub(super) fn all(&self, text: &[u8], starts: Range<usize>, mut found: impl FnMut(Matched)) {
        let starts = starts.start..starts.end.min(text.len());
        let mut at = starts.start;
        while let Some(next) = self.next(text, at..starts.end) {
            at = next;
            // Of what begins within a match nothing is lost: a boundary stands before every credential, or another lead does.
            at = match self.at(text, at) {
                Some(matched) => {
                    let end = matched.whole.end;
                    found(matched);
                    end.max(at + 1)
                }
                None => at + 1,
            };
        }
    }

    /// The first of these places at which something may match.
    fn next(&self, text: &[u8], starts: Range<usize>) -> Option<usize> {
        if starts.len() < 2 || self.form.steps.is_some() {
            return (!starts.is_empty()).then_some(starts.start);
        }
        let end = text.len().min(starts.end + self.form.longest as usize + 1);
        let input = Input::new(text).range(starts.start..end);
        self.regex()?.find(input).map(|found| found.start()).filter(|start| *start < starts.end)
    }

    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compiled(&self.form.source).ok()).as_ref()
    }

    /// What matches and begins exactly here, within its boundaries.
    fn at(&self, text: &[u8], at: usize) -> Option<Matched> {
        let matched = match &self.form.steps {
            Some(steps) => by_steps(steps, text, at)?,
            None => self.by_regex(text, at)?,
        };
        self.is_bounded(text, &matched).then_some(matched)
    }

    fn by_regex(&self, text: &[u8], at: usize) -> Option<Matched> {
        let regex = self.regex()?;
        let end = text.len().min(at + self.form.longest as usize + 1);
        let input = Input::new(text).range(at..end).anchored(Anchored::Yes);
        // Most places match nothing, and room for groups is dear.
        if !regex.is_match(input.clone()) {
            return None;
        }
        let mut captures: Captures = regex.create_captures();
        regex.search_captures(&input, &mut captures);
        let whole = captures.get_match()?.range();
        let value = captures.get_group_by_name("value").map_or(whole.clone(), |span| span.range());
        Some(Matched { whole, value })
    }

    /// Whether a credential ends where its form does: neither it nor its match goes on in the bytes around it.
    fn is_bounded(&self, text: &[u8], matched: &Matched) -> bool {
        let value = &matched.value;
        let (Some(first), Some(last)) = (text.get(value.start), text[..value.end].last()) else { return false };
        let before = text[..value.start].last().copied();
        let after = text.get(value.end).copied();
        let goes_on = value.end == matched.whole.end
            && self.form.tail.is_some_and(|tail| after.is_some_and(|after| tail.has(after)));
        let joined = is_word(*last) && after.is_some_and(is_word);
        let begun = is_word(*first) && before.is_some_and(is_word) && !ends_escape(&text[..value.start]);
        !goes_on && !joined && !begun
    }
}

/// Compiles an expression over bytes.
pub(super) fn compiled(source: &str) -> Result<Regex, String> {
    let config = Regex::config().utf8_empty(false).nfa_size_limit(Some(SIZE_LIMIT));
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    Regex::builder().configure(config).syntax(syntax).build(source).map_err(|error| error.to_string())
}

fn by_steps(steps: &Steps, text: &[u8], start: usize) -> Option<Matched> {
    let mut at = start;
    let mut value = start..start;
    for (number, step) in steps.steps.iter().enumerate() {
        if number == usize::from(steps.value.0) {
            value.start = at;
        }
        let rest = text.get(at..)?;
        at += match step {
            Step::Literal(literal) => rest.starts_with(literal.as_bytes()).then_some(literal.len())?,
            Step::Either(all) => all.iter().find(|literal| rest.starts_with(literal.as_bytes()))?.len(),
            Step::Class { of, least, most } => {
                let taken = rest.iter().take(*most as usize).take_while(|byte| of.has(**byte)).count();
                (taken >= *least as usize).then_some(taken)?
            }
        };
        if number + 1 == usize::from(steps.value.1) {
            value.end = at;
        }
    }
    Some(Matched { whole: start..at, value })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the last byte belongs to an escape (`\n`, `%3D`, `\x3d`, `\u003d`), after which something new begins.
fn ends_escape(before: &[u8]) -> bool {
    let is_hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v'] => true,
        [.., b'%', a, b] | [.., b'\\', b'x', a, b] => is_hex(&[*a, *b]),
        [.., b'\\', b'u', a, b, c, d] => is_hex(&[*a, *b, *c, *d]),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn values<'t>(source: &str, text: &'t str) -> Vec<&'t str> {
        let form = Form::new(source.to_owned()).unwrap();
        let mut all = Vec::new();
        Matcher::new(&form).all(text.as_bytes(), 0..text.len(), |matched| all.push(&text[matched.value]));
        all
    }

    #[test]
    fn credentials_end_where_their_form_does() {
        let form = "tok_[0-9a-z]{6}";
        assert_eq!(values(form, "tok_abc123 'tok_abc124'"), ["tok_abc123", "tok_abc124"]);
        assert_eq!(values(form, "tok_abc1234 xtok_abc123 tok_abc123X tok_abc123_"), [""; 0]);
        assert_eq!(
            values(form, "\\ntok_abc123\\n%3Dtok_abc124&\\u003dtok_abc125"),
            ["tok_abc123", "tok_abc124", "tok_abc125"]
        );
        assert_eq!(values("t-[0-9a-z-]{3,4}", "t-abc-d t-abc"), ["t-abc"]);
        assert_eq!(values("pw=(?<value>[a-z]{3,9});", "pw=secret;"), ["secret"]);
    }

    proptest::proptest! {
        /// Steps and the regular expression say the same of the same place.
        #[test]
        fn steps_are_what_the_expression_means(text in "[a-c0-2._=;-]{0,60}") {
            for source in ["ab[0-2]{2,5}", "[ab]=(?<value>[a-c0-2]{1,4});", "a(?:b|c0)-[a-c]{2}", "[a-c]{3}\\.[0-2]{1,3}=?"] {
                let form = Form::new(source.to_owned()).unwrap();
                let plain = Form { steps: None, ..form.clone() };
                let (by_steps, by_regex) = (Matcher::new(&form), Matcher::new(&plain));
                for at in 0..text.len() {
                    proptest::prop_assert_eq!(by_steps.at(text.as_bytes(), at), by_regex.at(text.as_bytes(), at), "{}", source);
                }
            }
        }
    }
}
