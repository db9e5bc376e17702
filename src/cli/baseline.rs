//! `portcullis baseline`, and what a baseline does in a scan.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::scan::{FileArguments, RuleArguments};
use super::settings::Settings;
use super::{Failure, output, roots, tell};
use crate::baseline::{Baseline, Change, Scanned, Terms};
use crate::exit::Exit;
use crate::finding::Finding;
use crate::plain::plain;
use crate::report::{self, Format, Report, Style, Summary};
use crate::scan;
use crate::source::Source;
use crate::time::{Day, Time};
use crate::walk::{self, Root};

/// Where a baseline is kept if nobody says.
const DEFAULT: &str = "portcullis-baseline.toml";

/// Keep a file of findings that are known, so that only new ones count.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Enter all findings into a new baseline
    Write {
        #[command(flatten)]
        what: What,
        #[command(flatten)]
        terms: TermArguments,
        /// Replace a baseline that is there already, with all its reasons
        #[arg(long)]
        force: bool,
    },
    /// Drop the entries of what is no longer found, and enter what is new
    Update {
        #[command(flatten)]
        what: What,
        #[command(flatten)]
        terms: TermArguments,
    },
    /// Tell which entries have expired or are about nothing any more: exit 1 if any
    Check {
        #[command(flatten)]
        what: What,
    },
}

#[derive(Args)]
struct What {
    /// Files and folders, as for `scan` [default: the working directory]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    rules: Box<RuleArguments>,
    #[command(flatten)]
    files: Box<FileArguments>,
}

/// What new entries say.
#[derive(Args)]
struct TermArguments {
    /// Why the new entries do not count
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The last day on which the new entries count
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    expires: Option<Day>,
}

pub(super) fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "write a day as 2027-01-31".to_owned())
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::Write { what, terms, force } => write(what, terms, *force),
        Command::Update { what, terms } => update(what, terms),
        Command::Check { what } => check(what),
    }
}

impl TermArguments {
    fn terms(&self) -> Terms {
        Terms { reason: self.reason.clone(), expires: self.expires }
    }
}

fn write(what: &What, terms: &TermArguments, force: bool) -> Result<Exit, Failure> {
    let work = Work::new(what)?;
    if !force && work.file.symlink_metadata().is_ok() {
        let file = work.name();
        return Err(
            format!("{file}: it is there already: `update` keeps its reasons, `write --force` replaces it").into()
        );
    }
    let (baseline, Change { added, .. }) = work.updated(&Baseline::default(), terms)?;
    work.replace(&baseline)?;
    output::print(|out| writeln!(out, "{}: {added} entered", work.name()))?;
    Ok(Exit::Clean)
}

fn update(what: &What, terms: &TermArguments) -> Result<Exit, Failure> {
    let work = Work::new(what)?;
    let (baseline, change) = work.updated(&read(&work.file)?, terms)?;
    work.replace(&baseline)?;
    let Change { kept, added, dropped } = change;
    output::print(|out| writeln!(out, "{}: {kept} kept, {added} entered, {dropped} dropped", work.name()))?;
    Ok(Exit::Clean)
}

fn check(what: &What) -> Result<Exit, Failure> {
    let work = Work::new(what)?;
    let baseline = read(&work.file)?;
    let (mut findings, summary) = work.findings()?;
    let covers = covers(&work.roots, &work.sources);
    let today = today(&work.settings);
    let stale = baseline.apply(&mut findings, &work.scanned(&covers), today, false);
    let report = Report { pack: &work.settings.pack, findings: &stale, components: &[], summary };
    output::print(|out| report::write(Format::Concise, &report, &Style::default(), out))?;
    if !stale.is_empty() {
        return Ok(Exit::Findings);
    }
    let entries = baseline.entries().len();
    output::print(|out| writeln!(out, "{}: every entry is in use (of {entries})", work.name()))?;
    Ok(Exit::Clean)
}

/// One scan and the file that it is about.
struct Work {
    settings: Settings,
    roots: Vec<Root>,
    sources: Vec<Source>,
    file: PathBuf,
}

