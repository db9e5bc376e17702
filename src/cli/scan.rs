//! `portcullis scan`

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use clap::builder::TypedValueParser;

use super::progress::Progress;
use super::settings::Settings;
use super::{Failure, baseline, output, roots, tell, word};
use crate::exit::Exit;
use crate::finding::{Finding, SuppressedBy};
use crate::plain::plain;
use crate::report::{self, Format, Report, Style};
use crate::rule::{Confidence, Set, Severity};
use crate::size::Size;
use crate::source::Source;
use crate::time::{Day, Time};
use crate::walk::{self, Root};
use crate::{git, scan};

/// Scan files and folders.
#[derive(Args)]
pub(super) struct Arguments {
    /// Files and folders; `-` is standard input [default: the working directory]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    git: GitArguments,
    #[command(flatten)]
    rules: RuleArguments,
    #[command(flatten)]
    files: FileArguments,
    #[command(flatten)]
    output: OutputArguments,
}

/// Which part of a repository is scanned. Git itself is not run, and nothing of its configuration is.
#[derive(Args)]
#[command(next_help_heading = "Git")]
struct GitArguments {
    /// Scan what is staged, and report what stands on lines that the last commit does not have
    #[arg(long, group = "part", conflicts_with = "archives")]
    staged: bool,
    /// Report only what stands on lines that were added since HEAD and this commit, branch or tag parted
    #[arg(long, group = "part", conflicts_with = "archives", visible_alias = "since", value_name = "REF")]
    diff: Option<String>,
    /// Scan every file that any branch, tag or other reference ever had
    #[arg(long, group = "part", conflicts_with = "archives")]
    history: bool,
    /// With --staged and --diff: report what stands on the other lines of changed files too
    #[arg(long, requires = "part", conflicts_with = "history")]
    whole_files: bool,
    /// Read objects from the folders that the repository names as its alternates
    #[arg(long, requires = "part")]
    alternates: bool,
}

impl GitArguments {
    fn part(&self) -> Option<git::Part> {
        match (&self.diff, self.staged, self.history) {
            (Some(name), ..) => Some(git::Part::Since(name.clone())),
            (None, true, _) => Some(git::Part::Staged),
            (None, false, true) => Some(git::Part::History),
            (None, false, false) => None,
        }
    }

    /// The repository that holds what is asked about, open, with its part; all of it where nothing is named.
    fn open(&self, roots: &[Root], max_size: u64) -> Result<Option<(git::Repository, git::Part)>, String> {
        let Some(part) = self.part() else { return Ok(None) };
        if roots.iter().any(|root| root.path.as_os_str() == "-") {
            return Err("standard input is in no repository".to_owned());
        }
        let options = git::Options { max_size, alternates: self.alternates, whole_files: self.whole_files };
        let first = roots.first().map_or(Path::new("."), |root| &root.path);
        // The path may be gone by now; the repository is not.
        let start = first.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
        Ok(Some((git::Repository::open(start, options)?, part)))
    }
}

#[derive(Args, Default)]
#[command(next_help_heading = "Rules")]
pub(super) struct RuleArguments {
    /// Only these rules: ids, ids with `*`, families, or ids of other tools (B602, S6)
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// These rules too
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(super) extend_select: Vec<String>,
    /// Not these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Sets of rules beside the default one
    #[arg(long, value_name = "SET", value_delimiter = ',', value_parser = word::parser::<Set>(&word::SETS))]
    pub(super) set: Vec<Set>,
    /// A folder of rule pages of your own (FOLDER/FAMILY/NAME.md)
    #[arg(long, value_name = "FOLDER")]
    pub(super) rules: Vec<PathBuf>,
    /// Report nothing less severe
    #[arg(long, value_name = "SEVERITY", value_parser = word::parser::<Severity>(&word::SEVERITIES))]
    pub(super) min_severity: Option<Severity>,
    /// Report nothing less certain
    #[arg(long, value_name = "CONFIDENCE", value_parser = word::parser::<Confidence>(&word::CONFIDENCES))]
    pub(super) min_confidence: Option<Confidence>,
    /// Exit with 1 only for findings at least this severe [default: low]
    #[arg(long, value_name = "SEVERITY", value_parser = word::parser::<Severity>(&word::SEVERITIES))]
    pub(super) fail_on: Option<Severity>,
    /// Exit with 1 only for what this policy denies: strict, moderate, permissive or a file
    #[arg(long, value_name = "POLICY", conflicts_with = "fail_on")]
    pub(super) policy: Option<String>,
    /// Let `# nosec` comments suppress findings
    #[arg(long)]
    pub(super) honour_nosec: bool,
    /// Let `# noqa` comments suppress findings
    #[arg(long)]
    pub(super) honour_noqa: bool,
    /// Let comments of these tools suppress findings; of those that look for credentials, findings of that kind
    #[arg(long, value_name = "TOOLS", value_delimiter = ',', value_parser = word::parser::<SuppressedBy>(&word::TOOLS))]
    pub(super) honour: Vec<SuppressedBy>,
    /// Let no comment suppress findings, and report each that would
    #[arg(long)]
    pub(super) no_inline_ignore: bool,
    /// The file of findings that are known and do not count
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// The advisories that packages are held against [default: PORTCULLIS_DB, or what `portcullis db` keeps for the user]
    #[arg(long, value_name = "FILE")]
    pub(super) db: Option<PathBuf>,
    /// An OpenVEX document: what it says does not concern a package does not count
    #[arg(long, value_name = "FILE")]
    pub(super) vex: Vec<PathBuf>,
    /// What `cargo metadata --format-version 1` printed: tells which packages of a Cargo.lock are built, and how
    #[arg(long, value_name = "FILE")]
    pub(super) cargo_metadata: Option<PathBuf>,
    /// Fail where there are no advisories
    #[arg(long)]
    pub(super) require_db: bool,
    /// The day by which entries of the baseline expire [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = baseline::day)]
    pub(super) as_of: Option<Day>,
}

