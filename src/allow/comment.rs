//! Reads suppressions out of comments. One comment may hold several, each after a `#` of its own.
//!
//! In texts that no reader takes, only ours are read, wherever they stand right after what begins a comment in some language.
//! What is prose there cannot be told, so that names of rules that find nothing in such texts, and of no rules, are passed over.

use super::Scope;
use crate::finding::SuppressedBy;
use crate::pack::Pack;
use crate::select;
use crate::source::Span;

/// What a comment of ours begins with.
pub(super) const OWN: &str = "portcullis:";

/// One suppression.
#[derive(Debug)]
pub(super) struct Directive {
    /// The comment, from its `#` (or what else begins it) on.
    pub(super) span: Span,
    pub(super) line: u32,
    pub(super) by: SuppressedBy,
    pub(super) names: Names,
    pub(super) reason: Option<String>,
}

/// What a suppression is for.
#[derive(Debug)]
pub(super) enum Names {
    /// Every rule: `# nosec` and `# noqa` without ids.
    All,
    These(Vec<Name>),
    /// It is not understood, and this is why.
    Unclear(String),
}

#[derive(Debug)]
pub(super) struct Name {
    pub(super) span: Span,
    pub(super) rules: Vec<u16>,
    pub(super) used: bool,
    /// Why it names no rule.
    pub(super) unknown: Option<String>,
}

/// What stands further from the beginning of a suppression does not belong to it: a comment may be as long as the file.
const LONGEST: usize = 1024;

/// All suppressions of a source, in order.
pub(super) fn directives(scope: &Scope<'_>) -> Vec<Directive> {
    match scope.comments {
        Some(comments) => comments.iter().flat_map(|comment| in_comment(*comment, scope)).collect(),
        None => in_any_text(scope),
    }
}

/// What begins a comment, and what ends it before its line does. A longer beginning stands before one that it ends with.
const COMMENTS: [(&str, Option<&str>); 7] =
    [("#", None), ("//", None), ("<!--", Some("-->")), ("--", None), (";", None), ("/*", Some("*/")), ("%", None)];

fn in_any_text(scope: &Scope<'_>) -> Vec<Directive> {
    let text = scope.text;
    let found = memchr::memmem::find_iter(text.as_bytes(), OWN).filter_map(|at| {
        let line = scope.lines.line(Span::new(at, at).start);
        let line_span = scope.lines.line_span(text, line).range();
        let before = text[line_span.start..at].trim_end_matches([' ', '\t']);
        let (opening, closing) = COMMENTS.into_iter().find(|(opening, _)| before.ends_with(opening))?;
        let rest = &text[at + OWN.len()..line_span.end];
        let rest = &rest[..rest.floor_char_boundary(LONGEST)];
        let rest = closing.and_then(|closing| rest.split_once(closing)).map_or(rest, |(inside, _)| inside).trim_end();
        let start = line_span.start + before.len() - opening.len();
        let (Names::These(mut names), reason) = own(rest, at + OWN.len(), scope.pack) else { return None };
        let reads = |rule: &u16| scope.pack.rule(*rule).matcher.reads_any_text();
        names.retain(|name| name.rules.iter().any(reads));
        if names.is_empty() {
            return None;
        }
        let names = Names::These(names);
        let span = Span::new(start, at + OWN.len() + rest.len());
        Some(Directive { span, line, by: SuppressedBy::Comment, names, reason })
    });
    found.collect()
}

