//! From sources to findings, in parallel. Threads live here only.

mod include;

use std::collections::hash_map::Entry;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use bumpalo::Bump;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::advisory::Shelf;
use crate::allow::Honoured;
use crate::check::Facts;
use crate::declared::{self, Declared};
use crate::finding::{Finding, Hit};
use crate::git::{Added, Repository};
use crate::inspect::{Dressing, Inspector};
use crate::inventory::{self, Component};
use crate::lock::metadata::Metadata;
use crate::pack::Pack;
use crate::python::decode;
use crate::reach::{self, Imports};
use crate::report::Summary;
use crate::rule::{Match, News};
use crate::select::Selection;
use crate::source::{Content, Kind, Problem, ProblemKind, Source, Span};
use crate::walk::PassedOver;
use crate::{archive, python, walk};

/// How to scan.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    pub selection: &'a Selection,
    /// One per processor where absent.
    pub threads: Option<usize>,
    pub max_size: u64,
    /// Compute GitHub's line hashes, which only SARIF shows.
    pub line_hashes: bool,
    /// Pass over files in which no rule's words stand. Where it is off, their findings are compared; failures of reading are
    /// not told of them either way.
    pub prefilter: bool,
    pub honoured: Honoured,
    /// Where the objects are that sources are made of or held against.
    pub repository: Option<&'a Repository>,
    /// What packages are held against.
    pub advisories: Option<&'a Shelf>,
    /// What `cargo metadata` tells of a build.
    pub metadata: Option<&'a Metadata>,
    /// List the packages that the sources name.
    pub components: bool,
    /// Read the files in archives too.
    pub archives: bool,
    /// Called with the number of sources that were done since the last call.
    pub progress: Option<&'a (dyn Fn(u64) + Sync)>,
}

/// What a scan found.
#[derive(Debug)]
pub struct Scanned {
    /// Sorted by path, place and rule.
    pub findings: Vec<Finding>,
    /// Where they are listed.
    pub components: Vec<Component>,
    pub summary: Summary,
}

/// A larger archive is not read, unless larger files are.
const MAX_ARCHIVE: u64 = 64 << 20;

/// The number of sources from which the pre-filter pays.
const PREFILTER_FROM: usize = 1000;

/// Scans sources. Fails only where no thread with a large enough stack can be had.
pub fn scan(sources: &[Source], pack: &Pack, options: &Options<'_>) -> Result<Scanned, String> {
    let Options { selection, honoured, line_hashes, .. } = *options;
    let is_on = |rule| selection.is_on(rule);
    let facts = Facts {
        advisories: options.advisories,
        metadata: options.metadata,
        included: include::included(sources, options),
    };
    let inspector = Inspector::new(pack, is_on).with_facts(facts);
    let asks_the_tree = inspector.asks_the_tree();
    let scan = Scan {
        // Building the filter takes as long as reading some hundred files.
        inspector: match sources.len() {
            0..PREFILTER_FROM => inspector,
            _ => inspector.with_prefilter(is_on, !options.prefilter),
        },
        dressing: Dressing { selection, honoured, line_hashes },
        max_size: options.max_size,
        repository: options.repository,
        archives: options.archives,
        notes_imports: options.advisories.is_some() || asks_the_tree,
        notes_declared: asks_the_tree,
        lists_components: options.components,
    };
    let one = |arena: &mut Bump, source: &Source| {
        let done = scan.source(source, arena);
        if let Some(progress) = options.progress {
            progress(1);
        }
        done
    };
    let done: Vec<Done> = match sources {
        // A pool costs half a millisecond, which a hook on one file would notice.
        [] | [_] => python::on_large_stack(|| sources.iter().map(|source| one(&mut Bump::new(), source)).collect())
            .map_err(|error| error.to_string()),
        _ => rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads.unwrap_or(0))
            .stack_size(python::STACK)
            .build()
            .map_err(|error| error.to_string())
            .map(|pool| pool.install(|| sources.par_iter().map_init(Bump::new, one).collect())),
    }
    .map_err(|error| format!("no threads to scan with: {error}"))?;

    let total = done.iter().map(|done| done.findings.len()).sum();
    let mut scanned =
        Scanned { findings: Vec::with_capacity(total), components: Vec::new(), summary: Summary::default() };
    let mut told = FxHashSet::default();
    let (mut all_imports, mut all_declared) = (Imports::default(), Declared::default());
    for Done { findings, summary, imports, components, declared } in done {
        all_declared.append(declared);
        inventory::append(&mut scanned.components, components);
        all_imports.append(imports);
        // What stands in many versions of a file is told where it appeared first: sources of a history come in that order.
        let is_first = |finding: &Finding| {
            finding.commit.is_none() || told.insert((finding.fingerprint, Arc::clone(&finding.path)))
        };
        scanned.findings.extend(findings.into_iter().filter(is_first));
        scanned.summary += summary;
    }
    reach::mark(&mut scanned.findings, &all_imports);
    // A history comes in the order in which things appeared, which is told from then on by commits.
    if scanned.findings.iter().all(|finding| finding.commit.is_none()) {
        sort(&mut scanned.findings);
    }
    declared::settle(&mut scanned.findings, pack, &all_declared, &all_imports, sources);
    once_unchecked(&mut scanned.findings, pack);
    Ok(scanned)
}