#[derive(Args)]
#[command(next_help_heading = "Files")]
pub(super) struct FileArguments {
    /// Leave out what matches these patterns (as in .gitignore)
    #[arg(long, value_name = "PATTERN")]
    pub(super) exclude: Vec<String>,
    /// Let patterns and ignore files also leave out files that are named
    #[arg(long)]
    pub(super) force_exclude: bool,
    /// Walk the folders that tools keep for themselves too (`.venv`, `.tox`, …)
    #[arg(long)]
    pub(super) hidden: bool,
    /// Read the files in archives too: zip and what is one (jar, wheel, docx), tar, gzip, bzip2
    #[arg(long)]
    pub(super) archives: bool,
    /// Pay no heed to .gitignore and .portcullisignore
    #[arg(long)]
    pub(super) no_ignore: bool,
    /// Read paths from a file (`-`: standard input), one a line
    #[arg(long, value_name = "FILE")]
    pub(super) files_from: Option<PathBuf>,
    /// Paths in the list end with NUL instead of a line end
    #[arg(short = '0', long, requires = "files_from")]
    pub(super) null: bool,
    /// The name under which standard input is scanned
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<String>,
    /// Report larger files instead of reading them [default: 4M]
    #[arg(long, value_name = "SIZE")]
    pub(super) max_size: Option<Size>,
    /// Take the configuration from this file
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub(super) config: Option<PathBuf>,
    /// Take no configuration at all
    #[arg(long)]
    pub(super) isolated: bool,
}

#[derive(Args)]
#[command(next_help_heading = "Output")]
struct OutputArguments {
    /// What is printed
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format_parser())]
    output_format: Format,
    /// Write a further report to a file
    #[arg(long, value_name = "FORMAT=FILE", value_parser = format_and_file)]
    output: Vec<(Format, PathBuf)>,
    /// The category of a SARIF report, by which GitHub keeps several of one commit apart
    #[arg(long, value_name = "NAME", default_value = "portcullis")]
    sarif_category: String,
    /// Print how often each rule found something, instead of the findings
    #[arg(long)]
    statistics: bool,
    /// Print suppressed findings too
    #[arg(long)]
    show_suppressed: bool,
    /// Print every place of a credential as a finding of its own
    #[arg(long)]
    every_place: bool,
    /// Exit with 0 also where there are findings
    #[arg(long)]
    exit_zero: bool,
    /// How many threads scan [default: one a processor]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Say on standard error how long each part took
    #[arg(long)]
    timings: bool,
    /// Read every file whole, also where the words of no rule stand in it
    #[arg(long, hide = true)]
    no_prefilter: bool,
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    let names = clap::builder::PossibleValuesParser::new(Format::names());
    names.try_map(|name| Format::from_name(&name).ok_or("no such format"))
}

