//! The signature header: which tags does it offer?

use std::borrow::Cow;

use arrayvec::ArrayVec;

use super::VerifyError;
use super::header;
use crate::encoding::Encoding;
use crate::mac::Tag;
use crate::scheme::{Signature, SignatureSyntax};

/// The tags of the known version that a signature header offers.
pub(super) type Tags = ArrayVec<Tag, MAX_ENTRIES>;

/// The signature header as it was sent. `tags` becomes every tag of the known version in it.
pub(super) fn read<'h>(
    value: Option<Cow<'h, [u8]>>,
    signature: &Signature,
    tags: &mut Tags,
) -> Result<Cow<'h, str>, VerifyError> {
    let malformed = VerifyError::MalformedHeader { header: signature.header };
    tags.clear();
    match signature.syntax {
        SignatureSyntax::Bare => {
            let text = header::single(value.as_ref(), signature.header, MAX_BYTES)?;
            tags.push(signature.encoding.decode_tag(text.as_bytes()).ok_or(malformed)?);
            Ok(Cow::Borrowed(text))
        }
        SignatureSyntax::Versioned { version, assign, separator } => {
            let text = header::list(value, signature.header, MAX_BYTES)?;
            let list = List { version, assign, separator, encoding: signature.encoding };
            list.parse(&text, tags).ok_or(malformed)?;
            if tags.is_empty() {
                return Err(VerifyError::UnsupportedSignature);
            }
            Ok(text)
        }
    }
}

struct List {
    version: &'static str,
    assign: char,
    separator: char,
    encoding: Encoding,
}

impl List {
    /// Finds the tags of the known version; `None` if any entry is malformed.
    fn parse(&self, value: &str, tags: &mut Tags) -> Option<()> {
        let mut rest = Some(value.as_bytes());
        for _ in 0..MAX_ENTRIES {
            let Some(text) = rest else { break };
            let (entry, after) = split(text, self.separator);
            tags.extend(self.tag(entry.trim_ascii())?);
            rest = after;
        }
        rest.is_none().then_some(())
    }

    /// `None` if the entry is malformed, `Some(None)` if it is of another version.
    fn tag(&self, entry: &[u8]) -> Option<Option<Tag>> {
        let (version, tag) = split(entry, self.assign);
        let tag = tag?;
        if version != self.version.as_bytes() {
            return Some(None);
        }
        self.encoding.decode_tag(tag).map(Some)
    }
}

/// What stands before a character in printable text, and what after it if it is there.
fn split(text: &[u8], at: char) -> (&[u8], Option<&[u8]>) {
    let found = u8::try_from(at).ok().and_then(|byte| memchr::memchr(byte, text));
    match found.and_then(|end| Some((text.get(..end)?, text.get(end.saturating_add(1)..)?))) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

const MAX_BYTES: usize = 1024;
const MAX_ENTRIES: usize = 8;