/// That there are no advisories is told once, however many files name packages.
fn once_unchecked(findings: &mut Vec<Finding>, pack: &Pack) {
    let mut is_told = false;
    findings.retain(|finding| {
        !pack.rule(finding.rule).matcher.tells_no_advisories() || !std::mem::replace(&mut is_told, true)
    });
}

/// What came of one source.
#[derive(Default)]
struct Done {
    findings: Vec<Finding>,
    summary: Summary,
    imports: Imports,
    components: Vec<Component>,
    declared: Declared,
}

/// Puts findings into the order of reports: by path, place and rule.
pub fn sort(findings: &mut [Finding]) {
    // In place, which matters where there are a hundred thousand. No two findings are alike in all three.
    findings.sort_unstable_by(|a, b| (&a.path, a.place, a.rule).cmp(&(&b.path, b.place, b.rule)));
}

/// Of findings of one credential, the first, which knows the places of the others. A suppressed one speaks for itself, so
/// that this comes after all that suppresses.
pub fn each_credential_once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut first = FxHashMap::default();
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let is_merged = finding.credential.is_some() && finding.suppressed.is_none();
        match first.entry((finding.rule, finding.fingerprint)) {
            Entry::Occupied(known) if is_merged => {
                let at: usize = *known.get();
                kept[at].also.push((finding.path, finding.place));
                // The most certain place says how certain it is.
                kept[at].confidence = kept[at].confidence.max(finding.confidence);
            }
            entry => {
                if let Entry::Vacant(entry) = entry
                    && is_merged
                {
                    entry.insert(kept.len());
                }
                kept.push(finding);
            }
        }
    }
    kept
}

struct Scan<'a> {
    inspector: Inspector<'a>,
    dressing: Dressing<'a>,
    max_size: u64,
    repository: Option<&'a Repository>,
    archives: bool,
    /// Take note of what Python code imports.
    notes_imports: bool,
    lists_components: bool,
    /// Take note of what manifests and lockfiles declare.
    notes_declared: bool,
}

