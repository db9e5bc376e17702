//! Reads a rule page: a TOML header, a title, prose, and fenced examples (see CONTRIBUTING.md).
//!
//! Fences follow CommonMark 0.31 §4.5: a run of three or more backticks or tildes, closed by a run of the same character
//! at least as long.

use std::ops::Range;

use serde::Deserialize;

use super::{Confidence, Level, Match, Regexp, Rule, Set, Severity, form};
use crate::effect::Capability;

/// A page, parsed: the rule, and what documents and proves it.
#[derive(Debug)]
pub struct Page {
    pub rule: Rule,
    /// Everything after the header, as it stands in the page.
    pub markdown: String,
    pub examples: Vec<Example>,
}

/// A fenced block that names a file: it is scanned under that name, and must give exactly the marked findings.
#[derive(Debug)]
pub struct Example {
    pub path: String,
    /// Line of the fence in the page, for messages.
    pub line: usize,
    /// The text with marks and dropped characters taken out.
    pub text: String,
    /// Byte ranges into `text` that must be found.
    pub marked: Vec<Range<usize>>,
}

/// What is wrong with a page, and on which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageError {
    pub line: usize,
    pub message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Header {
    severity: Severity,
    confidence: Confidence,
    #[serde(default)]
    set: Set,
    capability: Option<Capability>,
    deny: Option<Level>,
    ask: Option<Level>,
    cwe: Vec<u32>,
    #[serde(default)]
    owasp: Vec<String>,
    #[serde(default)]
    same_as: Vec<String>,
    #[serde(default)]
    see: Vec<String>,
    instead: Option<String>,
    r#match: Match,
}

/// Parses one page. `id` is its path below the rules folder without `.md`.
pub fn parse(id: &str, text: &str) -> Result<Page, PageError> {
    check_id(id)?;
    let blocks = blocks(text)?;
    let Some(header_block) = blocks.first().filter(|block| block.info == "toml") else {
        return Err(error(1, "the page must begin with a fenced block whose info string is exactly `toml`"));
    };
    if !text[..header_block.fence].trim().is_empty() {
        return Err(error(1, "nothing may stand before the `toml` header"));
    }
    let header: Header = toml::from_str(&text[header_block.content.clone()]).map_err(|problem| {
        let inside = problem.span().map_or(0, |span| newlines(&text[header_block.content.clone()][..span.start]));
        error(header_block.line + 1 + inside, problem.message().trim_end())
    })?;

    let markdown = text[header_block.end..].trim_start_matches('\n').to_owned();
    let Some(title) = markdown.lines().next().and_then(|line| line.strip_prefix("# ")) else {
        return Err(error(newlines(&text[..header_block.end]) + 1, "a title (`# …`) must follow the header"));
    };
    if markdown.lines().skip(1).find(|line| !line.trim().is_empty()).is_none_or(|line| line.starts_with("```")) {
        return Err(error(
            newlines(&text[..header_block.end]) + 2,
            "prose must follow the title: what is wrong, why, and what to use instead",
        ));
    }
    let examples = examples_in(text, &blocks[1..])?;
    let (deny, ask) = levels(&header);
    let rule = Rule {
        id: id.to_owned(),
        title: title.trim().to_owned(),
        severity: header.severity,
        confidence: header.confidence,
        set: header.set,
        capability: header.capability,
        deny,
        ask,
        cwe: header.cwe,
        owasp: header.owasp,
        same_as: header.same_as,
        see: header.see,
        instead: header.instead,
        matcher: header.r#match,
    };
    check_patterns(&rule, header_block.line)?;
    check_examples(&rule, &examples, newlines(text).max(1))?;
    Ok(Page { rule, markdown, examples })
}

