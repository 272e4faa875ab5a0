//! The faults. Each has been made in some published webhook verifier or gateway, or would be the easiest to make here.

/// A mistake, as edits of the source.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) edits: &'static [Edit],
    pub(super) check: Check,
}

/// Text that a file has in one place, and what takes its place.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) file: &'static str,
    pub(super) find: &'static str,
    pub(super) replace: &'static str,
}

/// Which tests have to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Check {
    /// `cargo test`: all of it but the simulation.
    Native,
    /// The unit tests of these modules.
    Unit(&'static str),
    /// Of one file of `tests/`, those with this in their names.
    Only(&'static str, &'static str),
    /// These files of node's tests, against the faulty Worker; before them options, if any.
    Worker(&'static [&'static str]),
    /// These files of `pkg/test/node`, against the faulty npm package; before them options, if any.
    Package(&'static [&'static str]),
    /// These sections of the package's suite, in Node.js, against the faulty package.
    Suite(&'static [&'static str]),
}

/// It stops as soon as it has found enough.
const SIMULATION: Check = Check::Only("simulation", "every_promise_is_kept");

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "dot-in-ids",
        what: "event ids may contain dots, so that a request can be cut into another id and body",
        edits: &[Edit {
            file: "src/verify/mod.rs",
            find: "matches!(byte, b'_' | b'-')",
            replace: "matches!(byte, b'_' | b'-' | b'.')",
        }],
        check: Check::Native,
    },
    Fault {
        name: "zone-optional",
        what: "a date without a zone is taken for UTC",
        edits: &[Edit {
            file: "src/verify/timestamp.rs",
            find: "        [b'Z'] => Some(0),\n",
            replace: "        [b'Z'] | [] => Some(0),\n",
        }],
        check: Check::Native,
    },
    Fault {
        name: "parse-int-timestamps",
        what: "digits are read up to the first other character",
        edits: &[Edit {
            file: "src/verify/timestamp.rs",
            find: "        [b'1'..=b'9', ..] if text.len() <= 12 => number(text).map(UnixTime::from_secs),\n",
            replace: "        [b'1'..=b'9', ..] => text.split(|b| !b.is_ascii_digit()).next().and_then(number)\
                      .map(UnixTime::from_secs),\n",
        }],
        check: Check::Native,
    },
    Fault {
        name: "one-sided-window",
        what: "timestamps in the future are accepted",
        edits: &[Edit {
            file: "src/verify/mod.rs",
            find: "            skew_millis @ ..0 => Err(VerifyError::TimestampTooNew { skew_millis }),\n",
            replace: "            ..0 => Ok(()),\n",
        }],
        check: Check::Native,
    },
    Fault {
        name: "empty-key",
        what: "an empty secret is accepted",
        edits: &[
            Edit {
                file: "src/secret.rs",
                find: "        if text.chars().all(char::is_whitespace) {\n",
                replace: "        if !text.is_empty() && text.chars().all(char::is_whitespace) {\n",
            },
            Edit {
                file: "src/secret.rs",
                find: "            0 => Err(ConfigError::EmptySecret),\n            ..MIN_BYTES if",
                replace: "            1..MIN_BYTES if",
            },
        ],
        check: Check::Native,
    },
    Fault {
        name: "prefix-compare",
        what: "a signature passes if its first half is right",
        edits: &[Edit {
            file: "src/mac.rs",
            find: "hit | are_equal(&tag, candidate)",
            replace: "hit | tag[..16].ct_eq(&candidate[..16])",
        }],
        check: Check::Native,
    },
    Fault {
        name: "first-key-only",
        what: "during a rotation only the first key is tried",
        edits: &[Edit {
            file: "src/verify/prepared.rs",
            find: "keys.iter().zip(digests)",
            replace: "keys.iter().zip(digests).take(1)",
        }],
        check: Check::Native,
    },
    Fault {
        name: "lossy-body",
        what: "the body is decoded as text before it is hashed",
        edits: &[Edit {
            file: "src/verify/prepared.rs",
            find: "        hash.update(body);\n",
            replace: "        hash.update(String::from_utf8_lossy(body).as_bytes());\n",
        }],
        check: Check::Native,
    },
    Fault {
        name: "key-window-ignored",
        what: "a key is good before its window and after it",
        edits: &[Edit {
            file: "src/verify/prepared.rs",
            find: "|key| key.is_active(now)",
            replace: "|_| true",
        }],
        check: Check::Native,
    },
    Fault {
        name: "commit-not-fenced",
        what: "an attempt whose lease was given to another one decides what becomes of the delivery",
        edits: &[Edit {
            file: "src/gateway/inbox/outcome.rs",
            find: "AND state = 'leased' AND attempts = ?",
            replace: "AND attempts >= ?",
        }],
        check: Check::Only("documents", "guarantees"),
    },
    Fault {
        name: "lease-without-slack",
        what: "a lease runs out in the moment in which its attempt does",
        edits: &[Edit {
            file: "src/gateway/inbox/deliver.rs",
            find: "now.saturating_add(destination.timeout).saturating_add(SLACK)",
            replace: "now.saturating_add(destination.timeout)",
        }],
        check: SIMULATION,
    },
    Fault {
        name: "lease-without-time",
        what: "what is under way is due nevertheless",
        edits: &[Edit {
            file: "src/gateway/inbox/deliver.rs",
            find: "SET state = ?1, due_at = ?2,",
            replace: "SET state = ?1, due_at = due_at + 0 * ?2,",
        }],
        check: SIMULATION,
    },
    Fault {
        name: "crash-is-free",
        what: "an attempt whose maker died is not counted, so that what kills it is tried for ever",
        edits: &[Edit {
            file: "src/gateway/inbox/deliver.rs",
            find: "failures = failures + (state = 'leased')",
            replace: "failures = failures + 0",
        }],
        check: Check::Only("documents", "every_edge"),
    },
    Fault {
        name: "schedule-off-by-one",
        what: "the first pause of the schedule is left out",
        edits: &[Edit {
            file: "src/gateway/retry.rs",
            find: "failures.checked_sub(1)?",
            replace: "failures",
        }],
        check: Check::Unit("gateway::retry"),
    },
    Fault {
        name: "no-jitter",
        what: "what failed together is tried again together",
        edits: &[Edit {
            file: "src/gateway/retry.rs",
            find: "seed.checked_rem(201).unwrap_or_default()",
            replace: "seed.min(0).saturating_add(100)",
        }],
        check: Check::Unit("gateway::retry"),
    },
    Fault {
        name: "retry-after-ignored",
        what: "a destination that asks for time is tried when the schedule says",
        edits: &[Edit {
            file: "src/gateway/retry.rs",
            find: ".max(wanted)",
            replace: ".max(wanted.min(*pause))",
        }],
        check: Check::Unit("gateway::retry"),
    },
    Fault {
        name: "breaker-drops",
        what: "what waits for a destination is given up when its breaker opens",
        edits: &[Edit {
            file: "src/gateway/inbox/outcome.rs",
            find: "        if change == Some(Change::Closed) {\n",
            replace: "        if change == Some(Change::Opened) {\n            \
                      self.sql.exec(\"UPDATE delivery SET state = 'dead', finished_at = due_at \
                      WHERE destination = ? AND state = 'pending'\", &[destination.into()])?;\n        }\n        \
                      if change == Some(Change::Closed) {\n",
        }],
        check: SIMULATION,
    },
    Fault {
        name: "probe-spends-attempts",
        what: "what is held is given up after some probes",
        edits: &[Edit {
            file: "src/gateway/inbox/outcome.rs",
            find: " || (lease.is_probe && !outcome.is_gone())",
            replace: "",
        }],
        check: SIMULATION,
    },
    Fault {
        name: "drain-is-free",
        what: "what a destination that is back never accepts is tried for ever",
        edits: &[Edit {
            file: "src/gateway/inbox/outcome.rs",
            find: "failures: kept, is_early: false }",
            replace: "failures: kept, is_early: lease.is_early() }",
        }],
        check: Check::Only("inbox", "reviewed"),
    },
    Fault {
        name: "run-waits-for-hung",
        what: "a destination that hangs keeps the next run of the alarm waiting, and with it all others",
        edits: &[Edit {
            file: "src/gateway/inbox/pump.rs",
            find: "_ if self.is_over(now) =>",
            replace: "_ if self.is_over(now) && !is_busy =>",
        }],
        check: Check::Unit("gateway::inbox::pump"),
    },
    Fault {
        name: "held-stays-held",
        what: "a destination that is back gets what was held when the schedule says",
        edits: &[Edit {
            file: "src/gateway/inbox/outcome.rs",
            find: "if change == Some(Change::Closed) {",
            replace: "if change == Some(Change::Closed) && settings.shards == 0 {",
        }],
        check: Check::Only("inbox", "held"),
    },
    Fault {
        name: "no-ramp",
        what: "a destination that is back gets everything at once",
        edits: &[Edit {
            file: "src/gateway/breaker.rs",
            find: "        self.ramp = Some(Ramp::new(now));\n",
            replace: "",
        }],
        check: Check::Unit("gateway::breaker"),
    },
    Fault {
        name: "dead-is-duplicate",
        what: "a copy of an event that was given up is dropped",
        edits: &[Edit {
            file: "src/gateway/inbox/accept.rs",
            find: "if progress.dead {",
            replace: "if progress.dead && progress.open {",
        }],
        check: Check::Only("documents", "every_edge"),
    },
    Fault {
        name: "replay-under-old-id",
        what: "a replay has the id of the delivery before, so that the destination drops it",
        edits: &[Edit {
            file: "src/gateway/stored.rs",
            find: "        let replays = replays.to_string();\n",
            replace: "        let replays = replays.min(0).to_string();\n",
        }],
        check: Check::Only("documents", "all_attempts"),
    },
    Fault {
        name: "shards-forgotten",
        what: "with another number of shards, copies are no longer known",
        edits: &[Edit {
            file: "src/gateway/inbox/accept.rs",
            find: "for shards in layouts.earlier(policy.window, now) {",
            replace: "for shards in layouts.earlier(policy.window, now).into_iter().take(0) {",
        }],
        check: SIMULATION,
    },
    Fault {
        name: "forgotten-early",
        what: "what has arrived is forgotten at once, and a copy of it is new",
        edits: &[Edit {
            file: "src/gateway/inbox/outcome.rs",
            find: "let forget_at = now.saturating_add(settings.retention);\n        let (state,",
            replace: "let forget_at = now;\n        let (state,",
        }],
        check: Check::Only("inbox", "retention"),
    },
    Fault {
        name: "mark-before-forward",
        what: "an event is marked as seen before the destination has it",
        edits: &[Edit {
            file: "src/cloudflare/relay.rs",
            find: "        let outcome = destination::send(",
            replace: "        let early = Memory { store: Store::of(self.hook.env), seen: Ok(None) };\n        \
                      self.remember(decision, early).await.ok();\n        \
                      let outcome = destination::send(",
        }],
        check: Check::Worker(&["tests/worker/relay.test.mjs"]),
    },
    Fault {
        name: "redirect-followed",
        what: "the destination's redirects are followed",
        edits: &[Edit {
            file: "src/cloudflare/destination.rs",
            find: "RequestRedirect::Manual",
            replace: "RequestRedirect::Follow",
        }],
        check: Check::Worker(&["tests/worker/hostile/destination.test.mjs"]),
    },
    Fault {
        name: "headers-passed-through",
        what: "what the sender sent as headers goes to the destination",
        edits: &[
            Edit {
                file: "src/cloudflare/serve.rs",
                find: "        let event = Event::new(",
                replace: "        super::destination::INBOUND.set(Some(request.headers()));\n        let event = Event::new(",
            },
            Edit {
                file: "src/cloudflare/destination.rs",
                find: "/// Sends an event to its destination",
                replace: "thread_local! {\n    pub(super) static INBOUND: std::cell::Cell<Option<Headers>> = \
                          const { std::cell::Cell::new(None) };\n}\n\n/// Sends an event to its destination",
            },
            Edit {
                file: "src/cloudflare/destination.rs",
                find: "    let headers = Headers::new()?;\n",
                replace: "    let headers = Headers::new_with_headers(&INBOUND.take().unwrap())?;\n",
            },
            Edit {
                file: "src/cloudflare/destination.rs",
                find: "headers.append(name, value)?;",
                replace: "headers.set(name, value)?;",
            },
        ],
        check: Check::Worker(&["tests/worker/hostile/headers.test.mjs"]),
    },
    Fault {
        name: "different-401",
        what: "a refusal tells the sender why",
        edits: &[Edit {
            file: "src/gateway/reply.rs",
            find: "            Refusal::Unauthorized(why) if explain => Body {\n",
            replace: "            Refusal::Unauthorized(why) if explain || true => Body {\n",
        }],
        check: Check::Worker(&["tests/worker/hostile/signatures.test.mjs"]),
    },
    Fault {
        name: "accept-without-alarm",
        what: "what is accepted waits for the next alarm, if there is one",
        edits: &[Edit {
            file: "src/gateway/inbox/pump.rs",
            find: "            None => Some(now),\n",
            replace: "            None => None,\n",
        }],
        check: Check::Worker(&[
            "--test-name-pattern=an event is stored",
            "tests/worker/inbox.test.mjs",
        ]),
    },
    Fault {
        name: "alarm-set-afterwards",
        what: "an alarm that comes to no end is the last one",
        edits: &[Edit {
            file: "src/cloudflare/entry.js",
            find: "    await this.ctx.storage.setAlarm(Date.now() + ALARM_AGAIN_AFTER);\n",
            replace: "",
        }],
        check: Check::Worker(&["--test-name-pattern=an alarm", "src/cloudflare/entry.test.mjs"]),
    },
    Fault {
        name: "alarm-throws",
        what: "an alarm that fails throws, and after six times the platform gives it up",
        edits: &[Edit {
            file: "src/cloudflare/entry.js",
            find: "      log({ message: \"alarm\", outcome: \"failed\", detail: String(error) });\n",
            replace: "      log({ message: \"alarm\", outcome: \"failed\", detail: String(error) });\n      throw error;\n",
        }],
        check: Check::Worker(&["--test-name-pattern=an alarm", "src/cloudflare/entry.test.mjs"]),
    },
];
