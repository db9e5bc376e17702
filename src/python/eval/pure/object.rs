//! Objects that remember an argument for their methods: compiled patterns and layouts, codecs, templates, decompressors.

use super::given::Given;
use super::{KNOWN, Known, Table, Tools, big, carrier, codec, repr, size};
use crate::event::Call;
use crate::name::hash_of;
use crate::value::{Carrier, HOLE, Shape, Value};

const CODEC: &str = "codecs.lookup()";
const DECODER: &str = "codecs.getdecoder()";
const ENCODER: &str = "codecs.getencoder()";
const TEMPLATE: &str = "string.Template()";
const INFLATER: &str = "zlib.decompressobj()";

pub(super) const FUNCTIONS: Table = &[
    ("codecs.lookup", |tools, given| remembered(tools, CODEC, given.get("encoding", 0)?)),
    ("codecs.getdecoder", |tools, given| remembered(tools, DECODER, given.get("encoding", 0)?)),
    ("codecs.getencoder", |tools, given| remembered(tools, ENCODER, given.get("encoding", 0)?)),
    ("string.Template", |tools, given| remembered(tools, TEMPLATE, given.get("template", 0)?)),
    ("struct.Struct", |tools, given| remembered(tools, "struct.Struct()", given.get("format", 0)?)),
    ("re.compile", |tools, given| {
        // Flags would have to be remembered, too.
        if given.count() == 1 { remembered(tools, "re.compile()", given.get("pattern", 0)?) } else { None }
    }),
    ("zlib.decompressobj", |tools, given| {
        let bits = given.int_or("wbits", 0, 15)?;
        carrier::new(tools, INFLATER, super::int(bits))
    }),
    ("bz2.BZ2Decompressor", |tools, _| carrier::new(tools, "bz2.BZ2Decompressor()", Value::of(Shape::None))),
    ("lzma.LZMADecompressor", |tools, given| match given.count() {
        0 => carrier::new(tools, "lzma.LZMADecompressor()", Value::of(Shape::None)),
        _ => None,
    }),
    ("json.JSONDecoder", |tools, given| match given.count() {
        0 => carrier::new(tools, "json.JSONDecoder()", Value::of(Shape::None)),
        _ => None,
    }),
    ("gzip.GzipFile", |tools, given| decompressed(tools, "gzip.decompress", &given.named("fileobj")?)),
    ("bz2.BZ2File", |tools, given| decompressed(tools, "bz2.decompress", &given.at(0)?)),
    ("lzma.LZMAFile", |tools, given| decompressed(tools, "lzma.decompress", &given.at(0)?)),
];

fn remembered<'a>(tools: &mut Tools<'a, '_>, name: &'static str, value: Value<'a>) -> Option<Value<'a>> {
    if matches!(value.shape, Shape::Str(_) | Shape::Bytes(_)) { carrier::new(tools, name, value) } else { None }
}

/// A file in memory is the bytes it holds.
fn decompressed<'a>(tools: &mut Tools<'a, '_>, name: &str, file: &Value<'a>) -> Option<Value<'a>> {
    matches!(file.shape, Shape::Bytes(_)).then_some(())?;
    apply(tools, name, &Given::of(&[*file]))
}

fn apply<'a>(tools: &mut Tools<'a, '_>, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
    match KNOWN.get(&hash_of(name))? {
        Known::Function(function) => function(tools, given),
        _ => None,
    }
}

/// What calling an object gives: the decoder of `codecs.getdecoder(name)`.
pub(in crate::python::eval) fn called<'a>(
    tools: &mut Tools<'a, '_>,
    carrier: &Carrier<'a>,
    call: &Call<'a>,
) -> Option<Value<'a>> {
    let name = if carrier.path.is(DECODER) {
        "decode"
    } else if carrier.path.is(ENCODER) {
        "encode"
    } else {
        return None;
    };
    coded(tools, carrier, name, &Given::new(tools.arena, call))
}

