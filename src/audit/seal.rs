//! Records that only some may read: encrypted to recipients of age (age-encryption.org/v1), each by itself. The chain runs
//! over the lines as they are written, so that verifying takes no key.

use serde_json::Value;

use super::line::Line;

/// Whom a log is encrypted to; nobody in particular where it is not.
#[derive(Debug, Default)]
pub(super) struct Seal {
    #[cfg(feature = "age")]
    recipients: Vec<age::x25519::Recipient>,
}

/// Keys that open records.
#[derive(Debug, Default)]
pub struct Keys {
    #[cfg(feature = "age")]
    identities: Vec<Key>,
}

/// A key, which no message shows.
#[cfg(feature = "age")]
struct Key(age::x25519::Identity);

#[cfg(feature = "age")]
impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Key")
    }
}

#[cfg(not(feature = "age"))]
const LACKING: &str = "this portcullis is built without age: build it with `--features age`";

#[cfg(not(feature = "age"))]
impl Seal {
    /// Refuses to write readably what was meant to be encrypted.
    pub(super) fn to(recipients: &[String]) -> Result<Self, String> {
        if recipients.is_empty() { Ok(Self::default()) } else { Err(LACKING.to_owned()) }
    }

    pub(super) fn content(&self, data: Value) -> Result<(Option<Value>, Option<String>), String> {
        Ok((Some(data), None))
    }
}

#[cfg(not(feature = "age"))]
impl Keys {
    pub fn parse(_: &str) -> Result<Self, String> {
        Err(LACKING.to_owned())
    }

    pub fn open(&self, line: Line) -> Result<Line, String> {
        Ok(line)
    }
}

#[cfg(feature = "age")]
impl Seal {
    pub(super) fn to(recipients: &[String]) -> Result<Self, String> {
        let parse = |text: &String| {
            let parsed = text.parse::<age::x25519::Recipient>();
            parsed.map_err(|error| format!("`{}` is no recipient of age: {error}", crate::plain::plain(text)))
        };
        Ok(Self { recipients: recipients.iter().map(parse).collect::<Result<_, _>>()? })
    }

    /// What a record says: readable, or encrypted.
    pub(super) fn content(&self, data: Value) -> Result<(Option<Value>, Option<String>), String> {
        use base64::Engine;
        if self.recipients.is_empty() {
            return Ok((Some(data), None));
        }
        let fault = |error: &dyn std::fmt::Display| format!("the record cannot be encrypted: {error}");
        let recipients = self.recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(|error| fault(&error))?;
        let mut sealed = Vec::new();
        let mut writer = encryptor.wrap_output(&mut sealed).map_err(|error| fault(&error))?;
        serde_json::to_writer(&mut writer, &data).map_err(|error| fault(&error))?;
        writer.finish().map_err(|error| fault(&error))?;
        Ok((None, Some(base64::prelude::BASE64_STANDARD.encode(sealed))))
    }
}

#[cfg(feature = "age")]
impl Keys {
    /// Reads the text of an identity file. Its lines are secret: no error shows them.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let parse = |(number, line): (usize, &str)| {
            let parsed = line.trim().parse().map(Key);
            parsed.map_err(|_| format!("line {number} is no identity of age (`AGE-SECRET-KEY-1…`)"))
        };
        let identities = lines.map(parse).collect::<Result<Vec<_>, _>>()?;
        if identities.is_empty() {
            return Err("it holds no identity of age".to_owned());
        }
        Ok(Self { identities })
    }

    /// The record as it was before it was encrypted, where one of the keys opens it.
    pub fn open(&self, mut line: Line) -> Result<Line, String> {
        use base64::Engine;
        let Some(sealed) = line.sealed.as_ref().filter(|_| !self.identities.is_empty()) else { return Ok(line) };
        let fault = |error: &dyn std::fmt::Display| format!("record {} cannot be decrypted: {error}", line.seq);
        let sealed = base64::prelude::BASE64_STANDARD.decode(sealed).map_err(|error| fault(&error))?;
        let decryptor = age::Decryptor::new(sealed.as_slice()).map_err(|error| fault(&error))?;
        let identities = self.identities.iter().map(|key| &key.0 as &dyn age::Identity);
        let reader = decryptor.decrypt(identities).map_err(|error| fault(&error))?;
        line.data = Some(serde_json::from_reader(reader).map_err(|error| fault(&error))?);
        line.sealed = None;
        Ok(line)
    }
}
