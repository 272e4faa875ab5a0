//! The gateway without a platform: what it makes of its configuration, whom it lets in, what it
//! forwards, remembers, answers and logs.

mod admission;
mod config;
mod destination;
mod filter;
mod life;
mod mistakes;
#[path = "../relay/mod.rs"]
mod relay;
mod replies;