/// The result, and how much was read.
fn coded<'a>(tools: &mut Tools<'a, '_>, carrier: &Carrier<'a>, name: &str, given: &Given<'a>) -> Option<Value<'a>> {
    let (encoding, value) = (carrier.value.text()?, given.at(0)?);
    if !tools.budget.read(value.length(), tools.span) {
        return None;
    }
    let coded = match name {
        "decode" => codec::decode(tools, &value, encoding, "strict")?,
        "encode" => codec::encode(tools, &value, encoding, "strict")?,
        _ => return None,
    };
    let length = match value.shape {
        Shape::Str(text) => text.chars().count(),
        _ => value.length(),
    };
    tools.sequence(&[coded, size(length)?])
}

/// Names of functions that take what an object remembers as their first argument, as its methods.
const METHODS: [(&str, &str, &str); 7] = [
    ("re.compile()", "sub", "re.sub"),
    ("re.compile()", "findall", "re.findall"),
    ("re.compile()", "split", "re.split"),
    ("struct.Struct()", "pack", "struct.pack"),
    ("struct.Struct()", "unpack", "struct.unpack"),
    ("struct.Struct()", "unpack_from", "struct.unpack_from"),
    ("struct.Struct()", "iter_unpack", "struct.iter_unpack"),
];

/// What a method of such an object gives.
pub(super) fn method<'a>(
    tools: &mut Tools<'a, '_>,
    carrier: &'a Carrier<'a>,
    name: &str,
    given: &Given<'a>,
) -> Option<Value<'a>> {
    if let Some((.., function)) = METHODS.iter().find(|(path, own, _)| *own == name && carrier.path.is(path)) {
        let mut given = given.clone();
        given.positional.insert(0, carrier.value);
        return apply(tools, function, &given);
    }
    if let Some(bytes) = big::magnitude(&Value::of(Shape::Carrier(carrier))) {
        return big::method(tools, bytes, name, given);
    }
    match name {
        "decode" | "encode" if carrier.path.is(CODEC) => coded(tools, carrier, name, given),
        "decode" if carrier.path.is("json.JSONDecoder()") => apply(tools, "json.loads", given),
        "substitute" | "safe_substitute" if carrier.path.is(TEMPLATE) => {
            substituted(tools, carrier.value.text()?, given)
        }
        "decompress" if given.count() == 1 => {
            let mut given = given.clone();
            let function = if carrier.path.is(INFLATER) {
                given.positional.push(carrier.value);
                "zlib.decompress"
            } else if carrier.path.is("bz2.BZ2Decompressor()") {
                "bz2.decompress"
            } else if carrier.path.is("lzma.LZMADecompressor()") {
                "lzma.decompress"
            } else {
                return None;
            };
            apply(tools, function, &given)
        }
        _ => None,
    }
}

/// `$name` and `${name}` by what names stand for.
fn substituted<'a>(tools: &mut Tools<'a, '_>, text: &str, given: &Given<'a>) -> Option<Value<'a>> {
    let mapping: &[_] = match given.at(0).map(|value| value.shape) {
        None => &[],
        Some(Shape::Dict(items)) => items,
        Some(_) => return None,
    };
    let mut built = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        built.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            built.push('$');
            rest = after;
            continue;
        }
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let plain = (&after[..end], &after[end..]);
        let (name, tail) = after.strip_prefix('{').and_then(|after| after.split_once('}')).unwrap_or(plain);
        if name.is_empty() || !tools.budget.read_items(mapping.len() + given.count(), tools.span) {
            return None;
        }
        let own = mapping.iter().rfind(|(key, _)| key.text() == Some(name)).map(|(_, value)| *value);
        match given.named(name).or(own).and_then(|value| repr::shown(&value)) {
            Some(text) if tools.has_room(built.len() + text.len()) => built.push_str(&text),
            Some(_) => return None,
            None => built.push(HOLE),
        }
        rest = tail;
    }
    built.push_str(rest);
    tools.text(built)
}
