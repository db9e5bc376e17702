//! Variables of the environment that nobody hands into a cell: they change which code runs after the gate has judged it.

/// Of the loader, the C library, interpreters and shells, as their manual pages list them.
const STEERING: [&str; 22] = [
    "BASH_ENV",
    "ENV",
    "GCONV_PATH",
    "GETCONF_DIR",
    "GLIBC_TUNABLES",
    "HOSTALIASES",
    "LOCPATH",
    "MALLOC_TRACE",
    "NLSPATH",
    "PERL5LIB",
    "PERL5OPT",
    "PYTHONBREAKPOINT",
    "PYTHONEXECUTABLE",
    "PYTHONHOME",
    "PYTHONINSPECT",
    "PYTHONPATH",
    "PYTHONPLATLIBDIR",
    "PYTHONPYCACHEPREFIX",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "PYTHONWARNINGS",
    "RUBYOPT",
];
/// Whole families of them: `ld.so` obeys everything that begins so.
const FAMILIES: [&str; 1] = ["LD_"];

/// Why a name cannot be that of a variable in a cell; nothing where it can.
pub fn refusal(name: &str) -> Option<&'static str> {
    let is_name = !name.is_empty() && !name.contains(['=', '\0']);
    if !is_name {
        return Some("it is no name of a variable");
    }
    let steers = STEERING.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family));
    steers.then_some("it changes which code runs, after the gate has judged that")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_the_loader_or_the_interpreter_is_refused() {
        for name in ["", "A=B", "LD_PRELOAD", "LD_AUDIT", "PYTHONPATH", "BASH_ENV"] {
            assert!(refusal(name).is_some(), "{name}");
        }
        for name in ["LANG", "API_KEY", "PYTHONHASHSEED", "OLD_LD"] {
            assert_eq!(refusal(name), None, "{name}");
        }
        assert!(STEERING.is_sorted());
    }
}
