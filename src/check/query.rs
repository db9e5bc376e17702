//! `[match.query]`: tree-sitter queries, verbatim, on the syntax tree of a source.
//!
//! The tree is tree-sitter's own, made only where such a rule is on: it costs ten times what the rest of a scan does.

use std::ops::ControlFlow;
use std::sync::OnceLock;

use tree_sitter::{Query, QueryCursor, QueryCursorOptions, StreamingIterator};

use crate::finding::Hit;
use crate::python::lenient;
use crate::rule::{Language, Match, QueryMatch, Rule};
use crate::source::{Problem, ProblemKind, Span};

/// The capture that is reported.
const FINDING: &str = "finding";
/// How many unfinished matches a query may hold, and how often it may report progress.
const MATCH_LIMIT: u32 = 1 << 16;
const MAX_STEPS: u32 = 200_000;

#[derive(Debug)]
pub(super) struct Queries<'p> {
    rule: u16,
    source: &'p QueryMatch,
    compiled: OnceLock<Option<(Query, u32)>>,
}

/// What is wrong with the query of a rule, if it has one.
pub fn fault(rule: &Rule) -> Option<String> {
    match &rule.matcher {
        Match::Query(query) => compile(query).err(),
        _ => None,
    }
}

fn compile(source: &QueryMatch) -> Result<(Query, u32), String> {
    let language = match source.language {
        Language::Python => tree_sitter_python::LANGUAGE.into(),
    };
    let query = Query::new(&language, &source.query).map_err(|error| {
        let (line, column) = (error.row + 1, error.column + 1);
        format!("the query has a mistake in its line {line}, column {column}: {}", error.message.trim_end())
    })?;
    let capture = query.capture_index_for_name(FINDING);
    let capture = capture.ok_or_else(|| format!("the query must capture what is to be reported as @{FINDING}"))?;
    Ok((query, capture))
}

impl<'p> Queries<'p> {
    pub(super) fn new(rule: u16, source: &'p QueryMatch) -> Self {
        Self { rule, source, compiled: OnceLock::new() }
    }
}

/// The hits of all queries in a text, or why it could not be searched.
pub(super) fn search(queries: &[Queries<'_>], text: &str) -> Result<Vec<Hit>, Problem> {
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    let problem = |message: &str| Problem {
        kind: ProblemKind::Unparsed,
        message: format!("{message}: not searched by the rules that are tree-sitter queries"),
        span: Span::new(0, text.len()),
    };
    let tree = lenient::syntax(text).ok_or_else(|| problem("too large or too costly to parse"))?;
    let mut hits = Vec::new();
    for rule in queries {
        let Some((query, capture)) = rule.compiled.get_or_init(|| compile(rule.source).ok()) else { continue };
        let mut cursor = QueryCursor::new();
        cursor.set_match_limit(MATCH_LIMIT);
        let mut steps = 0;
        let mut is_over = false;
        let mut budget = |_: &tree_sitter::QueryCursorState| {
            steps += 1;
            is_over = steps > MAX_STEPS;
            if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = QueryCursorOptions::new().progress_callback(&mut budget);
        let mut matches = cursor.matches_with_options(query, tree.root_node(), text.as_bytes(), options);
        while let Some(found) = matches.next() {
            let captures = found.captures().iter().filter(|found| found.index == *capture);
            hits.extend(
                captures.map(|found| Hit::at(rule.rule, Span::new(found.node.start_byte(), found.node.end_byte()))),
            );
        }
        drop(matches);
        if is_over || cursor.did_exceed_match_limit() {
            return Err(problem("too many matches"));
        }
    }
    Ok(hits)
}
