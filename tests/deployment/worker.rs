//! The Worker says the same: it runs the same `Config::read`, on what wrangler hands it.

use std::collections::BTreeMap;

use countersign::gateway::deployment::check;
use countersign::gateway::{Config, Severity};
use toml::de::{DeTable, DeValue};

use crate::cases::cases;

#[test]
fn every_mistake_in_the_settings_is_one_for_the_worker_too() {
    let mut count = 0;
    for case in cases().iter().filter(|case| case.is_in_settings) {
        let report = check(&case.folder());
        for deployment in &report.deployments {
            let environment = environment(&case.text(), deployment.environment.as_deref());
            let config = Config::read(&environment);
            let own = |it: &&_| is_of(it, deployment.environment.as_deref());
            let found = report.findings.iter().filter(own).map(|it| &it.mistake);
            let mut found: Vec<_> = found.map(|it| (&it.path, &it.message)).collect();
            let mut said: Vec<_> =
                config.mistakes().iter().map(|it| (&it.path, &it.message)).collect();
            found.sort();
            said.sort();
            assert_eq!(found, said, "{}", case.title);
            count += said.len();
            let is_refused =
                report.findings.iter().filter(own).any(|it| it.mistake.severity == Severity::Error);
            // What Cloudflare would not take is an error in the file, and a warning to a Worker
            // that runs all the same.
            let is_long = said.iter().any(|(_, message)| message.contains("Cloudflare takes"));
            assert!(is_refused == config.has_errors() || is_long, "{}", case.title);
        }
    }
    println!("{count} mistakes that the Worker names too");
    assert!(count >= 40);
}

fn is_of(finding: &countersign::gateway::deployment::Finding, environment: Option<&str>) -> bool {
    finding.environment.as_deref() == environment
}

/// What wrangler makes of a file, read apart from what the check makes of it: the variables,
/// something for each binding, and every secret that the cases name.
fn environment(text: &str, name: Option<&str>) -> BTreeMap<String, String> {
    let document = DeTable::parse(text).unwrap();
    let top = document.get_ref();
    let table = match name {
        None => top,
        Some(name) => top["env"].get_ref().as_table().unwrap()[name].get_ref().as_table().unwrap(),
    };
    let mut environment: BTreeMap<_, _> = [
        "PEEKER_SECRET",
        "PEEKER_SECRET_OLD",
        "OTHER_SECRET",
        "BILLING_SECRET",
        "APP_SIGNING_SECRET",
    ]
    .map(|name| (name.to_owned(), good_secret(name)))
    .into();
    if let Some(vars) = table.get("vars") {
        for (name, value) in vars.get_ref().as_table().unwrap() {
            let value = value.get_ref();
            let text = value.as_str().map_or_else(|| json(value), str::to_owned);
            environment.insert(name.get_ref().to_string(), text);
        }
    }
    let list = |value: &DeValue<'_>, field: &str| -> Vec<String> {
        let items = value.as_array().into_iter().flatten();
        items.map(|item| item.get_ref()[field].get_ref().as_str().unwrap().to_owned()).collect()
    };
    let kv = table.get("kv_namespaces").map(|it| list(it.get_ref(), "binding"));
    let objects = table.get("durable_objects");
    let objects = objects.map(|it| list(it.get_ref()["bindings"].get_ref(), "name"));
    for name in kv.into_iter().chain(objects).flatten() {
        environment.insert(name, "{}".to_owned());
    }
    environment
}

fn good_secret(name: &str) -> String {
    format!("{:A<64}", name.replace('_', ""))
}

/// In the order of the file, as JavaScript keeps it.
fn json(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => serde_json::to_string(text).unwrap(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Boolean(boolean) => boolean.to_string(),
        DeValue::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| json(item.get_ref())).collect();
            format!("[{}]", items.join(","))
        }
        DeValue::Table(table) => {
            let mut fields: Vec<_> = table.iter().collect();
            fields.sort_by_key(|(name, _)| name.span().start);
            let field = |(name, value): &(&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                let name: &std::borrow::Cow<'_, str> = name.get_ref();
                format!("{}:{}", serde_json::to_string(name).unwrap(), json(value.get_ref()))
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
        }
        other => panic!("{other:?} has no JSON"),
    }
}
