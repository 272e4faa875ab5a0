use std::borrow::Cow;
use std::sync::OnceLock;

use super::signature::Tags;
use super::{Verified, Verifier, VerifyError};
use crate::mac::{self, Digest, InnerHash};
use crate::scheme::{Part, Scheme};
use crate::secret::Key;
use crate::time::UnixTime;

/// A request whose headers are in order and whose body is still to be hashed.
#[derive(Debug)]
#[must_use = "nothing is verified until `finish`"]
pub struct Prepared<'a> {
    pub(super) verifier: &'a Verifier,
    pub(super) sent: SentHeaders<'a>,
    pub(super) claim: Claim,
}

impl<'a> Prepared<'a> {
    /// The hash of the signed content under every key, ready for the body's bytes.
    pub fn body_hash(&self) -> BodyHash {
        self.sent.body_hash(self.verifier, true)
    }

    /// For a host that hashes faster: the 64 bytes to hash ahead of [`prefix`](Self::prefix) and
    /// the body, for every key. They are as secret as the key.
    pub fn inner_pads(&self) -> impl ExactSizeIterator<Item = &[u8; 64]> {
        self.verifier.keyring.keys().iter().map(Key::inner_pad)
    }

    /// The signed content up to the body.
    pub fn prefix(&self) -> Vec<u8> {
        self.sent.prefix(self.verifier.scheme).flatten().copied().collect()
    }

    /// Hashes the body, judges the time again, compares, and yields the proof.
    ///
    /// # Errors
    /// A timestamp that has left the window meanwhile, [`VerifyError::NoActiveKey`], or
    /// [`VerifyError::SignatureMismatch`].
    pub fn finish(self, body: &'a [u8], now: UnixTime) -> Result<Verified<'a>, VerifyError> {
        let key = self.claim.judge_body(self.verifier, &self.sent, body, now)?;
        Ok(self.verified(key, body))
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
    pub fn finish_with_digests(
        self,
        digests: &[Digest],
        body: &'a [u8],
        now: UnixTime,
    ) -> Result<Verified<'a>, VerifyError> {
        let key = self.claim.judge(self.verifier, digests.iter().copied(), now)?;
        Ok(self.verified(key, body))
    }

    fn verified(self, key: &'a Key, body: &'a [u8]) -> Verified<'a> {
        let Self { verifier: Verifier { scheme, .. }, sent, claim: Claim { time, .. } } = self;
        Verified { scheme, key, sent, time, event_type: OnceLock::new(), body }
    }
}

/// The headers of a request as they were sent.
#[derive(Debug)]
pub(crate) struct SentHeaders<'h> {
    pub(super) timestamp: Option<&'h str>,
    pub(super) event_id: Option<&'h str>,
    pub(super) event_type: Option<&'h str>,
    pub(super) signature: Cow<'h, str>,
}

impl SentHeaders<'_> {
    /// The signed content up to the body, in pieces.
    pub(crate) fn prefix(&self, scheme: &Scheme) -> impl Iterator<Item = &[u8]> {
        let text = |part: &Part| match part {
            Part::Dot => ".",
            Part::EventId => self.event_id.unwrap_or_default(),
            Part::Text(text) => text,
            Part::Timestamp => self.timestamp.unwrap_or_default(),
        };
        scheme.signed.iter().map(move |part| text(part).as_bytes())
    }

    /// Only an explanation leaves out what separates the parts of the signed content.
    pub(crate) fn body_hash(&self, verifier: &Verifier, separators: bool) -> BodyHash {
        let prefix = || {
            let pieces = self.prefix(verifier.scheme);
            pieces.filter(move |piece| separators || !matches!(*piece, b"." | b":"))
        };
        let begin = |key: &Key| BodyHash::begin(key, prefix());
        BodyHash(verifier.keyring.keys().iter().map(begin).collect())
    }

    /// The scheme's headers that the request has, as they were sent.
    pub(super) fn pairs(&self, scheme: &Scheme) -> impl Iterator<Item = (&'static str, &str)> {
        let timestamp = scheme.timestamp.map(|timestamp| timestamp.header);
        [
            timestamp.zip(self.timestamp),
            scheme.event_id.zip(self.event_id),
            scheme.event_type.zip(self.event_type),
            Some((scheme.signature.header, &*self.signature)),
        ]
        .into_iter()
        .flatten()
    }
}

/// What the headers claim: when the request was signed, and with one of which tags. It is filled in
/// where it stands, because moving it costs as much as reading the headers.
#[derive(Debug, Default)]
pub(crate) struct Claim {
    pub(super) time: Option<UnixTime>,
    pub(super) tags: Tags,
}

impl Claim {
    /// The key that made the signature, if the request is genuine at this time. The digests are
    /// those under each key, in order.
    pub(crate) fn judge<'v>(
        &self,
        verifier: &'v Verifier,
        digests: impl Iterator<Item = Digest>,
        now: UnixTime,
    ) -> Result<&'v Key, VerifyError> {
        if let Some(time) = self.time {
            verifier.judge_time(time, now)?;
        }
        if !verifier.keyring.is_active(now) {
            return Err(VerifyError::NoActiveKey);
        }
        let keys = verifier.keyring.keys();
        self.signer(keys, digests, |key| key.is_active(now)).ok_or(VerifyError::SignatureMismatch)
    }

    /// The same, hashing the body.
    pub(crate) fn judge_body<'v>(
        &self,
        verifier: &'v Verifier,
        sent: &SentHeaders<'_>,
        body: &[u8],
        now: UnixTime,
    ) -> Result<&'v Key, VerifyError> {
        let digest = |key: &Key| {
            let mut hash = BodyHash::begin(key, sent.prefix(verifier.scheme));
            hash.update(body);
            hash.finish()
        };
        self.judge(verifier, verifier.keyring.keys().iter().map(digest), now)
    }

    /// The first key that counts and made one of the tags. All keys and tags are always compared.
    pub(crate) fn signer<'k>(
        &self,
        keys: &'k [Key],
        digests: impl Iterator<Item = Digest>,
        counts: impl Fn(&Key) -> bool,
    ) -> Option<&'k Key> {
        let mut signer = None;
        for (key, digest) in keys.iter().zip(digests) {
            let tag = key.secret().hmac_key().tag(&digest);
            if mac::matches_any(tag, &self.tags) & counts(key) {
                signer = signer.or(Some(key));
            }
        }
        signer
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

    /// The hash under one key.
    fn begin<'p>(key: &Key, prefix: impl Iterator<Item = &'p [u8]>) -> InnerHash {
        let mut hash = key.secret().hmac_key().hasher();
        prefix.for_each(|piece| hash.update(piece));
        hash
    }
}

impl std::fmt::Debug for BodyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BodyHash(elided)")
    }
}
