//! Nothing is timed before it has been seen to tell genuine requests from others.

use anyhow::{Result, ensure};

use crate::candidates::{Candidate, Duty, Group};
use crate::request::{Request, SIZES};

/// Checks each candidate with each request of its group.
pub(crate) fn check(group: &Group) -> Result<()> {
    for (request, size) in group.requests.iter().zip(SIZES) {
        let old = Request::new(group.scheme, size, 301);
        for candidate in &group.candidates {
            let name = format!("{}, {}, {}", group.name, candidate.name, request.size);
            ensure!(candidate.run(request), "{name}: refuses what is genuine");
            forgeries(candidate, request, &old).into_iter().try_for_each(|(what, forged)| {
                ensure!(!candidate.run(&forged), "{name}: accepts {what}");
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// What this candidate has to refuse.
fn forgeries(
    candidate: &Candidate,
    genuine: &Request,
    old: &Request,
) -> Vec<(&'static str, Request)> {
    let mut forgeries = vec![("a request without a signature", unsigned(genuine))];
    if candidate.duty != Duty::Hash {
        forgeries.push(("an old timestamp", old.clone()));
        forgeries.push(("a header that is there twice", doubled(genuine)));
    }
    if candidate.duty != Duty::Headers {
        forgeries.push(("a changed body", changed(genuine)));
    }
    forgeries
}

fn unsigned(request: &Request) -> Request {
    let mut request = request.clone();
    request.headers.retain(|(name, _)| !name.ends_with("-signature"));
    request
}

fn doubled(request: &Request) -> Request {
    let mut request = request.clone();
    let timestamp = request.headers.iter().find(|(name, _)| name.ends_with("-timestamp")).cloned();
    request.headers.extend(timestamp);
    request
}

fn changed(request: &Request) -> Request {
    let mut request = request.clone();
    if let Some(last) = request.body.last_mut() {
        *last ^= 1;
    }
    if let Some(last) = request.signed.last_mut() {
        *last ^= 1;
    }
    request
}
