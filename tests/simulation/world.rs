//! Everything there is, and what happens in it one after the other.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use countersign::UnixTime;
use countersign::gateway::inbox::Hearsay;
use countersign::gateway::{Config, InFlight, Mark, Source};

use crate::agenda::Agenda;
use crate::faults::{Faults, Place};
use crate::object::Object;
use crate::observer::{Observer, Tally, Violation};
use crate::original::Message;
use crate::provider::Chain;
use crate::random::Random;
use crate::request::{Request, Sender};
use crate::scenario::{Change, Deployment, Forgery, Scenario, Visit};
use crate::send::Flight;
use crate::time::{DAY, HOUR, MINUTE, START};

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) scenario: Scenario,
    /// The true time, which the provider and the destinations know.
    pub(crate) now: i64,
    /// By how much the gateway's clock is wrong.
    pub(crate) offset: i64,
    pub(crate) is_calm: bool,
    pub(crate) random: Random,
    pub(crate) agenda: Agenda<Happening>,
    pub(crate) faults: Rc<RefCell<Faults>>,
    pub(crate) observer: Observer,
    pub(crate) is_inbox: bool,
    pub(crate) shards: u32,
    pub(crate) absent: Vec<usize>,
    pub(crate) config: Rc<Config>,
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) isolate: InFlight,
    pub(crate) marks: BTreeMap<String, (Mark, i64)>,
    pub(crate) bodies: BTreeMap<String, Vec<u8>>,
    pub(crate) chains: Vec<Chain>,
    pub(crate) requests: BTreeMap<u64, Request>,
    pub(crate) flights: BTreeMap<u64, Flight>,
    last_id: u64,
}

/// What happens at a time.
#[derive(Debug)]
pub(crate) enum Happening {
    Visit(Visit),
    Change(Change),
    /// The provider sends what was not acknowledged.
    Retry(usize),
    /// A request is at the gateway.
    Arrive(u64),
    /// A request is at its object.
    Reach(u64),
    /// A request's entry is at an earlier shard.
    ReachEarlier {
        request: u64,
        shard: u32,
    },
    /// A request's question is at the first shard.
    ReachFirst(u64),
    /// The answer to a question is at the object that asked it.
    Hear {
        request: u64,
        hearsay: Hearsay,
    },
    /// The object has failed with a request in it.
    Fail(u64),
    /// What the gateway says is on its way to the provider.
    Answer {
        request: u64,
        status: u16,
    },
    /// The provider waits no longer.
    GiveUp {
        chain: usize,
    },
    /// An alarm goes off, unless it was moved.
    Alarm {
        object: String,
        version: u64,
    },
    /// An alarm goes off that has gone off already.
    AlarmAgain {
        object: String,
    },
    /// A handler that waits looks again, unless it has looked since.
    Nudge {
        object: String,
        nudge: u64,
    },
    /// A request is at a destination.
    Deliver(u64),
    /// What came of it is at the gateway.
    Land(u64),
    Cron,
    /// From here on nothing goes wrong.
    Calm,
    /// Is everything at rest?
    Look,
}

impl World {
    pub(crate) fn new(
        scenario: Scenario,
        faults: &Rc<RefCell<Faults>>,
        seed: u64,
        is_loud: bool,
    ) -> Self {
        let is_inbox = !scenario.settings.starts_in_relay;
        let shards = scenario.settings.first_shards;
        let deployment = Deployment { is_inbox, shards, absent: &[] };
        let config = Config::read(&scenario.environment(deployment));
        Self {
            observer: Observer::new(&scenario, is_loud),
            now: START,
            offset: 0,
            is_calm: false,
            random: Random::new(seed ^ 0x5eed),
            agenda: Agenda::default(),
            faults: Rc::clone(faults),
            is_inbox,
            shards,
            absent: Vec::new(),
            config: Rc::new(config),
            objects: BTreeMap::new(),
            isolate: InFlight::default(),
            marks: BTreeMap::new(),
            bodies: BTreeMap::new(),
            chains: Vec::new(),
            requests: BTreeMap::new(),
            flights: BTreeMap::new(),
            last_id: 0,
            scenario,
        }
    }

    /// Lets everything happen, until all is at rest.
    pub(crate) fn run(mut self) -> Result<Tally, Violation> {
        self.plan();
        for step in 0.. {
            let Some((at, happening)) = self.agenda.next() else { break };
            self.now = self.now.max(at);
            self.observer.set_time(self.now, self.wall());
            let is_over = matches!(happening, Happening::Look) && self.is_at_rest();
            if is_over {
                break;
            }
            self.happen(happening);
            self.observer.check_so_far()?;
            self.observer.tally.note("happenings");
            if step == MOST_STEPS {
                return Err(Violation::new("it comes to rest", self.unrest()));
            }
        }
        self.observe_end();
        self.observer.check_so_far()?;
        Ok(self.tally())
    }

