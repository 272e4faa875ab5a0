//! The signature header: which tags does it offer?

use super::VerifyError;
use super::header::{self, Headers};
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
    headers: &(impl Headers + ?Sized),
    signature: &Signature,
) -> Result<SentSignature, VerifyError> {
    let malformed = VerifyError::MalformedHeader { header: signature.header };
    match signature.syntax {
        SignatureSyntax::Bare => {
            let text = header::single(headers, signature.header, MAX_BYTES)?;
            let tag = signature.encoding.decode_tag(text.as_bytes()).ok_or(malformed)?;
            Ok(SentSignature { text, tags: vec![tag] })
        }
        SignatureSyntax::Versioned { version, assign, separator } => {
            let text = header::list(headers, signature.header, MAX_BYTES)?;
            let list = List { version, assign, separator, encoding: signature.encoding };
            let tags = list.parse(&text).ok_or(malformed)?;
            if tags.is_empty() {
                return Err(VerifyError::UnsupportedSignature);
            }
            Ok(SentSignature { text, tags })
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
        if value.split(self.separator).count() > MAX_ENTRIES {
            return None;
        }
        let tags: Option<Vec<_>> =
            value.split(self.separator).map(|entry| self.tag(entry)).collect();
        Some(tags?.into_iter().flatten().collect())
    }

    /// `None` if the entry is malformed, `Some(None)` if it is of another version.
    fn tag(&self, entry: &str) -> Option<Option<Tag>> {
        match entry.trim_matches(' ').split_once(self.assign)? {
            (version, tag) if version == self.version => {
                self.encoding.decode_tag(tag.as_bytes()).map(Some)
            }
            _ => Some(None),
        }
    }
}

const MAX_BYTES: usize = 1024;
const MAX_ENTRIES: usize = 8;
