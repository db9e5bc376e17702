//! Tokens of one line whose last characters, or whose parts, prove them.

use super::Proof;
use super::alphabet::{base64, digits, hex};
use super::checksum::crc32;

const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// GitHub and npm: a prefix, `_`, 30 characters and the CRC-32 of them in six digits of base 62 (GitHub, "Behind
/// GitHub's new authentication token formats", 2021).
pub(super) fn crc32_base62(value: &[u8]) -> Option<Proof> {
    let after = value.iter().rposition(|byte| *byte == b'_')? + 1;
    let body = &value[after..];
    if body.len() != 36 || !body.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let (random, sum) = body.split_at(30);
    Some(Proof::checksum(digits(crc32(random), BASE62, 6) == sum))
}

/// Grafana service accounts: `glsa_`, 32 characters, `_` and the CRC-32 of what stands before that, its bytes in
/// hexadecimal, the least significant first (Grafana, `pkg/components/satokengen`).
pub(super) fn crc32_hex(value: &[u8]) -> Option<Proof> {
    let (rest, sum) = value.split_at_checked(value.len().checked_sub(8)?)?;
    let text = rest.strip_suffix(b"_")?;
    Some(Proof::checksum(hex(sum)? == crc32(text).to_le_bytes()))
}

/// Atlassian: the last eight hexadecimal digits are the CRC-32 of all before them, of the `=` too where one stands
/// there. In URLs that sign is written as `%3D`, in properties as `\=`.
pub(super) fn crc32_tail(value: &[u8]) -> Option<Proof> {
    let (rest, sum) = value.split_at_checked(value.len().checked_sub(8)?)?;
    let sum = hex(sum)?;
    let written = [b"%3D" as &[u8], b"%3d", b"\\="].iter().find_map(|sign| rest.strip_suffix(*sign));
    let text = written.map_or_else(|| rest.to_vec(), |token| [token, b"="].concat());
    Some(Proof::checksum(sum == crc32(&text).to_be_bytes()))
}

/// GitLab's routable tokens: prefix, base64 of random bytes and routing fields, `.`, since version 1 the version and
/// another `.`, the length of the base64 in two digits of base 36, the CRC-32 of all that in seven (GitLab handbook,
/// "Routable tokens"; `Authn::TokenField::Generator::RoutableToken`).
pub(super) fn gitlab_routable(value: &[u8]) -> Option<Proof> {
    let (front, tail) = value.split_at(value.iter().rposition(|byte| *byte == b'.')?);
    if tail.len() != 10 || !tail[1..].iter().all(|byte| BASE36.contains(byte)) {
        return None;
    }
    let (text, sum) = value.split_at(value.len() - 7);
    if digits(crc32(text), BASE36, 7) != sum {
        return Some(Proof::checksum(false));
    }
    let payload = front.split(|byte| *byte == b'.').next()?;
    let length = std::str::from_utf8(&tail[1..3]).ok().and_then(|length| usize::from_str_radix(length, 36).ok())?;
    Some(Proof::checksum(length <= payload.len()))
}

/// The beginning of Discord's time, 2015, in milliseconds, and a time when this was written, in milliseconds since.
const DISCORD: u64 = 1_420_070_400_000;

/// Discord bots: the id of the account in base64, the time, a signature. An id begins with the milliseconds since 2015
/// (Discord, "Reference": snowflakes), so it is a number of 17 to 20 digits.
pub(super) fn discord(value: &[u8]) -> Option<Proof> {
    let parts: Vec<&[u8]> = value.split(|byte| *byte == b'.').collect();
    let [id, time, signature] = parts[..] else { return None };
    let holds = base64(id).and_then(|id| String::from_utf8(id).ok()).is_some_and(|id| {
        (17..=20).contains(&id.len())
            && id.parse::<u64>().is_ok_and(|id| DISCORD + (id >> 22) < super::jwt::WRITTEN * 1000)
    });
    Some(Proof::structure(holds && time.len() >= 6 && signature.len() >= 27))
}

