//! What is said about a file beside its mistakes, and what a folder may have in it.

use std::collections::BTreeMap;

use countersign::gateway::deployment::{Folder, Report, check};

use crate::cases::BASE;
use crate::{check_text, folder, lines};

const REAL: &str = include_str!("../../wrangler.toml");

/// The repository's own file with everything in it that stands there as a comment and looks like
/// TOML.
fn with_the_inbox() -> String {
    let is_toml = |line: &str| {
        line.is_empty()
            || line.starts_with('[')
            || line.split_once(" = ").is_some_and(|(name, _)| {
                name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            })
    };
    let uncommented = |line: &str| match line.strip_prefix("# ") {
        Some(rest) if is_toml(rest) && !rest.starts_with("secrets = [\"BOATEROS_SECRET\", {") => {
            rest.to_owned()
        }
        _ => line.to_owned(),
    };
    REAL.lines().map(uncommented).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_is_wrong_with_the_files_in_this_repository() {
    assert_eq!(lines(&check_text(REAL)), [""; 0]);
    let text = with_the_inbox();
    for line in ["\n[[migrations]]", "\n[triggers]", "\n[[r2_buckets]]", "\nmode = \"inbox\""] {
        assert!(text.contains(line), "{line}");
    }
    let report = check_text(&text);
    assert_eq!(lines(&report), [""; 0]);
    let modes: Vec<_> = report.deployments[0].sources.iter().map(|it| it.mode).collect();
    assert_eq!(modes, [Some("relay"), Some("relay"), Some("inbox")]);
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    for text in [BASE.replace('\n', "\r\n"), format!("\u{feff}{BASE}")] {
        assert_eq!(lines(&check_text(&text)), [""; 0]);
        let broken = text.replace("mode = \"inbox\"", "mode = \"out\"");
        let expected = "31: error: SOURCES.billing.mode: must be \"relay\" or \"inbox\"";
        assert_eq!(lines(&check_text(&broken)), [expected]);
    }
}

#[test]
fn the_sources_and_their_addresses() {
    let urls = |report: &Report| -> Vec<String> {
        let sources = report.deployments.iter().flat_map(|it| &it.sources);
        sources.map(|source| source.url.clone()).collect()
    };
    let named = "https://hooks.<your-subdomain>.workers.dev/hooks";
    assert_eq!(
        urls(&check_text(BASE)),
        [
            format!("{named}/shop"),
            format!("{named}/billing"),
            "https://hooks-staging.<your-subdomain>.workers.dev/hooks/shop".to_owned(),
        ]
    );
    let route =
        "name = \"hooks\"\nroute = { pattern = \"in.example.com\", custom_domain = true }\n";
    let routed = BASE.replace("name = \"hooks\"\n", route);
    assert_eq!(urls(&check_text(&routed))[0], "https://in.example.com/hooks/shop");
    let zone = "name = \"hooks\"\nroutes = [\"*.a.example.com/*\", \"https://in.example.com/*\"]\n";
    let routed = BASE.replace("name = \"hooks\"\n", zone);
    assert_eq!(urls(&check_text(&routed))[0], "https://in.example.com/hooks/shop");
}

#[test]
fn the_secrets_that_have_to_be_set() {
    let general = "BILLING_SECRET=c2lnbmVkIGFuZXcgZm9yIHRoZSBhcHA=\nOTHER=1\n";
    let dev_vars = BTreeMap::from([
        (String::new(), general.to_owned()),
        ("staging".to_owned(), "export PEEKER_SECRET='the secret of the portal'\n".to_owned()),
    ]);
    let report = check(&Folder { dev_vars, ..folder(BASE) });
    let shown = |at: usize| -> Vec<_> {
        let secrets = report.deployments[at].secrets.iter();
        secrets.map(|it| (it.name.clone(), it.command.clone(), it.in_dev_vars)).collect()
    };
    let put = |name: &str, more: &str, is_there| {
        (name.to_owned(), format!("npx wrangler secret put {name}{more}"), is_there)
    };
    let expected = [
        put("APP_SIGNING_SECRET", "", false),
        put("BILLING_SECRET", "", true),
        put("PEEKER_SECRET", "", false),
    ];
    assert_eq!(shown(0), expected);
    assert_eq!(shown(1), [put("PEEKER_SECRET", " --env staging", true)]);
    assert_eq!(lines(&report), [""; 0]);
}

#[test]
fn one_environment_alone() {
    let environment = Some("staging".to_owned());
    let report = check(&Folder { environment: environment.clone(), ..folder(BASE) });
    assert_eq!(report.deployments.len(), 1);
    assert_eq!(report.deployments[0].environment, environment);
    assert_eq!(report.environments, ["staging"]);
    let text =
        BASE.replace("mode = \"inbox\"", "mode = \"out\"").replace("2026-10-01", "2027-10-01");
    let report = check(&Folder { environment, ..folder(&text) });
    let paths: Vec<_> = report.findings.iter().map(|it| it.mistake.path.as_str()).collect();
    assert_eq!(paths, ["compatibility_date"], "what it inherits counts too");
}

/// A top level that holds only what its environments inherit.
#[test]
fn sources_may_stand_in_environments_only() {
    let at = BASE.find("[vars.SOURCES.shop]").unwrap();
    let until = BASE.find("[env.staging]").unwrap();
    let text = format!("{}{}", &BASE[..at], &BASE[until..]);
    let report = check_text(&text);
    assert_eq!(lines(&report), [""; 0]);
    assert_eq!(report.deployments.len(), 1);
}

#[test]
fn scripts_are_asked_for_unless_they_are_built() {
    assert_eq!(check_text(BASE).scripts, ["worker.js", "worker.js"]);
    let built = BASE.replace("\n[triggers]", "\n[build]\ncommand = \"make\"\n[triggers]");
    assert_eq!(check_text(&built).scripts, [""; 0]);
    let missing = vec!["worker.js".to_owned()];
    assert_eq!(lines(&check(&Folder { missing, ..folder(&built) })), [""; 0]);
}

#[test]
fn json_that_wrangler_reads_first_is_named() {
    let instead = vec!["wrangler.jsonc".to_owned()];
    let report = check(&Folder { instead, ..folder(BASE) });
    let expected = "error: wrangler.jsonc: stands beside wrangler.toml, and wrangler reads it \
                    instead; keep one of the two";
    assert_eq!(lines(&report), [expected]);
    assert!(report.has_errors());
}

/// As the Worker is given them by `JSON.stringify`.
#[test]
fn numbers_are_handed_over_as_javascript_writes_them() {
    for number in ["300.0", "3e2", "0x12c", "3_00"] {
        let text = BASE
            .replace("mode = \"relay\"", &format!("mode = \"relay\"\ntoleranceSeconds = {number}"));
        assert_eq!(lines(&check_text(&text)), [""; 0], "{number}");
    }
}

#[test]
fn the_debug_text_of_a_folder_shows_nothing() {
    assert_eq!(format!("{:?}", folder(BASE)), "Folder { .. }");
}
