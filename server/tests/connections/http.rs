//! Everything that is not a session.

use samsynk_core::ids::DocumentId;
use samsynk_core::refusal::Refusal;
use samsynk_server::admin::{AdminReply, AdminRequest};
use samsynk_server::hub::port::ToHub;
use samsynk_server::net::limits::Limits;
use tokio::io::AsyncWriteExt as _;

use crate::support::{ALICE, Answer, Server};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

/// Answers the next thing the hub is asked, which must be this.
async fn hub_answers(server: &mut Server, expected: AdminRequest, answer: AdminReply) {
    let Some(ToHub::Admin { request, reply }) = server.hub.recv().await else {
        panic!("the hub was not asked");
    };
    assert_eq!(request, expected);
    reply.send(answer).unwrap();
}

/// Sends a request while the hub answers what it is asked.
async fn ask_with_hub(
    server: &mut Server,
    request: &str,
    expected: AdminRequest,
    answer: AdminReply,
) -> Answer {
    let mut stream = server.connect().await;
    stream.write_all(request.as_bytes()).await.unwrap();
    hub_answers(server, expected, answer).await;
    Answer::read(stream).await
}

#[tokio::test]
async fn health_metrics_and_pages_are_answered_with_headers_that_keep_browsers_careful() {
    let server = Server::plain(Limits::default()).await;
    let health = server.ask(&get("/healthz")).await;
    assert_eq!((health.status, health.body.as_str()), (200, r#"{"status":"ok"}"#));

    let metrics = server.ask(&get("/metrics")).await;
    assert_eq!(metrics.status, 200);
    let forwarded = get("/metrics").replace("\r\n\r\n", "\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n");
    assert_eq!(server.ask(&forwarded).await.status, 403);

    let page = server.ask(&get("/status")).await;
    assert_eq!((page.status, page.body.as_str()), (200, "<!doctype html>"));
    let none = server.ask(&get("/calendar/alice.ics")).await;
    assert_eq!((none.status, none.body.as_str()), (404, r#"{"code":"not-found"}"#));
    for answer in [&health, &metrics, &page, &none] {
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'; "));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        for nothing in ["camera=()", "geolocation=()", "microphone=()"] {
            assert!(answer.header("permissions-policy").contains(nothing), "{nothing}");
        }
        // No browser knows it as a policy, and each would complain on each page.
        assert!(!answer.header("permissions-policy").contains("bluetooth"));
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(answer.header("strict-transport-security"), "", "not in clear text");
    }
    server.end().await;
}

/// The request with these headers as well.
fn with(request: &str, headers: &str) -> String {
    request.replace("\r\n\r\n", &format!("\r\n{headers}\r\n\r\n"))
}

#[tokio::test]
async fn metrics_are_closed_to_all_that_came_through_a_proxy() {
    let server = Server::plain(Limits::default()).await;
    for header in [
        "Forwarded: for=127.0.0.1",
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Proto: https",
        "X-Forwarded: x",
        "X-Real-IP: 127.0.0.1",
        "Via: 1.1 proxy",
        "True-Client-IP: 127.0.0.1",
        "CF-Connecting-IP: 127.0.0.1",
    ] {
        let answer = server.ask(&with(&get("/metrics"), header)).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (403, r#"{"code":"local-only"}"#),
            "{header}"
        );
    }
    assert_eq!(server.ask(&get("/metrics")).await.status, 200);
    server.end().await;
    // One that has been named says so with each request; who scrapes on its machine does not.
    let server = Server::behind(&["127.0.0.0/8"], Limits::default()).await;
    let forwarded = with(&get("/metrics"), "X-Forwarded-For: 192.0.2.1");
    assert_eq!(server.ask(&forwarded).await.status, 403);
    assert_eq!(server.ask(&get("/metrics")).await.status, 200);
    assert_eq!(server.ask(&get("/healthz")).await.status, 200);
    server.end().await;
}

/// Tries to enrol from an address as the proxy names it, until it is told to wait.
async fn attempts(server: &Server, headers: impl Fn(usize) -> String) -> usize {
    for tried in 0..10 {
        let answer = server.ask(&with(&post("/enrol", "", "{}"), &headers(tried))).await;
        if answer.status == 429 {
            return tried;
        }
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
    10
}

#[tokio::test]
async fn enrolments_are_counted_for_whom_a_trusted_proxy_names_and_for_nobody_else() {
    let limits = || Limits { enrolments_burst_max: 3, ..Limits::default() };
    let chosen = |tried: usize| format!("X-Forwarded-For: 192.0.2.{tried}");
    let server = Server::plain(limits()).await;
    assert_eq!(attempts(&server, chosen).await, 3, "a client that chooses its address");
    server.end().await;

    let server = Server::behind(&["127.0.0.1"], limits()).await;
    let spoofed = |tried| format!("X-Forwarded-For: 192.0.2.{tried}, 198.51.100.1");
    assert_eq!(attempts(&server, spoofed).await, 3, "what the client adds itself is further left");
    assert_eq!(attempts(&server, |_| "X-Forwarded-For: 198.51.100.2".to_owned()).await, 3);
    let standard = |tried| format!("Forwarded: for=192.0.2.{tried}, for=198.51.100.3");
    assert_eq!(attempts(&server, standard).await, 3);
    assert_eq!(attempts(&server, |_| "X-Forwarded-For: 198.51.100.3".to_owned()).await, 0);
    server.end().await;
}

#[tokio::test]
async fn each_client_of_a_trusted_proxy_has_its_own_connections() {
    let limits = Limits { connections_per_address_max: 2, ..Limits::default() };
    let mut server = Server::behind(&["127.0.0.1"], limits).await;
    let from = |client| [("authorization", "Bearer alice"), ("x-forwarded-for", client)];
    let mut open = Vec::new();
    for client in ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"] {
        open.push((server.sync(&from(client)).await.unwrap(), server.opened().await));
    }
    let refused = server.sync(&from("192.0.2.1")).await.unwrap_err();
    assert_eq!(refused, (429, r#"{"code":"too-many-connections"}"#.to_owned()));
    drop(open);
    server.stop.cancel();
    while server.hub.recv().await.is_some() {}
}

#[tokio::test]
async fn over_tls_browsers_are_told_to_stay_there() {
    let server = Server::tls(Limits::default()).await;
    let mut stream = server.connect_tls().await;
    stream.write_all(get("/healthz").as_bytes()).await.unwrap();
    let health = Answer::read(stream).await;
    assert_eq!(
        (health.status, health.header("strict-transport-security")),
        (200, "max-age=63072000")
    );
    server.end().await;
}

fn with_token(request: &str) -> String {
    request.replace("Host: localhost", "Host: localhost\r\nAuthorization: Bearer alice")
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_a_code() {
    let server = Server::plain(Limits::default()).await;
    let rebound = get("/healthz").replace("Host: localhost", "Host: evil.example");
    let large = "x".repeat(5_000);
    let chunked = format!(
        "POST /enrol HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
         1388\r\n{large}\r\n0\r\n\r\n"
    );
    let foreign = "Origin: http://evil.example\r\n";
    for (request, status, code) in [
        (rebound, 421, "unknown-host"),
        (get("/sync"), 401, "token-missing"),
        (with_token(&get("/sync")), 426, "websocket-only"),
        (post("/sync", "", ""), 405, "method-not-allowed"),
        (post("/leave", "", ""), 401, "token-missing"),
        (post("/enrol", foreign, "{}"), 403, "foreign-origin"),
        (post("/enrol", "", "{}").replace("application/json", "text/plain"), 415, "json-only"),
        (post("/enrol", "", "{}"), 400, "bad-request"),
        (post("/enrol", "", &large), 413, "too-large"),
        (chunked, 413, "too-large"),
    ] {
        let answer = server.ask(&request).await;
        let expected = format!(r#"{{"code":"{code}"}}"#);
        assert_eq!((answer.status, answer.body), (status, expected), "{request}");
    }
    server.end().await;
}

#[tokio::test]
async fn an_invitation_becomes_a_cookie_that_scripts_cannot_read() {
    let mut server = Server::plain(Limits::default()).await;
    let home = DocumentId([5; 16]);
    let redeem =
        AdminRequest::Redeem { invitation: "come".into(), nonce: None, label: "phone".into() };
    let redeemed = AdminReply::Redeemed {
        token: "secret".into(),
        account: ALICE.account,
        device: ALICE.device,
        home,
    };
    let body = r#"{"invitation":"come","label":"phone"}"#;
    let from_page = post("/enrol", "Origin: http://localhost\r\n", body);
    let page = ask_with_hub(&mut server, &from_page, redeem.clone(), redeemed.clone()).await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("set-cookie"),
        "samsynk=secret; Path=/; Max-Age=34560000; HttpOnly; SameSite=Strict"
    );
    let value: serde_json::Value = serde_json::from_str(&page.body).unwrap();
    let mut expected =
        serde_json::json!({ "account": ALICE.account, "device": ALICE.device, "home": home });
    assert_eq!(value, expected);

    let from_program = post("/enrol", "", body);
    let program = ask_with_hub(&mut server, &from_program, redeem, redeemed).await;
    expected["token"] = "secret".into();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&program.body).unwrap(), expected);
    server.end().await;
}

#[tokio::test]
async fn an_invitation_that_does_not_work_says_why() {
    let mut server = Server::plain(Limits::default()).await;
    for (code, status) in
        [("invitation-unknown", 401), ("invitation-used", 409), ("invitation-expired", 410)]
    {
        let redeem =
            AdminRequest::Redeem { invitation: "come".into(), nonce: None, label: String::new() };
        let refused = AdminReply::Refused(Refusal::new(code));
        let request = post("/enrol", "", r#"{"invitation":"come"}"#);
        let answer = ask_with_hub(&mut server, &request, redeem, refused).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.body, format!(r#"{{"code":"{code}","params":{{}}}}"#));
        assert_eq!(answer.header("set-cookie"), "");
    }
    server.end().await;
}

#[tokio::test]
async fn one_address_may_not_try_invitations_for_ever() {
    let limits = Limits { enrolments_burst_max: 2, ..Limits::default() };
    let server =
        Server::plain(Limits { enrolment_interval: std::time::Duration::from_secs(60), ..limits })
            .await;
    let attempt = post("/enrol", "", "{}");
    for status in [400, 400, 429] {
        let answer = server.ask(&attempt).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("retry-after").is_empty(), status != 429);
    }
    server.end().await;
}

#[tokio::test]
async fn a_browser_without_a_cookie_is_told_that_nobody_is_known_without_an_error() {
    let server = Server::plain(Limits::default()).await;
    let nobody = server.ask(&get("/session")).await;
    assert_eq!((nobody.status, nobody.body.as_str()), (204, ""));
    let wrong = get("/session")
        .replace("\r\n\r\n", "\r\nCookie: samsynk=nonsense\r\nOrigin: http://localhost\r\n\r\n");
    assert_eq!(server.ask(&wrong).await.status, 401);
    server.end().await;
}

#[tokio::test]
async fn a_device_leaves_and_its_cookie_goes() {
    let mut server = Server::plain(Limits::default()).await;
    let request = post("/leave", "Cookie: samsynk=alice\r\nOrigin: http://localhost\r\n", "");
    let revoke = AdminRequest::DeviceRevoke { device: ALICE.device };
    let answer = ask_with_hub(&mut server, &request, revoke, AdminReply::Done).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("set-cookie"),
        "samsynk=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
    );
    server.end().await;
}