/// `SendGrid`: `SG`, 16 bytes and 32 bytes in base64, with points between.
pub(super) fn sendgrid(value: &[u8]) -> Option<Proof> {
    let parts: Vec<&[u8]> = value.strip_prefix(b"SG.")?.split(|byte| *byte == b'.').collect();
    let [id, secret] = parts[..] else { return None };
    Some(Proof::structure(
        [(id, 16), (secret, 32)].iter().all(|(part, bytes)| base64(part).is_some_and(|part| part.len() == *bytes)),
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used)]
mod tests {
    use super::super::tests::{each_change, encode64};
    use super::*;

    /// The same sum by long division over a table of bits, written another way round.
    fn other_crc32(bytes: &[u8]) -> u32 {
        let mut register = u64::from(u32::MAX);
        for bit in bytes.iter().flat_map(|byte| (0..8).map(move |at| u64::from(byte >> at & 1))) {
            let out = (register & 1) ^ bit;
            register >>= 1;
            if out == 1 {
                register ^= 0xEDB8_8320;
            }
        }
        register as u32 ^ u32::MAX
    }

    fn in_base(base: u32, width: usize, mut number: u32) -> String {
        let mut text = String::new();
        while number > 0 {
            text.insert(0, char::from_digit(number % base, base).unwrap());
            number /= base;
        }
        format!("{text:0>width$}")
    }

    #[test]
    fn a_token_of_github_proves_itself_and_no_change_of_it_does() {
        let random = "abcDEF123".repeat(4)[..30].to_owned();
        let mut rest = other_crc32(random.as_bytes());
        let mut sum = String::new();
        for _ in 0..6 {
            sum.insert(0, char::from(BASE62[(rest % 62) as usize]));
            rest /= 62;
        }
        let token = ["ghp", &(random + &sum)].join("_");
        assert_eq!(crc32_base62(token.as_bytes()), Some(Proof::checksum(true)));
        for changed in each_change(&token[4..], b"09AZaz") {
            assert_eq!(crc32_base62(format!("ghp_{changed}").as_bytes()), Some(Proof::checksum(false)), "{changed}");
        }
        assert_eq!(crc32_base62(b"github_pat_short"), None);
        assert_eq!(crc32_base62(token.replace('a', "-").as_bytes()), None);
    }

    #[test]
    fn a_small_checksum_is_filled_up() {
        let random =
            (0..1000).map(|number| format!("{number:030}")).find(|text| other_crc32(text.as_bytes()) < 62_u32.pow(5));
        let random = random.unwrap();
        let sum = String::from_utf8(digits(other_crc32(random.as_bytes()), BASE62, 6)).unwrap();
        assert!(sum.starts_with('0'));
        assert_eq!(crc32_base62(["npm", &(random + &sum)].join("_").as_bytes()), Some(Proof::checksum(true)));
    }

    #[test]
    fn a_token_of_grafana_proves_itself_and_no_change_of_it_does() {
        let front = ["glsa", &"Ab3".repeat(11)[..32]].join("_");
        let sum: String =
            other_crc32(front.as_bytes()).to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let token = format!("{front}_{sum}");
        assert_eq!(crc32_hex(token.as_bytes()), Some(Proof::checksum(true)));
        for changed in each_change(&token[..37], b"0Zz") {
            assert_eq!(crc32_hex(format!("{changed}_{sum}").as_bytes()), Some(Proof::checksum(false)), "{changed}");
        }
        assert_eq!(crc32_hex(b"glsa_short"), None);
        assert_eq!(crc32_hex(b"12345678"), None);
    }

    #[test]
    fn a_token_of_atlassian_proves_itself_however_its_sign_is_written() {
        let front = format!("ATATT3x{}=", "Ff-0_".repeat(30));
        let sum = format!("{:08X}", other_crc32(front.as_bytes()));
        for sign in ["=", "%3D", "%3d", "\\="] {
            let token = front.replace('=', sign) + &sum;
            assert_eq!(crc32_tail(token.as_bytes()), Some(Proof::checksum(true)), "{sign}");
        }
        for changed in each_change(&front, b"0Z_") {
            assert_eq!(crc32_tail((changed + &sum).as_bytes()), Some(Proof::checksum(false)));
        }
        let plain = "ATBB".to_owned() + &"x".repeat(24);
        let sum = format!("{:08X}", other_crc32(plain.as_bytes()));
        assert_eq!(crc32_tail((plain + &sum).as_bytes()), Some(Proof::checksum(true)));
        assert_eq!(crc32_tail(b"ATATT3xFf=0123456g"), None);
    }

    #[test]
    fn a_routable_token_of_gitlab_proves_itself_in_both_versions() {
        let payload = encode64(&[&[7_u8; 16][..], b"o:1\nu:2s", &[8]].concat()).replace('=', "");
        let length = in_base(36, 2, payload.len() as u32);
        for version in [".01", ""] {
            let front = format!("{}-{payload}{version}.{length}", "glpat");
            let sum = in_base(36, 7, other_crc32(front.as_bytes()));
            assert_eq!(gitlab_routable((front.clone() + &sum).as_bytes()), Some(Proof::checksum(true)));
            for changed in each_change(&(front + &sum), b"09az") {
                assert_ne!(gitlab_routable(changed.as_bytes()), Some(Proof::checksum(true)), "{changed}");
            }
        }
        assert_eq!(gitlab_routable(b"glpat-withoutpoint"), None);
        assert_eq!(gitlab_routable(b".1"), None);
    }

    #[test]
    fn a_bot_of_discord_has_an_id_of_its_time() {
        let token =
            |id: &str| format!("{}.{}.{}", encode64(id.as_bytes()).replace('=', ""), "Cl2FMQ", "Zn_-".repeat(7));
        let held = Some(Proof::structure(true));
        assert_eq!(discord(token("198622483471925248").as_bytes()), held);
        assert_eq!(discord(token("1198622483471925248").as_bytes()), held);
        for id in [
            "1986224834719252",
            "19862248347192524x",
            "99862248347192524800",
            "9998622483471925248",
            "name of someone yes",
        ] {
            assert_eq!(discord(token(id).as_bytes()), Some(Proof::structure(false)), "{id}");
        }
        assert_eq!(discord(b"a.b"), None);
    }

    #[test]
    fn a_key_of_sendgrid_has_parts_of_sixteen_and_thirty_two_bytes() {
        let key = |id: usize, secret: usize| {
            let part = |bytes: usize| encode64(&vec![0xA5; bytes]).replace('=', "");
            format!("{}.{}.{}", "SG", part(id), part(secret))
        };
        assert_eq!(sendgrid(key(16, 32).as_bytes()), Some(Proof::structure(true)));
        assert_eq!(sendgrid(key(16, 31).as_bytes()), Some(Proof::structure(false)));
        assert_eq!(sendgrid(key(17, 32).as_bytes()), Some(Proof::structure(false)));
        assert_eq!(sendgrid(b"SG.one"), None);
        assert_eq!(sendgrid(b"XX.a.b"), None);
    }
}
