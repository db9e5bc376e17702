//! Every page proves itself: its examples give exactly the marked findings.

use std::fmt::Write;

use portcullis::pack::Pack;
use portcullis::rule::page;
use portcullis::scan;
use portcullis::source::LineIndex;

#[test]
fn examples_give_exactly_what_they_mark() {
    let pack = Pack::builtin();
    let mut report = String::new();
    for (index, rule) in (0..).zip(pack.rules()) {
        for example in page::examples(pack.page(index)).expect("a page of the pack parses") {
            let hits = scan::scan_text(&example.path, &example.text, &pack, index).expect("a thread");
            let lines = LineIndex::new(&example.text);
            let found: Vec<_> = hits.iter().map(|hit| hit.span.range()).collect();
            let mut tell = |what: &str, range: &std::ops::Range<usize>| {
                let line = example.line + lines.line(range.start as u32) as usize;
                let text = &example.text[range.clone()];
                writeln!(report, "{} line {line} after the header: {what}: {text}", rule.id).expect("a string");
            };
            example.marked.iter().filter(|range| !found.contains(range)).for_each(|range| tell("not found", range));
            found
                .iter()
                .filter(|range| !example.marked.contains(range))
                .for_each(|range| tell("should be silent", range));
        }
    }
    assert!(report.is_empty(), "\n{report}");
}
