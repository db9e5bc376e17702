//! `portcullis db`

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};

use super::progress::Bytes;
use super::{Failure, output, tell};
use crate::advisory::{self, Index, Shelf, import};
use crate::exit::Exit;
use crate::pack::Pack;
use crate::package::Ecosystem;
use crate::plain::plain;
use crate::policy::{self, Trust};
use crate::size::Size;
use crate::time::Time;
use crate::update::{self, News, Order, Step};

/// Advisories about packages: import them, and see what is there.
#[derive(Args)]
pub(super) struct Arguments {
    /// The file that holds them [default: PORTCULLIS_DB, or `portcullis/advisories.db` in the user's folder for data]
    #[arg(long, global = true, value_name = "FILE")]
    db: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the index of files in the OSV format: the archives that OSV publishes (`all.zip`), JSON lines (also as .zst), folders
    Import {
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// When the data was taken [default: the times of the files]
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = moment)]
        snapshot_at: Option<Time>,
    },
    /// Fetch what OSV publishes, and make the index of it: the one command that speaks to a server
    Update(Box<Update>),
    /// Say what is there, and of when
    Status {
        #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
        output_format: String,
    },
}

#[derive(Args)]
struct Update {
    /// Only these ecosystems, as OSV names them [default: all that are read]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = ecosystem)]
    ecosystem: Vec<Ecosystem>,
    /// A mirror: FROM/ECOSYSTEM/all.zip
    #[arg(long, value_name = "URL", default_value = update::OSV)]
    from: String,
    /// The SHA-256 that an archive must have
    #[arg(long, value_name = "ECOSYSTEM=HEX", value_parser = hash)]
    sha256: Vec<(Ecosystem, String)>,
    /// The public key by which `all.zip.minisig` beside each archive is checked
    #[arg(long, value_name = "KEY")]
    minisign_key: Option<String>,
    /// Trust these certificates (PEM) in place of the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// How long to wait for a server that says nothing
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    patience: u64,
    /// How often to try again what may go better
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(..=20))]
    retries: u32,
    /// Refuse larger archives
    #[arg(long, value_name = "SIZE", default_value = "1G")]
    max_download: Size,
    /// Do not speak to the network, and so refuse (as PORTCULLIS_OFFLINE=1 and `airgapped = true` in the policy do)
    #[arg(long)]
    offline: bool,
    /// The policy that says whether anything may be fetched [default: as of `gate`]
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
}

/// What advisories are published of.
fn ecosystems() -> impl Iterator<Item = Ecosystem> {
    Ecosystem::all().filter(|ecosystem| !matches!(ecosystem, Ecosystem::Conda | Ecosystem::Docker))
}

fn ecosystem(text: &str) -> Result<Ecosystem, String> {
    let known = || ecosystems().map(Ecosystem::name).collect::<Vec<_>>().join(", ");
    ecosystems().find(|one| one.name().eq_ignore_ascii_case(text)).ok_or_else(|| format!("known are: {}", known()))
}

fn hash(text: &str) -> Result<(Ecosystem, String), String> {
    let (name, hex) = text.split_once('=').ok_or("write ECOSYSTEM=HEX")?;
    let is_hash = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { Ok((ecosystem(name)?, hex.to_owned())) } else { Err("a SHA-256 has 64 hexadecimal digits".to_owned()) }
}

fn moment(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| "write a day as 2026-11-23, or a time as 2026-11-23T10:00:00Z".to_owned())
}

/// The file of advisories that the user names, by an argument or in the environment.
pub(super) fn named(argument: Option<&Path>) -> Option<PathBuf> {
    let variable = || std::env::var_os("PORTCULLIS_DB").filter(|value| !value.is_empty()).map(PathBuf::from);
    argument.map(Path::to_owned).or_else(variable)
}

/// The advisories at hand: those that are named, which must be there, or those of the user, if there are any.
pub(super) fn shelf(argument: Option<&Path>) -> Shelf {
    Shelf::at(named(argument))
}

