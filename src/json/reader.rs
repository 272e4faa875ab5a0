//! The grammar. Everybody asks for the type of an event, so all of a body passes through here.

use std::ops::Range;

/// Reads JSON through, and shows where what the outermost brackets hold begins and ends: elements,
/// or names and values in turn. Says of which kind these brackets are, if there are any.
pub(super) fn read(
    bytes: &[u8],
    max_depth: usize,
    show: impl FnMut(Range<usize>),
) -> Option<Option<Bracket>> {
    let mut reader = Reader {
        bytes,
        position: 0,
        max_depth,
        open: Vec::new(),
        outermost: None,
        has_value: false,
        start: 0,
        show,
    };
    reader.values()?;
    (reader.position == bytes.len()).then_some(reader.outermost)
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

/// Reads without recursion: brackets may be nested as deep as is asked for.
struct Reader<'t, S> {
    bytes: &'t [u8],
    position: usize,
    max_depth: usize,
    /// The brackets that are open.
    open: Vec<Bracket>,
    outermost: Option<Bracket>,
    /// Whether there is a value before this place in the same brackets.
    has_value: bool,
    /// Where in the outermost brackets the value begins that is being read.
    start: usize,
    show: S,
}

impl<S: FnMut(Range<usize>)> Reader<'_, S> {
    fn values(&mut self) -> Option<()> {
        loop {
            self.space();
            if self.open.len() == 1 {
                self.start = self.position;
            }
            match self.peek()? {
                b'"' => self.string_value()?,
                b'{' => self.enter(Bracket::Brace)?,
                b'[' => self.enter(Bracket::Square)?,
                _ => self.scalar_value()?,
            }
            if self.is_at_end()? {
                return Some(());
            }
        }
    }

    /// Goes on to the next value. Says whether there is none, as no bracket is open.
    fn is_at_end(&mut self) -> Option<bool> {
        loop {
            self.space();
            let Some(bracket) = self.open.last().copied() else { return Some(true) };
            if !self.takes(bracket.closing()) {
                self.next_member(bracket)?;
                return Some(false);
            }
            self.open.pop();
            self.end_value();
        }
    }

    fn enter(&mut self, bracket: Bracket) -> Option<()> {
        if self.open.is_empty() {
            self.outermost = Some(bracket);
        }
        self.skip(1);
        self.open.push(bracket);
        self.has_value = false;
        (self.open.len() <= self.max_depth).then_some(())
    }

    /// The comma after another value, and the name if values have names.
    fn next_member(&mut self, bracket: Bracket) -> Option<()> {
        if self.has_value {
            self.takes(b',').then_some(())?;
            self.space();
        }
        if bracket == Bracket::Brace {
            let start = self.position;
            self.string()?;
            self.end_part(start);
            self.space();
            self.takes(b':').then_some(())?;
        }
        Some(())
    }

    fn end_value(&mut self) {
        self.has_value = true;
        self.end_part(self.start);
    }

    fn end_part(&mut self, start: usize) {
        if self.open.len() == 1 {
            (self.show)(start..self.position);
        }
    }

    fn string_value(&mut self) -> Option<()> {
        self.string()?;
        self.end_value();
        Some(())
    }

    fn scalar_value(&mut self) -> Option<()> {
        match self.peek()? {
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word(b"true")?,
            b'f' => self.word(b"false")?,
            _ => self.word(b"null")?,
        }
        self.end_value();
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        self.takes(b'"').then_some(())?;
        let start = self.position;
        let mut is_ascii = true;
        loop {
            let plain = Plain::at_start_of(self.rest());
            is_ascii &= plain.is_ascii;
            self.skip(plain.length);
            match self.next()? {
                b'"' => break,
                b'\\' => self.escape()?,
                _ => return None,
            }
        }
        // Only in strings can there be anything but ASCII.
        let text = self.bytes.get(start..self.position)?;
        (is_ascii || std::str::from_utf8(text).is_ok()).then_some(())
    }

    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                (0..4).all(|_| self.next().is_some_and(|c| c.is_ascii_hexdigit())).then_some(())
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<()> {
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _sign = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.skip(count);
        (count > 0).then_some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest().starts_with(word).then_some(())?;
        self.skip(word.len());
        Some(())
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.skip(1);
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        if is_there {
            self.skip(1);
        }
        is_there
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.skip(1);
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    fn skip(&mut self, count: usize) {
        self.position = self.position.saturating_add(count);
    }
}

/// Bytes of a string that stand for themselves: neither quote nor backslash nor control character.
struct Plain {
    length: usize,
    is_ascii: bool,
}

impl Plain {
    /// Eight bytes at a time, in the bits of one number.
    fn at_start_of(bytes: &[u8]) -> Self {
        let (words, tail) = bytes.as_chunks();
        let (mut length, mut seen) = (0_usize, 0);
        for word in words {
            let word = u64::from_le_bytes(*word);
            seen |= word;
            let special = special_bytes(word);
            if special != 0 {
                length = length.saturating_add(special.trailing_zeros() as usize / 8);
                return Self { length, is_ascii: seen & HIGH_BITS == 0 };
            }
            length = length.saturating_add(8);
        }
        let is_plain = |byte: &&u8| !matches!(**byte, b'"' | b'\\' | 0..b' ');
        let tail_length = tail.iter().take_while(is_plain).count();
        let is_ascii = seen & HIGH_BITS == 0 && tail.is_ascii();
        Self { length: length.saturating_add(tail_length), is_ascii }
    }
}

/// Has the high bit set of the first byte that does not stand for itself, and perhaps of bytes after
/// it; 0 if there is none. Subtracting borrows from the bytes above only.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// serde_json is the other reader of the same strings.
    #[test]
    fn every_byte_of_a_string_is_looked_at() {
        for length in [1, 7, 8, 9, 15, 16, 17, 24, 33] {
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
