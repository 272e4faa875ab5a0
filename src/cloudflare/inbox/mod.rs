//! Inbox mode: [`Shard`] is how a request reaches a Durable Object, [`InboxObject`] is what is in
//! one.

#[cfg(feature = "entrypoint")]
mod object;
#[cfg(feature = "entrypoint")]
mod pump;
#[cfg(all(feature = "entrypoint", feature = "sabotage"))]
mod sabotage;
mod shard;
#[cfg(feature = "entrypoint")]
mod storage;
#[cfg(feature = "entrypoint")]
mod sweep;

#[cfg(feature = "entrypoint")]
pub use self::object::InboxObject;
pub(super) use self::shard::Shard;
#[cfg(feature = "entrypoint")]
pub use self::storage::ObjectState;
#[cfg(feature = "entrypoint")]
pub(super) use self::sweep::sweep;
