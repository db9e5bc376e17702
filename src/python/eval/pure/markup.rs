//! Text in other clothes: `html.unescape`, `textwrap.dedent`, `unicodedata`, addresses as numbers.

use core::net::{Ipv4Addr, Ipv6Addr};

use unicode_normalization::UnicodeNormalization;

use super::given::Given;
use super::{Table, Tools, int};
use crate::value::{Shape, Value};

pub(super) const FUNCTIONS: Table = &[
    ("html.unescape", |tools, given| tools.text(unescaped(given.text("s", 0)?)?)),
    ("xml.sax.saxutils.unescape", |tools, given| {
        let text = given.text("data", 0)?;
        if given.count() > 1 {
            return None;
        }
        tools.text(text.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&"))
    }),
    ("html.escape", |tools, given| {
        let text = given.text("s", 0)?.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        match given.truth_or("quote", 1, true)? {
            true => tools.text(text.replace('"', "&quot;").replace('\'', "&#x27;")),
            false => tools.text(text),
        }
    }),
    ("textwrap.dedent", |tools, given| tools.text(dedented(given.get("text", 0)?.text()?))),
    ("inspect.cleandoc", |tools, given| {
        let text = given.text("doc", 0)?;
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let whole = [first.trim_start(), "\n", &dedented(rest)].concat();
        tools.text(whole.trim_matches('\n'))
    }),
    ("unicodedata.normalize", |tools, given| {
        let text = given.text("", 1)?;
        let normal: String = match given.text("", 0)? {
            "NFC" => text.nfc().collect(),
            "NFD" => text.nfd().collect(),
            "NFKC" => text.nfkc().collect(),
            "NFKD" => text.nfkd().collect(),
            _ => return None,
        };
        tools.text(normal)
    }),
    ("unicodedata.lookup", |tools, given| tools.text(unicode_names2::character(given.text("", 0)?)?.to_string())),
    ("ipaddress.ip_address", |tools, given| address(tools, given, true)),
    ("ipaddress.IPv4Address", |tools, given| address(tools, given, true)),
    ("ipaddress.IPv6Address", |tools, given| address(tools, given, false)),
    ("socket.inet_ntoa", |tools, given| {
        let bytes = <[u8; 4]>::try_from(given.bytes("", 0)?).ok()?;
        tools.text(Ipv4Addr::from(bytes).to_string())
    }),
    ("socket.inet_aton", |tools, given| {
        let address: Ipv4Addr = given.text("", 0)?.parse().ok()?;
        tools.bytes(&address.octets())
    }),
    ("socket.htons", |_, given| u16::try_from(given.int("", 0)?).ok().map(|port| int(i64::from(port.swap_bytes())))),
    ("socket.ntohs", |_, given| u16::try_from(given.int("", 0)?).ok().map(|port| int(i64::from(port.swap_bytes())))),
    ("socket.htonl", |_, given| u32::try_from(given.int("", 0)?).ok().map(|all| int(i64::from(all.swap_bytes())))),
    ("socket.ntohl", |_, given| u32::try_from(given.int("", 0)?).ok().map(|all| int(i64::from(all.swap_bytes())))),
];

/// An address as the text that stands for it.
fn address<'a>(tools: &mut Tools<'a, '_>, given: &Given<'a>, is_v4: bool) -> Option<Value<'a>> {
    let text = match given.get("address", 0)?.shape {
        Shape::Int(number) if is_v4 => match u32::try_from(number) {
            Ok(number) => Ipv4Addr::from(number).to_string(),
            Err(_) => Ipv6Addr::from(u128::try_from(number).ok()?).to_string(),
        },
        Shape::Int(number) => Ipv6Addr::from(u128::try_from(number).ok()?).to_string(),
        Shape::Bytes(bytes) => match (<[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
            (Ok(bytes), _) => Ipv4Addr::from(bytes).to_string(),
            (_, Ok(bytes)) => Ipv6Addr::from(bytes).to_string(),
            _ => return None,
        },
        Shape::Str(text) => text.parse::<core::net::IpAddr>().ok()?.to_string(),
        _ => return None,
    };
    tools.text(text)
}

const ENTITIES: [(&str, &str); 42] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{A0}"),
    ("lpar", "("),
    ("rpar", ")"),
    ("lsqb", "["),
    ("lbrack", "["),
    ("rsqb", "]"),
    ("rbrack", "]"),
    ("lcub", "{"),
    ("lbrace", "{"),
    ("rcub", "}"),
    ("rbrace", "}"),
    ("period", "."),
    ("comma", ","),
    ("colon", ":"),
    ("semi", ";"),
    ("sol", "/"),
    ("bsol", "\\"),
    ("num", "#"),
    ("dollar", "$"),
    ("percnt", "%"),
    ("ast", "*"),
    ("midast", "*"),
    ("plus", "+"),
    ("equals", "="),
    ("quest", "?"),
    ("excl", "!"),
    ("commat", "@"),
    ("lowbar", "_"),
    ("UnderBar", "_"),
    ("grave", "`"),
    ("verbar", "|"),
    ("vert", "|"),
    ("Hat", "^"),
    ("Tab", "\t"),
    ("NewLine", "\n"),
    ("copy", "\u{A9}"),
    ("reg", "\u{AE}"),
];

/// `None` where there is an entity whose name is not listed here.
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        rest = after;
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '#').unwrap_or(after.len());
        let (name, tail) = after.split_at(end);
        if let Some(number) = name.strip_prefix('#') {
            let (radix, digits) = match number.strip_prefix(['x', 'X']) {
                Some(digits) => (16, digits),
                None => (10, number),
            };
            let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
            if length == 0 {
                plain.push('&');
                continue;
            }
            // What browsers read as other characters is rare.
            let code = u32::from_str_radix(&digits[..length], radix).ok()?;
            plain.push(char::from_u32(code).filter(|_| !matches!(code, 0 | 0x80..=0x9F))?);
            let used = after.len() - tail.len() - digits.len() + length;
            rest = after.get(used..)?;
            rest = rest.strip_prefix(';').unwrap_or(rest);
        } else if name.is_empty() || !tail.starts_with(';') && ENTITIES.iter().all(|(own, _)| !name.starts_with(own)) {
            plain.push('&');
        } else {
            let (_, character) = ENTITIES.iter().find(|(own, _)| tail.starts_with(';') && *own == name)?;
            plain.push_str(character);
            rest = tail.strip_prefix(';').unwrap_or(tail);
        }
    }
    plain.push_str(rest);
    Some(plain)
}

/// Without the white space that all lines begin with.
fn dedented(text: &str) -> String {
    let is_blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    let mut margin: Option<&str> = None;
    for line in text.split('\n').filter(|line| !is_blank(line)) {
        let own = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        margin = Some(match margin {
            None => own,
            Some(margin) => {
                let alike = margin.bytes().zip(own.bytes()).take_while(|(a, b)| a == b).count();
                &margin[..alike]
            }
        });
    }
    let margin = margin.unwrap_or_default();
    let cut = |line| if is_blank(line) { "" } else { line.strip_prefix(margin).unwrap_or(line) };
    text.split('\n').map(cut).collect::<Vec<_>>().join("\n")
}
