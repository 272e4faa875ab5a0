//! What the check has found.

use std::fmt;

use serde::Serialize;

use crate::gateway::{Mistake, Severity};

/// Everything that was found.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// What is wrong, in the order of the file.
    pub findings: Vec<Finding>,
    /// What the file deploys: without an environment, and in each.
    pub deployments: Vec<Deployment>,
    /// The names of all environments, also of those that were not asked for.
    pub environments: Vec<String>,
    /// The scripts that have to be there, as paths from the file's folder.
    pub scripts: Vec<String>,
}

impl Report {
    /// Whether anything keeps the file from being deployed, or a source from serving.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.mistake.severity == Severity::Error)
    }
}

/// A mistake, and where it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// From 1 on; `None` for what is missing altogether.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// From 1 on, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// The environment; `None` is the top level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// What is wrong, as the Worker says it if it can know.
    #[serde(flatten)]
    pub mistake: Mistake,
}

/// `43: error: [env.staging] SOURCES.peeker.mode: …`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.mistake.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        if let Some(line) = self.line {
            write!(f, "{line}: ")?;
        }
        write!(f, "{severity}: ")?;
        if let Some(environment) = &self.environment {
            write!(f, "[env.{environment}] ")?;
        }
        write!(f, "{}: {}", self.mistake.path, self.mistake.message)
    }
}

/// What `wrangler deploy`, or `wrangler deploy --env NAME`, makes of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Deployment {
    /// `None` is the top level.
    pub environment: Option<String>,
    /// What the Worker is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// Its sources, in the order of the file.
    pub sources: Vec<DeployedSource>,
    /// The secrets that it has to have.
    pub secrets: Vec<NeededSecret>,
}

/// A source of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeployedSource {
    /// Its name.
    pub name: String,
    /// What to register with the provider.
    pub url: String,
    /// The path of that: `/hooks/peeker`.
    pub path: String,
    /// `relay` or `inbox`; `None` if the source has a mistake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<&'static str>,
    /// Whether it will serve, if its secrets are set.
    pub ready: bool,
}

/// A secret that has to be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NeededSecret {
    /// The name of its binding.
    pub name: String,
    /// What sets it.
    pub command: String,
    /// Whether `.dev.vars` has it too, for `wrangler dev`.
    pub in_dev_vars: bool,
}
