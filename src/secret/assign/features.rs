//! What is measured of a candidate: numbers that the tables weigh, each with its name.

use super::name::{Class, Name};
use super::operator::Operator;
use super::reject;
use super::shape::Shape;
use super::syntax::Syntax;
use super::value::{Quote, Value};

macro_rules! features {
    ($($feature:ident $name:literal,)*) => {
        /// A place in [`Features`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Feature {
            $($feature,)*
        }

        /// The names of all features, in order.
        const ALL: [&str; COUNT] = [$($name),*];
        const COUNT: usize = [$($name),*].len();
    };
}

features! {
    // The value. Shares are of its length.
    Length "length",
    Digits "digits",
    Letters "letters",
    Lower "lower",
    Upper "upper",
    Special "special",
    Joints "joints",
    Slashes "slashes",
    Blanks "blanks",
    Classes "classes",
    Distinct "distinct",
    Entropy "entropy",
    // Of the most that a text of this length could have.
    EntropyShare "entropy-share",
    Surprise "surprise",
    Worded "worded",
    Changes "changes",
    Rows "rows",
    LongestLetters "longest-letters",
    IsHex "is-hex",
    IsBase64 "is-base64",
    IsUuid "is-uuid",
    IsSum "is-sum",
    IsPadded "is-padded",
    IsNumber "is-number",
    IsWord "is-word",
    IsIdentifier "is-identifier",
    IsCommon "is-common",
    HoldsTrial "holds-trial",
    HoldsTelling "holds-telling",
    EndsSentence "ends-sentence",
    // The name.
    NamePassword "name-password",
    NamePass "name-pass",
    NameSecret "name-secret",
    NameToken "name-token",
    NameSecretKey "name-secret-key",
    NameKey "name-key",
    NameAuth "name-auth",
    NameCredential "name-credential",
    NameWords "name-words",
    NameStrange "name-strange",
    NameTrial "name-trial",
    NamePassing "name-passing",
    NameCapitals "name-capitals",
    // What stands between and around.
    Assign "assign",
    Colon "colon",
    Compare "compare",
    Call "call",
    Comma "comma",
    List "list",
    Element "element",
    Space "space",
    Pair "pair",
    Single "single-quotes",
    Double "double-quotes",
    Backtick "backticks",
    Bare "bare",
    Embedded "embedded",
    Code "code",
    Settings "settings",
    Shell "shell",
    Prose "prose",
    Comment "comment",
    LongLine "long-line",
    TrialPath "trial-path",
    LocalePath "locale-path",
    SumPath "sum-path",
}

/// A row of numbers, one for each of [`Features::NAMES`].
#[derive(Clone, Debug, PartialEq)]
pub struct Features([f32; COUNT]);

/// Lines that are longer were written by programs, in bytes.
const LONG_LINE: usize = 1500;

/// Parts of values that say that nothing hangs on them. In lower case.
const TRIALS: [&str; 13] =
    ["test", "demo", "temp", "admin", "user", "guest", "root", "foo", "abc", "qwe", "asdf", "123456", "local"];
/// Words for credentials, as they stand in values.
const TELLING: [&str; 7] = ["pass", "pwd", "p@ss", "secret", "token", "key", "auth"];
/// Parts of paths, in lower case: of tests and examples, and of translations.
const TRIAL_PATHS: [&str; 8] = ["test", "spec", "example", "sample", "fixture", "mock", "demo", "doc"];
const LOCALE_PATHS: [&str; 8] = ["locale", "i18n", "lang", "translation", "messages", "strings", "l10n", "nls"];

/// All that is known of a candidate.
pub(super) struct Seen<'a> {
    pub(super) text: &'a [u8],
    pub(super) path: &'a str,
    pub(super) syntax: Syntax,
    pub(super) name: &'a Name,
    pub(super) operator: Operator,
    pub(super) value: &'a Value,
    pub(super) shape: &'a Shape,
}

impl Features {
    pub const NAMES: [&str; COUNT] = ALL;

    /// The numbers, in the order of [`Self::NAMES`].
    pub fn values(&self) -> [f32; COUNT] {
        self.0
    }

    pub(super) fn get(&self, feature: Feature) -> f32 {
        self.0[feature as usize]
    }

    pub(super) fn of(seen: &Seen<'_>) -> Self {
        let mut row = Self([0.0; COUNT]);
        row.add_value(seen);
        row.add_name(seen);
        row.add_place(seen);
        row
    }

    fn set(&mut self, feature: Feature, value: f32) {
        self.0[feature as usize] = value;
    }

    fn flag(&mut self, feature: Feature, holds: bool) {
        self.set(feature, f32::from(u8::from(holds)));
    }

