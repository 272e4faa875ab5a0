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
        let is_separator = |byte: &u8| char::from(*byte) == self.separator;
        for (position, entry) in value.as_bytes().split(is_separator).enumerate() {
            if position == MAX_ENTRIES {
                return None;
            }
            tags.extend(self.tag(entry.trim_ascii())?);
        }
        Some(())
    }

    /// `None` if the entry is malformed, `Some(None)` if it is of another version.
    fn tag(&self, entry: &[u8]) -> Option<Option<Tag>> {
        let end = entry.iter().position(|byte| char::from(*byte) == self.assign)?;
        let (version, tag) = entry.split_at_checked(end)?;
        let (_, tag) = tag.split_first()?;
        if version != self.version.as_bytes() {
            return Some(None);
        }
        self.encoding.decode_tag(tag).map(Some)
    }
}

const MAX_BYTES: usize = 1024;
const MAX_ENTRIES: usize = 8;