impl Scan<'_> {
    fn source(&self, source: &Source, arena: &mut Bump) -> Done {
        if self.archives && source.kind == Some(Kind::Other) && archive::is_archive(&walk::head(source)) {
            let (findings, summary) = self.archive(source, arena);
            return Done { findings, summary, ..Done::default() };
        }
        let (kind, bytes) = match self.bytes(source) {
            Ok((kind, Ok(bytes))) => (kind, bytes),
            Ok((_, Err(passed_over))) => {
                let large = u64::from(passed_over == PassedOver::Large);
                return Done { summary: Summary { passed_over: large, ..Summary::default() }, ..Done::default() };
            }
            Err(problem) => {
                let mut findings = self.inspector.unread(&source.path, &problem, &self.dressing);
                self.tell_commit(source, &mut findings);
                return Done { findings, ..Done::default() };
            }
        };
        let imports = match self.notes_imports {
            true => reach::imports(&source.path, kind == Kind::Python, &bytes),
            false => Imports::default(),
        };
        let components = match kind {
            Kind::Other if self.lists_components => self.inspector.components(&source.path, &bytes),
            _ => Vec::new(),
        };
        let declared = match kind {
            Kind::Other if self.notes_declared => self.inspector.declared(&source.path, &bytes),
            _ => Declared::default(),
        };
        let before = source.past.before;
        let added = self.repository.and_then(|repository| repository.added(before?, &bytes));
        if added.as_ref().is_some_and(Added::is_empty) {
            return Done { imports, components, declared, ..Done::default() };
        }
        let (mut findings, summary) = self.inspected(&source.path, kind, bytes, arena);
        if let Some(added) = added {
            findings.retain(|finding| self.inspector.tells_failure(finding) || is_on(finding, &added));
        }
        self.tell_commit(source, &mut findings);
        Done { findings, summary, imports, components, declared }
    }

    /// The findings in bytes that were read.
    fn inspected(&self, path: &Arc<str>, kind: Kind, bytes: Vec<u8>, arena: &mut Bump) -> (Vec<Finding>, Summary) {
        let summary = Summary { files: 1, bytes: bytes.len() as u64, ..Summary::default() };
        // No input should get here; should one, it costs its own file and is told.
        let inspect = || self.inspector.findings(path, kind, bytes, arena, &self.dressing);
        let findings = panic::catch_unwind(AssertUnwindSafe(inspect)).unwrap_or_else(|_| {
            let message = "the analysis of this file failed, which is a fault of portcullis: please report it";
            self.unread(path, message.to_owned())
        });
        (findings, summary)
    }

    fn unread(&self, path: &Arc<str>, message: String) -> Vec<Finding> {
        let problem = Problem { kind: ProblemKind::Unread, message, span: Span::default() };
        self.inspector.unread(path, &problem, &self.dressing)
    }

    /// Every file in an archive, each as if it lay in a folder.
    fn archive(&self, source: &Source, arena: &mut Bump) -> (Vec<Finding>, Summary) {
        let bytes = match walk::read(source, MAX_ARCHIVE.max(self.max_size)) {
            Ok(bytes) => bytes,
            Err(problem) => return (self.inspector.unread(&source.path, &problem, &self.dressing), Summary::default()),
        };
        let (mut findings, mut summary) = (Vec::new(), Summary::default());
        let limits = archive::Limits { member: self.max_size, ..archive::Limits::default() };
        archive::members(&source.path, &bytes, &limits, |archive::Member { path, bytes }| {
            let path = Arc::from(path);
            let kind = |head: &[u8]| Kind::of_name(&path).unwrap_or_else(|| Kind::of_first_bytes(&path, head));
            match bytes {
                Ok(bytes) => {
                    let kind = kind(&bytes);
                    if kind != Kind::Other || !decode::is_binary(&bytes) {
                        let (found, counted) = self.inspected(&path, kind, bytes, arena);
                        findings.extend(found);
                        summary += counted;
                    }
                }
                Err(archive::Unread::Large(head)) if kind(&head) == Kind::Other => {
                    summary.passed_over += u64::from(!decode::is_binary(&head));
                }
                Err(archive::Unread::Large(_)) => {
                    let message = format!("it is larger than the size cap of {} bytes (`--max-size`)", self.max_size);
                    findings.extend(self.unread(&path, message));
                }
                Err(archive::Unread::Because(why)) => findings.extend(self.unread(&path, why)),
            }
        });
        (findings, summary)
    }

    /// The bytes of a source and what they are, or why a file that no reader takes is passed over.
    fn bytes(&self, source: &Source) -> Result<(Kind, Result<Vec<u8>, PassedOver>), Problem> {
        let (Content::Object(object), Some(repository)) = (&source.content, self.repository) else {
            let kind = source.kind.unwrap_or(Kind::Python);
            let bytes = match kind {
                Kind::Other => walk::read_text(source, self.max_size, decode::is_binary),
                _ => walk::read(source, self.max_size).map(Ok),
            };
            return Ok((kind, bytes?));
        };
        match repository.read(*object) {
            Err(_) if source.kind == Some(Kind::Other) && repository.is_large(*object) => {
                Ok((Kind::Other, Err(PassedOver::Large)))
            }
            Err(problem) => Err(problem),
            Ok(bytes) => {
                let kind = source.kind.unwrap_or_else(|| Kind::of_first_bytes(&source.path, &bytes));
                let is_passed_over = kind == Kind::Other && decode::is_binary(&bytes);
                Ok((kind, if is_passed_over { Err(PassedOver::Binary) } else { Ok(bytes) }))
            }
        }
    }

    fn tell_commit(&self, source: &Source, findings: &mut [Finding]) {
        if let (false, Some(repository), Some(commit)) = (findings.is_empty(), self.repository, source.past.commit) {
            let commit = Arc::new(repository.told(commit));
            findings.iter_mut().for_each(|finding| finding.commit = Some(Arc::clone(&commit)));
        }
    }
}

/// Whether a finding, or a step that led to it, stands on a line that was added.
fn is_on(finding: &Finding, added: &Added) -> bool {
    let mut places = finding.trace.iter().map(|step| step.place).chain([finding.place]);
    places.any(|place| added.touches(place.start.line, place.end.line))
}

/// The hits of one rule in one text with a name, for `rules check` and the tests of the pages.
pub fn scan_text(name: &str, text: &str, pack: &Pack, rule: u16) -> Result<Vec<Hit>, String> {
    let (kind, beside) = match &pack.rule(rule).matcher {
        Match::Secret(secret) => (Kind::Other, secret.beside.as_deref()),
        Match::Package(package) if package.is == News::Undeclared => (Kind::of_example(name), None),
        Match::Assigned(_) | Match::Setting(_) | Match::Package(_) => (Kind::Other, None),
        _ => (Kind::of_example(name), None),
    };
    let inspector = Inspector::new(pack, |other| other == rule || beside == Some(&pack.rule(other).id));
    let of_rule = |hits: Vec<Hit>| hits.into_iter().filter(|hit| hit.rule == rule).collect();
    python::on_large_stack(|| of_rule(inspector.text(name, kind, text)))
        .map_err(|error| format!("no thread to scan with: {error}"))
}
