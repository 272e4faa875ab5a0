//! The breaker of a destination at a shard, worked out from what came of its attempts.

use super::{Observer, integer, rows};
use crate::storage::Storage;
use crate::time::{MINUTE, SECOND};

#[derive(Clone, Debug, Default)]
pub(super) struct Shadow {
    /// Failures in a row, and since when.
    failures: i64,
    failing_since: i64,
    /// The one delivery that has failed, until there are two.
    only: Option<String>,
    /// By the gateway's clock and in truth.
    pub(super) opened_at: Option<(i64, i64)>,
    last_probe: Option<(i64, i64)>,
    pub(super) closed_at: Option<i64>,
    drain: Option<Drain>,
}

/// What was held goes out slowly.
#[derive(Clone, Copy, Debug)]
struct Drain {
    began_at: i64,
    began: i64,
    held: i64,
    sent: i64,
    per_second: f64,
}

impl Drain {
    /// How many may have been sent by now.
    fn allowance(&self, wall: i64) -> f64 {
        let minutes = (wall - self.began_at).max(0) / MINUTE;
        let doublings = i32::try_from(minutes.min(20)).unwrap();
        let full = (0..doublings).map(|n| 60.0 * 2_f64.powi(n)).sum::<f64>();
        let rest = ((wall - self.began_at).max(0) % MINUTE) as f64 / 1000.0;
        // What was not sent in a fifth of a second may be made up for.
        let seconds = full + (rest + 0.2) * 2_f64.powi(doublings);
        2.0 + self.per_second * seconds
    }
}

impl Observer {
    /// When it closed last.
    pub(super) fn closed_at(&self, object: &str, site: usize) -> Option<i64> {
        self.breakers.get(&(object.to_owned(), site)).and_then(|breaker| breaker.closed_at)
    }

    pub(super) fn is_open(&self, object: &str, site: usize) -> bool {
        let breaker = self.breakers.get(&(object.to_owned(), site));
        breaker.is_some_and(|breaker| breaker.opened_at.is_some())
    }

    /// A lease at a destination: if its breaker is open it is a probe, and if it drains, it has to
    /// keep to the ramp.
    pub(super) fn watch_breaker(&mut self, object: &str, site: usize) {
        let (now, wall) = (self.now, self.wall);
        let excused = |since| self.is_excused(object, since);
        let Some(breaker) = self.breakers.get(&(object.to_owned(), site)) else { return };
        let mut breaker = breaker.clone();
        if let Some(opened_at) = breaker.opened_at {
            let (last_wall, last) = breaker.last_probe.unwrap_or(opened_at);
            let (_, _, every) = self.settings.breaker;
            let holds = wall - last_wall >= every * SECOND || excused(last);
            self.expect("probes are apart", holds, || {
                format!("{object}, site {site}: {} ms", wall - last_wall)
            });
            breaker.last_probe = Some((wall, now));
        } else if let Some(mut drain) = breaker.drain.filter(|drain| drain.sent < drain.held) {
            drain.sent += 1;
            let holds = drain.sent as f64 <= drain.allowance(wall) || excused(drain.began);
            self.expect("what was held goes out at the ramp", holds, || {
                format!("{object}, site {site}: {drain:?}, {} ms", wall - drain.began_at)
            });
            breaker.drain = Some(drain);
        }
        self.breakers.insert((object.to_owned(), site), breaker);
    }

    /// What came of an attempt; `change` is what the gateway says that it did to the breaker.
    pub(super) fn note_health(
        &mut self,
        object: &str,
        site: usize,
        delivery: &str,
        is_success: bool,
        change: Option<&str>,
        storage: &Storage,
    ) {
        let entry = (object.to_owned(), site);
        let mut breaker = self.breakers.get(&entry).cloned().unwrap_or_default();
        let (wall, now) = (self.wall, self.now);
        if is_success {
            breaker.failures = 0;
        } else {
            if breaker.failures == 0 {
                breaker.failing_since = wall;
                breaker.only = Some(delivery.to_owned());
            }
            breaker.failures += 1;
            breaker.only = breaker.only.filter(|only| only == delivery);
        }
        let (failing, attempts, _) = self.settings.breaker;
        let is_long = wall - breaker.failing_since >= failing * SECOND;
        let is_general = breaker.failures >= attempts && breaker.only.is_none();
        let is_due = !is_success && is_general && is_long;
        let was_open = breaker.opened_at.is_some();
        match change {
            Some("opened") => {
                // One that was draining has no time to lose.
                let is_relapse = breaker.drain.is_some() && is_general;
                let holds = !was_open && (is_due || is_relapse);
                self.expect("a breaker opens when all fails for long", holds, || {
                    format!("{object}, site {site}: {breaker:?}")
                });
                breaker.opened_at = Some((wall, now));
                breaker.drain = None;
            }
            Some("closed") => {
                let told = || format!("{object}, site {site}: {breaker:?}");
                self.expect("a success closes a breaker", was_open && is_success, told);
                self.judge_release(site, storage);
                breaker.opened_at = None;
                breaker.last_probe = None;
                breaker.closed_at = Some(now);
                breaker.drain = Some(self.drain(site, storage));
            }
            _ => {
                let holds = was_open && !is_success || !was_open && !is_due;
                self.expect("a breaker changes when it should", holds, || {
                    format!("{object}, site {site}: success {is_success}: {breaker:?}")
                });
            }
        }
        self.breakers.insert(entry, breaker);
    }

    /// The rate is another one with another number of shards.
    pub(super) fn forget_drains(&mut self) {
        for breaker in self.breakers.values_mut() {
            if let Some(drain) = &mut breaker.drain {
                drain.held = 0;
            }
        }
    }

    /// What was held is due at once.
    fn judge_release(&mut self, site: usize, storage: &Storage) {
        let query = "SELECT due_at FROM delivery
                     WHERE destination = ? AND state = 'pending' AND due_at > ?";
        let values = [self.sites[site].name.into(), self.wall.into()];
        let late = rows(storage, query, &values);
        self.expect("what was held is due at once", late.is_empty(), || format!("{late:?}"));
    }

    fn drain(&self, site: usize, storage: &Storage) -> Drain {
        let query = "SELECT count(*) FROM delivery WHERE destination = ? AND state = 'pending'";
        let held = rows(storage, query, &[self.sites[site].name.into()]);
        let per_second = self.settings.drain_per_second as f64 / f64::from(self.shards);
        let (began_at, began) = (self.wall, self.now);
        Drain { began_at, began, held: integer(&held[0][0]), sent: 0, per_second }
    }
}
