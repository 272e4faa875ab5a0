//! What the npm package's TypeScript takes from the Rust tables: `pkg/src/generated.ts`, and for the command line, which
//! may be larger, `pkg/src/cli/generated.ts`.

use std::fs;

use anyhow::{Context, Result, bail};
use countersign::gateway::{LONGEST_WINDOW, MAX_VARIANTS, SHORTEST_WINDOW};
use countersign::scheme::{
    ALL, CUSTOM_DEDUPE, Dedupe, Replays, Scheme, SecretFormat, TimestampFormat,
};

use crate::{docs, gateway, tools};

/// Where the unions of error codes come from: the type's name there and here, and the file.
const CODES: [(&str, &str, &str); 2] = [
    ("RustConfigErrorCode", "A mistake in a configuration, as the core names it.", "src/error.rs"),
    ("VerifyErrorCode", "Why a request is refused, as the core names it.", "src/verify/error.rs"),
];

/// The file's text.
pub(crate) fn page() -> Result<String> {
    let mut page =
        "// Made from the tables in src/scheme by `cargo xtask docs`. Change it there.\n\n\
                    /** The name of a provider that is built in. */\n"
            .to_owned();
    page += &union("SchemeName", ALL.iter().map(|scheme| scheme.name));
    page += FACTS;
    page += "/** The providers that are built in. */\nexport const SCHEMES = {\n";
    ALL.iter().for_each(|scheme| page += &facts(scheme));
    page += "} as const satisfies Readonly<Record<SchemeName, SchemeFacts>>;\n";
    page += &dedupe();
    for scheme in ALL.iter().filter(|scheme| !scheme.catalogue.is_empty()) {
        page += &format!(
            "\n/** The event types that {} documents. Others are genuine too. */\n",
            scheme.title
        );
        page += &union(&event_type(scheme), scheme.catalogue.iter().copied());
    }
    page += &catalogues();
    for (name, comment, file) in CODES {
        page += &format!("\n/** {comment} */\n");
        let text = fs::read_to_string(tools::root().join(file)).context(file)?;
        let codes = codes(&text).with_context(|| file.to_owned())?;
        page += &union(name, codes.iter().map(String::as_str));
    }
    Ok(page)
}

const FACTS: &str = "
/** What can be said about a scheme without its secrets. */
export interface SchemeFacts {
  readonly headers: {
    readonly timestamp?: string;
    readonly id?: string;
    readonly type?: string;
    readonly signature: string;
  };
  readonly timestamp: \"none\" | \"rfc3339\" | \"rfc3339-without-zone\" | \"unix-seconds\";
}

";

fn facts(scheme: &Scheme) -> String {
    let headers = [
        ("timestamp", scheme.timestamp.map(|timestamp| timestamp.header)),
        ("id", scheme.event_id),
        ("type", scheme.event_type),
        ("signature", Some(scheme.signature.header)),
    ];
    let header = |(name, header): (&str, Option<&str>)| {
        header.map(|header| format!("      {name}: {header:?},\n"))
    };
    let timestamp = match scheme.timestamp.map(|timestamp| timestamp.format) {
        None => "none",
        Some(TimestampFormat::Rfc3339) => "rfc3339",
        Some(TimestampFormat::UnixSeconds) => "unix-seconds",
        Some(_) => "rfc3339-without-zone",
    };
    format!(
        "  {}: {{\n    headers: {{\n{}    }},\n    timestamp: {timestamp:?},\n  }},\n",
        key(scheme.name),
        headers.into_iter().filter_map(header).collect::<String>(),
    )
}

const DEDUPE_FACTS: &str = "
/** How long copies are recognised, and from when on one counts as a replay that somebody asked for. */
export interface DedupeFacts {
  readonly windowSeconds: number;
  readonly replayAfterSeconds: number | false;
}

";

/// What `countersign/dedupe` does as the gateway does it. Apart from the schemes' other facts, so that who only verifies
/// does not carry it.
fn dedupe() -> String {
    let mut text = DEDUPE_FACTS.to_owned();
    text += "/** How copies are recognised, by the scheme's name; `custom` is for one's own. */\n";
    text += "export const DEDUPE = {\n";
    for scheme in ALL {
        text += &format!("  {}: {},\n", key(scheme.name), dedupe_facts(&scheme.dedupe));
    }
    text += &format!("  custom: {},\n", dedupe_facts(&CUSTOM_DEDUPE));
    text += "} as const satisfies Readonly<Record<SchemeName | \"custom\", DedupeFacts>>;\n";
    text += &format!(
        "\n/** Of what differs in an unsigned type only, so many run. */\n\
         export const MAX_VARIANTS = {MAX_VARIANTS};\n\
         \n/** How long an event may be remembered. */\n\
         export const DEDUPE_WINDOW_SECONDS = {{ least: {SHORTEST_WINDOW}, most: {LONGEST_WINDOW} }};\n"
    );
    text
}

fn dedupe_facts(dedupe: &Dedupe) -> String {
    let replay_after = match dedupe.replays {
        Replays::Deliver { after } => after.as_secs().to_string(),
        _ => "false".to_owned(),
    };
    let window = dedupe.window.as_secs();
    format!("{{ windowSeconds: {window}, replayAfterSeconds: {replay_after} }}")
}

/// What the command line says and needs to know of each scheme.
pub(crate) fn details() -> Result<String> {
    let entries = ALL.iter().map(|scheme| detail(scheme)).collect::<String>();
    let date = gateway::compatibility_date()?;
    Ok(format!(
        "// Made from the tables in src/scheme by `cargo xtask docs`. Change it there.\n{DETAILS}{entries}}} as const \
         satisfies Readonly<Record<SchemeName, SchemeDetails>>;\n\
         \n/** At which date the runtime's behaviour is frozen for the gateway: as in wrangler.toml. */\n\
         export const COMPATIBILITY_DATE = {date:?};\n"
    ))
}

