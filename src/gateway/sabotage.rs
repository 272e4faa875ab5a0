//! Bugs that can be switched on, to see the tests catch them. Without the feature `sabotage`, which
//! is for this project's own tests, there are none.

/// A bug that loses or repeats events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "tests go through all of them")]
pub enum Bug {
    /// An event is answered 2xx before it is stored.
    AcknowledgeBeforeStore,
    /// A delivery counts as made before it is sent.
    MarkBeforeSend,
    /// An event counts as seen before it is verified.
    MarkBeforeVerify,
    /// The alarm fails with the delivery, until the platform gives it up.
    AlarmThrows,
    /// A replay starts anew, as if there had been no delivery.
    ReplayResetsDedupe,
}

/// Whether this bug is on: never.
#[cfg(not(feature = "sabotage"))]
pub const fn is_on(_bug: Bug) -> bool {
    false
}

#[cfg(feature = "sabotage")]
thread_local! {
    static BUG: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Whether this bug is on, in this thread.
#[cfg(feature = "sabotage")]
pub fn is_on(bug: Bug) -> bool {
    BUG.get() == Some(bug)
}

/// Switches one bug on in this thread, and the others off.
#[cfg(feature = "sabotage")]
pub fn turn_on(bug: Option<Bug>) {
    BUG.set(bug);
}
