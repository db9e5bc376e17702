//! `portcullis db update`

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::progress::Fetching;
use crate::cli::{Failure, output, tell};
use crate::config::Config;
use crate::exit::Exit;
use crate::pack::Pack;
use crate::package::Ecosystem;
use crate::plain::plain;
use crate::policy::{self, Trust};
use crate::size::Size;
use crate::update::{self, Order, Step};
use crate::walk;

/// Fetch what OSV publishes, and make the index of it. No other command fetches anything.
///
/// Only what has changed is fetched; what was cut off is continued. The archives stay beside the index, in the folder `osv`.
/// Whatever goes wrong leaves the index as it was. HTTPS_PROXY, ALL_PROXY and NO_PROXY are heeded.
#[derive(Args)]
pub(super) struct Arguments {
    /// Only these ecosystems [default: all of those that are read here]
    #[arg(long, value_name = "NAME", value_parser = ecosystem_parser())]
    ecosystem: Vec<Ecosystem>,
    /// The mirror: an https address below which stand PyPI/all.zip and its like
    #[arg(long, value_name = "URL", default_value = update::OSV)]
    from: String,
    /// What the archive of an ecosystem must hash to
    #[arg(long, value_name = "NAME=HEX", value_parser = digest)]
    sha256: Vec<(Ecosystem, String)>,
    /// Demand a signature by this public key of minisign beside each archive (`all.zip.minisig`)
    #[arg(long, value_name = "KEY")]
    minisign_key: Option<String>,
    /// Trust the roots in this file (PEM) in place of the machine's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// How often to try again after what may pass: no answer, a cut, an error of the server
    #[arg(long, value_name = "NUMBER", default_value = "3", value_parser = clap::value_parser!(u32).range(..=20))]
    retries: u32,
    /// How many seconds a server may say nothing
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// The most that an archive may weigh
    #[arg(long, value_name = "SIZE", default_value = "1G")]
    max_size: Size,
    /// Use no network: refused here, like PORTCULLIS_OFFLINE=1, and `airgapped = true` in the configuration or the policy
    #[arg(long)]
    offline: bool,
    /// The policy that may forbid it [default: as of `gate`]
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// Take the configuration from this file
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    config: Option<PathBuf>,
    /// Take no configuration at all
    #[arg(long)]
    isolated: bool,
}

fn ecosystem_parser() -> impl TypedValueParser<Value = Ecosystem> {
    let names = PossibleValuesParser::new(update::ECOSYSTEMS.map(Ecosystem::name));
    names.try_map(|name| Ecosystem::of_name(&name).ok_or("there is no such ecosystem"))
}

fn digest(text: &str) -> Result<(Ecosystem, String), String> {
    let (name, digest) = text.split_once('=').ok_or("write NAME=HEX, such as PyPI=9f86d0…")?;
    let ecosystem = update::ECOSYSTEMS.into_iter().find(|ecosystem| ecosystem.name() == name);
    let ecosystem = ecosystem.ok_or_else(|| format!("`{name}` is no ecosystem that is fetched"))?;
    match digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok((ecosystem, digest.to_owned())),
        false => Err("a sha256 has 64 hexadecimal digits".to_owned()),
    }
}

/// Who forbids that anything is fetched.
fn forbidden(arguments: &Arguments) -> Result<Option<String>, Failure> {
    if arguments.offline {
        return Ok(Some("`--offline`".to_owned()));
    }
    let variable = std::env::var_os("PORTCULLIS_OFFLINE").filter(|value| !value.is_empty() && value != "0");
    if variable.is_some() {
        return Ok(Some("PORTCULLIS_OFFLINE".to_owned()));
    }
    let config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None if arguments.isolated => Config::default(),
        None => Config::find(&walk::absolute(Path::new(".")))?.unwrap_or_default(),
    };
    if let Some(path) = config.is_airgapped_by() {
        return Ok(Some(format!("`airgapped = true` in {}", path.display())));
    }
    let trust = Trust { workspace: Path::new("."), project: false };
    let policy =
        policy::find(arguments.policy.as_deref(), trust, &Pack::builtin()).map_err(|error| error.to_string())?;
    Ok(policy.clauses.airgapped.then(|| "`airgapped = true` in the policy".to_owned()))
}

pub(super) fn run(arguments: Arguments, file: &Path) -> Result<Exit, Failure> {
    if let Some(who) = forbidden(&arguments)? {
        let advice = "bring the archives by other means, and run `portcullis db import FILES`";
        return Err(format!("{who} forbids what `db update` is for, to fetch advisories: {advice}").into());
    }
    let Arguments { ecosystem, from, sha256, minisign_key, ca_file, retries, timeout, max_size, .. } = arguments;
    let ecosystems = if ecosystem.is_empty() { update::ECOSYSTEMS.to_vec() } else { ecosystem };
    if let Some((idle, _)) = sha256.iter().find(|(of, _)| !ecosystems.contains(of)) {
        return Err(format!("`--sha256` speaks of {}, which is not fetched", idle.name()).into());
    }
    let roots = match &ca_file {
        Some(path) => Some((path.as_path(), walk::read_own(path)?)),
        None => None,
    };
    let order = Order {
        from: &from,
        ecosystems: &ecosystems,
        digests: &sha256,
        key: minisign_key.as_deref(),
        roots: roots.as_ref().map(|(path, text)| (*path, text.as_str())),
        retries,
        patience: Duration::from_secs(timeout),
        max: max_size.0,
    };
    let mut bar = None;
    let mut watch = |step: Step<'_>| match step {
        Step::Begun { ecosystem, at, length } => bar = Fetching::new(ecosystem.name(), at, length),
        Step::Got(bytes) => bar.iter().for_each(|bar| bar.advance(bytes)),
        Step::Again(why) => {
            bar = None;
            tell("warning", &format!("{}: trying again", plain(why)));
        }
    };
    let updated = update::update(&order, file, &mut watch);
    drop(bar);
    let updated = updated?;
    for complaint in &updated.imported.complaints {
        tell("warning", &plain(complaint));
    }
    output::print(|out| {
        for (ecosystem, note, is_new) in &updated.archives {
            let (name, what) = (ecosystem.name(), if *is_new { "fetched" } else { "unchanged" });
            writeln!(out, "{name:<14} {what}, {} records in {} bytes", note.records, note.length)?;
        }
        Ok(())
    })?;
    super::told(file, &updated.imported.status)
}
