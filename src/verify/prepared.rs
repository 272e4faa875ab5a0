use std::sync::OnceLock;

use super::signature::SentSignature;
use super::{Verified, Verifier, VerifyError};
use crate::mac::{self, Digest, InnerHash};
use crate::secret::Key;
use crate::time::UnixTime;

/// A request whose headers are in order and whose body is still to be hashed.
#[derive(Debug)]
#[must_use = "nothing is verified until `finish`"]
pub struct Prepared<'v> {
    pub(super) verifier: &'v Verifier,
    pub(super) prefix: Vec<u8>,
    pub(super) timestamp: Option<UnixTime>,
    pub(super) timestamp_text: Option<String>,
    pub(super) event_id: Option<String>,
    pub(super) event_type: Option<String>,
    pub(super) signature: SentSignature,
}

impl Prepared<'_> {
    /// The hash of the signed content under every key, ready for the body's bytes.
    pub fn body_hash(&self) -> BodyHash {
        let begin = |key: &Key| {
            let mut hash = key.secret().hmac_key().hasher();
            hash.update(&self.prefix);
            hash
        };
        BodyHash(self.keys().iter().map(begin).collect())
    }

    /// For a host that hashes faster: the 64 bytes to hash ahead of [`prefix`](Self::prefix) and
    /// the body, for every key. They are as secret as the key.
    pub fn inner_pads(&self) -> impl ExactSizeIterator<Item = &[u8; 64]> {
        self.keys().iter().map(|key| key.secret().hmac_key().inner_pad())
    }

    /// The signed content up to the body.
    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Hashes the body, judges the time again, compares, and yields the proof.
    ///
    /// # Errors
    /// A timestamp that has left the window meanwhile, [`VerifyError::NoActiveKey`], or
    /// [`VerifyError::SignatureMismatch`].
    pub fn finish<'b>(self, body: &'b [u8], now: UnixTime) -> Result<Verified<'b>, VerifyError> {
        let mut hash = self.body_hash();
        hash.update(body);
        self.finish_with_digests(&hash.finish(), body, now)
    }

    /// The same, for a caller who has hashed the body already: as it streamed in, with
    /// [`body_hash`](Self::body_hash), or with the host's SHA-256 of inner pad, prefix and body for
    /// every key in order.
    ///
    /// This is the one place where the proof rests on its caller's word: that the digests are of
    /// this very `body`.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_with_digests<'b>(
        self,
        digests: &[Digest],
        body: &'b [u8],
        now: UnixTime,
    ) -> Result<Verified<'b>, VerifyError> {
        if let Some(timestamp) = self.timestamp {
            self.verifier.judge_time(timestamp, now)?;
        }
        if !self.verifier.keyring.is_active(now) {
            return Err(VerifyError::NoActiveKey);
        }
        let key = self.matching_key(digests, now).ok_or(VerifyError::SignatureMismatch)?;
        Ok(Verified {
            scheme: self.verifier.scheme,
            key_id: key.id().to_owned(),
            headers: self.sent_headers(),
            header_type: self.event_type,
            event_type: OnceLock::new(),
            timestamp: self.timestamp,
            event_id: self.event_id,
            body,
        })
    }

    /// The scheme's headers that the request has, as they were sent.
    fn sent_headers(&self) -> Vec<(&'static str, String)> {
        let scheme = self.verifier.scheme;
        let timestamp = scheme.timestamp.map(|timestamp| timestamp.header);
        [
            timestamp.zip(self.timestamp_text.clone()),
            scheme.event_id.zip(self.event_id.clone()),
            scheme.event_type.zip(self.event_type.clone()),
            Some((scheme.signature.header, self.signature.text.clone())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The first active key that made one of the tags. All keys and tags are always compared.
    fn matching_key(&self, digests: &[Digest], now: UnixTime) -> Option<&Key> {
        self.keys()
            .iter()
            .zip(digests)
            .filter(|(key, digest)| {
                let tag = key.secret().hmac_key().tag(digest);
                mac::matches_any(tag, &self.signature.tags) & key.is_active(now)
            })
            .map(|(key, _)| key)
            .collect::<Vec<_>>()
            .first()
            .copied()
    }

    fn keys(&self) -> &[Key] {
        self.verifier.keyring.keys()
    }
}

/// The hash of a request's signed content under every key, while its body arrives.
#[derive(Clone)]
pub struct BodyHash(Vec<InnerHash>);

impl BodyHash {
    /// The next bytes of the body.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.iter_mut().for_each(|hash| hash.update(bytes));
    }

    /// The digests, for [`Prepared::finish_with_digests`].
    pub fn finish(self) -> Vec<Digest> {
        self.0.into_iter().map(InnerHash::finish).collect()
    }
}

impl std::fmt::Debug for BodyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BodyHash(elided)")
    }
}
