//! The core for JavaScript. No decisions: it turns what JavaScript has into what the core takes,
//! and verdicts into values. The TypeScript in `pkg/src` is the other side.
//!
//! Small wasm files are made of it, with what each needs and nothing else: the verifier (feature
//! `js`), the signer (feature `js-signer`), which also reads definitions of schemes, and, for the
//! command line only, the check of a `wrangler.toml` (feature `js-deployment`).

#[cfg(any(feature = "js", feature = "js-signer"))]
mod arguments;
#[cfg(feature = "js-deployment")]
mod deployment;
#[cfg(feature = "js-signer")]
mod signer;
#[cfg(feature = "js")]
mod verifier;

#[cfg(feature = "js-deployment")]
pub use self::deployment::check_deployment;
#[cfg(feature = "js-signer")]
pub use self::signer::{Signer, read_scheme};
#[cfg(feature = "js")]
pub use self::verifier::{
    Keys, Verifier, body_capacity, body_digest, head_capacity, message_address, text_address,
    text_capacity,
};

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