const DETAILS: &str = "
import type { SchemeName } from \"countersign\";

/** How a provider signs and delivers. */
export interface SchemeDetails {
  readonly title: string;
  /** How it signs: what is described, and the description. */
  readonly signing: readonly (readonly [what: string, description: string])[];
  /** How its secrets are written. */
  readonly secretFormat: \"base64\" | \"text\";
  /** An answer later than this counts as none. */
  readonly acknowledgeSeconds: number;
  /** From so long after delivery on, a copy is a replay; without it never. */
  readonly replayAfterSeconds?: number;
  /** The event types that the provider documents. */
  readonly eventTypes: readonly string[];
}

/** The providers that are built in. */
export const DETAILS = {
";

fn detail(scheme: &Scheme) -> String {
    let signing = docs::signing(scheme).into_iter().map(|(what, description)| {
        format!("      [{what:?}, {:?}],\n", description.replace('`', ""))
    });
    let replays = match scheme.dedupe.replays {
        Replays::Deliver { after } => format!("    replayAfterSeconds: {},\n", after.as_secs()),
        _ => String::new(),
    };
    let secret_format =
        if matches!(scheme.secret, SecretFormat::Base64 { .. }) { "base64" } else { "text" };
    format!(
        "  {}: {{\n    title: {:?},\n    signing: [\n{}    ],\n    secretFormat: {secret_format:?},\n    \
         acknowledgeSeconds: {},\n{replays}    eventTypes: [{}],\n  }},\n",
        key(scheme.name),
        scheme.title,
        signing.collect::<String>(),
        scheme.delivery.acknowledge_within.as_secs(),
        scheme.catalogue.iter().map(|name| format!("\n      {name:?},")).collect::<String>()
            + if scheme.catalogue.is_empty() { "" } else { "\n    " },
    )
}

/// From a scheme's name to its event types.
fn catalogues() -> String {
    let entry = |scheme: &&Scheme| {
        let types =
            if scheme.catalogue.is_empty() { "never".to_owned() } else { event_type(scheme) };
        format!("  {}: {types};\n", key(scheme.name))
    };
    format!(
        "\n/** The event types that are documented, by the scheme's name. */\n\
         export interface Catalogues {{\n{}}}\n",
        ALL.iter().map(entry).collect::<String>()
    )
}

fn union<'a>(name: &str, members: impl Iterator<Item = &'a str>) -> String {
    let members = members.map(|member| format!("\n  | {member:?}")).collect::<String>();
    format!("export type {name} ={members};\n")
}

/// `PeekerEventType`.
fn event_type(scheme: &Scheme) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    };
    format!("{}EventType", scheme.name.split('-').map(word).collect::<String>())
}

/// A property's name, quoted when it must be.
fn key(name: &str) -> String {
    if name.contains('-') { format!("{name:?}") } else { name.to_owned() }
}

/// The codes in the function `code` of a source file. The enums are open, so that their variants can't be listed from
/// outside; their text can.
fn codes(source: &str) -> Result<Vec<String>> {
    let body = source.split("const fn code(&self)").nth(1).unwrap_or_default();
    let body = body.split("\n    }\n").next().unwrap_or_default();
    let codes = body.lines().filter_map(|line| line.split('"').nth(1)).map(str::to_owned);
    let codes = codes.collect::<Vec<_>>();
    let is_code = |code: &String| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if codes.len() != body.matches("=>").count() || codes.is_empty() || !codes.iter().all(is_code) {
        bail!("the function `code` isn't a match from variants to codes any more");
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::{codes, details, page};

    #[test]
    fn schemes_headers_and_types_are_there() {
        let page = page().unwrap();
        assert!(page.contains("export type SchemeName =\n  | \"boateros\"\n"), "{page}");
        assert!(page.contains("  \"standard-webhooks\": {\n    headers: {\n"));
        assert!(page.contains("      id: \"Peeker-Event-Id\",\n"));
        assert!(page.contains("export type BoaterosEventType =\n  | \"deal.accepted\"\n"));
        assert!(page.contains("  \"standard-webhooks\": never;\n"));
        assert!(page.contains("  peeker: { windowSeconds: 259200, replayAfterSeconds: false },\n"));
        assert!(page.contains("  boateros: { windowSeconds: 432000, replayAfterSeconds: 900 },\n"));
        assert!(page.contains("  | \"signature_mismatch\"\n") && page.contains("\"weak_secret\""));
    }

    #[test]
    fn details_are_there_for_the_command_line() {
        let details = details().unwrap();
        assert!(
            details.contains("      [\"signed content\", \"<timestamp>.<event id>.<body>\"],\n")
        );
        assert!(details.contains("    replayAfterSeconds: 900,\n    eventTypes: [\n      \"deal"));
        assert!(details.contains("    eventTypes: [],\n"), "{details}");
        assert!(details.contains("    secretFormat: \"base64\",\n    acknowledgeSeconds: 15,\n"));
        assert!(details.contains("\nexport const COMPATIBILITY_DATE = \"20"), "{details}");
    }

    #[test]
    fn a_source_that_has_changed_its_form_is_noticed() {
        let source = |arm: &str| {
            format!("const fn code(&self) {{\n        match self {{\n{arm}\n        }}\n    }}\n")
        };
        assert_eq!(codes(&source("Self::A => \"a_b\",")).unwrap(), ["a_b"]);
        assert!(codes(&source("Self::A => \"a\",\nSelf::B => B_CODE,")).is_err());
        assert!(codes("fn code() {}").is_err());
    }
}
