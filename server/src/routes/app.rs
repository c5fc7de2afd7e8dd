//! Everything else: the app's files, built by `web/` and held in the program.

use std::borrow::Cow;

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::RustEmbed;
use samsynk_core::ids::hex;
use warp::Filter as _;
use warp::filters::BoxedFilter;
use warp::path::FullPath;

use super::{Response, reply};

/// Where files come from: a function from a path without a leading slash.
pub type Assets = fn(&str) -> Option<Asset>;

/// A file.
#[derive(Debug, Clone)]
pub struct Asset {
    /// What is in it.
    pub bytes: Cow<'static, [u8]>,
    /// Its SHA-256.
    pub hash: [u8; 32],
}

/// The built app. In debug builds it is read from the folder at each request.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../web/dist"]
#[allow_missing = true]
struct Embedded;

/// The app that was built into this program; empty if it was built before the app.
#[must_use]
pub fn embedded(path: &str) -> Option<Asset> {
    let file = Embedded::get(path)?;
    Some(Asset { hash: file.metadata.sha256_hash(), bytes: file.data })
}

pub(super) fn routes(assets: Assets) -> BoxedFilter<(Response,)> {
    warp::path::full()
        .and(warp::get().or(warp::head()).unify())
        .and(warp::header::headers_cloned())
        .map(move |path: FullPath, headers: HeaderMap| answer(assets, path.as_str(), &headers))
        .boxed()
}

/// The app's screens, and those that show one document each: `web/src/lib/router.svelte.ts` has them, too.
const SCREENS: [&str; 4] = ["status", "device", "people", "accessibility"];
const SCREENS_OF_DOCUMENTS: [&str; 3] = ["itinerary", "plan", "pilot"];

/// Whether the app has a screen for a path. A pasted link whose `#` was escaped is the first.
fn is_screen(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts[..] {
        [] => true,
        [name] => SCREENS.contains(&name) || name.starts_with("%23"),
        [name, _] => SCREENS_OF_DOCUMENTS.contains(&name),
        _ => false,
    }
}

/// The file at a path. All screens of the app are one file.
fn answer(assets: Assets, path: &str, headers: &HeaderMap) -> Response {
    let name = path.trim_start_matches('/');
    let is_screen = is_screen(path);
    let name = if is_screen { "index.html" } else { name };
    match assets(name) {
        Some(plain) => file(assets, (name, plain), headers),
        None if is_screen => reply::refusal(StatusCode::NOT_FOUND, "app-not-built"),
        None => not_found(assets, headers),
    }
}

