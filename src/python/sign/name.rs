//! Names that are not what they look like: written in letters that Python takes for those of ASCII ([NFKC]), or in letters
//! of other scripts that look like them ([UTS #39], the few that fonts draw alike).
//!
//! [NFKC]: https://docs.python.org/3/reference/lexical_analysis.html#identifiers
//! [UTS #39]: https://www.unicode.org/reports/tr39/

use rustc_hash::FxHashSet;
use unicode_normalization::UnicodeNormalization;

use super::super::lex::{Kind, pieces};
use super::sign;
use crate::source::{Sign, SignKind};

/// Letters that look just like one of ASCII: other scripts have them, and no word of those scripts mixes with Latin letters.
const ALIKE: &[(&str, &str)] = &[
    // Cyrillic
    ("аеорсухѕіјһԁԛԝӏүАВЕЗКМНОРСТУХЅІЈԌԚԜ", "aeopcyxsijhdqwlyABE3KMHOPCTYXSIJGQW"),
    // Greek
    ("οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oABEZHIKMNOPTYX"),
    // Armenian
    ("օոսհցքզյլ", "onuhgpqjl"),
    // Cherokee
    ("ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᏒᏚᎢᏙᏔᎩᏃ", "ABCDEGHiJKLMPRSTVWYZ"),
];

/// Letters that resemble one of ASCII, and that stand beside them in honest names.
const SIMILAR: &[(&str, &str)] = &[("αγεηικνρυτσχωн", "ayenikvputoxwh"), ("ıɩɑɡʟɴʀʏ", "iiaglnry")];

/// Keywords, and builtins by which code does something.
const WELL_KNOWN: [&str; 48] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "compile", "continue", "def",
    "del", "delattr", "elif", "else", "eval", "except", "exec", "finally", "for", "from", "getattr", "global",
    "globals", "if", "import", "in", "input", "is", "lambda", "locals", "nonlocal", "not", "open", "or", "pass",
    "print", "raise", "return", "self", "setattr", "try", "vars", "while", "with", "yield",
];

fn in_table(table: &[(&str, &str)], char: char) -> Option<char> {
    table
        .iter()
        .find_map(|(letters, ascii)| letters.chars().zip(ascii.chars()).find(|(letter, _)| *letter == char))
        .map(|(_, ascii)| ascii)
}

/// Whether a character may stand for a letter of ASCII, to Python or to the eye.
pub(super) fn is_suspect(char: char) -> bool {
    // Most texts that are not ASCII are in letters from which these ranges are far.
    match char {
        '\u{A0}'..='\u{130}' | '\u{3040}'..='\u{D7FF}' => matches!(char, 'ª' | 'º'),
        _ => normal(char).is_some() || in_table(ALIKE, char).or_else(|| in_table(SIMILAR, char)).is_some(),
    }
}

/// The letters or digits of ASCII that Python takes a character for.
fn normal(char: char) -> Option<()> {
    std::iter::once(char).nfkc().all(|char| char.is_ascii_alphanumeric()).then_some(())
}

pub(super) fn signs(text: &str, signs: &mut Vec<Sign>) {
    let names =
        || pieces(text).filter(|piece| piece.kind == Kind::Name).map(|piece| (&text[piece.span.range()], piece.span));
    let mut plain: Option<FxHashSet<&str>> = None;
    for (name, span) in names().filter(|(name, _)| !name.is_ascii()) {
        let read: String = name.nfkc().collect();
        if read.is_ascii() {
            // A single letter is one of mathematics mostly.
            if name.chars().nth(1).is_some() {
                signs.push(sign(SignKind::CompatibilityName, format!("`{name}` is `{read}` to Python"), span));
            }
            continue;
        }
        let Some(Look { skeleton, is_alike }) = look(&read) else { continue };
        let mixes = is_alike && read.chars().any(|char| char.is_ascii_alphabetic());
        let plain = plain.get_or_insert_with(|| names().map(|(name, _)| name).filter(|name| name.is_ascii()).collect());
        let is_known = || {
            let skeleton = skeleton.as_str();
            plain.contains(skeleton) || WELL_KNOWN.contains(&skeleton)
        };
        if mixes || (is_alike || skeleton.len() > 2) && is_known() {
            signs.push(sign(
                SignKind::LookAlikeName,
                format!("`{name}` looks like `{skeleton}`, and is another name"),
                span,
            ));
        }
    }
}

/// What a name looks like.
struct Look {
    skeleton: String,
    /// Whether all that is not ASCII looks just like it.
    is_alike: bool,
}

/// What a name looks like, where that is ASCII throughout.
fn look(name: &str) -> Option<Look> {
    let mut is_alike = true;
    let letter = |char: char| {
        let same = if char.is_ascii() { Some(char) } else { in_table(ALIKE, char) };
        same.or_else(|| {
            is_alike = false;
            in_table(SIMILAR, char)
        })
    };
    let skeleton = name.chars().map(letter).collect::<Option<String>>()?;
    Some(Look { skeleton, is_alike })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_pair_letters() {
        for (letters, ascii) in ALIKE.iter().chain(SIMILAR) {
            assert!(letters.chars().all(|char| !char.is_ascii() && char.is_alphabetic()), "{letters}");
            assert!(ascii.is_ascii());
            assert_eq!(letters.chars().count(), ascii.len(), "{letters}");
        }
    }
}
