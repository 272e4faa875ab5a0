//! Each attempt at each delivery: not too soon, not twice, not too often, and the right bytes.

use countersign::Digest;
use countersign::gateway::Outcome;
use countersign::gateway::inbox::Lease;
use serde_json::Value;

use super::{Observer, integer, rows, text};
use crate::send::{Flight, From};
use crate::site::{Reception, Site};
use crate::storage::Storage;
use crate::time::SECOND;

/// A delivery, by its id.
#[derive(Clone, Debug)]
pub(super) struct Followed {
    original: usize,
    site: usize,
    round: i64,
    attempts: Vec<Seen>,
}

/// One attempt at it.
#[derive(Clone, Debug)]
struct Seen {
    number: u32,
    at: i64,
    wall: i64,
    flight: Option<u64>,
    is_accepted: bool,
    is_unsent: bool,
    settled: Option<Settled>,
}

/// What the gateway has written down of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Settled {
    at: i64,
    wall: i64,
    state: String,
    due_at: i64,
    is_answer_lost: bool,
}

impl Followed {
    /// When the last attempt that got out was written down.
    fn last_settled_at(&self) -> i64 {
        let settled = self.attempts.iter().filter(|seen| !seen.is_unsent);
        settled.filter_map(|seen| Some(seen.settled.as_ref()?.at)).max().unwrap_or_default()
    }
}

/// How many attempts a delivery has spent, since it was last begun anew.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    /// The number of the last attempt before.
    base: u32,
    /// Attempts that don't count.
    unspent: u32,
    /// When it was begun anew.
    began: i64,
}

/// No run replays an event more often.
const MOST_ROUNDS: i64 = 40;

impl Count {
    const fn spent(self, number: u32) -> u32 {
        number.saturating_sub(self.base).saturating_sub(self.unspent)
    }
}

impl Observer {
    pub(super) fn site_named(&self, name: &str) -> usize {
        self.sites.iter().position(|site| site.name == name).unwrap()
    }

    /// A delivery's id, by the documents: a digest of all that makes it what it is.
    pub(super) fn delivery_id(&self, original: usize, site: usize, round: i64) -> String {
        let (key, variant) = &self.keys[&original];
        let (site, round) = (self.sites[site].name, round.to_string());
        let parts = [self.scheme, site, key, variant, &round];
        let text: String = parts.map(|part| format!("{}:{part}", part.len())).concat();
        let digest = Digest::of(text.as_bytes()).to_string();
        format!("dlv_{}", &digest[..32])
    }

    pub(super) fn restart_count(&mut self, object: &str, id: String, base: u32) {
        let count = Count { base, unspent: 0, began: self.now };
        self.counts.insert((object.to_owned(), id), count);
    }

