//! What users say of advisories: entries of the configuration, and VEX documents.

use std::path::{Path, PathBuf};

use super::{Failure, tell};
use crate::config::{Config, IgnoredAdvisory};
use crate::finding::{Finding, SuppressedBy, Suppression};
use crate::plain::plain;
use crate::time::Day;
use crate::walk::Root;
use crate::{vex, walk};

/// Larger documents are no statements about one project.
const LONGEST: u64 = 64 << 20;

/// Advisories that do not count.
pub(super) struct Dismissed {
    /// Where the configuration lies.
    folder: PathBuf,
    /// Each with what is told of it where it is in vain: the place is that of the configuration.
    ignored: Vec<(IgnoredAdvisory, String)>,
    statements: Vec<vex::Statement>,
}

impl Dismissed {
    pub(super) fn read(config: &Config, documents: &[PathBuf]) -> Result<Self, Failure> {
        let ignored = config.ignored_advisories().map_err(|complaint| complaint.to_string())?;
        let place = |entry: &IgnoredAdvisory| config.complaint_about(entry, String::new()).to_string();
        let ignored = ignored.into_iter().map(|entry| (entry.clone(), place(&entry))).collect();
        let mut statements = Vec::new();
        for document in documents {
            statements.extend(read(document).map_err(|why| format!("{}: {why}", document.display()))?);
        }
        Ok(Self { folder: walk::absolute(&config.folder().join(".")), ignored, statements })
    }

    /// Suppresses what was dismissed, and tells of entries that are in vain: where packages were judged in all that the
    /// configuration is about, which these paths hold.
    pub(super) fn apply(&self, findings: &mut [Finding], today: Day, judged: &[Root]) {
        if judged.iter().any(|root| self.folder.starts_with(walk::absolute(&root.path))) {
            for (entry, place) in &self.ignored {
                let found = findings.iter().filter_map(|finding| finding.about.as_deref());
                if let Some(complaint) = entry.complaint(found, today) {
                    tell("warning", &plain(&format!("{}{complaint}", place.trim_end())));
                }
            }
        }
        for finding in findings.iter_mut().filter(|finding| finding.suppressed.is_none()) {
            let Some(about) = &finding.about else { continue };
            let Some(advisory) = &about.advisory else { continue };
            let ids: Vec<&str> = advisory.whole_names().collect();
            let mut ignored = self.ignored.iter().map(|(entry, _)| entry);
            let entry = ignored.find(|entry| !entry.has_expired(today) && entry.is_about(&about.package, advisory));
            let statement = vex::verdict(&self.statements, &about.package, &ids).filter(|one| one.status.clears());
            finding.suppressed = match (entry, statement) {
                (Some(entry), _) => {
                    Some(Suppression { by: SuppressedBy::IgnoredAdvisory, reason: Some(entry.reason.as_str().into()) })
                }
                (None, Some(statement)) => {
                    Some(Suppression { by: SuppressedBy::Vex, reason: Some(statement.reason().into()) })
                }
                (None, None) => None,
            };
        }
    }
}

fn read(document: &Path) -> Result<Vec<vex::Statement>, String> {
    let length = std::fs::metadata(document).map_err(|error| error.to_string())?.len();
    if length > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    vex::read(&std::fs::read_to_string(document).map_err(|error| error.to_string())?)
}
