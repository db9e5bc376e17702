//! Versions of NuGet packages ([rules](https://learn.microsoft.com/nuget/concepts/package-versioning)): semantic versions of up
//! to four numbers, in which case does not matter.

use super::semantic;

pub(super) type Version = semantic::Version;

pub(super) fn parse(text: &str) -> Option<Version> {
    semantic::parse(&text.to_ascii_lowercase())
}