/// There is nothing at this path. To people the app says so, in their language.
fn not_found(assets: Assets, headers: &HeaderMap) -> Response {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let by_person = accepted
        .flat_map(|value| value.split(','))
        .any(|kind| kind.trim().starts_with("text/html"));
    let Some(plain) = by_person.then(|| assets("index.html")).flatten() else {
        return reply::refusal(StatusCode::NOT_FOUND, "not-found");
    };
    let mut response = file(assets, ("index.html", plain), &HeaderMap::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().remove(ETAG);
    response
}

/// A file, packed where the client can unpack it, unless the client has it.
fn file(assets: Assets, (name, plain): (&str, Asset), headers: &HeaderMap) -> Response {
    let packed = assets(&format!("{name}.br"));
    let packed = packed.filter(|_| accepts_brotli(headers));
    let encoded = packed.is_some();
    let asset = packed.unwrap_or(plain);
    let tag = format!("\"{}\"", hex(&asset.hash[..16]));
    let mut response = if asked_for_other_than(headers, &tag) {
        Response::new(match asset.bytes {
            Cow::Borrowed(bytes) => bytes.into(),
            Cow::Owned(bytes) => bytes.into(),
        })
    } else {
        let mut unchanged = Response::default();
        *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
        unchanged
    };
    let out = response.headers_mut();
    out.insert(ETAG, HeaderValue::try_from(tag).expect("hexadecimal digits in quotes"));
    out.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    out.insert(CACHE_CONTROL, HeaderValue::from_static(caching(name)));
    out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if encoded {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

/// Files in `assets/` have their hash in their name; the rest must be asked about each time.
fn caching(name: &str) -> &'static str {
    if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn asked_for_other_than(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    !known
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag)
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let refused = |quality: &str| matches!(quality, "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br")) && !parts.any(refused)
        })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_app(path: &str) -> Option<Asset> {
        let (bytes, hash): (&'static [u8], u8) = match path {
            "index.html" => (b"<!doctype html>", 1),
            "assets/core-1a2b.wasm" => (b"\0asm plain", 2),
            "assets/core-1a2b.wasm.br" => (b"packed", 3),
            "manifest.webmanifest" => (b"{}", 4),
            _ => return None,
        };
        Some(Asset { bytes: bytes.into(), hash: [hash; 32] })
    }

    fn get(path: &str, headers: &[(http::HeaderName, &str)]) -> Response {
        let headers = headers.iter().map(|(k, v)| (k.clone(), v.parse().unwrap())).collect();
        answer(some_app, path, &headers)
    }

    fn header(response: &Response, name: http::HeaderName) -> &str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn every_page_is_the_index_and_is_asked_about_each_time() {
        for page in ["/", "/status", "/plan/4NMN", "/people/", "/%23enrol=abc."] {
            let response = get(page, &[]);
            assert_eq!(response.status(), StatusCode::OK, "{page}");
            assert_eq!(header(&response, CONTENT_TYPE), "text/html; charset=utf-8");
            assert_eq!(header(&response, CACHE_CONTROL), "no-cache");
        }
        assert_eq!(get("/missing.js", &[]).status(), StatusCode::NOT_FOUND);
        let manifest = get("/manifest.webmanifest", &[]);
        assert_eq!(header(&manifest, CONTENT_TYPE), "application/manifest+json");
        assert_eq!(answer(|_| None, "/", &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn what_is_no_screen_of_the_app_is_not_found_and_people_are_told_by_the_app() {
        for none in [
            "/calendar/x.ics",
            "/calendar/x",
            "/visits/1",
            "/enrol",
            "/plan",
            "/plan/a/b",
            "/status/x",
            "/x.js",
        ] {
            let program = get(none, &[]);
            assert_eq!(program.status(), StatusCode::NOT_FOUND, "{none}");
            assert_eq!(header(&program, CONTENT_TYPE), "application/json");
            let accept = "text/html,application/xhtml+xml;q=0.9";
            let person = get(none, &[(ACCEPT, accept), (IF_NONE_MATCH, "\"01\"")]);
            assert_eq!(person.status(), StatusCode::NOT_FOUND, "{none}");
            assert_eq!(header(&person, CONTENT_TYPE), "text/html; charset=utf-8");
            assert_eq!(header(&person, CACHE_CONTROL), "no-cache");
        }
    }

    #[test]
    fn every_screen_that_the_app_has_is_one_here() {
        let router = include_str!("../../../web/src/lib/router.svelte.ts");
        let listed = |name: &str| -> Vec<&str> {
            let start = router.find(&format!("const {name} = [")).expect("the router lists them");
            let list = router[start..].split(['[', ']']).nth(1).unwrap();
            list.split(',').map(|screen| screen.trim().trim_matches('\'')).collect()
        };
        assert_eq!(listed("ALONE"), SCREENS);
        assert_eq!(listed("WITH_ID"), SCREENS_OF_DOCUMENTS);
    }

    #[test]
    fn the_core_is_sent_packed_to_those_who_can_unpack_it_and_kept_for_ever() {
        let core = "/assets/core-1a2b.wasm";
        for (accepted, encoding) in
            [("gzip, br", "br"), ("br;q=0.5", "br"), ("gzip", ""), ("br;q=0", ""), ("*", "")]
        {
            let response = get(core, &[(ACCEPT_ENCODING, accepted)]);
            assert_eq!(header(&response, CONTENT_ENCODING), encoding, "{accepted}");
            assert_eq!(header(&response, CONTENT_TYPE), "application/wasm");
            assert_eq!(header(&response, VARY), "accept-encoding");
            assert!(header(&response, CACHE_CONTROL).contains("immutable"));
        }
    }

    #[test]
    fn what_the_browser_has_already_is_not_sent_again() {
        let tag = header(&get("/", &[]), ETAG).to_owned();
        let again = format!("\"other\", W/{tag}");
        assert_eq!(get("/", &[(IF_NONE_MATCH, &again)]).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get("/", &[(IF_NONE_MATCH, "\"other\"")]).status(), StatusCode::OK);
    }
}
