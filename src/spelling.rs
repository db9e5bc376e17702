//! What is left of the name of a package once what people overlook is taken away: separators, the order of words, a plural,
//! letters that look alike. Two names that are left with the same may be taken for each other.
//!
//! The build script folds the popular names, the program those that it meets: with the same code.

/// What a table of popular names is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// The name as it is.
    Name,
    /// [`squashed`].
    Squashed,
    /// [`skeleton`].
    Skeleton,
    /// [`ordered`].
    Ordered,
    /// [`singular`].
    Singular,
    /// Each of [`forms`], by [`sized`].
    Form,
    /// The same from the end on.
    Backward,
    /// Packages that something else has taken the place of.
    Superseded,
}

/// The folds in the order in which their tables stand.
pub const FOLDS: [Fold; 8] = [
    Fold::Name,
    Fold::Squashed,
    Fold::Skeleton,
    Fold::Ordered,
    Fold::Singular,
    Fold::Form,
    Fold::Backward,
    Fold::Superseded,
];

/// Names from this rank on are known, and nobody imitates them.
pub const IMITATED: usize = 8500;

/// Shorter ones differ in one letter from too many others.
pub const SHORTEST_FORM: usize = 5;
const LONGEST_FORM: usize = 80;

/// What a digit or a letter of another script is read as.
const LOOKS: [(char, char); 26] = [
    ('0', 'o'),
    ('1', 'l'),
    ('3', 'e'),
    ('4', 'a'),
    ('5', 's'),
    ('7', 't'),
    ('8', 'b'),
    ('i', 'l'),
    ('а', 'a'),
    ('в', 'b'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'l'),
    ('ј', 'j'),
    ('к', 'k'),
    ('м', 'm'),
    ('ո', 'n'),
    ('о', 'o'),
    ('р', 'p'),
    ('ѕ', 's'),
    ('т', 't'),
    ('у', 'y'),
    ('х', 'x'),
    ('ı', 'l'),
];
/// Two letters that are read as one.
const PAIRS: [(&str, &str); 3] = [("rn", "m"), ("vv", "w"), ("cl", "d")];

fn is_separator(character: char) -> bool {
    matches!(character, '-' | '_' | '.' | '/' | '@')
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(is_separator).filter(|word| !word.is_empty())
}

/// Without separators and case.
pub fn squashed(name: &str) -> String {
    name.chars().filter(|character| !is_separator(*character)).flat_map(char::to_lowercase).collect()
}

/// A squashed name as it looks: `1odash` and `lodash` are one, as are `modem` and `rnodem`.
pub fn skeleton(squashed: &str) -> String {
    let joined = PAIRS.iter().fold(squashed.to_owned(), |name, (pair, one)| name.replace(pair, one));
    let look = |character| LOOKS.iter().find(|(seen, _)| *seen == character).map_or(character, |(_, read)| *read);
    joined.chars().map(look).collect()
}

/// The words in one order, where there are several.
pub fn ordered(name: &str) -> Option<String> {
    let mut words: Vec<&str> = words(name).collect();
    words.sort_unstable();
    (words.len() > 1).then(|| words.join("-"))
}

/// Each word without a plural, where there are several.
pub fn singular(name: &str) -> Option<String> {
    let words: Vec<&str> = words(name).map(|word| word.trim_end_matches('s')).collect();
    (words.len() > 1).then(|| words.join("-"))
}

/// What a popular name is known by: squashed, and without its version (`beautifulsoup4`) or the language (`discord.js`).
pub fn forms(name: &str, of_javascript: bool) -> Vec<String> {
    let without_number = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let without_language = name.strip_suffix("js").filter(|_| of_javascript).unwrap_or(name);
    let shorter = [(without_number, 4), (without_language, 6)];
    let shorter = shorter.into_iter().map(|(form, least)| (form.trim_end_matches(is_separator), least));
    let kept = shorter.filter(|(form, least)| form.len() < name.len() && form.len() >= *least);
    let all = std::iter::once(squashed(name)).chain(kept.map(|(form, _)| squashed(form)));
    all.filter(|form| (SHORTEST_FORM..=LONGEST_FORM).contains(&form.len())).collect()
}

/// A form, or the beginning of one, behind its length as a character: those of one length stand together.
pub fn sized(length: usize, form: impl Iterator<Item = u8>) -> Vec<u8> {
    let length = u8::try_from(length.min(LONGEST_FORM + 2)).unwrap_or(0);
    std::iter::once(b'!' + length).chain(form).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_to_what_is_overlooked() {
        assert_eq!(squashed("@Types/lodash.get"), "typeslodashget");
        assert_eq!(skeleton("1odash"), skeleton("lodash"));
        assert_eq!(skeleton("rnatplotlib"), skeleton("matplotlib"));
        assert_eq!(skeleton("rеquests"), skeleton("requests"));
        assert_eq!(ordered("python-nmap"), ordered("nmap_python"));
        assert_eq!(ordered("requests"), None);
        assert_eq!(singular("importlibs-resource"), singular("importlib-resources"));
        assert_eq!(forms("beautifulsoup4", false), ["beautifulsoup4", "beautifulsoup"]);
        assert_eq!(forms("discord.js", true), ["discordjs", "discord"]);
        assert_eq!(forms("s3", false), Vec::<String>::new());
    }
}
