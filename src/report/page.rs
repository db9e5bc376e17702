//! What the page of a rule says, cut for reports.

/// Cuts a text to so many characters, at a word where there is one, and says so with `…`.
pub(super) fn shortened(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let cut: String = text.chars().take(characters.saturating_sub(1)).collect();
    let whole = cut.rfind(' ').filter(|at| *at > cut.len() / 2).map_or(cut.as_str(), |at| &cut[..at]);
    format!("{whole}…")
}

/// Breaks a text into lines of at most so many columns, where its words allow it.
pub fn wrapped(text: &str, columns: usize) -> String {
    let mut lines = String::with_capacity(text.len() + 8);
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 {
            let breaks = used + 1 + length > columns;
            lines.push(if breaks { '\n' } else { ' ' });
            used = if breaks { 0 } else { used + 1 };
        }
        lines.push_str(word);
        used += length;
    }
    lines
}
