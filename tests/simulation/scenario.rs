//! What a seed decides before anything happens.

use std::collections::BTreeMap;
use std::fmt;

use countersign::scheme::{BOATEROS, PEEKER, Scheme};

use crate::original::Original;
use crate::random::Random;
use crate::settings::Settings;
use crate::site::Site;
use crate::time::{DAY, HOUR, MINUTE, SECOND, START};

/// One run: the configuration, what the provider sends, what goes wrong, and when.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) scheme: &'static Scheme,
    pub(crate) settings: Settings,
    pub(crate) sites: Vec<Site>,
    pub(crate) originals: Vec<Original>,
    pub(crate) visits: Vec<(i64, Visit)>,
    pub(crate) changes: Vec<(i64, Change)>,
    pub(crate) weather: Weather,
    /// From here on nothing goes wrong any more.
    pub(crate) calm_from: i64,
}

/// Somebody sends something to the gateway.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Visit {
    /// The provider sends an event, so many copies of it at once, and again until it is
    /// acknowledged.
    Event { original: usize, copies: usize },
    /// A stranger sends something in an event's name.
    Forged { original: usize, forgery: Forgery },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Forgery {
    /// Another body under the event's id, signed with another secret.
    WrongSecret,
    /// Another body under a genuine signature.
    OtherBody,
    /// The event's own body, not signed at all.
    Unsigned,
    /// A genuine request, an hour old.
    Stale,
}

/// Somebody changes something.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// The gateway's clock jumps by so many milliseconds.
    Clock(i64),
    Shards(u32),
    /// From relay mode to inbox mode.
    Inbox,
    /// A destination leaves the configuration.
    Leave(usize),
    /// It comes back.
    Return(usize),
    /// All processes are killed at once.
    Blackout,
}

/// How much goes wrong by chance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// Nothing but destinations fails: there every copy and every delay is held against the
    /// gateway.
    pub(crate) is_calm: bool,
    /// Of a million steps of a process, and of all that anybody waits for.
    pub(crate) faults: u32,
    /// Of a hundred requests, and of their answers.
    pub(crate) lost: u32,
    /// The longest that an alarm may be late.
    pub(crate) alarms_late: i64,
    pub(crate) has_cron: bool,
}

impl Scenario {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let random = &mut random;
        let scheme = *random.pick(&[&PEEKER, &BOATEROS]);
        let span = *random.pick(&[10 * MINUTE, 3 * HOUR, 12 * HOUR, 3 * DAY, 8 * DAY]);
        let weather = weather(random);
        let originals = originals(random, scheme);
        let sites = Site::some(random, weather.is_calm, span, originals.len());
        let settings = Settings::some(random, scheme, weather.is_calm, span);
        let visits = visits(random, &settings, &originals, span);
        let changes = changes(random, weather, &settings, sites.len(), &visits, span);
        let last = visits.iter().map(|(at, _)| *at).chain(changes.iter().map(|(at, _)| *at)).max();
        let calm_from = last.unwrap_or(START).max(START + span) + MINUTE;
        Self { scheme, settings, sites, originals, visits, changes, weather, calm_from }
    }

    /// A small one for going through all its steps one by one: two events, one of them twice at
    /// once; two destinations, of which the second is down for a minute, so that both deliveries to
    /// it die; a copy of the first while it is open, one that redrives it; and after a change of
    /// shards replays of both and a new event.
    pub(crate) fn small() -> Self {
        // With this seed the first two change their shards.
        let mut random = Random::new(1);
        let originals = (0..3).map(|n| Original::small(&mut random, &BOATEROS, n)).collect();
        let visit =
            |secs, original, copies| (START + secs * SECOND, Visit::Event { original, copies });
        Self {
            scheme: &BOATEROS,
            settings: Settings::small(),
            sites: Site::one_that_works_and_one_that_fails(),
            originals,
            visits: vec![
                visit(0, 0, 1),
                visit(1, 1, 2),
                visit(20, 0, 1),
                visit(70, 0, 1),
                visit(4000, 0, 1),
                visit(4001, 1, 1),
                visit(4002, 2, 1),
            ],
            changes: vec![(START + 3600 * SECOND, Change::Shards(2))],
            weather: Weather {
                is_calm: false,
                faults: 0,
                lost: 0,
                alarms_late: 0,
                has_cron: false,
            },
            calm_from: START + 2 * HOUR,
        }
    }

    /// The variables and secrets of the gateway's first deployment, and of later ones.
    pub(crate) fn environment(&self, deployment: Deployment<'_>) -> BTreeMap<String, String> {
        self.settings.environment(self.scheme, &self.sites, deployment)
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {:?}", self.scheme.title, self.settings)?;
        writeln!(f, "{:?}", self.weather)?;
        for (number, site) in self.sites.iter().enumerate() {
            writeln!(f, "site {number}: {site:?}")?;
        }
        for (number, original) in self.originals.iter().enumerate() {
            writeln!(f, "event {number}: {original:?}")?;
        }
        Ok(())
    }
}

/// What changes between deployments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deployment<'d> {
    pub(crate) is_inbox: bool,
    pub(crate) shards: u32,
    pub(crate) absent: &'d [usize],
}

