//! The faults of whoever reads JSON several bytes at a time.

use super::table::{Check, Edit, Fault};

const READER: Check = Check::Unit("json::");

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "block-overlooks-control",
        what: "in a long string, a control character is overlooked",
        edits: &[reader(" | (*byte == b'\\\\') | (*byte < b' ')", " | (*byte == b'\\\\')")],
        check: READER,
    },
    Fault {
        name: "block-overlooks-quote",
        what: "a long string goes on behind its end",
        edits: &[reader("(*byte == b'\"') | (*byte == b'\\\\')", "(*byte == b'\\\\')")],
        check: READER,
    },
    Fault {
        name: "block-forgets-utf8",
        what: "a long string is not looked at for what is no UTF-8",
        edits: &[reader("*bits |= byte;", "*bits |= byte & 0x7f;")],
        check: READER,
    },
    Fault {
        name: "word-forgets-utf8",
        what: "of eight bytes at a time, none is looked at for what is no UTF-8",
        edits: &[reader("seen |= word;", "seen |= word & !HIGH_BITS;")],
        check: READER,
    },
    Fault {
        name: "word-is-passed-over",
        what: "of eight bytes at a time, those behind the first that is special are passed over",
        edits: &[reader("special.trailing_zeros()", "(special.trailing_zeros() | 24)")],
        check: READER,
    },
];

const fn reader(find: &'static str, replace: &'static str) -> Edit {
    Edit { file: "src/json/reader.rs", find, replace }
}
