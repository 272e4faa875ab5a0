//! `cargo xtask bench core`: the native core beside the same duties by hand on ring and aws-lc-rs.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod by_hand;
mod candidates;
mod check;
mod machine;
mod peers;
mod report;
mod request;
mod slices;
mod statistics;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::candidates::Group;

fn main() -> Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    println!("{}\n", machine::Machine::here());
    let groups = candidates::all();
    groups.iter().try_for_each(check::check)?;
    println!("{ABOUT}");
    if !options.table_only {
        criterion(&groups, options.quick);
    }
    let rounds = if options.quick { 20 } else { 120 };
    let measured = groups.iter().map(|group| slices::measure(group, rounds)).collect::<Vec<_>>();
    report::print(&measured);
    match options.json {
        Some(file) => std::fs::write(&file, report::json(&measured, rounds).to_string())
            .with_context(|| file.display().to_string()),
        None => Ok(()),
    }
}

const ABOUT: &str = "\
Each candidate accepts what is genuine. Those that verify refuse a changed body, an old timestamp, a header that is there
twice, and no signature. By hand there is one scheme and one key, and the event borrows from the request; countersign does
what schemes and keys in its tables say. A floor hashes, and does nothing else.";

/// Criterion's own report: each candidate by itself, with confidence intervals.
fn criterion(groups: &[Group], quick: bool) {
    let (warm_up, measurement) = if quick { (100, 200) } else { (300, 1000) };
    let mut criterion = Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_millis(warm_up))
        .measurement_time(Duration::from_millis(measurement));
    for group in groups {
        let mut benchmarks = criterion.benchmark_group(group.name);
        for request in &group.requests {
            benchmarks.throughput(Throughput::Bytes(request.body.len() as u64));
            for candidate in &group.candidates {
                let id = BenchmarkId::new(candidate.name, request.size);
                benchmarks.bench_with_input(id, request, |bencher, request| {
                    bencher.iter(|| candidate.run(request));
                });
            }
        }
        benchmarks.finish();
    }
}

#[derive(Default)]
struct Options {
    json: Option<PathBuf>,
    quick: bool,
    table_only: bool,
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => {
                    options.json = Some(words.next().context("--json needs a file")?.into())
                }
                "--quick" => options.quick = true,
                "--table-only" => options.table_only = true,
                unknown => bail!("unexpected argument `{unknown}`"),
            }
        }
        Ok(options)
    }
}