    /// Of an event that is new again.
    pub(super) fn forget_deliveries(&mut self, object: &str, original: usize) {
        let is_its = |(home, _): &(String, String), followed: &Followed| {
            home == object && followed.original == original
        };
        let forgotten = self.deliveries.iter().filter(|(id, followed)| is_its(id, followed));
        for id in forgotten.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.deliveries.remove(&id);
            self.counts.remove(&id);
        }
    }

    pub(crate) fn original_with(&self, body: &[u8]) -> usize {
        let found = self.originals.iter().position(|original| *original.body == *body);
        found.unwrap_or(usize::MAX)
    }

    /// A delivery was leased; `flight` is the request that goes out, if one does.
    pub(crate) fn note_lease(
        &mut self,
        object: &str,
        sent: Option<(u64, u32)>,
        lease: &Lease<Vec<u8>>,
        original: usize,
    ) {
        let site = self.site_named(&lease.destination);
        let id = (object.to_owned(), lease.delivery_id());
        self.say(|| {
            format!("{object}: leases {} of event {original} for site {site}: {sent:?}", id.1)
        });
        if let Some((flight, _)) = sent {
            self.flights.insert(flight, id.clone());
        }
        let mut followed = match self.deliveries.get(&id) {
            Some(followed) => followed.clone(),
            None => self.meet(&id, original, site),
        };
        if let Some(last) = followed.attempts.last() {
            self.judge_repetition(&id, &followed, last);
        }
        self.watch_breaker(object, site);
        let last = followed.attempts.last().map_or(0, |last| last.number);
        let number = sent.map_or(last + 1, |(_, number)| number);
        self.expect("attempts are counted", number > last, || format!("{id:?}: {number}"));
        self.judge_count(&id, &followed, number - 1);
        followed.attempts.push(Seen {
            number,
            at: self.now,
            wall: self.wall,
            flight: sent.map(|(flight, _)| flight),
            is_accepted: false,
            is_unsent: false,
            settled: None,
        });
        self.deliveries.insert(id, followed);
    }

    /// A delivery's first attempt. Only a new event and a replay make a new id.
    fn meet(&mut self, id: &(String, String), original: usize, site: usize) -> Followed {
        let mut rounds = 0..=MOST_ROUNDS;
        let round = rounds.find(|round| self.delivery_id(original, site, *round) == id.1);
        self.expect("a delivery's id says what it is", round.is_some(), || format!("{id:?}"));
        self.judge_new_id(id, original, site);
        Followed { original, site, round: round.unwrap_or_default(), attempts: Vec::new() }
    }

    fn judge_new_id(&mut self, (object, id): &(String, String), original: usize, site: usize) {
        let is_same = |(home, _): &&(String, String), followed: &Followed| {
            home == object && followed.original == original && followed.site == site
        };
        let known = self.deliveries.iter().filter(|(id, followed)| is_same(id, followed)).count();
        let rounds = self.rounds.get(&(object.clone(), original)).copied().unwrap_or_default();
        self.expect("a copy makes no new delivery id", known < rounds, || {
            format!("event {original}, site {site}: {id} is a new one after {known}")
        });
    }

    fn judge_repetition(&mut self, id: &(String, String), followed: &Followed, last: &Seen) {
        let object = id.0.as_str();
        let (original, site) = (followed.original, followed.site);
        let told = || format!("event {original}, site {site}, {last:?}");
        let Some(settled) = &last.settled else {
            let is_excused = self.is_excused(object, last.at);
            self.expect("nobody sends what is under way", is_excused, told);
            let has_run_out = self.wall - last.wall >= self.sites[site].timeout();
            let holds = has_run_out || self.clock_changed_at >= last.at;
            return self.expect("a lease outlasts its request", holds, told);
        };
        let count = self.counts.get(id).copied().unwrap_or_default();
        match settled.state.as_str() {
            "delivered" => {
                self.expect("what is delivered is not sent again", false, told);
            }
            "dead" => {
                let is_redriven = count.began >= settled.at;
                self.expect("what is dead stays dead until a copy comes", is_redriven, told);
            }
            _ => self.judge_pause(object, site, settled),
        }
    }

    fn judge_pause(&mut self, object: &str, site: usize, settled: &Settled) {
        let is_released =
            self.closed_at(object, site).is_some_and(|closed_at| closed_at >= settled.at);
        let is_probe = self.is_open(object, site);
        let early = settled.due_at - self.wall;
        self.expect(
            "nothing is sent before its time",
            early <= 0 || is_released || is_probe,
            || format!("{object}, site {site}: {early} ms too early: {settled:?}"),
        );
        let was_absent = self.sites_changed_at >= settled.at;
        if self.is_calm_weather && !is_released && !is_probe && !was_absent {
            let late = -early;
            self.expect("nothing is sent long after its time", late <= self.patience(), || {
                format!("{object}, site {site}: {late} ms too late: {settled:?}")
            });
        }
    }

    /// How late a send may be if nothing goes wrong but at destinations: as long as all others
    /// can take that are due at once.
    fn patience(&self) -> i64 {
        let slowest = self.sites.iter().map(Site::timeout).max().unwrap_or_default();
        let open = i64::try_from(self.originals.len()).unwrap();
        let drained = open * i64::from(self.shards) * SECOND / self.settings.drain_per_second;
        (open + 1) * (slowest + 6 * SECOND) + drained + 2 * SECOND
    }

    /// Not more attempts than the schedule has. What is held is never given up: a probe whose
    /// process died may be one too many.
    fn judge_count(&mut self, id: &(String, String), followed: &Followed, last: u32) {
        let count = self.counts.get(id).copied().unwrap_or_default();
        let pauses = self.settings.pauses(&self.sites[followed.site]).len();
        let (original, spent) = (followed.original, count.spent(last) as usize);
        let is_probe = self.is_open(&id.0, followed.site);
        let holds = spent <= pauses || is_probe;
        self.expect("no more attempts than the schedule has", holds, || {
            format!("event {original}: {spent} spent of {pauses}")
        });
    }

    /// A request is at a destination.
    pub(crate) fn note_reception(
        &mut self,
        id: u64,
        flight: &Flight,
        site: &Site,
        original: usize,
        reception: Reception,
    ) {
        self.say(|| format!("{}: event {original}: {reception:?}", site.name));
        let Some(expected) = self.originals.get(original).cloned() else {
            return self.violate("bytes are equal", &flight.headers);
        };
        if reception.outcome == Outcome::Unsent {
            return;
        }
        self.tally.note("received by a destination");
        let content_type = expected.content_type.unwrap_or("application/octet-stream");
        let holds = flight.header("content-type") == Some(content_type);
        self.expect("the content type is equal", holds, || format!("{:?}", flight.headers));
        let event_id = self.event_ids.get(&original).map(String::as_str);
        let holds = flight.header("countersign-event-id") == event_id;
        self.expect("the event's id stays", holds, || format!("{:?}", flight.headers));
        let known = self.flights.get(&id).map(|(_, delivery)| delivery.as_str());
        let told = flight.header("countersign-delivery-id");
        let holds = known.is_none() || known == told;
        self.expect("the delivery's id is told", holds, || format!("{:?}", flight.headers));
        self.judge_signature(flight, site);
        if reception.is_accepted {
            self.note_arrival(id, flight, original);
        }
    }

    fn judge_signature(&mut self, flight: &Flight, site: &Site) {
        if site.signatures() == 0 || matches!(flight.from, From::Relay(_)) {
            return;
        }
        let now = countersign::UnixTime::from_millis(self.wall);
        let verifiers = self.verifiers.clone();
        let holds = verifiers.iter().take(site.signatures()).all(|verifier| {
            let verified = verifier.verify(&flight.headers, &flight.body, now);
            verified.is_ok_and(|verified| {
                verified.event_id() == flight.header("countersign-delivery-id")
            })
        });
        // A clock that jumps while the request is under way is not the signature's fault.
        let is_excused = self.clock_changed_at >= self.now - SECOND;
        self.expect("the signature is good", holds || is_excused, || {
            format!("{:?}", flight.headers)
        });
    }

    /// A destination has done its work.
    fn note_arrival(&mut self, id: u64, flight: &Flight, original: usize) {
        *self.arrivals.entry((original, flight.site)).or_default() += 1;
        self.tally.note("accepted by a destination");
        if matches!(flight.from, From::Relay(_)) {
            self.relayed.insert(original);
            return;
        }
        let delivery = self.flights[&id].clone();
        let mut followed = self.deliveries[&delivery].clone();
        let earlier = followed.attempts.iter().filter(|seen| seen.is_accepted);
        for seen in earlier.clone() {
            self.tally.note("a copy of a delivery at a destination");
            let is_told = seen.settled.as_ref().is_some_and(|settled| !settled.is_answer_lost);
            let is_excused = self.is_excused(&delivery.0, seen.at) && seen.settled.is_none();
            let is_explained = !is_told || is_excused;
            self.expect("a copy has a reason", is_explained, || format!("{delivery:?}: {seen:?}"));
        }
        for seen in followed.attempts.iter_mut().filter(|seen| seen.flight == Some(id)) {
            seen.is_accepted = true;
        }
        self.deliveries.insert(delivery, followed);
    }

    /// What came of an attempt has been written down.
    pub(crate) fn note_outcome(
        &mut self,
        flight: u64,
        object: &str,
        outcome: Outcome,
        log: &str,
        storage: &Storage,
    ) {
        self.say(|| format!("{object}: {log}"));
        let log: Value = serde_json::from_str(log).unwrap();
        let delivery = self.flights[&flight].clone();
        let mut followed = self.deliveries[&delivery].clone();
        let (original, site) = (followed.original, followed.site);
        let closed_at = self.closed_at(object, site);
        if outcome.was_sent() {
            let (is_success, change) = (outcome.is_delivered(), log["breaker"].as_str());
            let named = format!("{delivery:?}");
            self.note_health(object, site, &named, is_success, change, storage);
        }
        let round = followed.round;
        let was_settled_at = followed.last_settled_at();
        let seen = followed.attempts.iter_mut().find(|seen| seen.flight == Some(flight)).unwrap();
        let row = self.state_of(original, site, round, seen.number, storage);
        let Some((state, due_at, finished_at)) = row else {
            let is_excused = self.is_excused(object, seen.at);
            return self.expect("a lease is its holder's", is_excused, || log.to_string());
        };
        let is_told = finished_at == if state == "pending" { 0 } else { self.wall };
        let told = || format!("{state} at {finished_at}");
        self.expect("a row says when it was finished", is_told, told);
        let is_early = log["early"] == true;
        let is_counted = outcome != Outcome::Unsent && log["probe"] != true && !is_early;
        let count = self.counts.entry(delivery.clone()).or_default();
        count.unspent += u32::from(!is_counted && !outcome.is_gone() && !outcome.is_delivered());
        let spent = count.spent(seen.number);
        let is_answer_lost = seen.is_accepted && !outcome.is_delivered();
        let (at, wall) = (self.now, self.wall);
        seen.is_unsent = outcome == Outcome::Unsent;
        seen.settled = Some(Settled { at, wall, state: state.clone(), due_at, is_answer_lost });
        self.deliveries.insert(delivery, followed);
        if self.absent.contains(&site) {
            // It is held, and its schedule is not known.
            return;
        }
        let may_be_early = closed_at.is_some_and(|closed_at| was_settled_at <= closed_at);
        self.expect("only what was held is early, and once", !is_early || may_be_early, || {
            log.to_string()
        });
        self.judge_state(site, outcome, is_counted, &state, spent);
        let is_scheduled = is_counted || is_early && outcome != Outcome::Unsent;
        if state == "pending" && is_scheduled {
            self.judge_schedule(site, outcome, spent.max(1), due_at);
        }
    }

    fn state_of(
        &self,
        original: usize,
        site: usize,
        round: i64,
        number: u32,
        storage: &Storage,
    ) -> Option<(String, i64, i64)> {
        let (key, variant) = &self.keys[&original];
        let query = "SELECT state, due_at, coalesce(finished_at, 0) FROM delivery
                     JOIN event ON seq = event AND key = ? AND variant = ?
                     WHERE destination = ? AND round = ? AND attempts = ?";
        let values = [
            key.as_str().into(),
            variant.as_str().into(),
            self.sites[site].name.into(),
            round.into(),
            number.into(),
        ];
        let row = rows(storage, query, &values).into_iter().next()?;
        let row = (text(&row[0]), integer(&row[1]), integer(&row[2]));
        Some(row).filter(|(state, ..)| state != "leased")
    }

    fn judge_state(
        &mut self,
        site: usize,
        outcome: Outcome,
        is_counted: bool,
        state: &str,
        spent: u32,
    ) {
        let pauses = self.settings.pauses(&self.sites[site]).len();
        let is_exhausted = is_counted && spent as usize > pauses;
        let expected = match outcome {
            Outcome::Delivered { .. } => "delivered",
            Outcome::Refused { status: 410, .. } => "dead",
            _ if is_exhausted => "dead",
            _ => "pending",
        };
        self.expect("an outcome has its consequence", state == expected, || {
            format!("site {site}: {outcome:?} after {spent} of {pauses}: {state}")
        });
    }

    fn judge_schedule(&mut self, site: usize, outcome: Outcome, spent: u32, due_at: i64) {
        let pauses = self.settings.pauses(&self.sites[site]);
        let Some(pause) = pauses.get((spent as usize).wrapping_sub(1)) else {
            return self.violate("the schedule is kept", spent);
        };
        let wanted = outcome.retry_after().map_or(0, |wait| wait.as_secs().cast_signed() * SECOND);
        let least = (pause * 9 / 10).max(wanted);
        let most = (pause * 11 / 10).max(wanted);
        let wait = due_at - self.wall;
        self.expect("the schedule is kept", (least..=most).contains(&wait), || {
            format!("site {site}: {wait} ms after failure {spent}, not {least} to {most}")
        });
    }
}