fn in_comment<'a>(comment: Span, scope: &'a Scope<'_>) -> impl Iterator<Item = Directive> + 'a {
    let text = scope.text.get(comment.range()).unwrap_or_default();
    memchr::memchr_iter(b'#', text.as_bytes()).filter_map(move |at| {
        let inside = text[at + 1..].trim_start();
        // Where the inside begins in the source: it is the end of the comment.
        let offset = comment.end as usize - inside.len();
        let inside = &inside[..inside.floor_char_boundary(LONGEST)];
        let (by, names, reason) = if let Some(rest) = inside.strip_prefix(OWN) {
            let (names, reason) = own(rest, offset + OWN.len(), scope.pack);
            (SuppressedBy::Comment, names, reason)
        } else if let Some(rest) = keyword(inside, "nosec").filter(|_| scope.honoured.has(SuppressedBy::Nosec)) {
            (SuppressedBy::Nosec, nosec(rest, scope.pack), None)
        } else {
            let rest = keyword(inside, "noqa").filter(|_| scope.honoured.has(SuppressedBy::Noqa))?;
            (SuppressedBy::Noqa, noqa(rest, scope.pack), None)
        };
        let span = Span { start: comment.start + Span::new(at, at).start, end: comment.end };
        Some(Directive { span, line: scope.lines.line(span.start), by, names, reason })
    })
}

/// What follows a keyword in upper or lower case that ends there.
fn keyword<'t>(text: &'t str, keyword: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(keyword.len())?;
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-');
    (head.eq_ignore_ascii_case(keyword) && ends).then_some(rest)
}

/// `ignore[id, id] -- reason`
fn own(text: &str, offset: usize, pack: &Pack) -> (Names, Option<String>) {
    let unclear = |message: &str| {
        let form = "write `# portcullis: ignore[rule-id] -- reason`";
        (Names::Unclear(format!("{message}: {form}")), None)
    };
    let Some(rest) = text.trim_start().strip_prefix("ignore") else {
        return unclear("this comment is not understood");
    };
    let Some((ids, after)) = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return unclear("a suppression must name its rules");
    };
    let ids_offset = offset + text.len() - after.len() - 1 - ids.len();
    let mut names = Vec::new();
    let mut at = ids_offset;
    for part in ids.split(',') {
        let id = part.trim();
        let start = at + (part.len() - part.trim_start().len());
        at += part.len() + 1;
        if id.is_empty() {
            continue;
        }
        let rules = select::rules_of(pack, id);
        let unknown = rules.is_empty().then(|| {
            let hint = select::hint(pack, id).map_or_else(String::new, |hint| format!("; {hint}"));
            format!("there is no rule `{id}`{hint}")
        });
        names.push(Name { span: Span::new(start, start + id.len()), rules, used: false, unknown });
    }
    if names.is_empty() {
        return unclear("a suppression must name its rules");
    }
    let reason = after.split(" #").next().unwrap_or_default().trim_start_matches([' ', '-']).trim();
    (Names::These(names), (!reason.is_empty()).then(|| reason.to_owned()))
}

/// ` B602, B607` or `: B602`; words that are no ids are prose, and a comment with prose alone is for every rule. A name
/// of a bandit test (`assert_used`) is for that test alone, of which we know only the id: it suppresses nothing.
fn nosec(text: &str, pack: &Pack) -> Names {
    let text = text.trim_start_matches(':').split('#').next().unwrap_or_default();
    let words = || text.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    let is_test = |word: &str| {
        word.contains('_') && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
    };
    match words().any(|word| is_code(word) || is_test(word)) {
        true => these(words().filter(|word| is_code(word)), pack),
        false => Names::All,
    }
}

/// `: S602, S607`
fn noqa(text: &str, pack: &Pack) -> Names {
    match text.trim_start().strip_prefix(':') {
        None => Names::All,
        Some(codes) => {
            let words = codes.split([',', ' ', '\t']).filter(|word| !word.is_empty());
            these(words.take_while(|word| is_code(word)), pack)
        }
    }
}

/// Letters and then digits: `B602`, `PLW1510`.
fn is_code(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    digits.len() < word.len() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn these<'t>(codes: impl Iterator<Item = &'t str>, pack: &Pack) -> Names {
    let name = |code| Name { span: Span::default(), rules: select::rules_of(pack, code), used: false, unknown: None };
    Names::These(codes.map(name).collect())
}
