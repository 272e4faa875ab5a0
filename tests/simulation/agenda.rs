use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What is going to happen, in order of time; what happens at one time, in the order in which it
/// was put down.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    entries: BinaryHeap<Reverse<(i64, u64)>>,
    happenings: std::collections::BTreeMap<u64, T>,
    next: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { entries: BinaryHeap::new(), happenings: Default::default(), next: 0 }
    }
}

impl<T> Agenda<T> {
    pub(crate) fn add(&mut self, at: i64, happening: T) {
        self.entries.push(Reverse((at, self.next)));
        self.happenings.insert(self.next, happening);
        self.next += 1;
    }

    pub(crate) fn next(&mut self) -> Option<(i64, T)> {
        let Reverse((at, number)) = self.entries.pop()?;
        Some((at, self.happenings.remove(&number).unwrap()))
    }
}
