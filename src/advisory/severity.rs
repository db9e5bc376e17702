//! How bad an advisory is: its score by [CVSS](https://www.first.org/cvss/), or the word of its database.

use std::str::FromStr;

use cvss::Cvss;

use super::osv::Score;
use crate::rule::Severity;

/// By the newest scheme that a score can be read of; then by a word; unknown where there is neither.
pub(super) fn of<'s>(
    scores: impl Iterator<Item = &'s Score> + Clone,
    mut words: impl Iterator<Item = &'s serde_json::Value>,
) -> Option<Severity> {
    let by = |scheme: &str| {
        scores
            .clone()
            .filter(|score| &*score.r#type == scheme)
            .filter_map(|score| points(&score.score))
            .max_by(f64::total_cmp)
    };
    let points = ["CVSS_V4", "CVSS_V3", "CVSS_V2"].into_iter().find_map(by);
    points.and_then(rated).or_else(|| words.find_map(|word| named(word.as_str()?)))
}

fn points(vector: &str) -> Option<f64> {
    Cvss::from_str(vector).ok().map(|vector| vector.score())
}

/// The qualitative scale of CVSS 3.1, section 5. A score of 0 is none.
fn rated(points: f64) -> Option<Severity> {
    match points {
        9.0.. => Some(Severity::Critical),
        7.0.. => Some(Severity::High),
        4.0.. => Some(Severity::Medium),
        0.1.. => Some(Severity::Low),
        _ => None,
    }
}

fn named(word: &str) -> Option<Severity> {
    match word.to_ascii_lowercase().as_str() {
        "critical" => Some(Severity::Critical),
        "high" => Some(Severity::High),
        "medium" | "moderate" => Some(Severity::Medium),
        "low" => Some(Severity::Low),
        _ => None,
    }
}