fn format_and_file(text: &str) -> Result<(Format, PathBuf), String> {
    let names: Vec<_> = Format::names().collect();
    let (name, file) = text.split_once('=').ok_or("write FORMAT=FILE, such as sarif=out.sarif")?;
    let format = Format::from_name(name).ok_or_else(|| format!("`{name}` is no format: {}", names.join(", ")))?;
    if file.is_empty() { Err("no file is named after `=`".to_owned()) } else { Ok((format, PathBuf::from(file))) }
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { paths, git, rules, files, output: wanted } = arguments;
    let begun = Instant::now();
    let roots = roots::roots(&paths, files.files_from.as_deref(), files.null)?;
    let settings = Settings::new(&rules, &files, &roots)?;
    let opened = git.open(&roots, settings.max_size)?;
    let (sources, notes) = match &opened {
        None => walk::walk(&roots, &settings.walk).map(|walked| (walked.sources, walked.notes))?,
        Some((repository, part)) => {
            let named: Vec<_> = roots.iter().map(|root| root.path.clone()).collect();
            let all = paths.is_empty() && files.files_from.is_none();
            let within = if all { vec![repository.top().to_owned()] } else { named };
            repository.list(part, &within, &settings.walk).map(|listed| (listed.sources, listed.notes))?
        }
    };
    notes.iter().for_each(|note| tell("note", &plain(note)));
    let listed = Instant::now();

    let progress = Progress::new(sources.len());
    let advance = |files| progress.iter().for_each(|progress| progress.advance(files));
    let options = scan::Options {
        selection: &settings.selection,
        threads: wanted.threads.map(NonZeroUsize::get),
        max_size: settings.max_size,
        line_hashes: wanted.formats().any(|format| format == Format::Sarif),
        prefilter: !wanted.no_prefilter,
        honoured: settings.honoured,
        repository: opened.as_ref().map(|(repository, _)| repository),
        archives: settings.archives,
        advisories: settings.advisories.as_ref(),
        metadata: settings.metadata.as_ref(),
        components: wanted.formats().any(|format| format == Format::CycloneDx),
        progress: progress.is_some().then_some(&advance),
    };
    let mut scanned = scan::scan(&sources, &settings.pack, &options)?;
    progress.iter().for_each(Progress::finish);
    // Of a part of a repository not everything that is there is told, so that no entry is known to be idle.
    let looked_at: (&[Root], &[Source]) = if opened.is_none() { (&roots, &sources) } else { (&[], &[]) };
    let today = settings.as_of.unwrap_or_else(|| Time::now().day());
    let judged = if settings.advisories.is_some() { looked_at.0 } else { &[] };
    settings.dismissed.apply(&mut scanned.findings, today, judged);
    baseline::apply(&settings, looked_at, options.line_hashes, &mut scanned.findings)?;
    if !wanted.every_place {
        scanned.findings = scan::each_credential_once(scanned.findings);
    }
    scan::sort(&mut scanned.findings);
    let finished = Instant::now();

    let report = Report {
        pack: &settings.pack,
        findings: &scanned.findings,
        components: &scanned.components,
        summary: scanned.summary,
    };
    let is_reached = |finding: &Finding| settings.bar.is_reached_by(finding, &settings.pack);
    let exit = if !wanted.exit_zero && scanned.findings.iter().any(is_reached) { Exit::Findings } else { Exit::Clean };
    wanted.write(&report, exit)?;
    if wanted.timings {
        let [list, scan, report] = [listed - begun, finished - listed, finished.elapsed()];
        tell("timings", &format!("list {list:.1?}, scan {scan:.1?}, report {report:.1?}"));
    }
    Ok(exit)
}

impl OutputArguments {
    fn formats(&self) -> impl Iterator<Item = Format> {
        self.output.iter().map(|(format, _)| *format).chain([self.output_format])
    }

    /// Files first: they are whole also where nobody reads standard output to its end.
    fn write(&self, report: &Report<'_>, exit: Exit) -> Result<(), Failure> {
        let plain = Style {
            show_suppressed: self.show_suppressed,
            category: self.sarif_category.clone(),
            exit_code: Some(exit.code()),
            ..Style::default()
        };
        for (format, file) in &self.output {
            output::write_file(file, |out| report::write(*format, report, &plain, out))
                .map_err(|error| format!("{}: the report cannot be written: {error}", file.display()))?;
        }
        let style = Style {
            color: output::is_coloured(),
            hyperlinks: output::link_base(),
            width: output::width().unwrap_or(plain.width),
            ..plain
        };
        output::print(|out| match self.statistics {
            true => report::statistics(report, out),
            false => report::write(self.output_format, report, &style, out),
        })?;
        Ok(())
    }
}
