//! Order statistics.

/// The value below which this share of them lies.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = share * (sorted.len().saturating_sub(1)) as f64;
    let (low, high) = (position.floor() as usize, position.ceil() as usize);
    match (sorted.get(low), sorted.get(high)) {
        (Some(low), Some(high)) => low + (high - low) * position.fract(),
        _ => f64::NAN,
    }
}

pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// A median over the runs' medians, and where 80 % of all rounds lie.
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) p10: f64,
    pub(crate) p90: f64,
}

impl Spread {
    /// From one list of values for each run.
    pub(crate) fn of(runs: &[Vec<f64>]) -> Self {
        let medians = runs.iter().map(|run| median(run)).collect::<Vec<_>>();
        let all = runs.concat();
        Self { median: median(&medians), p10: quantile(&all, 0.1), p90: quantile(&all, 0.9) }
    }
}
