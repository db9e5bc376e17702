//! Bytes that are another kind of file than source code. Python runs an archive or compiled code whatever its name is, and
//! wherever in the file an archive begins.

use crate::source::{Problem, ProblemKind, Span};

/// Says what the bytes are, if they are no plain source.
pub(super) fn problem(bytes: &[u8]) -> Option<Problem> {
    let message = if is_archive(bytes) {
        "it is a zip archive, of which Python runs `__main__.py` and none of the text around it".to_owned()
    } else if is_compiled(bytes) {
        "it is compiled Python, which runs under any name and is not read here".to_owned()
    } else {
        let (what, _) = BEGINNINGS.iter().find(|(_, beginning)| bytes.starts_with(beginning))?;
        format!("it begins as {what} does, and is not read as one")
    };
    Some(Problem { kind: ProblemKind::Disguised, message, span: Span::default() })
}

const BEGINNINGS: [(&str, &[u8]); 11] = [
    ("a zip archive", b"PK\x03\x04"),
    ("a PNG image", b"\x89PNG\r\n"),
    ("a JPEG image", b"\xFF\xD8\xFF"),
    ("a GIF image", b"GIF89a"),
    ("a GIF image", b"GIF87a"),
    ("a PDF document", b"%PDF-"),
    ("a program", b"\x7FELF"),
    ("a program", b"MZ\x90\0"),
    ("compressed data", b"\x1F\x8B\x08"),
    ("compressed data", b"BZh9"),
    ("compressed data", b"\xFD7zXZ\0"),
];

/// As Python's `zipimport` looks for the directory of an archive: at the end, before a comment of 64 KiB at most.
fn is_archive(bytes: &[u8]) -> bool {
    const END: &[u8] = b"PK\x05\x06";
    const SIZE: usize = 22;
    const REACH: usize = SIZE + (1 << 16);
    let tail_start = bytes.len().saturating_sub(REACH);
    let Some(at) = memchr::memmem::find_iter(&bytes[tail_start..], END).last().map(|at| tail_start + at) else {
        return false;
    };
    let number = |from: usize| bytes.get(at + from..at + from + 4).and_then(|number| number.try_into().ok());
    let (Some(size), Some(offset)) = (number(12).map(u32::from_le_bytes), number(16).map(u32::from_le_bytes)) else {
        return false;
    };
    let (size, offset) = (size as usize, offset as usize);
    // A text that only speaks of archives holds no directory where it should be.
    bytes.len() >= at + SIZE && size <= at && offset <= at - size && bytes[at - size..].starts_with(b"PK")
}

/// The magic numbers of CPython 3: two bytes that count up, and a line end that no text transfer leaves alone.
fn is_compiled(bytes: &[u8]) -> bool {
    matches!(bytes, [_, 0x0C..=0x0F, b'\r', b'\n', ..])
}

#[cfg(test)]
mod tests {
    use super::problem;

    /// An archive with nothing in it but a name.
    fn archive() -> Vec<u8> {
        let directory = [&b"PK\x01\x02"[..], &[0; 42], b"__main__.py"].concat();
        let mut end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec();
        end.extend(u32::try_from(directory.len()).unwrap_or_default().to_le_bytes());
        end.extend([0; 6]);
        [directory, end].concat()
    }

    #[test]
    fn other_kinds_of_files_are_told() {
        let archive = archive();
        for bytes in [
            archive.clone(),
            [b"print('hi')\n", &archive[..]].concat(),
            [b"print('hi')\n", &archive[..], b"\n# the end\n"].concat(),
            b"\xcb\x0d\r\n\0\0\0\0".to_vec(),
            b"o\r\r\n\0\0\0\0".to_vec(),
            b"GIF89a=1\nprint(1)".to_vec(),
            b"\x89PNG\r\n\x1a\n".to_vec(),
        ] {
            assert!(problem(&bytes).is_some(), "{bytes:?}");
        }
    }

    #[test]
    fn source_code_is_none_of_them() {
        for bytes in [
            &b""[..],
            b"x = 1\r\r\n",
            b"x\r\n",
            b"END = b'PK\\x05\\x06'\n",
            b"PK\x05\x06 is the end of an archive ----------",
            b"BZ = 1",
        ] {
            assert_eq!(problem(bytes), None, "{bytes:?}");
        }
    }
}
