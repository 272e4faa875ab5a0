// Figures out of many.

export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

export const median = (values) => quantile(values, 0.5);

/** The median with the 10th and the 90th percentile. */
export const spread = (values) => ({ median: median(values), p10: quantile(values, 0.1), p90: quantile(values, 0.9) });

/** What each round says: another's time by ours. */
export const ratios = (theirs, ours) => theirs.map((time, round) => time / ours[round]);
