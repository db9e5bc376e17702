//! What a scan is to do: the arguments and the configuration, merged. The command line wins.

use std::path::{Path, PathBuf};

use super::dismissed::Dismissed;
use super::scan::{FileArguments, RuleArguments};
use super::{Failure, db, roots};
use crate::advisory::Shelf;
use crate::allow::Honoured;
use crate::clause::{Decision, InlineEscapes};
use crate::complaint::Complaint;
use crate::config::Config;
use crate::finding::{Finding, SuppressedBy};
use crate::lock::metadata::Metadata;
use crate::pack::{Pack, PackError};
use crate::pattern::Patterns;
use crate::policy::{self, Policy};
use crate::query;
use crate::rule::{Match, Rule, Set, Severity};
use crate::select::{Selection, Wishes};
use crate::time::Day;
use crate::walk::{self, Root};

pub(super) struct Settings {
    pub(super) pack: Pack,
    pub(super) selection: Selection,
    pub(super) bar: Bar,
    pub(super) walk: walk::Options,
    pub(super) max_size: u64,
    pub(super) honoured: Honoured,
    pub(super) archives: bool,
    /// What packages are held against, where there is any, and a rule that asks.
    pub(super) advisories: Option<Shelf>,
    pub(super) metadata: Option<Metadata>,
    pub(super) dismissed: Dismissed,
    /// The file of the baseline, where one is wanted.
    pub(super) baseline: Option<PathBuf>,
    /// The day by which its entries expire; today where none is named.
    pub(super) as_of: Option<Day>,
}

/// What makes a scan end with findings.
pub(super) enum Bar {
    Severity(Severity),
    Policy(Box<Policy>),
}

impl Bar {
    pub(super) fn is_reached_by(&self, finding: &Finding, pack: &Pack) -> bool {
        finding.suppressed.is_none()
            && match self {
                Self::Severity(severity) => {
                    // What is missing here is no fault of the code: `--require-db` is for those who want it to be one.
                    finding.severity >= *severity && !pack.rule(finding.rule).matcher.tells_no_advisories()
                }
                Self::Policy(policy) => is_denied(policy, pack.rule(finding.rule)),
            }
    }
}

/// Whether what the rule finds is denied: a scan does not tell the effects of a rule apart.
fn is_denied(policy: &Policy, rule: &Rule) -> bool {
    policy.ruling(rule, policy::effects_of(rule)).decision == Decision::Deny
}

impl Settings {
    pub(super) fn new(rules: &RuleArguments, files: &FileArguments, roots: &[Root]) -> Result<Self, Failure> {
        let config = config(files, roots)?;
        let pack = pack(config.rules().chain(rules.rules.iter().cloned()))?;
        let mut wishes = wishes(rules, &config);
        let policy = rules.policy.as_ref().map(|policy| Policy::load(policy, &pack)).transpose()?;
        // What a policy judges by is looked for where it judges.
        wishes.sets.extend(policy.is_some().then_some(Set::Gate));
        let per_file = config.per_file().map_err(multiline)?;
        let mut selection =
            Selection::new(&pack, &wishes, &per_file).map_err(|unknown| match config.locate(&unknown) {
                Some(complaint) => multiline(complaint),
                None => Failure::from(unknown.to_string()),
            })?;
        if let Some(policy) = &policy {
            let has_say = |rule: &Rule| rule.set != Set::Gate || policy.strictest(rule) != Decision::Allow;
            selection.retain(|index| has_say(pack.rule(index)));
        }
        let forbids = policy.as_ref().is_some_and(|policy| policy.clauses.inline_escapes == InlineEscapes::Forbid);
        let bar = match policy {
            Some(policy) => Bar::Policy(Box::new(policy)),
            None => Bar::Severity(rules.fail_on.or(config.fail_on()).unwrap_or(Severity::Low)),
        };
        let here = walk::absolute(Path::new("."));
        let exclude = Patterns::new(&here, files.exclude.iter().map(String::as_str))
            .map_err(|message| format!("--exclude: {message}"))?;
        let every_kind =
            (0..).zip(pack.rules()).any(|(index, rule)| selection.is_on(index) && rule.matcher.reads_any_text());
        let asks_for_advisories = (0..).zip(pack.rules()).any(|(index, rule)| {
            selection.is_on(index) && matches!(&rule.matcher, Match::Package(package) if package.is.is_of_advisories())
        });
        Ok(Self {
            pack,
            selection,
            bar,
            walk: walk::Options {
                every_kind: every_kind || files.archives,
                hidden: files.hidden || config.hidden(),
                ignore_files: !files.no_ignore,
                force_exclude: files.force_exclude,
                exclude: vec![exclude, config.exclude().map_err(multiline)?],
                stdin_name: files.stdin_filename.clone(),
            },
            max_size: files.max_size.or(config.max_size()).map_or(walk::DEFAULT_MAX_SIZE, |size| size.0),
            archives: files.archives,
            advisories: advisories(rules, asks_for_advisories)?,
            metadata: rules.cargo_metadata.as_deref().map(metadata).transpose()?,
            dismissed: Dismissed::read(&config, &rules.vex)?,
            honoured: honoured(rules, &config, forbids),
            baseline: match &rules.baseline {
                Some(path) => Some(path.clone()),
                None => config.baseline()?,
            },
            as_of: rules.as_of,
        })
    }
}

