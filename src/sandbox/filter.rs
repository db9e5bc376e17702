//! The filter of system calls: the table of [`super::syscall`], compiled for the kernel (seccomp(2)).

use std::collections::{BTreeMap, BTreeSet};

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    sock_filter,
};

use super::syscall::{
    ABSENT, ALLOWED, CHECKED, Checked, Comparison, SHARED_MEMORY, Syscall, UNCOUNTED, WITH_NAMESPACES,
    WITH_NAMESPACES_OLDER, WITHOUT_NAMESPACES,
};

/// Why there is no filter.
#[derive(Debug)]
pub(super) struct NoFilter(String);

impl std::fmt::Display for NoFilter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a cell has beside the filter, on which the filter depends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside {
    /// A memory cgroup, which counts memory that belongs to no process.
    pub(super) memory: bool,
    /// A namespace of its own for messages and semaphores of System V.
    pub(super) ipc: bool,
    /// Namespaces of its own, and a root.
    pub(super) namespaces: bool,
}

/// Compiles the table. Whatever is not allowed is handed to whoever listens to the filter.
pub(super) fn compile(beside: Beside) -> Result<BpfProgram, NoFilter> {
    let counted = if beside.memory && beside.ipc { SHARED_MEMORY } else { &[] };
    let uncounted = if beside.memory { &[][..] } else { &UNCOUNTED };
    let without = if beside.namespaces { &[][..] } else { &WITHOUT_NAMESPACES };
    let is_refused =
        |call: &Syscall| !beside.namespaces && (WITH_NAMESPACES.contains(call) || WITH_NAMESPACES_OLDER.contains(call));
    let is_checked = |call: &Syscall| uncounted.iter().any(|checked| checked.call == *call);
    let allowed: BTreeSet<u32> = [ALLOWED.concat(), counted.to_vec()]
        .concat()
        .iter()
        .filter(|call| !is_refused(call) && !is_checked(call))
        .map(|call| u32::try_from(call.number).map_err(no))
        .collect::<Result<_, _>>()?;
    let checked = CHECKED.iter().filter(|checked| !is_refused(&checked.call)).chain(uncounted).chain(without);
    let rules: BTreeMap<i64, Vec<SeccompRule>> =
        checked.map(|checked| Ok((checked.call.number, ways(checked)?))).collect::<Result<_, NoFilter>>()?;
    let architecture = std::env::consts::ARCH.try_into().map_err(|_| no("this processor is not known"))?;
    // Its action for whatever is not allowed stands for ours, which it does not have.
    let filter = SeccompFilter::new(rules, SeccompAction::Trap, SeccompAction::Allow, architecture).map_err(no)?;
    let mut program: BpfProgram = filter.try_into().map_err(no)?;
    for instruction in &mut program {
        if instruction.code == RETURN && instruction.k == libc::SECCOMP_RET_TRAP {
            instruction.k = libc::SECCOMP_RET_USER_NOTIF;
        }
    }
    Ok([before(&allowed)?, program].concat())
}

fn no(why: impl std::fmt::Display) -> NoFilter {
    NoFilter(why.to_string())
}

fn ways(checked: &Checked) -> Result<Vec<SeccompRule>, NoFilter> {
    let ways = checked.ways().into_iter().map(|together| {
        let conditions = together.into_iter().map(|(argument, comparison)| condition(argument, comparison));
        SeccompRule::new(conditions.collect::<Result<_, _>>()?).map_err(no)
    });
    ways.collect()
}

fn condition(argument: u8, comparison: Comparison) -> Result<SeccompCondition, NoFilter> {
    let (length, operator, value) = match comparison {
        Comparison::Equal(value) => (SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value),
        Comparison::Unequal(value) => (SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, value),
        Comparison::Without(bits) => (SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(bits.into()), 0),
        Comparison::Null => (SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0),
    };
    SeccompCondition::new(argument, length, operator, value.into()).map_err(no)
}

/// Instructions of the classic Berkeley packet filter, as in linux/bpf_common.h.
const LOAD: u16 = 0x20;
const JUMP_IF_EQUAL: u16 = 0x15;
const JUMP_IF_NOT_LESS: u16 = 0x35;
const RETURN: u16 = 0x06;
const JUMP_IF_GREATER: u16 = 0x25;
/// Where the number of the call and the architecture stand in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
/// Of linux/audit.h.
#[cfg(target_arch = "x86_64")]
const HERE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const HERE: u32 = 0xC000_00B7;
/// From here on, numbers are calls of the x32 interface, which the architecture does not tell apart.
const X32: u32 = 0x4000_0000;

/// What comes before the calls whose arguments decide. Calls of another architecture, and those of x32, end the process; calls
/// with flags in memory are not there; and the allowed ones are told by a few comparisons, since the kernel walks the whole
/// program for each call when it is installed.
fn before(allowed: &BTreeSet<u32>) -> Result<BpfProgram, NoFilter> {
    let instruction = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    let absent = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs();
    let kill = instruction(RETURN, 0, 0, libc::SECCOMP_RET_KILL_PROCESS);
    let mut program = vec![
        instruction(LOAD, 0, 0, ARCHITECTURE),
        instruction(JUMP_IF_EQUAL, 1, 0, HERE),
        kill.clone(),
        instruction(LOAD, 0, 0, NUMBER),
        instruction(JUMP_IF_NOT_LESS, 0, 1, X32),
        kill,
    ];
    for call in ABSENT {
        let number = u32::try_from(call.number).map_err(no)?;
        program.extend([instruction(JUMP_IF_EQUAL, 0, 1, number), instruction(RETURN, 0, 0, absent)]);
    }
    for (first, last) in ranges(allowed) {
        program.extend([
            instruction(JUMP_IF_NOT_LESS, 0, 2, first),
            instruction(JUMP_IF_GREATER, 1, 0, last),
            instruction(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
        ]);
    }
    Ok(program)
}

/// Numbers without a gap, as their first and their last.
fn ranges(numbers: &BTreeSet<u32>) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests_of_program {
    use super::*;

    #[test]
    fn numbers_without_a_gap_are_one_range() {
        assert_eq!(ranges(&BTreeSet::from([0, 1, 2, 5, 7, 8])), [(0, 2), (5, 5), (7, 8)]);
    }

    #[test]
    fn the_table_compiles_and_kills_nothing_that_it_should_tell() {
        for (memory, namespaces) in [(false, true), (true, true), (true, false)] {
            let program = compile(Beside { memory, ipc: namespaces, namespaces }).unwrap_or_default();
            assert!(program.len() > 100, "{}", program.len());
            let returns = |action: u32| program.iter().any(|step| step.code == RETURN && step.k == action);
            assert!(returns(libc::SECCOMP_RET_USER_NOTIF) && returns(libc::SECCOMP_RET_ALLOW));
            assert!(!returns(libc::SECCOMP_RET_TRAP));
        }
    }
}
