//! Text of the scanned tree made fit for terminals and logs.

use std::borrow::Cow;

/// Shows control characters and those that change the direction of text instead of passing them on, one character for one:
/// a path or a line of code must not move the cursor, begin a line of its own or hide what follows.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| visible(character) == character) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(visible).collect())
}

/// The same for several lines of code: line breaks, as LF, and tabs stay.
pub fn plain_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars()
        .map(|character| if matches!(character, '\n' | '\t') { character } else { visible(character) })
        .collect()
}

fn visible(character: char) -> char {
    match character {
        // Unicode has a picture of each of the first 32.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + character as u32).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_passes() {
        assert_eq!(plain("a\u{1b}[2J\nb\t\u{9b}\u{202e}ü"), "a␛[2J␊b␉��ü");
        assert_eq!(plain_lines("a\r\n\tb\rc\u{7}"), "a\n\tb\nc␇");
    }
}
