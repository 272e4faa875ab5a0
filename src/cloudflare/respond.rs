use wasm_bindgen::JsValue;
use web_sys::{Headers, Response, ResponseInit};

use crate::gateway::Reply;

/// A reply as a response, with the id by which its log line is found.
pub(super) fn respond(reply: &Reply, request_id: &str) -> Result<Response, JsValue> {
    let (content_type, body) = &reply.content;
    let headers = Headers::new()?;
    headers.set("content-type", content_type)?;
    headers.set("countersign-request-id", request_id)?;
    if let Some(seconds) = reply.retry_after {
        headers.set("retry-after", &seconds.to_string())?;
    }
    if let Some(allow) = reply.allow {
        headers.set("allow", allow)?;
    }
    let init = ResponseInit::new();
    init.set_status(reply.status);
    init.set_headers(&headers);
    Response::new_with_opt_str_and_init(Some(body), &init)
}