fn weather(random: &mut Random) -> Weather {
    let has_cron = random.percent(50);
    if random.percent(20) {
        return Weather { is_calm: true, faults: 0, lost: 0, alarms_late: 50, has_cron };
    }
    Weather {
        is_calm: false,
        faults: *random.pick(&[0, 300, 2000, 10_000]),
        lost: *random.pick(&[0, 5, 20]),
        alarms_late: *random.pick(&[50, 2 * SECOND, MINUTE]),
        has_cron,
    }
}

fn originals(random: &mut Random, scheme: &'static Scheme) -> Vec<Original> {
    let count = *random.pick(&[1, 2, 3, 5, 8, 20]);
    let mut originals: Vec<_> = (0..count).map(|n| Original::new(random, scheme, n)).collect();
    // The same id for another body is a fault of the provider's.
    if scheme.event_id.is_some() && count > 2 && random.percent(20) {
        originals[1].id = originals[0].id.clone();
        originals[1].is_twin = true;
        originals[0].is_twin = true;
    }
    originals
}

fn visits(
    random: &mut Random,
    settings: &Settings,
    originals: &[Original],
    span: i64,
) -> Vec<(i64, Visit)> {
    let mut visits = Vec::new();
    let burst = random.percent(30).then(|| START + random.between(0, span));
    for original in 0..originals.len() {
        let at = match burst {
            Some(burst) => burst + random.between(0, 5 * SECOND),
            None => START + random.between(0, span),
        };
        let copies = if random.percent(20) { random.below(5) + 2 } else { 1 };
        visits.push((at, Visit::Event { original, copies }));
        visits.extend(forged(random, original, at));
        visits.extend(again(random, settings, original, at, span));
    }
    visits.retain(|(at, _)| *at <= START + 2 * span);
    visits
}

fn forged(random: &mut Random, original: usize, at: i64) -> Option<(i64, Visit)> {
    let forgery = *random.pick(&[
        Forgery::WrongSecret,
        Forgery::OtherBody,
        Forgery::Unsigned,
        Forgery::Stale,
    ]);
    let moment = if random.percent(60) { at - SECOND } else { at + random.between(0, HOUR) };
    random.percent(25).then_some((moment, Visit::Forged { original, forgery }))
}

/// Copies that somebody asks the provider for.
fn again(
    random: &mut Random,
    settings: &Settings,
    original: usize,
    at: i64,
    span: i64,
) -> Vec<(i64, Visit)> {
    if !random.percent(35) {
        return Vec::new();
    }
    let moments = [
        MINUTE,
        settings.replay_after(),
        settings.replay_after() + 5 * MINUTE,
        settings.window() + HOUR,
        span,
    ];
    let count = random.below(3) + 1;
    let mut visits = Vec::new();
    for _ in 0..count {
        let longest = *random.pick(&moments);
        let wait = random.between(0, longest);
        let late = if random.percent(30) { *random.pick(&moments) } else { wait };
        visits.push((at + late, Visit::Event { original, copies: 1 }));
    }
    visits
}

fn changes(
    random: &mut Random,
    weather: Weather,
    settings: &Settings,
    sites: usize,
    visits: &[(i64, Visit)],
    span: i64,
) -> Vec<(i64, Change)> {
    let mut changes = Vec::new();
    let moment = |random: &mut Random| START + random.between(0, span);
    if settings.starts_in_relay {
        changes.push((START + random.between(MINUTE, span), Change::Inbox));
    }
    if random.percent(30) {
        // A shard goes by what it has heard for up to a minute.
        let mut at = moment(random);
        for _ in 0..=random.below(2) {
            changes.push((at, Change::Shards(*random.pick(&[1, 2, 4, 8]))));
            at += random.between(2 * MINUTE, 2 * MINUTE + span);
        }
    }
    if sites > 1 && random.percent(20) {
        let site = random.below(sites - 1) + 1;
        let at = moment(random);
        changes.push((at, Change::Leave(site)));
        if random.percent(70) {
            changes.push((at + random.between(MINUTE, span), Change::Return(site)));
        }
    }
    if !weather.is_calm {
        changes.extend(upsets(random, weather, visits, span));
    }
    changes
}

fn upsets(
    random: &mut Random,
    weather: Weather,
    visits: &[(i64, Visit)],
    span: i64,
) -> Vec<(i64, Change)> {
    let mut changes = Vec::new();
    for _ in 0..random.below(4) {
        let far = *random.pick(&[SECOND, 30 * SECOND, 4 * MINUTE, HOUR, 5 * HOUR]);
        let by = random.between(-far, far);
        // Best while something is under way.
        let (visit, _) = *random.pick(visits);
        let at = visit + random.between(0, 2 * SECOND);
        if random.percent(50) {
            changes.push((at, Change::Clock(by)));
            changes.push((at + random.between(SECOND, span / 2), Change::Clock(-by)));
        }
    }
    if weather.faults > 0 {
        for _ in 0..random.below(6) {
            changes.push((START + random.between(0, span), Change::Blackout));
        }
    }
    changes
}
