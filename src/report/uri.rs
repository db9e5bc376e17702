//! Paths as URIs (RFC 3986).

/// A path as a URI reference: relative as it is, absolute with the scheme `file`.
pub(super) fn of_path(path: &str) -> String {
    let mut uri = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    encode(path, &mut uri);
    uri
}

/// Appends a path, percent-encoding whatever a path may not hold. A colon is encoded too: in the first part of a relative
/// reference it would end a scheme.
pub(super) fn encode(path: &str, uri: &mut String) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => uri.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b'+' | b'@' | b'=' | b',' => uri.push(char::from(byte)),
            _ => uri.extend(['%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(of_path("src/a b/ü%.py"), "src/a%20b/%C3%BC%25.py");
        assert_eq!(of_path("c:/x?y#z"), "c%3A/x%3Fy%23z");
        assert_eq!(of_path("a+b@1,c=d.py"), "a+b@1,c=d.py");
        assert_eq!(of_path("/opt/x.py"), "file:///opt/x.py");
    }
}