fn place(argument: Option<&Path>) -> Result<PathBuf, Failure> {
    named(argument)
        .or_else(advisory::default_place)
        .ok_or_else(|| "there is no folder for the user's data: name the file with `--db`".into())
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { db, command } = arguments;
    let file = place(db.as_deref())?;
    match command {
        Command::Import { paths, snapshot_at } => {
            let imported = import::import(&paths, snapshot_at, &file)?;
            for complaint in &imported.complaints {
                tell("warning", &plain(complaint));
            }
            told(&file, &imported.status)
        }
        Command::Update(update) => fetch(*update, file),
        Command::Status { output_format } => {
            let index = Index::open(&file)?;
            if output_format == "json" {
                let json = serde_json::to_string(index.status())?;
                output::print(|out| writeln!(out, "{json}"))?;
                return Ok(Exit::Clean);
            }
            told(&file, index.status())
        }
    }
}

fn fetch(arguments: Update, index: PathBuf) -> Result<Exit, Failure> {
    if let Some(who) = forbidden(&arguments)? {
        return Err(
            format!("nothing is fetched, since {who} forbids it: bring archives with `portcullis db import`").into()
        );
    }
    let order = Order {
        base: arguments.from,
        ecosystems: if arguments.ecosystem.is_empty() { ecosystems().collect() } else { arguments.ecosystem },
        index,
        sha256: arguments.sha256.into_iter().collect(),
        key: arguments.minisign_key,
        authorities: arguments.ca_file,
        patience: Duration::from_secs(arguments.patience),
        retries: arguments.retries,
        largest: arguments.max_download.0,
    };
    let bar = Bytes::new();
    let imported = update::update(&order, &|ecosystem, step| match step {
        Step::At(done, of) => bar.iter().for_each(|bar| bar.at(ecosystem.name(), done, of)),
        Step::Done(news) => {
            bar.iter().for_each(Bytes::clear);
            let what = match news {
                News::Fetched(bytes) => format!("{bytes} bytes fetched"),
                News::Modified(records) => format!("{records} modified records fetched"),
                News::Unchanged => "nothing new".to_owned(),
            };
            tell("note", &format!("{}: {what}", ecosystem.name()));
        }
    });
    bar.iter().for_each(Bytes::clear);
    let imported = imported.map_err(|why| plain(&why).into_owned())?;
    imported.complaints.iter().for_each(|complaint| tell("warning", &plain(complaint)));
    told(&order.index, &imported.status)
}

/// Who forbids to speak to the network, if anybody does.
fn forbidden(arguments: &Update) -> Result<Option<String>, Failure> {
    if arguments.offline {
        return Ok(Some("`--offline`".to_owned()));
    }
    if std::env::var_os("PORTCULLIS_OFFLINE").is_some_and(|value| !value.is_empty() && value != "0") {
        return Ok(Some("PORTCULLIS_OFFLINE".to_owned()));
    }
    let trust = Trust { workspace: Path::new("."), project: false };
    let policy =
        policy::find(arguments.policy.as_deref(), trust, &Pack::builtin()).map_err(|error| error.to_string())?;
    Ok(policy.clauses.airgapped.then(|| "the policy (`airgapped = true`)".to_owned()))
}

fn told(file: &Path, status: &advisory::Status) -> Result<Exit, Failure> {
    output::print(|out| {
        writeln!(out, "{}", plain(&file.display().to_string()))?;
        writeln!(out, "made {}", Time::of_milliseconds(status.built_at))?;
        for content in &status.ecosystems {
            let advisory::Content { ecosystem, records, packages, snapshot_at } = content;
            let day = Time::of_milliseconds(*snapshot_at).day();
            let name = ecosystem.name();
            writeln!(out, "{name:<14} {records:>7} advisories on {packages:>6} packages, as of {day}")?;
        }
        for input in &status.inputs {
            writeln!(out, "from {} ({} records, sha256 {})", plain(&input.name), input.records, input.sha256)?;
        }
        writeln!(
            out,
            "{} withdrawn, {} of other ecosystems, {} that could not be read",
            status.withdrawn, status.of_others, status.bad
        )
    })?;
    Ok(Exit::Clean)
}