impl Work {
    fn new(what: &What) -> Result<Self, Failure> {
        let roots = roots::roots(&what.paths, what.files.files_from.as_deref(), what.files.null)?;
        let settings = Settings::new(&what.rules, &what.files, &roots)?;
        let walked = walk::walk(&roots, &settings.walk)?;
        walked.notes.iter().for_each(|note| tell("note", &plain(note)));
        let file = settings.baseline.clone().unwrap_or_else(|| PathBuf::from(DEFAULT));
        Ok(Self { settings, roots, sources: walked.sources, file })
    }

    fn name(&self) -> String {
        plain(&self.file.to_string_lossy()).into_owned()
    }

    fn findings(&self) -> Result<(Vec<Finding>, Summary), Failure> {
        let options = scan::Options {
            selection: &self.settings.selection,
            threads: None,
            max_size: self.settings.max_size,
            line_hashes: false,
            prefilter: true,
            honoured: self.settings.honoured,
            repository: None,
            advisories: self.settings.advisories.as_ref(),
            metadata: self.settings.metadata.as_ref(),
            components: false,
            archives: self.settings.archives,
            progress: None,
        };
        let scanned = scan::scan(&self.sources, &self.settings.pack, &options)?;
        Ok((scanned.findings, scanned.summary))
    }

    fn scanned<'a>(&'a self, covers: &'a dyn Fn(&str) -> bool) -> Scanned<'a> {
        Scanned { pack: &self.settings.pack, selection: &self.settings.selection, covers }
    }

    fn updated(&self, baseline: &Baseline, terms: &TermArguments) -> Result<(Baseline, Change), Failure> {
        let (findings, _) = self.findings()?;
        let covers = covers(&self.roots, &self.sources);
        Ok(baseline.updated(&findings, &self.scanned(&covers), &terms.terms()))
    }

    /// Whole or not at all.
    fn replace(&self, baseline: &Baseline) -> Result<(), Failure> {
        output::write_file(&self.file, |out| out.write_all(baseline.written().as_bytes()))
            .map_err(|error| format!("{}: the baseline cannot be written: {error}", self.name()).into())
    }
}

/// Suppresses what the baseline of a scan knows, and adds what is to be told of the baseline itself.
pub(super) fn apply(
    settings: &Settings,
    (roots, sources): (&[Root], &[Source]),
    line_hashes: bool,
    findings: &mut Vec<Finding>,
) -> Result<(), Failure> {
    let Some(file) = &settings.baseline else { return Ok(()) };
    let covers = covers(roots, sources);
    let scanned = Scanned { pack: &settings.pack, selection: &settings.selection, covers: &covers };
    let stale = read(file)?.apply(findings, &scanned, today(settings), line_hashes);
    findings.extend(stale);
    Ok(())
}

/// Reads the file by which findings are known.
fn read(file: &Path) -> Result<Baseline, Failure> {
    if file.symlink_metadata().is_err() {
        let name = plain(&file.to_string_lossy()).into_owned();
        return Err(format!("{name}: there is no such baseline: `portcullis baseline write` makes one").into());
    }
    // Either the user's own word, or below the folder of the configuration (`Config::baseline`): a link is meant.
    let text = walk::read_own(&std::fs::canonicalize(file)?)?;
    let shown = walk::shown(&walk::absolute(file));
    Baseline::parse(Path::new(&shown), text).map_err(|complaint| complaint.to_string().into())
}

/// The only look at the calendar: expiry is the one thing that changes where nothing else does.
fn today(settings: &Settings) -> Day {
    settings.as_of.unwrap_or_else(|| Time::now().day())
}

/// Whether a path was scanned, or lies in a folder that was.
fn covers<'a>(roots: &'a [Root], sources: &'a [Source]) -> impl Fn(&str) -> bool + 'a {
    let files: HashSet<&str> = sources.iter().map(|source| &*source.path).collect();
    let folders: Vec<_> = roots.iter().filter(|root| root.path.is_dir()).map(|root| walk::shown(&root.path)).collect();
    move |path| {
        let lies_in = |folder: &String| match folder.as_str() {
            "." => !path.starts_with(['/', '<']) && !path.starts_with(".."),
            folder => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
        };
        files.contains(path) || folders.iter().any(lies_in)
    }
}
