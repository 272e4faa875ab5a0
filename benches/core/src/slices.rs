//! Short slices of every candidate in turns, in another order each round: whatever else the machine does in this
//! moment, it does to all of them. What counts is the ratio within a round.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use crate::candidates::{Candidate, Group};
use crate::request::Request;
use crate::statistics::Spread;

pub(crate) const RUNS: usize = 5;

/// How long a slice is to take.
const SLICE: Duration = Duration::from_micros(150);

/// What came of a group.
pub(crate) struct Measured {
    pub(crate) group: &'static str,
    pub(crate) candidates: Vec<&'static str>,
    /// For each size, one figure for each candidate.
    pub(crate) sizes: Vec<(&'static str, Vec<Figure>)>,
}

/// A candidate's time with one request.
pub(crate) struct Figure {
    /// Nanoseconds per request.
    pub(crate) nanos: Spread,
    /// Its time over that of the group's first candidate, in the same round.
    pub(crate) ratio: Spread,
}

pub(crate) fn measure(group: &Group, rounds: usize) -> Measured {
    let mut order = Order::new(group.candidates.len());
    let figures = |request| figures(group, request, rounds, &mut order);
    let sizes = group.requests.iter().map(|request| request.size);
    Measured {
        group: group.name,
        candidates: group.candidates.iter().map(|candidate| candidate.name).collect(),
        sizes: sizes.zip(group.requests.iter().map(figures)).collect(),
    }
}

fn figures(group: &Group, request: &Request, rounds: usize, order: &mut Order) -> Vec<Figure> {
    let candidates = &group.candidates;
    let counts = candidates.iter().map(|candidate| count(candidate, request)).collect::<Vec<_>>();
    let mut run = || {
        let mut nanos = vec![Vec::new(); candidates.len()];
        for _ in 0..rounds {
            for &at in order.next() {
                nanos[at].push(slice(&candidates[at], request, counts[at]));
            }
        }
        nanos
    };
    let runs = (0..RUNS).map(|_| run()).collect::<Vec<_>>();
    (0..candidates.len()).map(|at| figure(&runs, at)).collect()
}

/// From the times of each run, of each candidate in it, of each round.
fn figure(runs: &[Vec<Vec<f64>>], at: usize) -> Figure {
    let nanos = runs.iter().map(|run| run[at].clone()).collect::<Vec<_>>();
    let ratio = runs.iter().map(|run| ratios(&run[at], &run[0])).collect::<Vec<_>>();
    Figure { nanos: Spread::of(&nanos), ratio: Spread::of(&ratio) }
}

fn ratios(candidate: &[f64], first: &[f64]) -> Vec<f64> {
    candidate.iter().zip(first).map(|(candidate, first)| candidate / first).collect()
}

/// How many requests fill a slice.
fn count(candidate: &Candidate, request: &Request) -> u32 {
    let mut count = 1;
    while slice(candidate, request, count) * f64::from(count) < SLICE.as_nanos() as f64 / 2.0 {
        count *= 2;
    }
    count
}

/// Nanoseconds per request.
fn slice(candidate: &Candidate, request: &Request, count: u32) -> f64 {
    let started = Instant::now();
    for _ in 0..count {
        black_box(candidate.run(black_box(request)));
    }
    started.elapsed().as_nanos() as f64 / f64::from(count)
}

/// The candidates' positions, shuffled anew each round.
struct Order {
    positions: Vec<usize>,
    state: u64,
}

impl Order {
    fn new(length: usize) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { positions: (0..length).collect(), state: now.as_nanos() as u64 | 1 }
    }

    fn next(&mut self) -> &[usize] {
        for last in (1..self.positions.len()).rev() {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            self.positions.swap(last, (self.state % (last as u64 + 1)) as usize);
        }
        &self.positions
    }
}
