//! Text laid out: widths, tabs, lines.

use super::given::Given;
use super::text::Text;
use super::{Tools, part};
use crate::value::Value;

impl<'a> Text<'a> {
    pub(super) fn lines(self, tools: &mut Tools<'a, '_>, keep: bool) -> Option<Value<'a>> {
        let ends = |c: char| match c {
            '\n' | '\r' => true,
            '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}' => !self.is_bytes,
            _ => false,
        };
        let mut lines = Vec::new();
        let mut rest = self.text;
        while !rest.is_empty() && lines.len() <= super::MAX_ITEMS {
            let at = rest.find(ends).unwrap_or(rest.len());
            let end = match rest[at..].chars().next() {
                Some(_) if rest[at..].starts_with("\r\n") => at + 2,
                Some(c) => at + c.len_utf8(),
                None => at,
            };
            lines.push(part(&rest[..if keep { end } else { at }]));
            rest = &rest[end..];
        }
        tools.sequence(&lines)
    }

    pub(super) fn justified(self, tools: &mut Tools<'a, '_>, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
        let width = usize::try_from(given.int("", 0)?.max(0)).ok()?;
        let length = self.text.chars().count();
        let missing = width.saturating_sub(length);
        if missing == 0 {
            return Some(part(self.text));
        }
        let fill = given.text_or("", 1, " ")?;
        if fill.chars().count() != 1 || !tools.has_room(missing.saturating_mul(4).saturating_add(self.text.len())) {
            return None;
        }
        let fill = |count: usize| fill.repeat(count);
        tools.text(match name {
            "ljust" => [self.text, &fill(missing)].concat(),
            "rjust" => [&fill(missing), self.text].concat(),
            "center" => {
                let left = missing / 2 + (missing & width & 1);
                [&fill(left), self.text, &fill(missing - left)].concat()
            }
            _ => {
                let sign = self.text.len() - self.text.strip_prefix(['+', '-']).unwrap_or(self.text).len();
                [&self.text[..sign], &"0".repeat(missing), &self.text[sign..]].concat()
            }
        })
    }

    pub(super) fn expanded(self, tools: &mut Tools<'a, '_>, tab: i64) -> Option<Value<'a>> {
        let tab = usize::try_from(tab).unwrap_or(0);
        let tabs = self.text.matches('\t').count();
        if !tools.has_room(self.text.len().saturating_add(tabs.saturating_mul(tab))) {
            return None;
        }
        let (mut expanded, mut column) = (String::new(), 0);
        for character in self.text.chars() {
            match character {
                '\t' => {
                    let wide = if tab == 0 { 0 } else { tab - column % tab };
                    expanded.extend(std::iter::repeat_n(' ', wide));
                    column += wide;
                }
                _ => {
                    expanded.push(character);
                    column = if matches!(character, '\n' | '\r') { 0 } else { column + 1 };
                }
            }
        }
        tools.text(expanded)
    }
}
