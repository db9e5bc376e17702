//! Patterns of file names, as rules name files: `*.env`, `.docker/config.json`, `docker-compose*.yml`.

/// Whether a path ends as one of the patterns says. A pattern speaks of as many last parts of the path as it has; `*` stands
/// for anything within a part, and letters count in any case.
pub fn fits(path: &str, patterns: &[impl AsRef<str>]) -> bool {
    patterns.iter().any(|pattern| {
        let mut parts = path.rsplit(['/', '\\']);
        pattern
            .as_ref()
            .rsplit('/')
            .all(|wanted| parts.next().is_some_and(|part| fits_part(part.as_bytes(), wanted.as_bytes())))
    })
}

fn fits_part(part: &[u8], pattern: &[u8]) -> bool {
    let Some(star) = pattern.iter().position(|byte| *byte == b'*') else { return part.eq_ignore_ascii_case(pattern) };
    let (first, rest) = (&pattern[..star], &pattern[star + 1..]);
    let begins = part.get(..first.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(first));
    begins && (first.len()..=part.len()).any(|from| fits_part(&part[from..], rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_parts_of_a_path_count() {
        let fits = |path, pattern: &str| fits(path, &[pattern.to_owned()]);
        for (path, pattern) in [
            (".npmrc", ".npmrc"),
            ("a/b/.NPMRC", ".npmrc"),
            ("home/.docker/config.json", ".docker/config.json"),
            ("deploy/docker-compose.prod.yml", "docker-compose*.yml"),
            ("c:\\x\\prod.env", "*.env"),
            (".env", "*.env*"),
        ] {
            assert!(fits(path, pattern), "{path} {pattern}");
        }
        for (path, pattern) in
            [("x.npmrc", ".npmrc"), ("config.json", ".docker/config.json"), ("a.envy", "*.env"), ("", "*.env")]
        {
            assert!(!fits(path, pattern), "{path} {pattern}");
        }
    }
}
