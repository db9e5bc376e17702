//! `[cell]` of a policy file: every key, and between which bounds each limit makes sense.

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::{Cell, Layer, Limits, Unfit, Workspace};

/// A number between two bounds, both included. What is outside of them is a mistake: a limit of 0 lets nothing run, and one that
/// is absurdly high limits nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within<const LEAST: u64, const MOST: u64>(pub u64);

impl<'de, const LEAST: u64, const MOST: u64> Deserialize<'de> for Within<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        let within = u64::try_from(number).ok().filter(|number| (LEAST..=MOST).contains(number));
        within.map(Self).ok_or_else(|| {
            let wanted = format!("a number from {LEAST} to {MOST}");
            D::Error::invalid_value(Unexpected::Signed(number), &wanted.as_str())
        })
    }
}

/// The keys of `[cell]`, each with its unit in its name.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CellKeys {
    /// At most a day, as the next one.
    pub wall_s: Option<Within<1, 86_400>>,
    pub cpu_s: Option<Within<1, 86_400>>,
    /// The interpreter alone takes 9 MiB.
    pub memory_mib: Option<Within<16, 1_048_576>>,
    /// As many as Linux has by default (`/proc/sys/kernel/pid_max`).
    pub processes: Option<Within<1, 32_768>>,
    /// Python opens a dozen to start.
    pub open_files: Option<Within<16, 1_048_576>>,
    pub file_mib: Option<Within<1, 1_048_576>>,
    pub workspace_mib: Option<Within<1, 1_048_576>>,
    pub workspace_files: Option<Within<16, 16_777_216>>,
    pub tmp_mib: Option<Within<1, 1_048_576>>,
    pub tmp_files: Option<Within<16, 16_777_216>>,
    pub output_kib: Option<Within<1, 1_048_576>>,
    pub upload_mib: Option<Within<1, 1_048_576>>,
    pub workspace: Option<Workspace>,
    pub unfit: Option<Unfit>,
    pub copy_out: Option<Vec<Spanned<String>>>,
    pub environment: Option<Vec<Spanned<String>>>,
    pub allow_net: Option<bool>,
    pub events: Option<bool>,
    pub require: Option<Vec<Layer>>,
}

impl Cell {
    /// What a file says, over this cell: what it names is replaced, lists as well.
    #[must_use]
    pub fn with(self, keys: CellKeys) -> Self {
        let before = self.limits;
        let limits = Limits {
            wall_s: or(keys.wall_s, before.wall_s),
            cpu_s: or(keys.cpu_s, before.cpu_s),
            memory_mib: or(keys.memory_mib, before.memory_mib),
            processes: or(keys.processes, before.processes),
            open_files: or(keys.open_files, before.open_files),
            file_mib: or(keys.file_mib, before.file_mib),
            workspace_mib: or(keys.workspace_mib, before.workspace_mib),
            workspace_files: or(keys.workspace_files, before.workspace_files),
            tmp_mib: or(keys.tmp_mib, before.tmp_mib),
            tmp_files: or(keys.tmp_files, before.tmp_files),
            output_kib: or(keys.output_kib, before.output_kib),
            upload_mib: or(keys.upload_mib, before.upload_mib),
        };
        let plain = |list: Vec<Spanned<String>>| list.into_iter().map(Spanned::into_inner).collect();
        Self {
            limits,
            workspace: keys.workspace.unwrap_or(self.workspace),
            unfit: keys.unfit.unwrap_or(self.unfit),
            copy_out: keys.copy_out.map_or(self.copy_out, plain),
            environment: keys.environment.map_or(self.environment, plain),
            allow_net: keys.allow_net.unwrap_or(self.allow_net),
            events: keys.events.unwrap_or(self.events),
            require: keys.require.unwrap_or(self.require),
        }
    }
}

fn or<const LEAST: u64, const MOST: u64>(said: Option<Within<LEAST, MOST>>, before: u64) -> u64 {
    said.map_or(before, |Within(number)| number)
}
