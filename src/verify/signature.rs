//! The signature header: which tags does it offer?

use super::VerifyError;
use super::header::{self, Headers};
use crate::encoding::Encoding;
use crate::mac::Tag;
use crate::scheme::{Signature, SignatureSyntax};

/// The tags that a request offers: every one of the known version.
pub(super) fn candidates(
    headers: &(impl Headers + ?Sized),
    signature: &Signature,
) -> Result<Vec<Tag>, VerifyError> {
    let malformed = VerifyError::MalformedHeader { header: signature.header };
    match signature.syntax {
        SignatureSyntax::Bare => {
            let value = header::single(headers, signature.header, MAX_BYTES)?;
            let tag = signature.encoding.decode_tag(value.as_bytes()).ok_or(malformed)?;
            Ok(vec![tag])
        }
        SignatureSyntax::Versioned { version, assign, separator } => {
            let value = header::list(headers, signature.header, MAX_BYTES)?;
            let list = List { version, assign, separator, encoding: signature.encoding };
            let tags = list.parse(&value).ok_or(malformed)?;
            if tags.is_empty() {
                return Err(VerifyError::UnsupportedSignature);
            }
            Ok(tags)
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
            ("", _) => None,
            (version, tag) if version == self.version => {
                self.encoding.decode_tag(tag.as_bytes()).map(Some)
            }
            _ => Some(None),
        }
    }
}

const MAX_BYTES: usize = 1024;
const MAX_ENTRIES: usize = 8;
