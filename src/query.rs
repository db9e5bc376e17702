//! `[match.query]`: tree-sitter queries, verbatim, on the syntax tree of a source.
//!
//! The tree is tree-sitter's own, made only where such a rule is on: it costs ten times what the rest of a scan does.

use std::ops::ControlFlow;
use std::sync::OnceLock;

use tree_sitter::{Query, QueryCursor, QueryCursorOptions, QueryCursorState, StreamingIterator, Tree};

use crate::finding::Hit;
use crate::pack::Pack;
use crate::python::lenient;
use crate::rule::{Language, Match, QueryMatch, Rule};
use crate::source::{Problem, ProblemKind, Span};

/// The capture that is reported.
const FINDING: &str = "finding";
/// How many unfinished matches a query may hold, and how often it may report progress.
const MATCH_LIMIT: u32 = 1 << 16;
const MAX_STEPS: u32 = 200_000;

/// The queries of the rules that are on.
#[derive(Debug)]
pub struct Queries<'p>(Vec<RuleQuery<'p>>);

#[derive(Debug)]
struct RuleQuery<'p> {
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
    /// Collects the rules of the pack that `is_on` lets through.
    pub fn new(pack: &'p Pack, is_on: impl Fn(u16) -> bool) -> Self {
        let rules = (0..).zip(pack.rules()).filter(|(rule, _)| is_on(*rule));
        let queries = rules.filter_map(|(rule, source)| match &source.matcher {
            Match::Query(source) => Some(RuleQuery { rule, source, compiled: OnceLock::new() }),
            _ => None,
        });
        Self(queries.collect())
    }

    /// The hits of all queries in a text, or why it could not be searched.
    pub fn search(&self, text: &str) -> Result<Vec<Hit>, Problem> {
        if self.0.is_empty() {
            return Ok(Vec::new());
        }
        let problem = |message: &str| Problem {
            kind: ProblemKind::Unparsed,
            message: format!("{message}: not searched by the rules that are tree-sitter queries"),
            span: Span::new(0, text.len()),
        };
        let tree = lenient::syntax(text).ok_or_else(|| problem("too large or too costly to parse"))?;
        let mut hits = Vec::new();
        for query in &self.0 {
            let found = query.search(&tree, text).ok_or_else(|| problem("too many matches"))?;
            hits.extend(found.into_iter().map(|span| Hit::at(query.rule, span)));
        }
        Ok(hits)
    }
}

impl RuleQuery<'_> {
    /// What the query captures; `None` where that takes too long to tell.
    fn search(&self, tree: &Tree, text: &str) -> Option<Vec<Span>> {
        let compiled = self.compiled.get_or_init(|| compile(self.source).ok());
        // The command line refuses rules whose query does not compile.
        let Some((query, capture)) = compiled else { return Some(Vec::new()) };
        let mut cursor = QueryCursor::new();
        cursor.set_match_limit(MATCH_LIMIT);
        let mut steps = 0;
        let mut budget = |_: &QueryCursorState| {
            steps += 1;
            if steps > MAX_STEPS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = QueryCursorOptions::new().progress_callback(&mut budget);
        let mut matches = cursor.matches_with_options(query, tree.root_node(), text.as_bytes(), options);
        let mut spans = Vec::new();
        while let Some(found) = matches.next() {
            let captures = found.captures().iter().filter(|found| found.index == *capture);
            spans.extend(captures.map(|found| Span::new(found.node.start_byte(), found.node.end_byte())));
        }
        drop(matches);
        (steps <= MAX_STEPS && !cursor.did_exceed_match_limit()).then_some(spans)
    }
}
