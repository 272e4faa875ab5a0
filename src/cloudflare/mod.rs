//! The gateway on Cloudflare Workers: thin adapters, no decisions. What they carry out is decided
//! in [`gateway`](crate::gateway).
//!
//! Requests and responses are those of `web_sys`. A body whose length is declared stays the
//! `ArrayBuffer` that the runtime gave us: it is copied into WebAssembly to be read, and sent on as
//! it is.

mod accept;
#[cfg(all(
    feature = "entrypoint",
    target_arch = "wasm32",
    not(any(feature = "js", feature = "js-signer"))
))]
mod allocator;
mod bodies;
mod body;
mod clock;
mod destination;
mod digest;
#[cfg(feature = "entrypoint")]
mod entrypoint;
mod environment;
mod failure;
mod global;
mod inbox;
mod isolate;
mod relay;
mod request;
mod respond;
mod serve;
mod store;

#[cfg(feature = "entrypoint")]
pub use self::entrypoint::fetch;
pub use self::inbox::{InboxObject, ObjectState, sweep};
pub use self::serve::handle;
