//! Hex and standard base64, strict: one length, one alphabet, no lenient tails.
//!
//! Tags come from the sender and are public, so their decoders may branch on what they read. Base64
//! is also what some secrets are written in, so its decoder does not.

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
        match self {
            Self::Base64 => decode_base64_tag(text),
            Self::Hex => decode_hex_tag(text),
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

/// The tag that hex of either case spells. `hex` does the same with a branch for each digit; this is
/// a few SIMD instructions.
fn decode_hex_tag(text: &[u8]) -> Option<Tag> {
    let digits: &[u8; 64] = text.try_into().ok()?;
    let mut nibbles = [0; 64];
    let mut all_are_digits = true;
    for (nibble, digit) in nibbles.iter_mut().zip(digits) {
        let number = digit.wrapping_sub(b'0');
        let letter = (digit | 0x20).wrapping_sub(b'a');
        *nibble = if number < 10 { number } else { letter.wrapping_add(10) };
        all_are_digits &= (number < 10) | (letter < 6);
    }
    let mut tag = Tag::default();
    for (byte, [high, low]) in tag.iter_mut().zip(nibbles.as_chunks().0) {
        *byte = high << 4 | low;
    }
    all_are_digits.then_some(tag)
}

/// The tag that padded standard base64 spells. It is public, so it is looked up in a table.
fn decode_base64_tag(text: &[u8]) -> Option<Tag> {
    let (digits, padding) = text.split_at_checked(43)?;
    let mut bytes = [0; 33];
    let mut seen = 0;
    for (place, four) in bytes.as_chunks_mut::<3>().0.iter_mut().zip(digits.chunks(4)) {
        let sextets =
            four.iter().map(|digit| SEXTETS.get(usize::from(*digit)).unwrap_or(&NO_DIGIT));
        let bits = sextets.fold(0_u32, |bits, sextet| {
            seen |= sextet;
            bits << 6 | u32::from(*sextet)
        });
        // The last three digits are followed by padding, which counts as zero.
        let bits = if four.len() == 4 { bits } else { bits << 6 };
        let [_, spelt @ ..] = bits.to_be_bytes();
        *place = spelt;
    }
    let (tag, rest) = bytes.split_first_chunk()?;
    (padding == b"=" && seen < NO_DIGIT && rest == [0]).then_some(*tag)
}

/// What is no digit of base64.
const NO_DIGIT: u8 = 64;

/// The six bits that each character stands for.
#[expect(clippy::indexing_slicing, reason = "it is computed by the compiler")]
const SEXTETS: [u8; 256] = {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut sextets = [NO_DIGIT; 256];
    let mut sextet = 0;
    while sextet < NO_DIGIT {
        sextets[digits[sextet as usize] as usize] = sextet;
        sextet += 1;
    }
    sextets
};

/// The bytes that padded standard base64 spells, read in constant time; wiped when dropped.
/// `base64ct` does the same in 3 kB of WebAssembly, and only when a key is made.
pub(crate) fn decode_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let padding = text.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let digits = text.get(..text.len().checked_sub(padding)?)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let (mut bits, mut waiting, mut is_wrong) = (0_u32, 0_u32, !text.len().is_multiple_of(4));
    for digit in digits {
        let value = sextet(*digit);
        is_wrong |= value > 63;
        bits = bits << 6 | value & 63;
        waiting = waiting.wrapping_add(6);
        if waiting >= 8 {
            waiting = waiting.wrapping_sub(8);
            bytes.extend((bits >> waiting).to_le_bytes().first());
            bits &= !(u32::MAX << waiting);
        }
    }
    // The bits that are left over spell nothing, and so are zero.
    (!is_wrong && bits == 0).then_some(bytes)
}

/// The six bits that a character stands for, or more than 63 if it is none of base64's.
fn sextet(char: u8) -> u32 {
    let char = u32::from(char);
    // All ones where the character lies in this range, else zero.
    let within = |first: u8, last: u8| {
        let outside = char.wrapping_sub(u32::from(first)) | u32::from(last).wrapping_sub(char);
        (outside >> 31).wrapping_sub(1)
    };
    let is_other = !(within(b'A', b'Z')
        | within(b'a', b'z')
        | within(b'0', b'9')
        | within(b'+', b'+')
        | within(b'/', b'/'));
    within(b'A', b'Z') & char.wrapping_sub(65)
        | within(b'a', b'z') & char.wrapping_sub(71)
        | within(b'0', b'9') & char.wrapping_add(4)
        | within(b'+', b'+') & 62
        | within(b'/', b'/') & 63
        | is_other & 64
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

    /// `hex` is the other reader of the same alphabet.
    #[test]
    fn a_hex_tag_is_read_as_hex_reads_it() {
        let plain = b"0123456789abcdefABCDEF9876543210fedcba0123456789abcdefABCDEF0123";
        for position in 0..64 {
            for char in 0..=255_u8 {
                let mut text = *plain;
                text[position] = char;
                let mut expected = [0; 32];
                let is_hex = hex::decode_to_slice(text, &mut expected).is_ok();
                assert_eq!(Encoding::Hex.decode_tag(&text), is_hex.then_some(expected), "{text:?}");
            }
        }
    }

    /// `base64ct` is the other reader of the same alphabet.
    #[test]
    fn base64_is_read_as_base64ct_reads_it() {
        let agrees = |text: &[u8]| {
            let mut buffer = vec![0; text.len()];
            let expected = Base64::decode(text, &mut buffer).ok();
            assert_eq!(decode_base64(text).as_deref().map(Vec::as_slice), expected, "{text:?}");
        };
        for char in 0..=255_u8 {
            agrees(&[char; 4]);
            agrees(&[b'A', char, b'=', b'=']);
            agrees(&[b'A', b'A', char, b'=']);
            agrees(&[b'/', char, b'w', b'9', b'A', b'A', b'E', b'=']);
        }
        for text in [
            "", "=", "==", "====", "A", "AA", "AAA", "AA=", "A===", "AA==AA==", "AAAA=",
            "AAA=AAAA", "AAAA\n",
        ] {
            agrees(text.as_bytes());
        }
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..=256 {
            agrees(Base64::encode_string(&bytes[..length]).as_bytes());
        }
    }

    /// `base64ct` is the other reader of tags, too.
    #[test]
    fn a_base64_tag_is_read_as_base64ct_reads_it() {
        let plain = Base64::encode_string(&[0xa5; 32]).into_bytes();
        for position in 0..plain.len() {
            for char in 0..=255_u8 {
                let mut text = plain.clone();
                text[position] = char;
                let mut expected = [0; 32];
                let is_tag = Base64::decode(&text, &mut expected).is_ok_and(|tag| tag.len() == 32);
                let tag = Encoding::Base64.decode_tag(&text);
                assert_eq!(tag, is_tag.then_some(expected), "{text:?}");
            }
        }
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
