//! HMAC-SHA-256: the only file that names `hmac`, `sha2` or `subtle`.
//!
//! HMAC is `SHA-256(outer pad, SHA-256(inner pad, message))`. It is composed here rather than
//! taken whole, because the two pads are the same for every message of a key, so that their hash
//! states can be kept, and because a host that hashes faster than WebAssembly can take over the
//! inner hash. Signing goes through the `hmac` crate, and a test compares the two.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes in a SHA-256 block.
pub(crate) const BLOCK: usize = 64;

/// A SHA-256 digest, and so also an HMAC-SHA-256 tag.
pub(crate) type Tag = [u8; 32];

/// The SHA-256 digest of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub(crate) Tag);

impl Digest {
    /// Hashes `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Lower-case hex.
    pub(crate) fn to_hex(self) -> String {
        crate::encoding::hex(&self.0)
    }
}

/// From the 32 bytes that a host computed.
impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// Lower-case hex.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// A key, ready for any number of messages. Wiped when dropped.
#[derive(ZeroizeOnDrop)]
pub(crate) struct HmacKey {
    key: [u8; BLOCK],
    inner_pad: [u8; BLOCK],
    #[zeroize(skip)] // wipes itself
    inner: Sha256,
    /// SHA-256's state after the outer pad.
    outer: [u32; 8],
}

impl HmacKey {
    pub(crate) fn new(secret: &[u8]) -> Self {
        let key = Self::to_block(secret);
        let inner_pad = key.map(|byte| byte ^ 0x36);
        let outer_pad = Zeroizing::new(key.map(|byte| byte ^ 0x5c));
        Self {
            inner: Sha256::new_with_prefix(inner_pad),
            outer: after_block(INITIAL, &outer_pad),
            inner_pad,
            key: *key,
        }
    }

    /// What a host hashes ahead of the message, if it computes the inner digest.
    pub(crate) fn inner_pad(&self) -> &[u8; BLOCK] {
        &self.inner_pad
    }

    /// The inner hash, with the pad already in it.
    pub(crate) fn hasher(&self) -> InnerHash {
        InnerHash(self.inner.clone())
    }

    /// The tag of the message whose inner digest this is.
    pub(crate) fn tag(&self, inner: &Digest) -> Tag {
        let mut last = [0; BLOCK];
        let (digest, padding) = last.split_at_mut(inner.0.len());
        digest.copy_from_slice(&inner.0);
        padding.copy_from_slice(&PADDING);
        let state = Zeroizing::new(after_block(self.outer, &last));
        let mut tag = Tag::default();
        for (bytes, word) in tag.as_chunks_mut().0.iter_mut().zip(state.iter()) {
            *bytes = word.to_be_bytes();
        }
        tag
    }

    /// The tag of a message, by the `hmac` crate.
    pub(crate) fn sign(&self, message: &[&[u8]]) -> Tag {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        message.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    /// Whether two keys are the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.key.ct_eq(&other.key).into()
    }

    fn to_block(secret: &[u8]) -> Zeroizing<[u8; BLOCK]> {
        let mut block = Zeroizing::new([0; BLOCK]);
        let hashed: Zeroizing<Tag>;
        let short = if secret.len() > BLOCK {
            hashed = Zeroizing::new(Sha256::digest(secret).into());
            hashed.as_slice()
        } else {
            secret
        };
        block.iter_mut().zip(short).for_each(|(to, from)| *to = *from);
        block
    }
}

/// SHA-256's state after one more block. The outer hash has two, and `Sha256` costs as much again as
/// the second: it buffers what is a whole block already, and counts what is known.
fn after_block(mut state: [u32; 8], block: &[u8; BLOCK]) -> [u32; 8] {
    compress256(&mut state, std::slice::from_ref(block));
    state
}

/// SHA-256's initial state, from FIPS 180-4, section 5.3.3.
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// What ends a message of 96 bytes, the outer pad and the inner digest: a one, zeros, and its length
/// of 768 bits.
const PADDING: [u8; 32] = {
    let mut padding = [0; 32];
    padding[0] = 0x80;
    padding[30] = 3;
    padding
};

/// The inner hash of one key over one message that arrives in pieces.
#[derive(Clone)]
pub(crate) struct InnerHash(Sha256);

impl InnerHash {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// Whether any candidate equals the tag. Looks at all of them, in time that does not depend on
/// where they differ.
pub(crate) fn matches_any(mut tag: Tag, candidates: &[Tag]) -> bool {
    let none = Choice::from(0);
    let hit = candidates.iter().fold(none, |hit, candidate| hit | are_equal(&tag, candidate));
    tag.zeroize();
    hit.into()
}

/// In time that does not depend on the tags: eight bytes at a time, which costs a quarter of one at a
/// time.
fn are_equal(tag: &Tag, candidate: &Tag) -> Choice {
    let numbers = |tag: &Tag| {
        let (chunks, _) = tag.as_chunks();
        [0, 1, 2, 3].map(|at| chunks.get(at).map_or(0, |chunk| u64::from_ne_bytes(*chunk)))
    };
    numbers(tag).as_slice().ct_eq(&numbers(candidate))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key and message lengths around every block boundary that HMAC and SHA-256 have.
    #[test]
    fn our_composition_equals_the_hmac_crate() {
        let bytes: Vec<u8> = (0..=255).cycle().take(300).collect();
        for key_length in [0, 1, 31, 32, 63, 64, 65, 127, 128, 129, 300] {
            let key = HmacKey::new(&bytes[..key_length]);
            for length in 0..300 {
                let message = &bytes[..length];
                let mut hasher = key.hasher();
                message.chunks(7).for_each(|chunk| hasher.update(chunk));
                let by_host = Digest::of(&[key.inner_pad().as_slice(), message].concat());
                let inner = hasher.finish();
                assert_eq!(inner, by_host);
                assert_eq!(key.tag(&inner), key.sign(&[message]), "{key_length}, {length}");
            }
        }
    }

    #[test]
    fn a_candidate_matches_only_whole() {
        let tag = [7; 32];
        let mut last_differs = tag;
        last_differs[31] ^= 1;
        let mut first_differs = tag;
        first_differs[0] ^= 1;
        assert!(matches_any(tag, &[first_differs, tag, last_differs]));
        assert!(!matches_any(tag, &[first_differs, last_differs]));
        assert!(!matches_any(tag, &[]));
    }
}
