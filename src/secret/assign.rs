//! The generic detector: whatever is assigned to a name that promises a credential, and looks like one.
//!
//! [`at`] is called for every place where one of [`WORDS`] stands, which in source code is every few lines; it gives up as
//! early as it can. First the sign of an assignment must follow the name (`operator`), then a value (`value`);
//! then the name must promise a credential rather than speak of one (`name`, `lexicon`), and the value be no reference,
//! placeholder or word (`reject`). What is left is measured (`features`) and weighed (`table`). All of it looks at a bounded
//! stretch of text around the word.

mod bigram;
mod features;
mod lexicon;
mod name;
mod operator;
mod reject;
mod shape;
mod syntax;
mod table;
mod value;
mod words;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::ops::Range;

use crate::rule::Confidence;

pub use features::Features;
pub use syntax::Syntax;

/// Words, in lower case, one of which stands in the name of whatever this detector judges.
pub const WORDS: &[&str] = &["pass", "pwd", "secret", "token", "cred", "auth", "key"];

/// What a name promises: what people choose, or what machines make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    Password,
    Key,
}

/// Something that is assigned to a telling name, and may be a credential.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where the name stands, in bytes of the text.
    pub name: Range<usize>,
    /// Where the credential stands, without its quotes.
    pub value: Range<usize>,
    pub is: Is,
    pub features: Features,
}

/// What is assigned to the name that holds the word at this place, if that may be a credential. Of several words in one
/// name, only the last leads to a candidate.
pub fn at(text: &[u8], path: &str, word: Range<usize>, syntax: Syntax) -> Option<Candidate> {
    let range = name::around(text, word.clone())?;
    let sign = operator::after(text, &range, word.start, syntax)?;
    let value = value::read(text, &range, sign, syntax)?;
    let name = name::read(text, &word, range)?;
    let bytes = &text[value.at.clone()];
    let shape = shape::Shape::of(bytes);
    if reject::is_rejected(&name, text, bytes, &shape, value.quote, syntax) {
        return None;
    }
    let seen =
        features::Seen { text, path, syntax, name: &name, operator: sign.operator, value: &value, shape: &shape };
    let features = Features::of(&seen);
    let is = if name.class.is_password() { Is::Password } else { Is::Key };
    Some(Candidate { name: name.at, value: value.at, is, features })
}

/// How likely a credential is where this logarithm of its odds is reached; below the last one nothing is reported.
const LEVELS: [(f32, Confidence); 3] = [(4.5, Confidence::High), (2.0, Confidence::Medium), (0.0, Confidence::Low)];

/// How certain it is that the candidate is a credential; `None` where that is too unlikely to be told.
pub fn judge(candidate: &Candidate) -> Option<Confidence> {
    let table = match candidate.is {
        Is::Password => &table::PASSWORD,
        Is::Key => &table::KEY,
    };
    let odds = table.weigh(&candidate.features);
    LEVELS.iter().find(|(least, _)| odds >= *least).map(|(_, confidence)| *confidence)
}
