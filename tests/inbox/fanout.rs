//! Several destinations: each has its own deliveries, and none waits for another.

use countersign::gateway::inbox::{Lanes, Value};
use countersign::scheme::BOATEROS;
use serde_json::{Value as Json, json};

use crate::rig::{DAY, FAILED, GONE, HOUR, Held, MINUTE, OK, Rig, SECOND, Sent, destination};

fn sold(body: &str) -> Sent<'_> {
    Sent { event_type: Some("hull.sold"), body, ..Sent::new("") }
}

fn destinations(names: &[&str]) -> Json {
    let destinations = names.iter().map(|name| destination(name, &json!({})));
    json!({ "destinations": Json::from_iter(destinations) })
}

fn names(leases: &[Held]) -> Vec<&str> {
    leases.iter().map(|lease| lease.destination.as_str()).collect()
}

#[test]
fn an_event_goes_to_all_that_want_it_and_to_no_others() {
    let filtered = |name, events: &[&str]| destination(name, &json!({ "events": events }));
    let settings = json!({ "destinations": [
        filtered("hulls", &["hull.*"]),
        filtered("sold", &["*.sold"]),
        filtered("deals", &["deal.*"]),
        destination("all", &json!({})),
    ] });
    let mut rig = Rig::new(&BOATEROS, &settings);
    rig.come(sold("{}"));
    let leases = rig.leases();
    let mut names = names(&leases);
    names.sort_unstable();
    assert_eq!(names, ["all", "hulls", "sold"]);
    let mut ids: Vec<_> = leases.iter().map(Held::delivery_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3, "each delivery has an id of its own");
}

#[test]
fn what_becomes_of_one_is_nothing_to_the_others() {
    let mut rig = Rig::new(&BOATEROS, &destinations(&["app", "audit", "mail"]));
    rig.come(sold("{}"));
    for lease in rig.leases() {
        match lease.destination.as_str() {
            "app" => drop(rig.end(&lease, OK)),
            "audit" => drop(rig.end(&lease, GONE)),
            // This one hangs.
            _ => {}
        }
    }
    assert_eq!(rig.states(), ["delivered", "dead", "leased"]);
}

#[test]
fn one_that_fails_for_days_delays_nobody() {
    let mut rig = Rig::new(&BOATEROS, &destinations(&["app", "audit"]));
    for n in 0..200 {
        rig.come(sold(&format!(r#"{{"n":{n}}}"#)));
        let leases = rig.leases();
        assert_eq!(names(&leases).iter().filter(|name| **name == "audit").count(), 1, "{n}");
        for lease in leases {
            rig.end(&lease, if lease.destination == "audit" { OK } else { FAILED });
        }
        rig.wait(HOUR);
    }
}

/// Six may be under way. One that hangs leaves some for the others.
#[test]
fn one_that_hangs_does_not_take_all_lanes() {
    let mut rig = Rig::new(&BOATEROS, &destinations(&["app", "audit"]));
    for n in 0..10 {
        rig.come(sold(&format!(r#"{{"n":{n}}}"#)));
    }
    let mut lanes = Lanes::default();
    let mut taken = Vec::new();
    while let Some(lease) = rig.lease_beside(&lanes) {
        lanes.claim(&lease.destination);
        taken.push(lease);
    }
    assert_eq!(taken.len(), 6);
    for name in ["app", "audit"] {
        assert!(names(&taken).contains(&name), "{name} has none");
    }
    // Audit answers, app hangs: what comes free goes to audit, for as long as app has its share.
    for _ in 0..5 {
        let done = taken.iter().position(|lease| lease.destination == "audit").unwrap();
        let done = taken.remove(done);
        lanes.release("audit");
        rig.end(&done, OK);
        while let Some(lease) = rig.lease_beside(&lanes) {
            lanes.claim(&lease.destination);
            taken.push(lease);
        }
        assert!(names(&taken).contains(&"audit"));
    }
}

#[test]
fn a_destination_that_leaves_the_configuration_is_held_and_goes_on_when_it_is_back() {
    let both = destinations(&["app", "audit"]);
    let mut rig = Rig::new(&BOATEROS, &both);
    rig.come(sold("{}"));
    rig.configure(&destinations(&["app"]));
    let leases = rig.leases();
    assert_eq!(names(&leases), ["app"]);
    rig.end(&leases[0], OK);
    rig.wait(40 * DAY);
    assert!(rig.leases().is_empty());
    rig.prune();
    let next = rig.next().unwrap();
    assert!(next > rig.now && next <= rig.now + 5 * MINUTE, "it looks for it now and then");
    rig.configure(&both);
    let leases = rig.leases();
    assert_eq!(names(&leases), ["audit"]);
    assert_eq!(rig.end(&leases[0], OK)["state"], "delivered");
}

#[test]
fn a_new_destination_gets_what_comes_from_then_on() {
    let mut rig = Rig::new(&BOATEROS, &destinations(&["app"]));
    rig.come(sold("1"));
    rig.configure(&destinations(&["app", "new"]));
    rig.come(sold("2"));
    let leases = rig.leases();
    assert_eq!(names(&leases).iter().filter(|name| **name == "new").count(), 1);
    assert_eq!(leases.len(), 3);
}

#[test]
fn a_lease_goes_by_the_timeout_of_its_destination() {
    let slow = destination("slow", &json!({ "timeoutSeconds": 300 }));
    let settings = json!({ "destinations": [destination("app", &json!({})), slow] });
    let mut rig = Rig::new(&BOATEROS, &settings);
    rig.come(sold("{}"));
    assert_eq!(rig.leases().len(), 2);
    let [app, slow] = rig.deliveries().try_into().unwrap();
    assert_eq!(app.due_at - rig.now, 25 * SECOND);
    assert_eq!(slow.due_at - rig.now, 310 * SECOND);
}

/// Nobody keeps an order, but nothing is left lying either.
#[test]
fn what_has_waited_longest_goes_first() {
    let mut rig = Rig::new(&BOATEROS, &json!({}));
    let mut wanted = Vec::new();
    for n in 0..5 {
        rig.wait(SECOND);
        rig.come(sold(&format!(r#"{{"n":{n}}}"#)));
        let newest = "SELECT id FROM event ORDER BY seq DESC LIMIT 1";
        wanted.push(rig.query(0, newest).remove(0).remove(0));
    }
    let leases = rig.leases();
    let ids = leases.iter().map(|lease| rig.header(lease, "countersign-event-id").unwrap());
    let ids: Vec<_> = ids.map(Value::Text).collect();
    assert_eq!(ids, wanted);
}
