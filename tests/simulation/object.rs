use std::collections::BTreeMap;

use countersign::UnixTime;
use countersign::gateway::inbox::{Inbox, Lanes, Lease, Pump};

use crate::storage::Storage;

/// A Durable Object: what is on disk, what is in memory if it is awake, and what the platform knows
/// of its alarm.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) storage: Storage,
    pub(crate) life: Option<Life>,
    /// Counts the lives, so that what comes back is not taken into another one.
    pub(crate) lives: u64,
    /// The handler of an alarm that is running: how often it has been tried before.
    pub(crate) handler: Option<u32>,
    /// How often an alarm's handler has thrown in a row.
    pub(crate) throws: u32,
    /// Which of the alarms that are planned is the one.
    pub(crate) version: u64,
    /// What time it is planned for.
    pub(crate) planned: Option<i64>,
}

/// What is gone when the process dies.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) inbox: Inbox<Storage>,
    pub(crate) lanes: Lanes,
    /// The run of the alarm's handler, if there is one.
    pub(crate) pump: Option<Pump>,
    /// Counts how often a run has looked.
    pub(crate) nudge: u64,
    /// When the alarm will go off, as far as is known in memory.
    pub(crate) armed: Option<UnixTime>,
    pub(crate) leases: BTreeMap<u64, Lease<Vec<u8>>>,
}

impl Object {
    pub(crate) fn new(storage: Storage) -> Self {
        Self { storage, life: None, lives: 0, handler: None, throws: 0, version: 0, planned: None }
    }

    pub(crate) fn is_pumping(&self) -> bool {
        self.life.as_ref().is_some_and(|life| life.pump.is_some())
    }
}

impl Life {
    pub(crate) fn new(inbox: Inbox<Storage>) -> Self {
        Self {
            inbox,
            lanes: Lanes::default(),
            pump: None,
            nudge: 0,
            armed: None,
            leases: BTreeMap::new(),
        }
    }
}