/// The levels at which a finding denies and asks. Code that carries a credential is stopped unless its page says otherwise: the
/// more certain that it is one, the laxer the level.
fn levels(header: &Header) -> (Option<Level>, Option<Level>) {
    let is_credential = matches!(header.r#match, Match::Secret(_) | Match::Assigned(_));
    match (header.confidence, header.deny, header.ask) {
        (Confidence::High, None, None) if is_credential => (Some(Level::Moderate), None),
        (Confidence::Medium, None, None) if is_credential => (Some(Level::Strict), Some(Level::Moderate)),
        (_, deny, ask) => (deny, ask),
    }
}

/// The first paragraph after the title, on one line: what is wrong, why, and mostly what to use instead.
pub fn paragraph(page: &str) -> String {
    let lines =
        page.lines().skip(1).skip_while(|line| line.trim().is_empty()).take_while(|line| !line.trim().is_empty());
    let paragraph = lines.map(str::trim).collect::<Vec<_>>().join(" ");
    // What leads over to an example ends here: the example does not follow.
    match paragraph.strip_suffix(':') {
        Some(sentence) => format!("{sentence}."),
        None => paragraph,
    }
}

/// The examples of a page, or of the Markdown after its header.
pub fn examples(text: &str) -> Result<Vec<Example>, PageError> {
    examples_in(text, &blocks(text)?)
}

fn examples_in(text: &str, blocks: &[Block]) -> Result<Vec<Example>, PageError> {
    blocks.iter().filter_map(|block| example(text, block).transpose()).collect()
}

fn error(line: usize, message: &str) -> PageError {
    PageError { line, message: message.to_owned() }
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

fn check_id(id: &str) -> Result<(), PageError> {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    match id.split_once('/') {
        Some((family, name)) if is_part(family) && is_part(name) => Ok(()),
        _ => Err(error(
            1,
            &format!("`{id}` is no rule id: a page stands at FAMILY/NAME.md, in lower case, digits and hyphens"),
        )),
    }
}

/// Every regular expression of the page must compile.
fn check_patterns(rule: &Rule, line: usize) -> Result<(), PageError> {
    for Regexp { source: pattern, .. } in rule.matcher.patterns() {
        if let Err(problem) = regex::Regex::new(pattern) {
            return Err(error(line, &does_not_compile(pattern, &problem)));
        }
    }
    if let Match::Setting(setting) = &rule.matcher
        && let Some(fault) = setting.fault()
    {
        return Err(error(line, &fault));
    }
    let Match::Secret(secret) = &rule.matcher else { return Ok(()) };
    // These are matched over bytes, and only those are compiled that need it; a large one would take the memory of the scan.
    let form = Some(&secret.matches.source).filter(|_| secret.matches.steps.is_none());
    for pattern in form.into_iter().chain(secret.unless.as_ref().map(|unless| &unless.source)) {
        if let Err(problem) =
            regex::bytes::RegexBuilder::new(pattern).unicode(false).size_limit(form::SIZE_LIMIT).build()
        {
            return Err(error(line, &does_not_compile(pattern, &problem)));
        }
    }
    let is_word =
        |word: &String| word.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.len() >= form::SHORTEST_WORD);
    if let Some(word) = secret.near.iter().find(|word| !is_word(word) || **word != word.to_ascii_lowercase()) {
        return Err(error(
            line,
            &format!("`{word}` is no word to be near: three letters or digits in lower case at least"),
        ));
    }
    if secret.near.is_empty() && secret.file.is_empty() && secret.matches.words.is_empty() {
        let message = "no word of three bytes stands in every match: say what stands `near`, or in which `file`";
        return Err(error(line, message));
    }
    Ok(())
}

fn does_not_compile(pattern: &str, problem: &regex::Error) -> String {
    format!("the regular expression `{pattern}` does not compile: {problem}")
}

fn check_examples(rule: &Rule, examples: &[Example], last: usize) -> Result<(), PageError> {
    // Unreadable bytes and advisories cannot stand in a page; fixtures hold them.
    let is_beyond_examples = match &rule.matcher {
        Match::Problem(_) => true,
        Match::Package(package) => package.is.is_of_advisories(),
        _ => false,
    };
    if is_beyond_examples {
        return Ok(());
    }
    if !examples.iter().any(|example| !example.marked.is_empty()) {
        return Err(error(last, "no example marks what must be found with `«…»`"));
    }
    let has_silent = examples.iter().any(|example| {
        let marked: usize = example.marked.iter().map(|range| newlines(&example.text[range.clone()]) + 1).sum();
        example.text.lines().filter(|line| !line.trim().is_empty()).count() > marked
    });
    if !has_silent {
        return Err(error(last, "no example shows a line that must stay silent"));
    }
    if rule.cwe.is_empty() {
        return Err(error(1, "`cwe` names no weakness"));
    }
    Ok(())
}

/// A fenced block: its info string, where it starts, and the range of its content.
struct Block {
    info: String,
    line: usize,
    fence: usize,
    content: Range<usize>,
    end: usize,
}

fn blocks(text: &str) -> Result<Vec<Block>, PageError> {
    let mut found = Vec::new();
    let mut open: Option<(usize, char, Block)> = None;
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim_end_matches(['\n', '\r']);
        let run = |character: char| bare.chars().take_while(|c| *c == character).count();
        match &mut open {
            None => {
                let fence = ['`', '~'].into_iter().find(|character| run(*character) >= 3);
                if let Some(character) = fence {
                    let info = bare.trim_start_matches(character).trim().to_owned();
                    let start = offset + line.len();
                    let block = Block { info, line: number + 1, fence: offset, content: start..start, end: start };
                    open = Some((run(character), character, block));
                }
            }
            Some((length, character, block)) => {
                let closes = run(*character) >= *length && bare.trim_end().trim_matches(*character).is_empty();
                if closes {
                    block.content.end = offset;
                    block.end = offset + line.len();
                    found.extend(open.take().map(|(_, _, block)| block));
                }
            }
        }
        offset += line.len();
    }
    match open {
        Some((_, _, block)) => Err(error(block.line, "this fence is never closed")),
        None => Ok(found),
    }
}

/// Reads `LANGUAGE FILE [mark=⟦⟧] [drop=c]`; a block that names no file is prose.
fn example(text: &str, block: &Block) -> Result<Option<Example>, PageError> {
    let mut words = block.info.split_whitespace().skip(1);
    let Some(path) = words.next() else { return Ok(None) };
    let (mut open, mut close, mut drop) = ('«', '»', '·');
    for option in words {
        let mut characters = option.split_once('=').map_or("", |(_, value)| value).chars();
        match (option.split('=').next(), characters.next(), characters.next(), characters.next()) {
            (Some("mark"), Some(first), Some(second), None) => (open, close) = (first, second),
            (Some("drop"), Some(first), None, None) => drop = first,
            _ => {
                return Err(error(block.line, &format!("`{option}` is no option of an example: mark=⟦⟧ or drop=c")));
            }
        }
    }
    let mut example = Example { path: path.to_owned(), line: block.line, text: String::new(), marked: Vec::new() };
    let mut starts = Vec::new();
    for character in text[block.content.clone()].chars() {
        if character == open {
            starts.push(example.text.len());
        } else if character == close {
            let Some(start) = starts.pop() else {
                return Err(error(block.line, &format!("a `{close}` in this example closes nothing")));
            };
            example.marked.push(start..example.text.len());
        } else if character != drop {
            example.text.push(character);
        }
    }
    if !starts.is_empty() {
        return Err(error(block.line, &format!("a `{open}` in this example is never closed")));
    }
    example.marked.sort_by_key(|range| (range.start, range.end));
    Ok(Some(example))
}
