//! The signature header: which tags does it offer?

use super::VerifyError;
use super::header;
use crate::encoding::Encoding;
use crate::mac::Tag;
use crate::scheme::{Signature, SignatureSyntax};

/// A signature header as it was sent, and every tag of the known version in it.
#[derive(Debug)]
pub(super) struct SentSignature {
    pub(super) text: String,
    pub(super) tags: Vec<Tag>,
}

pub(super) fn read(
    value: Option<&[u8]>,
    signature: &Signature,
) -> Result<SentSignature, VerifyError> {
    let malformed = VerifyError::MalformedHeader { header: signature.header };
    match signature.syntax {
        SignatureSyntax::Bare => {
            let text = header::single(value, signature.header, MAX_BYTES)?;
            let tag = signature.encoding.decode_tag(text.as_bytes()).ok_or(malformed)?;
            Ok(SentSignature { text: text.to_owned(), tags: vec![tag] })
        }
        SignatureSyntax::Versioned { version, assign, separator } => {
            let text = header::list(value, signature.header, MAX_BYTES)?;
            let list = List { version, assign, separator, encoding: signature.encoding };
            let tags = list.parse(text).ok_or(malformed)?;
            if tags.is_empty() {
                return Err(VerifyError::UnsupportedSignature);
            }
            Ok(SentSignature { text: text.to_owned(), tags })
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
    /// The tags of the known version, or `None` if any entry is malformed.
    fn parse(&self, value: &str) -> Option<Vec<Tag>> {
        let is_separator = |byte: &u8| char::from(*byte) == self.separator;
        let mut tags = Vec::new();
        for (position, entry) in value.as_bytes().split(is_separator).enumerate() {
            if position == MAX_ENTRIES {
                return None;
            }
            tags.extend(self.tag(entry.trim_ascii())?);
        }
        Some(tags)
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
