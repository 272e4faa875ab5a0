//! The grammar. Everybody asks for the type of an event, so all of a body passes through here.

use std::num::NonZeroUsize;
use std::ops::Range;

/// Reads JSON through, and shows where what the outermost brackets hold begins and ends: elements,
/// or names and values in turn. Says of which kind these brackets are, if there are any. Brackets may
/// be nested as deep as is asked for: there is no recursion.
pub(super) fn read(
    bytes: &[u8],
    max_depth: usize,
    mut show: impl FnMut(Range<usize>),
) -> Option<Option<Bracket>> {
    let mut brackets = Brackets::default();
    let mut at = space(bytes, 0);
    let mut start = at;
    loop {
        // A value begins here.
        if brackets.depth == 1 {
            start = at;
        }
        let opened = match bytes.get(at)? {
            b'"' => {
                at = string(bytes, at)?.get();
                None
            }
            b'{' => Some(Bracket::Brace),
            b'[' => Some(Bracket::Square),
            _ => {
                at = scalar(bytes, at)?.get();
                None
            }
        };
        if let Some(bracket) = opened {
            brackets.open(bracket);
            if brackets.depth > max_depth {
                return None;
            }
            at = space(bytes, after(at));
        } else if brackets.depth == 1 {
            show(start..at);
        }
        // An empty pair of brackets closes at once; after a value others may close.
        let mut has_value = opened.is_none();
        loop {
            if has_value {
                at = space(bytes, at);
            }
            let Some(bracket) = brackets.innermost() else {
                return (at == bytes.len()).then_some(brackets.outermost);
            };
            let next = *bytes.get(at)?;
            if next != bracket.closing() {
                if has_value {
                    (next == b',').then_some(())?;
                    at = space(bytes, after(at));
                }
                break;
            }
            at = after(at);
            brackets.close();
            if brackets.depth == 1 {
                show(start..at);
            }
            has_value = true;
        }
        if brackets.innermost() == Some(Bracket::Brace) {
            let name = at;
            at = string(bytes, at)?.get();
            if brackets.depth == 1 {
                show(name..at);
            }
            at = space(bytes, at);
            (*bytes.get(at)? == b':').then_some(())?;
            at = space(bytes, after(at));
        }
    }
}

/// A pair of brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Brace,
    Square,
}

impl Bracket {
    const fn closing(self) -> u8 {
        match self {
            Self::Brace => b'}',
            Self::Square => b']',
        }
    }
}

/// The brackets that are open: a bit for each, of which the innermost is the lowest.
#[derive(Default)]
struct Brackets {
    depth: usize,
    are_braces: u64,
    /// Those around the innermost 64, 64 to a number.
    outer: Vec<u64>,
    outermost: Option<Bracket>,
}

impl Brackets {
    const fn innermost(&self) -> Option<Bracket> {
        match (self.depth, self.are_braces & 1) {
            (0, _) => None,
            (_, 0) => Some(Bracket::Square),
            _ => Some(Bracket::Brace),
        }
    }

    fn open(&mut self, bracket: Bracket) {
        if self.depth == 0 {
            self.outermost = Some(bracket);
        } else if self.depth.is_multiple_of(64) {
            self.outer.push(self.are_braces);
        }
        self.are_braces = self.are_braces << 1 | u64::from(bracket == Bracket::Brace);
        self.depth = self.depth.saturating_add(1);
    }

    fn close(&mut self) {
        self.are_braces >>= 1;
        self.depth = self.depth.saturating_sub(1);
        if self.depth.is_multiple_of(64) {
            self.are_braces = self.outer.pop().unwrap_or_default();
        }
    }
}

/// The end of the string that begins here.
fn string(bytes: &[u8], start: usize) -> Option<NonZeroUsize> {
    (*bytes.get(start)? == b'"').then_some(())?;
    let mut at = after(start);
    let mut seen = 0;
    loop {
        // Eight bytes at a time, in the bits of one number.
        let rest = bytes.get(at..)?;
        let special = match rest.first_chunk() {
            Some(word) => {
                let word = u64::from_le_bytes(*word);
                seen |= word;
                special_bytes(word)
            }
            None => {
                seen |= HIGH_BITS;
                special_bytes(padded(rest))
            }
        };
        if special == 0 {
            at = at.saturating_add(8);
            if at.saturating_sub(start) > SHORT {
                at = skip_plain_blocks(bytes, at, &mut seen);
            }
            continue;
        }
        at = at.saturating_add(special.trailing_zeros() as usize / 8);
        match *bytes.get(at)? {
            b'"' => break,
            b'\\' => at = escape(bytes, after(at))?.get(),
            _ => return None,
        }
    }
    let end = NonZeroUsize::MIN.saturating_add(at);
    // Only in strings can there be anything but ASCII.
    let is_text = || bytes.get(start..at).is_some_and(|text| std::str::from_utf8(text).is_ok());
    (seen & HIGH_BITS == 0 || is_text()).then_some(end)
}

/// Strings of more bytes than this are looked at in blocks: most are shorter, and lose by it.
const SHORT: usize = 32;

/// The end of the whole blocks in which every byte stands for itself. `seen` gets all of their bits.
fn skip_plain_blocks(bytes: &[u8], mut at: usize, seen: &mut u64) -> usize {
    while let Some(block) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let Some([first, second]) = plain_block(block) else { break };
        *seen |= first | second;
        at = at.saturating_add(BLOCK);
    }
    at
}

