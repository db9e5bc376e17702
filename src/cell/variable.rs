//! Variables of the environment that nobody hands into a cell: they change which code runs after the gate has judged it.

/// Of the loader, libraries, interpreters and shells, as their manual pages list them.
const STEERING: [&str; 34] = [
    "BASH_ENV",
    "ENV",
    "GCONV_PATH",
    "GETCONF_DIR",
    "GLIBC_TUNABLES",
    "HOSTALIASES",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LOCPATH",
    "MALLOC_TRACE",
    "NLSPATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PYTHONBREAKPOINT",
    "PYTHONEXECUTABLE",
    "PYTHONHOME",
    "PYTHONINSPECT",
    "PYTHONOPTIMIZE",
    "PYTHONPATH",
    "PYTHONPLATLIBDIR",
    "PYTHONPYCACHEPREFIX",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "PYTHONWARNINGS",
    "PYTHON_PRESITE",
    "RUBYLIB",
    "RUBYOPT",
    "_JAVA_OPTIONS",
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
        for name in ["", "A=B", "LD_PRELOAD", "LD_AUDIT", "PYTHONPATH", "BASH_ENV", "OPENSSL_CONF", "NODE_OPTIONS"] {
            assert!(refusal(name).is_some(), "{name}");
        }
        for name in ["LANG", "API_KEY", "PYTHONHASHSEED", "OLD_LD"] {
            assert_eq!(refusal(name), None, "{name}");
        }
        assert!(STEERING.is_sorted());
    }
}