    fn add_value(&mut self, seen: &Seen<'_>) {
        let (shape, value) = (seen.shape, &seen.text[seen.value.at.clone()]);
        let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
        let holds = |list: &[&str]| list.iter().any(|part| lower.contains(part));
        let of_length = |count: usize| number(count) / number(shape.length.max(1));
        self.set(Feature::Length, number(shape.length));
        self.set(Feature::Digits, of_length(shape.digits));
        self.set(Feature::Letters, of_length(shape.letters()));
        self.set(Feature::Lower, of_length(shape.lower));
        self.set(Feature::Upper, of_length(shape.upper));
        self.set(Feature::Special, of_length(shape.special));
        self.set(Feature::Joints, of_length(shape.joints));
        self.set(Feature::Slashes, of_length(shape.slashes));
        self.set(Feature::Blanks, of_length(shape.blanks));
        self.set(Feature::Classes, f32::from(shape.classes()));
        self.set(Feature::Distinct, of_length(shape.distinct));
        self.set(Feature::Entropy, shape.entropy);
        let alphabet = if shape.is_hex { 16 } else { 64 };
        self.set(Feature::EntropyShare, shape.entropy / number(shape.length.clamp(2, alphabet)).log2());
        self.set(Feature::Surprise, shape.surprise);
        self.set(Feature::Worded, of_length(shape.worded));
        self.set(Feature::Changes, of_length(shape.changes));
        self.set(Feature::Rows, of_length(shape.rows));
        self.set(Feature::LongestLetters, number(shape.longest_letters));
        self.flag(Feature::IsHex, shape.is_hex);
        self.flag(Feature::IsBase64, shape.is_base64);
        self.flag(Feature::IsUuid, reject::is_uuid(value));
        self.flag(Feature::IsSum, shape.is_hex && matches!(shape.length, 32 | 40 | 56 | 64 | 96 | 128));
        self.flag(Feature::IsPadded, shape.is_base64 && value.ends_with(b"=") && shape.length % 4 == 0);
        self.flag(Feature::IsNumber, shape.digits == shape.length);
        self.flag(Feature::IsWord, shape.is_word());
        self.flag(Feature::IsIdentifier, shape.is_identifier());
        self.flag(Feature::IsCommon, shape.is_common);
        self.flag(Feature::HoldsTrial, holds(&TRIALS));
        self.flag(Feature::HoldsTelling, holds(&TELLING));
        self.flag(Feature::EndsSentence, shape.special == 1 && matches!(value.last(), Some(b'.' | b'?' | b':')));
    }

    fn add_name(&mut self, seen: &Seen<'_>) {
        let name = seen.name;
        let class = match name.class {
            Class::Password => Feature::NamePassword,
            Class::Pass => Feature::NamePass,
            Class::Secret => Feature::NameSecret,
            Class::Token => Feature::NameToken,
            Class::SecretKey => Feature::NameSecretKey,
            Class::Key => Feature::NameKey,
            Class::Auth => Feature::NameAuth,
            Class::Credential => Feature::NameCredential,
        };
        self.flag(class, true);
        self.set(Feature::NameWords, number(name.words));
        self.set(Feature::NameStrange, number(name.strange));
        self.flag(Feature::NameTrial, name.is_trial);
        self.flag(Feature::NamePassing, name.is_passing);
        self.flag(Feature::NameCapitals, !seen.text[name.at.clone()].iter().any(u8::is_ascii_lowercase));
    }

    fn add_place(&mut self, seen: &Seen<'_>) {
        let operator = match seen.operator {
            Operator::Assign => Feature::Assign,
            Operator::Colon => Feature::Colon,
            Operator::Compare => Feature::Compare,
            Operator::Call => Feature::Call,
            Operator::Comma => Feature::Comma,
            Operator::List => Feature::List,
            Operator::Element => Feature::Element,
            Operator::Space => Feature::Space,
            Operator::Pair => Feature::Pair,
        };
        self.flag(operator, true);
        let quote = match seen.value.quote {
            Quote::Single => Feature::Single,
            Quote::Double => Feature::Double,
            Quote::Backtick => Feature::Backtick,
            Quote::Bare => Feature::Bare,
            Quote::Embedded => Feature::Embedded,
        };
        self.flag(quote, true);
        self.flag(Feature::Code, seen.syntax == Syntax::Code);
        self.flag(Feature::Settings, seen.syntax.is_settings());
        self.flag(Feature::Shell, seen.syntax == Syntax::Shell);
        self.flag(Feature::Prose, matches!(seen.syntax, Syntax::Prose | Syntax::Other));
        let line = Line::around(seen.text, seen.name.at.start);
        self.flag(Feature::Comment, line.is_comment);
        self.flag(Feature::LongLine, line.is_long);
        let path = seen.path.to_ascii_lowercase();
        let holds = |list: &[&str]| list.iter().any(|part| path.contains(part));
        self.flag(Feature::TrialPath, holds(&TRIAL_PATHS));
        self.flag(Feature::LocalePath, holds(&LOCALE_PATHS));
        self.flag(Feature::SumPath, reject::is_of_sums(seen.path));
    }
}

struct Line {
    is_comment: bool,
    is_long: bool,
}

impl Line {
    /// The line that a place stands in, as far as a long one reaches.
    fn around(text: &[u8], at: usize) -> Self {
        let before = &text[at.saturating_sub(LONG_LINE)..at];
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index + 1);
        let after =
            text[at..].iter().take(LONG_LINE).position(|byte| *byte == b'\n').unwrap_or(LONG_LINE.min(text.len() - at));
        let head = before[start..].trim_ascii_start();
        Self {
            is_comment: [b"#".as_slice(), b"//", b"*", b"/*", b"--", b"<!--", b";", b"%", b">>>", b"$ "]
                .iter()
                .any(|mark| head.starts_with(mark)),
            is_long: before.len() - start + after >= LONG_LINE,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "values have at most a few hundred bytes")]
fn number(count: usize) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_long_lines_are_told() {
        let line = Line::around(b"x = 1\n  // password = 2\n", 11);
        assert!(line.is_comment && !line.is_long);
        let long = [b'a'; 4000];
        assert!(Line::around(&long, 2000).is_long);
        assert!(!Line::around(b"", 0).is_long);
    }

    #[test]
    fn no_two_features_share_a_name() {
        let names: std::collections::BTreeSet<_> = Features::NAMES.into_iter().collect();
        assert_eq!(names.len(), COUNT);
    }
}
