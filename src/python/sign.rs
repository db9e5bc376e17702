//! What a text shows by itself before anything is made of it: characters that hide code from whoever reads it, names that
//! look like others, and code where nobody looks.
//!
//! Nearly every text is passed over by a few looks at its bytes; only what holds something odd is cut into pieces.

mod character;
mod far;
mod name;

use super::lex::{Kind, Piece, pieces};
use crate::source::{Sign, SignKind, Span};

/// All signs of a text, in no particular order.
pub fn signs(text: &str) -> Vec<Sign> {
    let mut signs = Vec::new();
    let seen = character::look(text, &mut signs);
    if far::may_be(text) {
        far::signs(text, &mut signs);
    }
    if seen.names {
        name::signs(text, &mut signs);
    }
    if seen.zero_width {
        // Where they hide nothing that is run or compared, they come from copying and pasting.
        let prose = prose(text);
        signs.retain(|sign| {
            let after = prose.partition_point(|span| span.start <= sign.span.start);
            let is_in_prose =
                after.checked_sub(1).and_then(|at| prose.get(at)).is_some_and(|span| span.contains(sign.span));
            sign.kind != SignKind::InvisibleCharacter || !is_in_prose || character::carries_data(text, sign.span)
        });
    }
    signs
}

/// Comments and docstrings, in order.
fn prose(text: &str) -> Vec<Span> {
    let mut starts = true;
    let mut prose = Vec::new();
    for Piece { kind, span } in pieces(text) {
        match kind {
            Kind::Comment => prose.push(span),
            Kind::Text if starts => prose.push(span),
            Kind::Blank | Kind::Continued => {}
            _ => starts = kind == Kind::Newline,
        }
    }
    prose
}

fn sign(kind: SignKind, message: String, span: Span) -> Sign {
    Sign { kind, message, span }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds and places of all signs, by place.
    fn of(text: &str) -> Vec<(SignKind, &str)> {
        let mut signs = signs(text);
        signs.sort_by_key(|sign| sign.span);
        signs.iter().map(|sign| (sign.kind, &text[sign.span.range()])).collect()
    }

    #[test]
    fn plain_texts_show_nothing() {
        for text in [
            "",
            "x = 1\n",
            "# größer, 你好, привет\nname = 'Жук'\n",
            "\u{0C}\nclass A:\r\n    pass\r\n",
            "Δx = ρ * ν + µ\n",
            "привет = сорт = 1\n",
            "flag = '👩‍👩‍👧 ❤️ 🏴\u{E0067}\u{E0062}\u{E007F} 1️⃣'\n",
            "a\rb\r",
            "ß = ﬁ = ℓ\n",
            "سلام‌ها = 1\n",
            "'می‌خواهم'\n",
            "# zero\u{200B}width\ndef f():\n    '''zero\u{200B}width'''\n",
        ] {
            assert_eq!(of(text), vec![], "{text}");
        }
    }

    #[test]
    fn characters_that_are_not_shown() {
        use SignKind::{BidirectionalControl, ControlCharacter, DirectionMark, InvisibleCharacter, LoneCarriageReturn};
        for (text, kind, place) in [
            ("x = 'a\u{202E}b'\r\n", BidirectionalControl, "\u{202E}"),
            ("# a\u{2066}b\r\n", BidirectionalControl, "\u{2066}"),
            ("# a\u{200F}b\n", DirectionMark, "\u{200F}"),
            ("x = 'sys\u{200B}\u{200B}tem'\n", InvisibleCharacter, "\u{200B}\u{200B}"),
            ("x\u{200D}y = 1\n", InvisibleCharacter, "\u{200D}"),
            ("x = '\u{3164}'\n", InvisibleCharacter, "\u{3164}"),
            ("# hi\u{E0068}\u{E0069}\n", InvisibleCharacter, "\u{E0068}\u{E0069}"),
            ("x = '😀\u{FE00}\u{FE0F}\u{E0101}'\n", InvisibleCharacter, "\u{FE0F}\u{E0101}"),
            ("# \u{1b}[2Kx\n", ControlCharacter, "\u{1b}"),
            ("x = 1  # \u{8}\n", ControlCharacter, "\u{8}"),
            ("if x:\n    \u{0C}f()\n", ControlCharacter, "\u{0C}"),
            ("# a\u{2028}f()\n", ControlCharacter, "\u{2028}"),
            ("x = 1\n# a\rf()\n", LoneCarriageReturn, "\r"),
        ] {
            assert_eq!(of(text), vec![(kind, place)], "{text:?}");
        }
        assert_eq!(of("a\r\r\nb\n\r\n"), vec![]);
    }

    #[test]
    fn names_in_other_letters() {
        use SignKind::{CompatibilityName, LookAlikeName};
        for (text, kind, place) in [
            ("𝓮𝓿𝓪𝓵('x')\n", CompatibilityName, "𝓮𝓿𝓪𝓵"),
            ("os.ſystem(x)\n", CompatibilityName, "ſystem"),
            ("f'{ｅval(x)}'\n", CompatibilityName, "ｅval"),
            ("аccess = 1\n", LookAlikeName, "аccess"),
            ("f(ехес=1)\n", LookAlikeName, "ехес"),
            ("def ѕсоре(): pass\nscope = 1\n", LookAlikeName, "ѕсоре"),
            ("οs = 1; import os\n", LookAlikeName, "οs"),
            ("ενal(x)\n", LookAlikeName, "ενal"),
            ("x.аdmin\n", LookAlikeName, "аdmin"),
        ] {
            assert_eq!(of(text), vec![(kind, place)], "{text:?}");
        }
        assert_eq!(of("'𝓮𝓿𝓪𝓵 аccess'  # 𝓮𝓿𝓪𝓵\n"), vec![]);
    }

    #[test]
    fn code_where_nobody_looks() {
        let blanks = " ".repeat(100);
        let far = |text: String, place: &str| {
            let found = of(&text).into_iter().map(|(kind, place)| (kind, place.to_owned())).collect::<Vec<_>>();
            assert_eq!(found, vec![(SignKind::FarCode, place.to_owned())], "{text:?}");
        };
        far(format!("x = 1{blanks}; f()\n"), ";");
        far(format!("x = 1;{blanks}f()\n"), "f");
        far(format!("x = 1;{}f()\n", "\t".repeat(30)), "f");
        far(format!("'''a\nb'''{blanks};f()\n"), ";");
        far(format!("x = '{blanks}{blanks}{blanks}'; f()\n"), "f");
        far(format!("x = 1\n{}f()\n", "\n".repeat(100)), "f");
        far(format!("x = [{}f(), g()]\n", "1, ".repeat(500)), "f");
        far(format!("{}{}f()\n", "if x:\n", " ".repeat(200)), "f");
        for text in [
            format!("x = 1{blanks}# comment\n"),
            format!("x = '''1{blanks}2'''\n"),
            format!("x = 1{blanks}\n"),
            format!("x = [{}]\n", "1, ".repeat(500)),
            format!("x = 1{}", "\n".repeat(300)),
            format!("x = '''{}'''", "\n".repeat(300)),
        ] {
            assert_eq!(of(&text), vec![], "{text:?}");
        }
    }
}
