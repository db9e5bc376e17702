//! Single records: those that were modified since what is kept was fetched, by the list that OSV publishes beside each archive
//! (`modified_id.csv`: moment and id, newest first).

use serde_json::value::RawValue;
use ureq::http::StatusCode;

use super::client::{Client, escaped};
use super::kept::Kept;
use crate::time::Time;

/// So much of the list is looked at: some 1,500 records.
const BYTES: u64 = 1 << 16;
/// More single records take longer than an archive.
const MOST: usize = 300;

/// Up to which moment an archive that is fetched now is known to hold what was modified, as the list writes it: archives are made
/// some time before, and clocks differ.
pub(super) fn moment() -> String {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    Time::of_milliseconds(Time::now().milliseconds().saturating_sub(DAY)).to_string()
}

/// Fetches the records that were modified; `None` where that cannot be told, or is not worth it: the archive is to be fetched.
pub(super) fn fetch(client: &Client, folder: &str, kept: &Kept) -> Result<Option<usize>, String> {
    let Some(held) = kept.about().filter(|held| held.url == format!("{folder}/all.zip") && !held.modified.is_empty())
    else {
        return Ok(None);
    };
    let url = format!("{folder}/modified_id.csv");
    let range = format!("bytes=0-{}", BYTES - 1);
    let list = client.again(|| {
        let mut response = client.ask(&url, &[("Range", &range)])?;
        match response.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => client.body(&url, &mut response).map(Some),
            // Mirrors need not have one.
            _ => Ok(None),
        }
    })?;
    let Some(modified) = list.as_deref().and_then(|list| since(list, &held.modified)) else { return Ok(None) };
    let Some((newest, _)) = modified.first() else { return Ok(Some(0)) };
    let mut records = Vec::new();
    for (_, id) in &modified {
        let url = format!("{folder}/{}.json", escaped(id));
        let text = client.text(&url)?;
        // On one line, whatever its spaces.
        let value: Box<RawValue> = serde_json::from_str(&text).map_err(|error| format!("{url}: {error}"))?;
        let line = value.get().replace(['\n', '\r'], " ");
        records.push(line);
    }
    let kept_them = kept.add_changes(&records).and_then(|()| kept.note_modified(&held, newest));
    kept_them.map_err(|error| format!("{}: {error}", kept.changes().display()))?;
    Ok(Some(records.len()))
}

/// The entries of a list that are newer than a moment, if the list goes back that far, and they are few.
fn since<'t>(list: &'t str, moment: &str) -> Option<Vec<(&'t str, &'t str)>> {
    let mut newer = Vec::new();
    for line in list.lines() {
        let (at, id) = line.trim().split_once(',')?;
        // Both are written as RFC 3339 has it, in UTC: the seconds compare as texts.
        if at.len() < 19 || at.get(..19) <= moment.get(..19) {
            return (at.len() >= 19).then_some(newer);
        }
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
        if !is_id || newer.len() == MOST {
            return None;
        }
        newer.push((at, id));
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_back_to_what_is_known() {
        let list = "2030-01-03T00:00:00.5Z,A-3\n2030-01-02T00:00:00Z,A-2\n2030-01-01T00:00:00Z,A-1\n";
        let ids = |moment: &str| since(list, moment).map(|all| all.iter().map(|(_, id)| *id).collect::<Vec<_>>());
        assert_eq!(ids("2030-01-02T00:00:00Z"), Some(vec!["A-3"]));
        assert_eq!(ids("2030-01-01T10:00:00Z"), Some(vec!["A-3", "A-2"]));
        assert_eq!(ids("2031-01-01T10:00:00Z"), Some(vec![]));
        assert_eq!(ids("2029-01-01T10:00:00Z"), None, "it does not go back that far");
        for bad in ["", "no list", "2030-01-03T00:00:00Z,../../etc/passwd\n2029-01-01T00:00:00Z,A-1\n", "short,A\n"] {
            assert_eq!(since(bad, "2029-06-01T00:00:00Z"), None, "{bad}");
        }
    }
}
