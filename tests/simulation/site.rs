use std::collections::BTreeMap;

use countersign::gateway::Outcome;
use serde_json::{Value, json};

use crate::random::Random;
use crate::time::{HOUR, MINUTE, SECOND, START};

/// A destination, as it is: not as it is configured.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) name: &'static str,
    filter: Option<&'static str>,
    pub(crate) timeout_secs: i64,
    /// Its own schedule in seconds, in place of the source's.
    pub(crate) retry: Option<Vec<i64>>,
    secrets: usize,
    mood: Mood,
    outages: Vec<Outage>,
    /// Events that it never takes.
    poison: BTreeMap<usize, Manner>,
}

/// What happens to a request by chance, of a hundred.
#[derive(Clone, Copy, Debug, Default)]
struct Mood {
    fails: u32,
    busy: u32,
    hangs: u32,
    gone: u32,
    unsent: u32,
    resets: u32,
    /// The work is done, and the answer is lost.
    forgets: u32,
}

#[derive(Clone, Copy, Debug)]
struct Outage {
    from: i64,
    to: i64,
    manner: Manner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Fails,
    Refuses,
    Hangs,
    Busy,
}

/// What a request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reception {
    /// Whether the destination has done its work.
    pub(crate) is_accepted: bool,
    /// What the gateway sees.
    pub(crate) outcome: Outcome,
    /// After how long it sees it.
    pub(crate) after: i64,
}

impl Site {
    pub(crate) fn some(
        random: &mut Random,
        is_calm: bool,
        span: i64,
        originals: usize,
    ) -> Vec<Self> {
        let count = *random.pick(&[1, 1, 2, 3]);
        NAMES[..count]
            .iter()
            .map(|name| Self::one(random, name, is_calm, span, originals))
            .collect()
    }

    fn one(
        random: &mut Random,
        name: &'static str,
        is_calm: bool,
        span: i64,
        originals: usize,
    ) -> Self {
        let filters = [None, None, Some("order.*"), Some("hull.*")];
        let filter = if name == NAMES[0] { None } else { *random.pick(&filters) };
        let retry = random.percent(30).then(|| random.pick(&[vec![10], vec![30, 600]]).clone());
        let mut poison = BTreeMap::new();
        if random.percent(25) && span <= 12 * HOUR {
            let manner = *random.pick(&[Manner::Fails, Manner::Hangs, Manner::Refuses]);
            poison.insert(random.below(originals), manner);
        }
        Self {
            name,
            filter,
            timeout_secs: *random.pick(&[3, 15, 60]),
            retry,
            secrets: random.below(3),
            mood: Mood::some(random, is_calm),
            outages: outages(random, span),
            poison,
        }
    }

    pub(crate) fn one_that_works_and_one_that_fails() -> Vec<Self> {
        let site = |name, to| Self {
            name,
            filter: None,
            timeout_secs: 3,
            retry: None,
            secrets: 1,
            mood: Mood::default(),
            outages: vec![Outage { from: START, to, manner: Manner::Fails }],
            poison: BTreeMap::new(),
        };
        vec![site(NAMES[0], START), site(NAMES[1], START + MINUTE)]
    }

