//! A gateway that is not impressed.

use countersign::gateway::Outcome;
use serde_json::Value;

use crate::relay::{Environment, NOW, OK, Relay, Request, environment, one_of_each};

pub(super) struct Gateway {
    pub(super) relay: Relay,
    served: usize,
}

impl Gateway {
    /// With one source of each scheme.
    pub(super) fn with_all_schemes() -> Self {
        Self::new(&environment(&one_of_each()))
    }

    pub(super) fn new(environment: &Environment) -> Self {
        Self { relay: Relay::new(environment), served: 0 }
    }

    /// Sends a request that gets no further, for this reason.
    #[track_caller]
    pub(super) fn refuses(&mut self, request: &Request, status: u16, reason: &str) {
        let before = (self.relay.sent.len(), self.relay.store.clone());
        let reply = self.relay.serve(request, NOW, OK);
        let log: Value = serde_json::from_str(&self.relay.log).unwrap();
        assert_eq!((reply.status, log["reason"].as_str()), (status, Some(reason)), "{request:?}");
        assert_eq!(log["status"], status);
        assert!(reply.content.1.starts_with(r#"{"error":""#), "{}", reply.content.1);
        assert_eq!((self.relay.sent.len(), self.relay.store.clone()), before, "{request:?}");
    }

    /// Sends an event that the destination answers so that it does not count as delivered.
    #[track_caller]
    pub(super) fn fails(&mut self, request: &Request, outcome: Outcome) -> (u16, Option<u32>) {
        let before = (self.relay.sent.len() + 1, self.relay.store.clone());
        let reply = self.relay.serve(request, NOW, outcome);
        assert_eq!((self.relay.sent.len(), self.relay.store.clone()), before, "{request:?}");
        (reply.status, reply.retry_after)
    }

    /// Sends the next good request to a source, which is served.
    #[track_caller]
    pub(super) fn serves(&mut self, source: &str) {
        self.served += 1;
        let body = format!(r#"{{"n":{}}}"#, self.served);
        let request =
            Request::signed(source, &format!("good_{}", self.served), NOW, body.as_bytes());
        let stored = self.relay.store.len();
        let reply = self.relay.serve(&request, NOW, OK);
        assert_eq!(reply.status, 200, "{}", self.relay.log);
        assert_eq!(self.relay.store.len(), stored + 1);
        let sent = self.relay.sent.last().unwrap();
        assert_eq!((sent.url.as_str(), &sent.body), ("https://app.example.com/in", &request.body));
        assert!(sent.headers.contains(&("countersign-source", source.to_owned())));
    }
}
