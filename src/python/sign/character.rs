//! Characters that are not shown, or that change how others are.

use super::sign;
use crate::source::{Sign, SignKind, Span};

/// What a look at the characters of a text found beside signs.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Some letter that could be taken for another one, in a name.
    pub(super) names: bool,
    /// Some character without width, which prose may hold.
    pub(super) zero_width: bool,
}

/// Finds what is not shown, and tells what else is worth looking for.
pub(super) fn look(text: &str, signs: &mut Vec<Sign>) -> Seen {
    if has_controls(text.as_bytes()) {
        controls(text, signs);
    }
    if text.is_ascii() {
        return Seen::default();
    }
    let mut seen = Seen::default();
    let (mut last, mut is_flag) = (' ', false);
    for (at, char) in text.char_indices().filter(|(_, char)| !char.is_ascii()) {
        let byte_before = at.checked_sub(1).map_or(b' ', |at| text.as_bytes()[at]);
        let before = if byte_before.is_ascii() { char::from(byte_before) } else { last };
        is_flag = char == FLAG || is_flag && is_tag(char);
        let kind = match class(char) {
            Class::Plain => None,
            Class::Letter => {
                seen.names = true;
                None
            }
            Class::Reorders => Some(SignKind::BidirectionalControl),
            Class::Mark => Some(SignKind::DirectionMark),
            Class::Obeyed => Some(SignKind::ControlCharacter),
            Class::Hidden => Some(SignKind::InvisibleCharacter),
            Class::Joiner => {
                let after = text[at + char.len_utf8()..].chars().next().unwrap_or(' ');
                let is_letter = |char: char| char.is_ascii_alphanumeric() || char == '_';
                (is_letter(before) || is_letter(after)).then_some(SignKind::InvisibleCharacter)
            }
            // One too many does no harm; a run of them can only be data.
            Class::Variation => is_data(before).then_some(SignKind::InvisibleCharacter),
            Class::Ideographic => (before < '\u{3400}' || is_data(before)).then_some(SignKind::InvisibleCharacter),
            Class::Tag => (!is_flag).then_some(SignKind::InvisibleCharacter),
        };
        if let Some(kind) = kind {
            seen.zero_width |= kind == SignKind::InvisibleCharacter;
            add(kind, char, Span::new(at, at + char.len_utf8()), signs);
        }
        last = char;
    }
    seen
}

/// Whether a run of characters could spell something: letters for machines, which no text for people holds.
pub(super) fn carries_data(text: &str, span: Span) -> bool {
    text[span.range()].chars().any(is_data)
}

/// Adds a sign, or makes that of the character before longer.
fn add(kind: SignKind, char: char, span: Span, signs: &mut Vec<Sign>) {
    if let Some(last) = signs.last_mut()
        && last.kind == kind
        && last.span.end == span.start
        && kind == SignKind::InvisibleCharacter
    {
        last.span.end = span.end;
    } else {
        signs.push(sign(kind, format!("U+{:04X}", u32::from(char)), span));
    }
}

const FLAG: char = '\u{1F3F4}';

fn is_tag(char: char) -> bool {
    matches!(char, '\u{E0020}'..='\u{E007F}')
}

fn is_data(char: char) -> bool {
    matches!(char, '\u{FE00}'..='\u{FE0F}' | '\u{E0000}'..='\u{E01EF}')
}

enum Class {
    Plain,
    /// Could be part of a name that is taken for another one.
    Letter,
    Reorders,
    Mark,
    /// Begins a sequence that terminals obey, or is shown as the end of a line, which it is not.
    Obeyed,
    Hidden,
    /// Joins what stands beside it, or keeps it apart: some scripts and emoji need it.
    Joiner,
    /// Picks the form of the character before it.
    Variation,
    /// The same for ideographs.
    Ideographic,
    /// A letter for machines: only flags are written with them.
    Tag,
}

fn class(char: char) -> Class {
    match char {
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Class::Reorders,
        '\u{200E}' | '\u{200F}' | '\u{61C}' => Class::Mark,
        '\u{90}' | '\u{9B}' | '\u{9D}' | '\u{2028}' | '\u{2029}' => Class::Obeyed,
        '\u{AD}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{200B}' => Class::Hidden,
        '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' => Class::Hidden,
        '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E001F}' => Class::Hidden,
        '\u{34F}' | '\u{200C}' | '\u{200D}' => Class::Joiner,
        '\u{FE00}'..='\u{FE0F}' => Class::Variation,
        '\u{E0100}'..='\u{E01EF}' => Class::Ideographic,
        '\u{E0020}'..='\u{E007F}' => Class::Tag,
        _ if super::name::is_suspect(char) => Class::Letter,
        _ => Class::Plain,
    }
}

/// Bytes of ASCII that need a closer look: all that are not shown but tab and LF. Null bytes are told by `decode`.
const CONTROLS: [bool; 256] = {
    let mut controls = [false; 256];
    let mut byte = 1;
    while byte < 32 {
        controls[byte] = byte != b'\t' as usize && byte != b'\n' as usize;
        byte += 1;
    }
    controls[0x7F] = true;
    controls
};

/// The same without the table: every text passes through here, many bytes at once.
fn has_controls(bytes: &[u8]) -> bool {
    let is_one =
        |byte: u8| u8::from(byte < 32) & u8::from(byte != b'\t') & u8::from(byte != b'\n') | u8::from(byte == 0x7F);
    bytes.chunks(256).any(|chunk| chunk.iter().fold(0, |found, byte| found | is_one(*byte)) != 0)
}

fn controls(text: &str, signs: &mut Vec<Sign>) {
    let bytes = text.as_bytes();
    let has_lines = memchr::memchr(b'\n', bytes).is_some();
    let is_line_end = |byte: Option<&u8>| matches!(byte, None | Some(b'\n' | b'\r'));
    let is_blank_until_line_end = |at: usize| {
        let rest = &bytes[at..];
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        rest[..end].trim_ascii().is_empty()
    };
    let mut from = 0;
    while let Some(found) = bytes[from..].iter().position(|byte| CONTROLS[usize::from(*byte)]) {
        let at = from + found;
        from = at + 1;
        let kind = match bytes[at] {
            // An old text file may end all its lines so.
            b'\r' if !has_lines || bytes.get(from) == Some(&b'\n') || is_blank_until_line_end(from) => continue,
            b'\r' => SignKind::LoneCarriageReturn,
            0x0C => {
                from += bytes[from..].iter().take_while(|byte| **byte == 0x0C).count();
                let before = at.checked_sub(1).and_then(|at| bytes.get(at));
                // Between the parts of a file it is customary; in an indentation, Python counts the columns anew.
                if is_line_end(before) || is_line_end(bytes.get(from)) {
                    continue;
                }
                SignKind::ControlCharacter
            }
            _ => SignKind::ControlCharacter,
        };
        signs.push(sign(kind, format!("U+{:04X}", bytes[at]), Span::new(at, from)));
    }
}
