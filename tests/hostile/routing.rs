//! Paths and methods that are not those of a source.

use crate::gateway::Gateway;
use crate::relay::{NOW, OK, Request};
use crate::report;

fn at(url: &str) -> Request {
    Request { url: url.to_owned(), ..Request::signed("peeker", "evt_1", NOW, b"{}") }
}

/// The path is taken as it stands: nothing is decoded, nothing is tidied.
#[test]
fn other_paths() {
    let paths = [
        "",
        "/",
        "/hooks",
        "/hooks/",
        "/hooks/peeker/",
        "/hooks//peeker",
        "//hooks/peeker",
        "/hooks/Peeker",
        "/HOOKS/peeker",
        "/hooks/peeker2",
        "/hooks/peeke",
        "/hooks/%70eeker",
        "/hooks%2Fpeeker",
        "/hooks/peeker%00",
        "/hooks/peeker%20",
        "/hooks/peeker;v=1",
        "/hooks/./peeker",
        "/hooks/x/../peeker",
        "/hooks/peeker/../peeker",
        "/x/hooks/peeker",
        "/hooks\\peeker",
        "/?/hooks/peeker",
        "/#/hooks/peeker",
        "/admin/events",
        "/.env",
        "/healthz/",
        "/hooks/__proto__",
        "/hooks/constructor",
        "/hooks/péeker",
    ];
    let mut gateway = Gateway::with_all_schemes();
    for path in paths {
        gateway.refuses(&at(&format!("https://hooks.example.com{path}")), 404, "not_found");
        gateway.serves("peeker");
    }
    report("paths", paths.len());
}

#[test]
fn other_urls() {
    let mut gateway = Gateway::with_all_schemes();
    for url in ["", "/", ":", "://", "https:", "https://", "https:///", "?", "#", "x:y", "\0"] {
        gateway.refuses(&at(url), 404, "not_found");
    }
    // The query, the fragment and the host have no say.
    for url in [
        "https://hooks.example.com/hooks/peeker?x=/healthz",
        "https://hooks.example.com/hooks/peeker#/healthz",
        "http://127.0.0.1:8787/hooks/peeker",
        "https://user@hooks.example.com/hooks/peeker",
    ] {
        gateway.relay.store.clear();
        assert_eq!(gateway.relay.serve(&at(url), NOW, OK).status, 200, "{url}");
    }
}

#[test]
fn other_methods() {
    let methods = [
        "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND",
        "QUERY", "post", "Post", "POST ", "", "\0",
    ];
    let mut gateway = Gateway::with_all_schemes();
    for method in methods {
        let mut request = Request::signed("peeker", "evt_1", NOW, b"{}");
        request.method = method.to_owned();
        request = request.with("X-HTTP-Method-Override", "POST");
        gateway.refuses(&request, 405, "method_not_allowed");
        let reply = gateway.relay.serve(&request, NOW, OK);
        assert_eq!(reply.allow, Some("POST"));
        gateway.serves("peeker");
    }
    report("methods", methods.len());
}

/// A request for one source is none for another, even where the scheme is the same.
#[test]
fn other_sources() {
    let mut gateway = Gateway::with_all_schemes();
    let names = ["peeker", "boateros", "standard"];
    for from in names {
        for to in names.into_iter().filter(|to| *to != from) {
            let mut request = Request::signed(from, "evt_1", NOW, b"{}");
            request.url = format!("https://hooks.example.com/hooks/{to}");
            gateway.refuses(&request, 401, "missing_header");
            gateway.serves(to);
        }
    }
}
