//! Whether two names are one edit apart, and of what kind it is.

/// Whether one character left out, added, replaced, or two neighbours swapped make one name of the other.
pub(super) fn is_one<'a>(
    one: impl ExactSizeIterator<Item = &'a u8> + Clone,
    other: impl ExactSizeIterator<Item = &'a u8> + Clone,
) -> bool {
    let (mut one, mut other) = (one, other);
    let (long, short) = (one.len().max(other.len()), one.len().min(other.len()));
    if long - short > 1 {
        return false;
    }
    loop {
        let (here, there) = (one.clone(), other.clone());
        match (one.next(), other.next()) {
            (None, None) => return false,
            (Some(a), Some(b)) if a == b => {}
            (a, b) => {
                return match here.len().cmp(&there.len()) {
                    std::cmp::Ordering::Greater => one.eq(there),
                    std::cmp::Ordering::Less => here.eq(other),
                    std::cmp::Ordering::Equal => {
                        one.clone().eq(other.clone())
                            || (one.next() == b && other.next() == a && b.is_some() && one.eq(other))
                    }
                };
            }
        }
    }
}

/// Whether two names are the same but for digits: another version, or another thing of a row.
pub(super) fn is_of_digits(one: &str, other: &str) -> bool {
    let letters = |name: &str| -> Vec<u8> {
        name.bytes().filter(u8::is_ascii_alphanumeric).filter(|b| !b.is_ascii_digit()).collect()
    };
    letters(one) == letters(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_up_to_one() {
        for (one, other, expected) in [
            ("requests", "reqeusts", true),
            ("requests", "requests", false),
            ("requests", "rquests", true),
            ("requests", "requestsx", true),
            ("requests", "xequests", true),
            ("requests", "requestxy", false),
            ("ab", "ba", true),
            ("abc", "bac", true),
            ("abcd", "badc", false),
            ("a", "", true),
            ("", "", false),
            ("abcde", "abdcx", false),
        ] {
            let is_one = |one: &str, other: &str| super::is_one(one.as_bytes().iter(), other.as_bytes().iter());
            assert_eq!((is_one(one, other), is_one(other, one)), (expected, expected), "{one} {other}");
        }
        assert!(is_of_digits("terminaltables3", "terminaltables"));
        assert!(!is_of_digits("boto3", "xoto3"));
    }
}