/// The advisories at hand. That there are none where none were named is a finding, and a failure where it may not be.
fn advisories(rules: &RuleArguments, are_asked_for: bool) -> Result<Option<Shelf>, Failure> {
    if !are_asked_for {
        return Ok(None);
    }
    let shelf = db::shelf(rules.db.as_deref());
    match shelf.index()?.is_some() {
        true => Ok(Some(shelf)),
        false if rules.require_db => {
            Err("there are no advisories: run `portcullis db update`, or `portcullis db import`".into())
        }
        false => Ok(None),
    }
}

fn metadata(file: &Path) -> Result<Metadata, Failure> {
    let told = |why| format!("{}: {why}", file.display());
    Ok(Metadata::read(&walk::read_own(file)?).map_err(told)?)
}

/// Which comments count. What forbids them may be said anywhere.
fn honoured(rules: &RuleArguments, config: &Config, policy_forbids: bool) -> Honoured {
    let nosec = rules.honour_nosec.then_some(SuppressedBy::Nosec);
    let noqa = rules.honour_noqa.then_some(SuppressedBy::Noqa);
    let tools = rules.honour.iter().copied().chain(nosec).chain(noqa).chain(config.honoured());
    let honoured = Honoured::new(tools);
    match rules.no_inline_ignore || config.forbids_escapes() || policy_forbids {
        true => honoured.forbidding(),
        false => honoured,
    }
}

fn multiline(complaint: Complaint) -> Failure {
    complaint.to_string().into()
}

fn config(files: &FileArguments, roots: &[Root]) -> Result<Config, Failure> {
    if files.isolated {
        return Ok(Config::default());
    }
    match &files.config {
        Some(path) => Ok(Config::read(path)?),
        None => {
            let start = roots::common_folder(roots, files.stdin_filename.as_deref());
            Ok(Config::find(&start)?.unwrap_or_default())
        }
    }
}

/// The built-in rules and those of the user's folders; complains about every wrong page.
pub(super) fn pack(folders: impl IntoIterator<Item = PathBuf>) -> Result<Pack, Failure> {
    let mut pack = Pack::builtin();
    let mut complaints = Vec::new();
    for folder in folders {
        complaints.extend(pack.add_folder(&folder).err().unwrap_or_default());
    }
    let faults = pack.rules().iter().filter_map(|rule| Some(format!("{}.md: {}", rule.id, query::fault(rule)?)));
    let complaints: Vec<_> = complaints.iter().map(PackError::to_string).chain(faults).collect();
    if complaints.is_empty() { Ok(pack) } else { Err(complaints.join("\nerror: ").into()) }
}

/// `--select` sets aside what the configuration selects and ignores; everything else adds to it.
fn wishes(rules: &RuleArguments, config: &Config) -> Wishes {
    let mut wishes = config.wishes();
    if !rules.select.is_empty() {
        wishes.select = Some(rules.select.clone());
        wishes.extend.clear();
        wishes.ignore.clear();
    }
    wishes.extend.extend_from_slice(&rules.extend_select);
    wishes.ignore.extend_from_slice(&rules.ignore);
    wishes.sets.extend_from_slice(&rules.set);
    wishes.min_severity = rules.min_severity.or(wishes.min_severity);
    wishes.min_confidence = rules.min_confidence.or(wishes.min_confidence);
    wishes
}
