//! What the demo is played on: the gateway, and an origin that remembers.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::sources;
use crate::gateway::{Gateway, Setup, free_port};
use crate::http::{self, Message};
use crate::origin::{Arrival, Origin};
use crate::provider::now;
use crate::tools;

pub(super) struct Stage {
    pub(super) origin: Origin,
    received: Arc<Mutex<Vec<Arrival>>>,
    setup: Setup,
    gateway: Gateway,
}

impl Stage {
    /// Starts both.
    pub(super) fn set() -> Result<Self> {
        let received = Arc::default();
        let origin = Origin::recording(&received)?;
        let setup = setup(origin.port())?;
        let gateway = Gateway::start(&setup)?;
        Ok(Self { origin, received, setup, gateway })
    }

    /// Sends a request, and says what was answered: the status and the word that goes with it.
    pub(super) fn exchange(&self, what: &str, request: &[u8]) -> Result<String> {
        let answer = http::exchange(self.setup.port, request).with_context(|| what.to_owned())?;
        Ok(answered(&answer))
    }

    /// What came to the origin.
    pub(super) fn received(&self) -> Vec<Arrival> {
        self.lock().clone()
    }

    /// Forgets what came.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    /// What the gateway has logged.
    pub(super) fn log(&self) -> Result<String> {
        let path = self.setup.log();
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    }

    /// Stops both. Whatever was logged, no secret was.
    pub(super) fn strike(self) -> Result<()> {
        drop(self.gateway);
        let log = fs::read_to_string(self.setup.log())?;
        match self.setup.secrets.iter().find(|(_, value)| log.contains(value.as_str())) {
            Some((name, _)) => bail!("{name} stands in the log, {}", self.setup.log().display()),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arrival>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ours, and emptied for each demo.
pub(super) fn directory() -> PathBuf {
    tools::target_dir().join("demo")
}

fn setup(origin: u16) -> Result<Setup> {
    let directory = directory();
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    Ok(Setup {
        directory,
        port: free_port()?,
        vars: sources::vars(origin, now()),
        secrets: sources::secrets(),
        interactive: false,
    })
}

fn answered(answer: &Message) -> String {
    let body = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let word = body["status"].as_str().or_else(|| body["error"].as_str()).unwrap_or("?");
    let redriven = if body["redriven"] == true { ", redriven" } else { "" };
    format!("{} {word}{redriven}", answer.status())
}
