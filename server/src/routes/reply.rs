//! Answers as JSON: programs act on the stable `code`, the app has the sentences.

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::Response;

/// An answer that says why not.
pub(super) fn refusal(status: StatusCode, code: &str) -> Response {
    json(status, &serde_json::json!({ "code": code }))
}

/// A value as JSON, not to be kept by caches.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).expect("our answers are maps with text keys");
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