    fn plan(&mut self) {
        for (at, visit) in std::mem::take(&mut self.scenario.visits) {
            self.agenda.add(at, Happening::Visit(visit));
        }
        for (at, change) in std::mem::take(&mut self.scenario.changes) {
            self.agenda.add(at, Happening::Change(change));
        }
        self.agenda.add(self.scenario.calm_from, Happening::Calm);
        if self.scenario.weather.has_cron {
            self.agenda.add(START + MINUTE, Happening::Cron);
        }
    }

    fn happen(&mut self, happening: Happening) {
        let fault = self.faults.borrow_mut().step(Place::Await);
        if fault.is_some() {
            self.kill_some();
        }
        match happening {
            Happening::Visit(visit) => self.visit(visit),
            Happening::Change(change) => self.change(change),
            Happening::Retry(chain) => self.provide(chain),
            Happening::Arrive(request) => self.arrive(request),
            Happening::Reach(request) => self.reach(request),
            Happening::ReachEarlier { request, shard } => self.reach_earlier(request, shard),
            Happening::ReachFirst(request) => self.reach_first(request),
            Happening::Hear { request, hearsay } => self.hear(request, hearsay),
            Happening::Fail(request) => self.fail(request),
            Happening::Answer { request, status } => self.answer(request, status),
            Happening::GiveUp { chain } => self.give_up(chain),
            Happening::Alarm { object, version } => self.alarm(&object, version),
            Happening::AlarmAgain { object } => self.alarm_again(&object),
            Happening::Nudge { object, nudge } => self.nudge(&object, nudge),
            Happening::Deliver(flight) => self.deliver(flight),
            Happening::Land(flight) => self.land(flight),
            Happening::Cron => self.cron(),
            Happening::Calm => self.calm_down(),
            Happening::Look => self.look(),
        }
    }

    pub(crate) fn id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn after(&mut self, wait: i64, happening: Happening) {
        self.agenda.add(self.now + wait, happening);
    }

    /// A moment in the network.
    pub(crate) fn soon(&mut self, happening: Happening) {
        let wait = self.random.between(1, 20);
        self.after(wait, happening);
    }

    /// The gateway's time.
    pub(crate) fn wall(&self) -> UnixTime {
        UnixTime::from_millis(self.now + self.offset)
    }

    pub(crate) fn source_of(config: &Config) -> &Source {
        config.sources().next().and_then(|(_, source)| source).unwrap()
    }

    fn visit(&mut self, visit: Visit) {
        match visit {
            Visit::Event { original, copies } => self.begin_chain(original, copies),
            Visit::Forged { original, forgery } => {
                let message = self.forge(original, forgery);
                self.observer.note_forgery(&message);
                self.send_to_gateway(message, Sender::stranger(original));
            }
        }
    }

    fn forge(&self, original: usize, forgery: Forgery) -> Message {
        let scheme = self.scenario.scheme;
        let victim = &self.scenario.originals[original];
        let other = format!("{{\"forged\":{}}}", self.now);
        match forgery {
            Forgery::WrongSecret => {
                let secret = crate::original::WRONG_SECRET;
                victim.signed_with(scheme, secret, self.now, other.as_bytes())
            }
            Forgery::OtherBody => {
                Message { body: other.into_bytes().into(), ..victim.signed(scheme, self.now) }
            }
            Forgery::Unsigned => {
                let mut message = victim.signed(scheme, self.now);
                message.headers.retain(|(name, _)| name != scheme.signature.header);
                message
            }
            // As old by the gateway's clock.
            Forgery::Stale => victim.signed(scheme, self.now + self.offset - HOUR),
        }
    }

    fn change(&mut self, change: Change) {
        self.observer.say(|| format!("{change:?}"));
        match change {
            Change::Clock(by) => {
                self.offset += by;
                self.observer.note_clock(self.wall());
                self.plan_alarms_anew();
            }
            Change::Shards(shards) => self.shards = shards,
            Change::Inbox => self.is_inbox = true,
            Change::Leave(site) => self.absent.push(site),
            Change::Return(site) => self.absent.retain(|absent| *absent != site),
            Change::Blackout => self.kill_all(),
        }
        self.deploy();
    }

    fn deploy(&mut self) {
        let absent = &self.absent;
        let deployment = Deployment { is_inbox: self.is_inbox, shards: self.shards, absent };
        self.config = Rc::new(Config::read(&self.scenario.environment(deployment)));
        self.observer.note_deployment(self.shards, &self.absent);
        assert!(!self.config.has_errors(), "{:?}", self.config.mistakes());
    }

    fn calm_down(&mut self) {
        self.observer.say(|| "from here on nothing goes wrong".to_owned());
        self.is_calm = true;
        self.faults.borrow_mut().turn_off();
        self.after(10 * MINUTE, Happening::Look);
    }

    fn look(&mut self) {
        if self.now > self.scenario.calm_from + 60 * DAY {
            self.observer.violate("it comes to rest", self.unrest());
        }
        let since = self.now - self.scenario.calm_from;
        self.after(since.clamp(10 * MINUTE, 6 * HOUR), Happening::Look);
    }
}

const MOST_STEPS: usize = 100_000;
