//! HMAC-SHA-256 by ring, by aws-lc-rs, and by what the core is made of.

use aws_lc_rs::hmac as aws;
use hmac::{KeyInit, Mac};
use ring::hmac as ring_hmac;
use sha2::Sha256;

use crate::by_hand::Hmac;
use crate::request::SECRET;

pub(crate) struct Ring(ring_hmac::Key);

impl Ring {
    pub(crate) fn new() -> Self {
        Self(ring_hmac::Key::new(ring_hmac::HMAC_SHA256, SECRET.as_bytes()))
    }

    /// The tag over one piece, in one call.
    pub(crate) fn sign(&self, message: &[u8]) -> ring_hmac::Tag {
        ring_hmac::sign(&self.0, message)
    }
}

impl Hmac for Ring {
    fn tag(&self, pieces: &[&[u8]]) -> [u8; 32] {
        let mut context = ring_hmac::Context::with_key(&self.0);
        pieces.iter().for_each(|piece| context.update(piece));
        to_array(context.sign().as_ref())
    }

    #[expect(deprecated, reason = "ring has no other comparison for a tag that was made in pieces")]
    fn is_same(&self, one: &[u8; 32], other: &[u8; 32]) -> bool {
        ring::constant_time::verify_slices_are_equal(one, other).is_ok()
    }
}

pub(crate) struct AwsLc(aws::Key);

impl AwsLc {
    pub(crate) fn new() -> Self {
        Self(aws::Key::new(aws::HMAC_SHA256, SECRET.as_bytes()))
    }
}

impl Hmac for AwsLc {
    fn tag(&self, pieces: &[&[u8]]) -> [u8; 32] {
        let mut context = aws::Context::with_key(&self.0);
        pieces.iter().for_each(|piece| context.update(piece));
        to_array(context.sign().as_ref())
    }

    fn is_same(&self, one: &[u8; 32], other: &[u8; 32]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
    }
}

/// The `hmac` and `sha2` crates.
pub(crate) struct RustCrypto(hmac::Hmac<Sha256>);

impl RustCrypto {
    pub(crate) fn new() -> Self {
        Self(hmac::Hmac::new_from_slice(SECRET.as_bytes()).expect("HMAC takes any key"))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 32] {
        self.0.clone().chain_update(message).finalize().into_bytes().into()
    }
}

fn to_array(tag: &[u8]) -> [u8; 32] {
    tag.try_into().expect("a tag of SHA-256 has 32 bytes")
}
