//! The provider: sends an event, signed anew each time, until it is acknowledged or it has no
//! patience left.

use crate::original::Message;
use crate::request::{Request, Sender};
use crate::settings::provider_retries;
use crate::time::SECOND;
use crate::world::{Happening, World};

/// One event that the provider wants to have acknowledged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain {
    original: usize,
    failures: usize,
    is_over: bool,
}

impl World {
    /// The provider has something to say, so many times at once.
    pub(crate) fn begin_chain(&mut self, original: usize, copies: usize) {
        self.chains.push(Chain { original, failures: 0, is_over: false });
        self.provide(self.chains.len() - 1);
        for _ in 1..copies {
            let scheme = self.scenario.scheme;
            let message = self.scenario.originals[original].signed(scheme, self.now);
            self.send_to_gateway(message, Sender::provider(original, None));
        }
    }

    pub(crate) fn provide(&mut self, chain: usize) {
        let original = self.chains[chain].original;
        self.observer.say(|| format!("the provider sends event {original}"));
        let message = self.scenario.originals[original].signed(self.scenario.scheme, self.now);
        self.send_to_gateway(message, Sender::provider(original, Some(chain)));
    }

    pub(crate) fn send_to_gateway(&mut self, message: Message, sender: Sender) {
        if self.is_lost() {
            self.observer.say(|| "a request to the gateway is lost".to_owned());
            return self.wait_in_vain(sender.chain);
        }
        let id = self.id();
        self.requests.insert(id, Request::new(message, sender));
        self.soon(Happening::Arrive(id));
    }

    /// What the gateway says reaches the provider, or does not.
    pub(crate) fn answer(&mut self, request: u64, status: u16) {
        let request = self.requests.remove(&request).unwrap();
        if self.is_lost() {
            self.observer.say(|| format!("the answer {status} is lost"));
            return self.wait_in_vain(request.sender.chain);
        }
        let Some(chain) = request.sender.chain else { return };
        if (200..300).contains(&status) {
            self.chains[chain].is_over = true;
        } else {
            self.retry_later(chain);
        }
    }

    /// It has waited for long enough.
    pub(crate) fn give_up(&mut self, chain: usize) {
        self.retry_later(chain);
    }

    pub(crate) fn wait_in_vain(&mut self, chain: Option<usize>) {
        if let Some(chain) = chain {
            self.after(15 * SECOND, Happening::GiveUp { chain });
        }
    }

    fn retry_later(&mut self, number: usize) {
        let chain = &mut self.chains[number];
        let retries = provider_retries(self.scenario.scheme);
        let Some(pause) = retries.get(chain.failures) else {
            chain.is_over = true;
            return;
        };
        chain.failures += 1;
        let pause = pause * self.random.between(90, 110) / 100;
        self.after(pause, Happening::Retry(number));
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.chains.iter().any(|chain| !chain.is_over) || !self.requests.is_empty()
    }

    pub(crate) fn is_lost(&mut self) -> bool {
        !self.is_calm && self.random.percent(self.scenario.weather.lost)
    }
}
