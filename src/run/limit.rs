//! Limits that the command line draws tighter than the policy. It cannot loosen one.

use crate::cell::Limits;

/// What was said; nothing where the policy's holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tighter {
    pub wall_s: Option<u64>,
    pub cpu_s: Option<u64>,
    pub memory_mib: Option<u64>,
    pub processes: Option<u64>,
    pub open_files: Option<u64>,
    pub file_mib: Option<u64>,
    pub output_kib: Option<u64>,
}

impl Tighter {
    /// The limits that hold, or which option asks for more than there is.
    pub(super) fn of(&self, granted: &Limits) -> Result<Limits, String> {
        let mut limits = granted.clone();
        let rows = [
            ("--timeout", "wall-s", self.wall_s, &mut limits.wall_s),
            ("--cpu-time", "cpu-s", self.cpu_s, &mut limits.cpu_s),
            ("--memory", "memory-mib", self.memory_mib, &mut limits.memory_mib),
            ("--processes", "processes", self.processes, &mut limits.processes),
            ("--open-files", "open-files", self.open_files, &mut limits.open_files),
            ("--file-size", "file-mib", self.file_mib, &mut limits.file_mib),
            ("--output-size", "output-kib", self.output_kib, &mut limits.output_kib),
        ];
        for (option, key, said, limit) in rows {
            match said {
                Some(0) => return Err(format!("`{option} 0` lets nothing run")),
                Some(said) if said > *limit => {
                    return Err(format!("`{option} {said}` is more than the policy grants: `{key} = {limit}`"));
                }
                Some(said) => *limit = said,
                None => {}
            }
        }
        Ok(limits)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used)]

    use super::*;
    use crate::cell::Cell;

    #[test]
    fn limits_are_drawn_tighter_and_never_looser() {
        let granted = Limits { wall_s: 60, memory_mib: 256, ..Cell::least().limits };
        let said = Tighter { wall_s: Some(5), memory_mib: Some(256), ..Tighter::default() };
        assert_eq!(said.of(&granted).unwrap(), Limits { wall_s: 5, ..granted.clone() });
        let more = Tighter { wall_s: Some(61), ..Tighter::default() };
        assert_eq!(more.of(&granted).unwrap_err(), "`--timeout 61` is more than the policy grants: `wall-s = 60`");
        let none = Tighter { output_kib: Some(0), ..Tighter::default() };
        assert_eq!(none.of(&granted).unwrap_err(), "`--output-size 0` lets nothing run");
    }
}
