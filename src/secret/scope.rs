//! Whether a path is that of tests, examples or documentation, where a credential is less likely to be a live one.

/// Names of folders, in lower case.
const FOLDERS: [&str; 32] = [
    "test",
    "tests",
    "testing",
    "__tests__",
    "spec",
    "specs",
    "fixture",
    "fixtures",
    "__fixtures__",
    "testdata",
    "test-data",
    "test_data",
    "testcases",
    "mock",
    "mocks",
    "__mocks__",
    "snapshots",
    "__snapshots__",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "doc",
    "docs",
    "documentation",
    "tutorial",
    "tutorials",
    "cookbook",
    "e2e",
    "integration-tests",
];
/// Endings of documents.
const DOCUMENTS: [&str; 6] = [".md", ".mdx", ".rst", ".adoc", ".markdown", ".html"];

/// Whether what stands in such a file is one level less certain.
pub(super) fn is_lowered(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let mut parts = lower.rsplit(['/', '\\']);
    let name = parts.next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let is_test = stem.starts_with("test_")
        || stem.starts_with("test-")
        || stem == "test"
        || stem == "conftest"
        || ["_test", "-test", "_tests", "_spec"].iter().any(|end| stem.ends_with(end))
        || [".test.", ".spec.", ".example", ".sample", ".template", ".dist"].iter().any(|inside| name.contains(inside));
    is_test || DOCUMENTS.iter().any(|end| name.ends_with(end)) || parts.any(|part| FOLDERS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::is_lowered;

    #[test]
    fn tests_examples_and_documents_are_told() {
        for path in [
            "tests/a.py",
            "a/test_b.py",
            "README.md",
            "src/x_test.go",
            "app.spec.ts",
            ".env.example",
            "docs/conf.py",
            "conftest.py",
        ] {
            assert!(is_lowered(path), "{path}");
        }
        for path in ["src/latest.py", "contest.py", "app.py", ".env", "testament/x.py", "src/attest.rs"] {
            assert!(!is_lowered(path), "{path}");
        }
    }
}
