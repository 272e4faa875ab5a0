//! What is under way to a destination.

use countersign::UnixTime;
use countersign::gateway::inbox::{Attempt, Body, Lease};
use countersign::gateway::{Outcome, Transmit};

use crate::world::{Happening, World};

/// A request to a destination.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) from: From,
    pub(crate) site: usize,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    began: UnixTime,
    outcome: Outcome,
}

/// Who waits for the answer.
#[derive(Clone, Debug)]
pub(crate) enum From {
    /// An object, in this life of it.
    Object(String, u64),
    /// A request in relay mode.
    Relay(u64),
}

impl Flight {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| value.as_str())
    }
}

pub(crate) fn attempt(outcome: Outcome, started_at: UnixTime) -> Attempt {
    Attempt { outcome, started_at, answer: String::new(), error: None }
}

impl World {
    /// A lease is sent.
    pub(crate) fn take_off(&mut self, name: &str, lease: Lease<Vec<u8>>) {
        let body = match &lease.body {
            Body::Here(bytes) => Some(bytes.clone()),
            Body::At(key) => self.bodies.get(key).cloned(),
        };
        let Some(body) = body else {
            return self.observer.violate("bodies are kept", &lease.body);
        };
        let is_readable = matches!(lease.body, Body::Here(_)) || !self.is_lost();
        let config = std::rc::Rc::clone(&self.config);
        let transmit = lease.transmit(Self::source_of(&config), &body, self.wall()).unwrap();
        let object = self.object(name);
        let from = From::Object(name.to_owned(), object.lives);
        let id = self.send(from, &transmit, is_readable);
        let number = self.flights[&id].header("countersign-attempt").unwrap().parse().unwrap();
        let original = self.observer.original_with(&body);
        self.observer.note_lease(name, Some((id, number)), &lease, original);
        self.object(name).life.as_mut().unwrap().leases.insert(id, lease);
    }

    pub(crate) fn send(&mut self, from: From, transmit: &Transmit<'_>, is_readable: bool) -> u64 {
        let sites = &self.scenario.sites;
        let site = sites.iter().position(|site| site.url() == transmit.url).unwrap();
        let flight = Flight {
            from,
            site,
            headers: transmit.headers.clone(),
            body: transmit.body.to_vec(),
            began: self.wall(),
            outcome: Outcome::Bodiless,
        };
        let id = self.id();
        self.flights.insert(id, flight);
        // A body that can't be read from the object store fails the attempt.
        self.soon(if is_readable { Happening::Deliver(id) } else { Happening::Land(id) });
        id
    }

    /// The request is at the destination, or has not got out.
    pub(crate) fn deliver(&mut self, id: u64) {
        let flight = self.flights[&id].clone();
        let site = &self.scenario.sites[flight.site];
        let original = self.observer.original_with(&flight.body);
        let is_calm = self.is_calm;
        let reception = site.receive(&mut self.random, original, self.now, is_calm);
        self.observer.note_reception(id, &flight, site, original, reception);
        self.flights.get_mut(&id).unwrap().outcome = reception.outcome;
        self.after(reception.after, Happening::Land(id));
    }

    pub(crate) fn land(&mut self, id: u64) {
        let flight = self.flights.remove(&id).unwrap();
        match &flight.from {
            From::Relay(request) => self.relayed(*request, flight.outcome),
            From::Object(name, life) => {
                let object = self.object(name);
                if object.lives == *life {
                    self.settle(id, name, flight.outcome, flight.began);
                }
            }
        }
    }
}
