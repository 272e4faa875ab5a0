//! Inbox mode: [`Shard`] is how a request reaches a Durable Object, [`InboxObject`] is what is in
//! one.

mod object;
mod pump;
#[cfg(feature = "sabotage")]
mod sabotage;
mod shard;
mod storage;
mod sweep;
mod timers;

pub use self::object::InboxObject;
pub(super) use self::shard::Shard;
pub use self::storage::ObjectState;
pub use self::sweep::sweep;
