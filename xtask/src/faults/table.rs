//! The faults. Each has been made in some published webhook verifier or gateway, or would be the easiest to make here.

/// A mistake, as edits of the source.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) edits: &'static [Edit],
    pub(super) check: Check,
}

/// Text that is in a file exactly once, and what takes its place.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) file: &'static str,
    pub(super) find: &'static str,
    pub(super) replace: &'static str,
}

/// Which tests have to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// `cargo test`.
    Native,
    /// `tests/worker`, against the faulty Worker.
    Worker,
}

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
];