const BLOCK: usize = 64;

/// All bits of the bytes of a block; nothing if one of them does not stand for itself. The compiler
/// makes SIMD instructions of it: every lane is 16 bytes, and nothing is decided on the way.
fn plain_block(block: &[u8; BLOCK]) -> Option<[u64; 2]> {
    let (mut special, mut bits) = ([0_u8; 16], [0_u8; 16]);
    for lane in block.as_chunks::<16>().0 {
        for ((special, bits), byte) in special.iter_mut().zip(&mut bits).zip(lane) {
            let is_special = (*byte == b'"') | (*byte == b'\\') | (*byte < b' ');
            *special |= if is_special { 0xff } else { 0 };
            *bits |= byte;
        }
    }
    let halves = bits.as_chunks().0;
    let half = |at: usize| halves.get(at).map_or(0, |half| u64::from_ne_bytes(*half));
    (u128::from_ne_bytes(special) == 0).then(|| [half(0), half(1)])
}

/// The last bytes of all, fewer than eight, with quotes behind them.
fn padded(rest: &[u8]) -> u64 {
    let mut word = [b'"'; 8];
    word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    u64::from_le_bytes(word)
}

/// Has the high bit set of the first byte that does not stand for itself, a quote or a backslash or
/// a control character, and perhaps of bytes after it; 0 if there is none. Subtracting borrows from
/// the bytes above only.
const fn special_bytes(word: u64) -> u64 {
    let quotes = word ^ ONES.wrapping_mul(b'"' as u64);
    let backslashes = word ^ ONES.wrapping_mul(b'\\' as u64);
    let found = (quotes.wrapping_sub(ONES) & !quotes)
        | (backslashes.wrapping_sub(ONES) & !backslashes)
        | (word.wrapping_sub(ONES.wrapping_mul(b' ' as u64)) & !word);
    found & HIGH_BITS
}

/// A one in each byte, and the high bit of each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// The end of the escape whose backslash stands before this place.
fn escape(bytes: &[u8], at: usize) -> Option<NonZeroUsize> {
    let length = match bytes.get(at)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 1,
        b'u' => {
            let digits = bytes.get(after(at)..)?.first_chunk::<4>()?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(5)?
        }
        _ => return None,
    };
    NonZeroUsize::new(at.saturating_add(length))
}

/// The end of the number or word that begins here.
fn scalar(bytes: &[u8], at: usize) -> Option<NonZeroUsize> {
    match bytes.get(at)? {
        b'-' | b'0'..=b'9' => number(bytes, at),
        b't' => word(bytes, at, b"true"),
        b'f' => word(bytes, at, b"false"),
        _ => word(bytes, at, b"null"),
    }
}

fn number(bytes: &[u8], mut at: usize) -> Option<NonZeroUsize> {
    let is = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|byte| wanted.contains(byte));
    if is(at, b"-") {
        at = after(at);
    }
    at = if is(at, b"0") { after(at) } else { digits(bytes, at)?.get() };
    if is(at, b".") {
        at = digits(bytes, after(at))?.get();
    }
    if is(at, b"eE") {
        at = after(at);
        if is(at, b"+-") {
            at = after(at);
        }
        at = digits(bytes, at)?.get();
    }
    NonZeroUsize::new(at)
}

/// The end of the digits here, of which there is at least one.
fn digits(bytes: &[u8], start: usize) -> Option<NonZeroUsize> {
    let mut at = start;
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at = after(at);
    }
    NonZeroUsize::new(at).filter(|_| at > start)
}

fn word(bytes: &[u8], at: usize, word: &[u8]) -> Option<NonZeroUsize> {
    bytes.get(at..)?.starts_with(word).then_some(())?;
    NonZeroUsize::new(at.saturating_add(word.len()))
}

/// Where the space ends that begins here, if there is any.
fn space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
        at = after(at);
    }
    at
}

const fn after(at: usize) -> usize {
    at.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// serde_json is the other reader of the same strings.
    #[test]
    fn every_byte_of_a_string_is_looked_at() {
        for length in [1, 7, 8, 9, 15, 16, 17, 33, 103, 104, 105, 200] {
            for position in 0..length {
                for byte in 0..=255_u8 {
                    let mut text = vec![b'a'; length];
                    text[position] = byte;
                    let text = [b"\"", text.as_slice(), b"\""].concat();
                    let expected = serde_json::from_slice::<String>(&text).is_ok();
                    assert_eq!(read(&text, 9, |_| {}).is_some(), expected, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn strings_are_utf_8_wherever_they_stand() {
        for (text, expected) in [
            (b"{\"\xc3\xa9\":\"\xe2\x82\xac\"}".as_slice(), true),
            (b"{\"\xc3\":1}", false),
            (b"[\"\xe2\x82\"]", false),
            // Cut by an escape, by the end, and outside of strings.
            (b"[\"\xe2\\n\x82\xac\"]", false),
            (b"[\"12345678\xff\"]", false),
            (b"[1]\xc2\xa0", false),
        ] {
            assert_eq!(read(text, 9, |_| {}).is_some(), expected, "{text:?}");
        }
    }
}
