use std::sync::OnceLock;

use super::signature::SentSignature;
use super::{Verified, Verifier, VerifyError};
use crate::mac::{self, Digest, InnerHash};
use crate::scheme::{Part, Scheme};
use crate::secret::Key;
use crate::time::UnixTime;

/// A request whose headers are in order and whose body is still to be hashed.
#[derive(Debug)]
#[must_use = "nothing is verified until `finish`"]
pub struct Prepared<'v> {
    pub(super) verifier: &'v Verifier,
    pub(super) sent: SentHeaders,
}

/// What the headers of a request say, as they were sent and as they were understood.
#[derive(Debug)]
pub(crate) struct SentHeaders {
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
        self.sent.body_hash(self.verifier.keyring.keys())
    }

    /// For a host that hashes faster: the 64 bytes to hash ahead of [`prefix`](Self::prefix) and
    /// the body, for every key. They are as secret as the key.
    pub fn inner_pads(&self) -> impl ExactSizeIterator<Item = &[u8; 64]> {
        self.verifier.keyring.keys().iter().map(Key::inner_pad)
    }

    /// The signed content up to the body.
    pub fn prefix(&self) -> &[u8] {
        &self.sent.prefix
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
        let scheme = self.verifier.scheme;
        let key_id = self.sent.judge(self.verifier, digests, now)?.id().to_owned();
        Ok(Verified {
            scheme,
            key_id,
            headers: self.sent.for_scheme(scheme),
            header_type: self.sent.event_type,
            event_type: OnceLock::new(),
            timestamp: self.sent.timestamp,
            event_id: self.sent.event_id,
            body,
        })
    }
}

impl SentHeaders {
    /// The signed content up to the body.
    #[cfg(feature = "js")]
    pub(crate) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// When the request was signed.
    #[cfg(feature = "js")]
    pub(crate) const fn timestamp(&self) -> Option<UnixTime> {
        self.timestamp
    }

    /// For explanations only: the signed content without what separates its parts.
    #[cfg(feature = "js")]
    pub(crate) fn leave_out_separators(&mut self, scheme: &Scheme) {
        let (timestamp, event_id) = (self.timestamp_text.as_deref(), self.event_id.as_deref());
        self.prefix = prefix(scheme, timestamp, event_id, "");
    }

    pub(crate) fn body_hash(&self, keys: &[Key]) -> BodyHash {
        let begin = |key: &Key| {
            let mut hash = key.secret().hmac_key().hasher();
            hash.update(&self.prefix);
            hash
        };
        BodyHash(keys.iter().map(begin).collect())
    }

    /// The key that made the signature, if the request is genuine at this time.
    pub(crate) fn judge<'v>(
        &self,
        verifier: &'v Verifier,
        digests: &[Digest],
        now: UnixTime,
    ) -> Result<&'v Key, VerifyError> {
        if let Some(timestamp) = self.timestamp {
            verifier.judge_time(timestamp, now)?;
        }
        if !verifier.keyring.is_active(now) {
            return Err(VerifyError::NoActiveKey);
        }
        let keys = verifier.keyring.keys();
        self.signer(keys, digests, |key| key.is_active(now)).ok_or(VerifyError::SignatureMismatch)
    }

    /// The first key that counts and made one of the tags. All keys and tags are always compared.
    pub(crate) fn signer<'k>(
        &self,
        keys: &'k [Key],
        digests: &[Digest],
        counts: impl Fn(&Key) -> bool,
    ) -> Option<&'k Key> {
        let mut signer = None;
        for (key, digest) in keys.iter().zip(digests) {
            let tag = key.secret().hmac_key().tag(digest);
            if mac::matches_any(tag, &self.signature.tags) & counts(key) {
                signer = signer.or(Some(key));
            }
        }
        signer
    }

    /// The scheme's headers that the request has, as they were sent.
    fn for_scheme(&self, scheme: &Scheme) -> Vec<(&'static str, String)> {
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
}

/// The signed content up to the body, from the headers as they were sent.
pub(super) fn prefix(
    scheme: &Scheme,
    timestamp: Option<&str>,
    event_id: Option<&str>,
    dot: &str,
) -> Vec<u8> {
    let mut prefix = Vec::new();
    for part in scheme.signed {
        prefix.extend_from_slice(
            match part {
                Part::Dot => dot,
                Part::EventId => event_id.unwrap_or_default(),
                Part::Text(":") if dot.is_empty() => "",
                Part::Text(text) => text,
                Part::Timestamp => timestamp.unwrap_or_default(),
            }
            .as_bytes(),
        );
    }
    prefix
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