    pub(crate) fn timeout(&self) -> i64 {
        self.timeout_secs * SECOND
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}.example.com/in", self.name)
    }

    pub(crate) fn wants(&self, event_type: Option<&str>) -> bool {
        let prefix = self.filter.and_then(|filter| filter.strip_suffix('*'));
        let passes = |prefix: &str| event_type.is_none_or(|name| name.starts_with(prefix));
        prefix.is_none_or(passes)
    }

    /// How many signatures each request has.
    pub(crate) const fn signatures(&self) -> usize {
        self.secrets
    }

    pub(crate) fn is_poisoned_by(&self, original: usize) -> bool {
        self.poison.contains_key(&original)
    }

    pub(crate) fn to_json(&self, is_inbox: bool) -> Value {
        let mut site = json!({ "name": self.name, "url": self.url() });
        if let Some(filter) = self.filter {
            site["events"] = json!([filter]);
        }
        if !is_inbox {
            return site;
        }
        site["timeoutSeconds"] = self.timeout_secs.into();
        let secrets = ["NEW_SECRET", "OLD_SECRET"];
        site["signingSecret"] = match self.secrets {
            0 => false.into(),
            1 => secrets[0].into(),
            _ => json!(secrets),
        };
        if let Some(retry) = &self.retry {
            site["retrySchedule"] = json!(retry);
        }
        site
    }

    /// What becomes of a request that is sent now.
    pub(crate) fn receive(
        &self,
        random: &mut Random,
        original: usize,
        now: i64,
        is_calm: bool,
    ) -> Reception {
        if let Some(manner) = self.poison.get(&original) {
            return self.fail(random, *manner);
        }
        let outage = self.outages.iter().find(|outage| (outage.from..outage.to).contains(&now));
        match outage {
            _ if is_calm => accept(random),
            Some(outage) => self.fail(random, outage.manner),
            None => self.by_mood(random),
        }
    }

    fn by_mood(&self, random: &mut Random) -> Reception {
        let roll = u32::try_from(random.below(100)).unwrap();
        let mood = self.mood;
        let mut below = 0;
        let mut is = |share: u32| {
            below += share;
            roll < below
        };
        if is(mood.fails) {
            return self.fail(random, Manner::Fails);
        }
        if is(mood.busy) {
            return self.fail(random, Manner::Busy);
        }
        if is(mood.hangs) {
            return self.fail(random, Manner::Hangs);
        }
        if is(mood.resets) {
            return self.fail(random, Manner::Refuses);
        }
        if is(mood.gone) {
            return refuse(random, 410, None);
        }
        if is(mood.unsent) {
            return Reception { is_accepted: false, outcome: Outcome::Unsent, after: 0 };
        }
        if is(mood.forgets) {
            let outcome = *random.pick(&[Outcome::Unreachable, Outcome::TimedOut]);
            return Reception { is_accepted: true, outcome, after: self.timeout() };
        }
        accept(random)
    }

    fn fail(&self, random: &mut Random, manner: Manner) -> Reception {
        match manner {
            Manner::Fails => refuse(random, 500, None),
            Manner::Busy => {
                let retry_after = *random.pick(&[None, Some("1"), Some("90"), Some("7200")]);
                refuse(random, 429, retry_after)
            }
            Manner::Refuses => {
                let after = random.between(1, 50);
                Reception { is_accepted: false, outcome: Outcome::Unreachable, after }
            }
            Manner::Hangs => {
                let after = self.timeout();
                Reception { is_accepted: false, outcome: Outcome::TimedOut, after }
            }
        }
    }
}

impl Mood {
    fn some(random: &mut Random, is_calm: bool) -> Self {
        let fails = *random.pick(&[0, 0, 10, 40]);
        if random.percent(40) {
            return Self { fails, ..Self::default() };
        }
        let share = *random.pick(&[2, 5, 10]);
        Self {
            fails,
            busy: share,
            hangs: share,
            gone: random.below(2).try_into().unwrap(),
            unsent: share / 2,
            resets: share,
            forgets: if is_calm { 0 } else { share },
        }
    }
}

fn outages(random: &mut Random, span: i64) -> Vec<Outage> {
    let mut outages = Vec::new();
    for _ in 0..*random.pick(&[0, 0, 1, 2]) {
        let from = START + random.between(0, span);
        let longest = if span > 3 * HOUR { 12 * HOUR } else { HOUR };
        let length = *random.pick(&[MINUTE, 20 * MINUTE, longest]);
        let manner = *random.pick(&[Manner::Fails, Manner::Refuses, Manner::Hangs, Manner::Busy]);
        outages.push(Outage { from, to: from + random.between(1, length), manner });
    }
    outages
}

fn accept(random: &mut Random) -> Reception {
    let status = *random.pick(&[200, 202, 204]);
    let outcome = Outcome::Delivered { status };
    Reception { is_accepted: true, outcome, after: random.between(1, 300) }
}

fn refuse(random: &mut Random, status: u16, retry_after: Option<&str>) -> Reception {
    let outcome = Outcome::of_answer(status, retry_after);
    Reception { is_accepted: false, outcome, after: random.between(1, 300) }
}

const NAMES: [&str; 3] = ["app", "audit", "mail"];
