//! What the Worker will find in its environment: variables, bindings, and stand-ins for secrets.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::document::{Kind, Node};
use super::selection::Selection;
use crate::gateway::config::{Environment, is_binding_name, is_ours};

/// The Worker's environment, as far as the file says it.
pub(super) struct Bindings<'s> {
    given: BTreeMap<String, String>,
    secrets: &'s BTreeMap<String, String>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'s> Bindings<'s> {
    /// `secrets` are those whose values are known.
    pub(super) fn of(selection: &Selection<'_>, secrets: &'s BTreeMap<String, String>) -> Self {
        let bound = bound(selection).into_iter().map(|bound| (bound.name, "{}".to_owned()));
        let mut given: BTreeMap<_, _> = bound.collect();
        let variables = selection.own("vars").map(Node::entries).unwrap_or_default();
        given.extend(variables.iter().map(|entry| (entry.name.clone(), variable(&entry.node))));
        Self { given, secrets, asked: RefCell::default() }
    }

    /// The names of the secrets that were asked for: those that have to be set, and those that
    /// stand in the file.
    pub(super) fn asked(self) -> (BTreeSet<String>, BTreeSet<String>) {
        let given = self.given;
        self.asked.into_inner().into_iter().partition(|name| !given.contains_key(name))
    }

    fn secret(&self, name: &str) -> Option<&String> {
        self.secrets.get(name).filter(|_| !is_ours(name))
    }
}

impl Environment for Bindings<'_> {
    fn names(&self) -> Vec<String> {
        self.given.keys().cloned().collect()
    }

    /// What is not there is a secret that will be set, if it has a secret's name.
    fn text(&self, name: &str) -> Option<String> {
        let known = self.given.get(name).or_else(|| self.secret(name));
        if is_ours(name) {
            return known.cloned();
        }
        if known.is_none() && !is_binding_name(name) {
            return None;
        }
        self.asked.borrow_mut().insert(name.to_owned());
        Some(known.cloned().unwrap_or_else(|| stand_in(name)))
    }
}

/// A variable as wrangler hands it over: text as it is, anything else as JSON.
pub(super) fn variable(node: &Node) -> String {
    match &node.kind {
        Kind::Text(text) => text.clone(),
        _ => node.to_json(),
    }
}

/// A binding of the file.
pub(super) struct Bound {
    /// By which the Worker knows it.
    pub(super) name: String,
    /// `kv_namespaces`, and so on.
    pub(super) list: &'static str,
    /// Its path below the deployment.
    pub(super) path: String,
}

/// The lists of bindings that the gateway has to do with, and the field that names each.
const LISTS: [(&str, &str); 3] =
    [("kv_namespaces", "binding"), ("durable_objects", "name"), ("r2_buckets", "binding")];

/// All bindings of these kinds.
pub(super) fn bound(selection: &Selection<'_>) -> Vec<Bound> {
    let of_list = |(list, field): (&'static str, &'static str)| {
        let node = selection.own(list);
        let (node, prefix) = match list {
            "durable_objects" => (node.and_then(|node| node.get("bindings")), ".bindings"),
            _ => (node, ""),
        };
        let items = node.map(Node::items).unwrap_or_default().iter().enumerate();
        items.filter_map(move |(position, item)| {
            let name = item.text_of(field)?.to_owned();
            let path = format!("{list}{prefix}[{position}]");
            Some(Bound { name, list, path: format!("{path}.{field}") })
        })
    };
    LISTS.into_iter().flat_map(of_list).collect()
}

/// A value that is good in every format that secrets have, and another for each name.
fn stand_in(name: &str) -> String {
    let sixteen = |part: u8| {
        let mut hasher = DefaultHasher::new();
        (part, name).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    };
    (0..4).map(sixteen).collect()
}
