//! A second wall around files: Landlock holds even where a mount does not (landlock(7)). In a cell without namespaces it is the
//! first one, and keeps signals in.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, Scope,
};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::failure::{Failure, at};
use super::plan::Plan;
use super::{call, root};
use crate::cell::Workspace;

/// From Linux 6.2 on; what later ones know is used where it is there.
const REQUIRED: ABI = ABI::V3;
/// From Linux 6.12 on, with signals: all of it is required where Landlock is the first wall.
const KNOWN: ABI = ABI::V6;

/// Whether Landlock here can be the first wall, or why not.
pub(super) fn walls() -> Result<(), String> {
    match call::landlock_version() {
        Ok(version) if version >= KNOWN as i64 => Ok(()),
        Ok(version) => Err(format!(
            "without namespaces, version {} of its interface is needed, and this is version {version}",
            KNOWN as i64
        )),
        Err(error) => Err(error.to_string()),
    }
}

/// Keeps the signals of this process, and of all that it starts, to these: to send one to everybody then ends a cell.
pub(super) fn keep_signals(supervisor: Option<Pid>) -> Result<(), Failure> {
    let keep = || -> Result<(), Box<dyn std::error::Error>> {
        let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        ruleset.scope(Scope::Signal)?.create()?.restrict_self()?;
        Ok(())
    };
    keep().map_err(at("keep signals to the cell"))?;
    match supervisor.map(test_kill_process) {
        Some(Err(Errno::PERM)) => Ok(()),
        _ => Err(Failure { step: "keep signals to the cell".to_owned(), why: "they reach the supervisor".to_owned() }),
    }
}

/// Confines this process and all that it starts. In a root of its own, everything may be read, and only this written to; elsewhere
/// only this may be read besides.
pub(super) fn confine(plan: &Plan) -> Result<(), Failure> {
    let may_write = matches!(plan.workspace, Workspace::Scratch | Workspace::Write);
    let (read, all) = (AccessFs::from_read(KNOWN), AccessFs::from_all(KNOWN));
    let shown = match plan.folder {
        None => vec![PathBuf::from("/")],
        Some(_) => {
            let inside = ["/script", "/input", "/workspace"].map(|path| plan.at(path));
            root::shown().chain(inside).chain(plan.virtual_environment.clone()).filter(|path| path.exists()).collect()
        }
    };
    let written = ["/tmp"].into_iter().chain(may_write.then_some("/workspace")).map(|path| plan.at(path));
    let files = AccessFs::from_file(KNOWN) & all;
    let devices = root::device_names(plan).map(|name| Path::new("/dev").join(name));
    let rules = shown.into_iter().map(|path| (path, read));
    let rules = rules.chain(written.map(|path| (path, all))).chain(devices.map(|path| (path, files)));
    let required = if plan.folder.is_some() { KNOWN } else { REQUIRED };
    enforce(required, rules).map_err(at("confine by Landlock"))
}

fn enforce(
    required: ABI,
    rules: impl Iterator<Item = (PathBuf, BitFlags<AccessFs>)>,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(required))?;
    if required == KNOWN {
        // No port is named: none may be bound or connected to.
        ruleset = ruleset.handle_access(AccessNet::from_all(KNOWN))?.scope(Scope::from_all(KNOWN))?;
    }
    let ruleset = ruleset
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?;
    let mut created = ruleset.create()?;
    for (path, access) in rules {
        created = created.add_rule(PathBeneath::new(PathFd::new(path)?, access))?;
    }
    created.restrict_self()?;
    Ok(())
}
