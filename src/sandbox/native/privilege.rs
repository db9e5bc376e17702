//! What a process of the cell may not do any more: be another user, have capabilities, use up more than its limits.

use rustix::io::Errno;
use rustix::process::{Gid, Resource, Rlimit, Uid, getrlimit, setrlimit};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
    set_capabilities, set_capabilities_secure_bits, set_no_new_privs, set_thread_groups, set_thread_res_gid,
    set_thread_res_uid,
};

use super::call;
use super::failure::{Failure, at};
use super::plan::{INSIDE, NOBODY, Plan};
use super::sample;
use crate::cell::Layer;

/// Becomes the cell's user. Whoever was not root is it already, and keeps the groups: only root may leave these
/// (user_namespaces(7), "setgroups").
pub(super) fn become_user(plan: &Plan) -> Result<(), Failure> {
    if !plan.from_root {
        return Ok(());
    }
    let number = if plan.has(Layer::UserNamespace) { INSIDE } else { NOBODY };
    let (user, group) = (Uid::from_raw(number), Gid::from_raw(number));
    let become_it = || -> Result<(), Errno> {
        set_thread_groups(&[])?;
        set_thread_res_gid(group, group, group)?;
        set_thread_res_uid(user, user, user)
    };
    become_it().map_err(at("become an unprivileged user"))
}

/// Gives up all capabilities, for good (capabilities(7)). Whoever has none, and no namespace to have them in, can take no more
/// away than what a program could give.
pub(super) fn give_up(plan: &Plan) -> Result<(), Failure> {
    let give_up = || -> Result<(), Errno> {
        set_no_new_privs(true)?;
        let has_none = capabilities(None)?.permitted.is_empty();
        if has_none && !plan.has(Layer::UserNamespace) {
            return Ok(());
        }
        let bits = CapabilitiesSecureBits::NO_ROOT
            | CapabilitiesSecureBits::NO_ROOT_LOCKED
            | CapabilitiesSecureBits::NO_SETUID_FIXUP
            | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED
            | CapabilitiesSecureBits::KEEP_CAPS_LOCKED
            | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
            | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED;
        set_capabilities_secure_bits(bits)?;
        call::empty_bounding_set()?;
        clear_ambient_capability_set()?;
        let none = CapabilitySet::empty();
        set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
    };
    give_up().map_err(at("give up capabilities"))
}

/// Address space beyond the memory that is granted: much is reserved and never used.
const ADDRESS_SPACE: u64 = 4;

/// Bounds what one process may use, whatever bounds them together.
pub(super) fn limit(plan: &Plan) -> Result<(), Failure> {
    let limits = &plan.limits;
    let address_space = match plan.has(Layer::CgroupMemory) {
        true => None,
        false => Some(limits.memory() * ADDRESS_SPACE),
    };
    // The cell's first process counts too; and without a user of the cell's own, all that the user has running.
    let beside = match plan.has(Layer::UserNamespace) {
        true => 1,
        false => sample::of_user(rustix::process::getuid().as_raw()),
    };
    let processes = limits.processes + beside;
    for (resource, most) in [
        (Resource::Cpu, Some(limits.cpu_s)),
        (Resource::As, address_space),
        (Resource::Nproc, Some(processes)),
        (Resource::Nofile, Some(limits.open_files)),
        (Resource::Fsize, Some(limits.file())),
        // Of 0, a pattern that is a pipe takes no notice, and root's own program is fed with what the code chose; of 1 it does
        // (core(5)), and no file is that small.
        (Resource::Core, Some(1)),
        (Resource::Memlock, Some(0)),
        (Resource::Msgqueue, Some(0)),
        (Resource::Nice, Some(0)),
        (Resource::Rtprio, Some(0)),
        (Resource::Sigpending, Some(processes * 4)),
    ] {
        // At the soft limit of processor time a process is told (SIGXCPU), a second later it is ended.
        let grace = u64::from(resource == Resource::Cpu);
        if let Some(most) = most {
            // Lower than what is granted is as safe, and nobody raises what the user is held to.
            let held_to = getrlimit(resource).maximum.unwrap_or(u64::MAX);
            let limit = Rlimit { current: Some(most.min(held_to)), maximum: Some((most + grace).min(held_to)) };
            setrlimit(resource, limit).map_err(at(format!("limit {resource:?}")))?;
        }
    }
    Ok(())
}
