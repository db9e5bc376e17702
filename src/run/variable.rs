//! The environment inside: built from nothing, then what the policy and the command line hand in.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::{Order, Stop, refused};
use crate::cell::{self, Cell};
use crate::plain::plain;
use crate::sandbox::native;

/// A variable that the command line hands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    /// The caller's, where there is none.
    pub value: Option<OsString>,
}

/// What programs expect to find.
const GIVEN: [(&str, &str); 4] =
    [("HOME", "/tmp"), ("LANG", "C.UTF-8"), ("PATH", "/usr/local/bin:/usr/bin:/bin"), ("TMPDIR", "/tmp")];

/// Names and values, in the order of names.
pub(super) fn environment(
    cell: &Cell,
    order: &Order,
    virtual_environment: Option<&Path>,
) -> Result<Vec<(OsString, OsString)>, Stop> {
    let mut all: BTreeMap<OsString, OsString> =
        GIVEN.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
    if let Some(folder) = virtual_environment {
        let mut path = folder.join("bin").into_os_string();
        path.push(":");
        path.push(GIVEN[2].1);
        all.insert("PATH".into(), path);
        all.insert("VIRTUAL_ENV".into(), folder.into());
    }
    let callers = cell.environment.iter().filter_map(|name| Some((name.into(), std::env::var_os(name)?)));
    all.extend(callers);
    if !order.hosts.is_empty() {
        // As curl, pip, requests and the standard library read them. Names are looked up by the proxy.
        let (http, socks) =
            (format!("http://127.0.0.1:{}", native::DOOR), format!("socks5h://127.0.0.1:{}", native::DOOR));
        for (names, value) in [
            (["HTTP_PROXY", "http_proxy"], &http),
            (["HTTPS_PROXY", "https_proxy"], &http),
            (["ALL_PROXY", "all_proxy"], &socks),
        ] {
            all.extend(names.map(|name| (name.into(), value.into())));
        }
    }
    for Variable { name, value } in &order.variables {
        if let Some(why) = cell::variable::refusal(name) {
            return refused(format!("`--env {}` cannot be handed in: {why}", plain(name)));
        }
        let Some(value) = value.clone().or_else(|| std::env::var_os(name)) else {
            return refused(format!("`--env {}`: there is no such variable: say `--env NAME=VALUE`", plain(name)));
        };
        if value.as_encoded_bytes().contains(&0) {
            return refused(format!("`--env {}`: its value has a NUL in it", plain(name)));
        }
        all.insert(name.into(), value);
    }
    Ok(all.into_iter().collect())
}
