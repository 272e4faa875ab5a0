//! Hex and standard base64, strict: one length, one alphabet, no lenient tails.
//!
//! Tags come from the sender and are public, so their decoders may branch on what they read.

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use crate::mac::Tag;

/// How a signature is written in its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Standard base64 with padding.
    Base64,
    /// Hex; either case is read, lower case is written.
    Hex,
}

impl Encoding {
    /// The tag that `text` spells, if it spells exactly one.
    pub(crate) fn decode_tag(self, text: &[u8]) -> Option<Tag> {
        let mut tag = Tag::default();
        match self {
            Self::Base64 => {
                let decoded = Base64::decode(text, &mut tag).ok()?;
                (decoded.len() == tag.len()).then_some(tag)
            }
            Self::Hex => hex::decode_to_slice(text, &mut tag).is_ok().then_some(tag),
        }
    }

    /// The text of a tag.
    pub(crate) fn encode_tag(self, tag: &Tag) -> String {
        match self {
            Self::Base64 => Base64::encode_string(tag),
            Self::Hex => hex::encode(tag),
        }
    }
}

/// The bytes of a secret that is given as padded standard base64; wiped when dropped.
pub(crate) fn decode_secret_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    // Into a buffer of the text's length, which is enough: with `decode_vec` the decoder would be
    // in the binary twice.
    let mut bytes = Zeroizing::new(vec![0; text.len()]);
    let length = Base64::decode(text.as_bytes(), &mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

/// Pieces of text in a row. For WebAssembly this is less code than formatting or `concat`.
pub(crate) fn join(pieces: &[&str]) -> String {
    pieces.iter().copied().collect()
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hex_tag_has_exactly_64_digits_of_either_case() {
        for length in (0..=130).filter(|&length| length != 64) {
            assert_eq!(Encoding::Hex.decode_tag(&vec![b'a'; length]), None, "{length}");
        }
        assert_eq!(Encoding::Hex.decode_tag(&[b'a'; 64]), Some([0xaa; 32]));
        assert_eq!(Encoding::Hex.decode_tag(&[b'A'; 64]), Some([0xaa; 32]));
        assert_eq!(Encoding::Hex.decode_tag(&[b'g'; 64]), None);
    }

    #[test]
    fn a_base64_tag_is_padded_and_canonical() {
        let text = Base64::encode_string(&[7; 32]);
        assert_eq!(Encoding::Base64.decode_tag(text.as_bytes()), Some([7; 32]));
        let unpadded = text.trim_end_matches('=');
        assert_eq!(Encoding::Base64.decode_tag(unpadded.as_bytes()), None);
        let odd_tail_bits = text.replace("c=", "d=");
        assert_ne!(odd_tail_bits, text);
        assert_eq!(Encoding::Base64.decode_tag(odd_tail_bits.as_bytes()), None);
        assert_eq!(Encoding::Base64.decode_tag(Base64::encode_string(&[7; 31]).as_bytes()), None);
        assert_eq!(Encoding::Base64.decode_tag(Base64::encode_string(&[7; 33]).as_bytes()), None);
    }
}
