//! `POST /access`: a person sees and changes the ways into an account: devices and invitations. It needs the server, and
//! nothing of it is kept on devices: the secret of an invitation is in this answer and nowhere else.

use std::sync::Arc;

use futures_util::Stream;
use http::header::ORIGIN;
use http::{HeaderMap, StatusCode};
use serde_json::json;
use warp::filters::BoxedFilter;
use warp::{Buf, Filter as _};

use super::enrol::Asker;
use super::sync::identify;
use super::{Response, enrol, reply, with};
use crate::accounts::links;
use crate::admin::access::AccessRequest;
use crate::admin::{AdminReply, AdminRequest};
use crate::net::running::Running;

pub(super) fn routes(running: &Arc<Running>) -> BoxedFilter<(Response,)> {
    warp::path!("access")
        .and(warp::post())
        .and(with(running))
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(answer)
        .boxed()
}

async fn answer(
    running: Arc<Running>,
    headers: HeaderMap,
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send,
) -> Response {
    let by = match identify(&running, &headers).await {
        Ok(identity) => identity,
        Err(refused) => return refused,
    };
    let ask =
        match enrol::read::<AccessRequest>(&running, Asker::Account(by.account), &headers, body)
            .await
        {
            Ok((_, ask)) => ask,
            Err(refused) => return refused,
        };
    match running.app.hub.admin(AdminRequest::Access { by, ask }).await {
        Ok(AdminReply::Refused(refusal)) => reply::json(StatusCode::FORBIDDEN, &refusal),
        Ok(AdminReply::Access(access)) => reply::json(StatusCode::OK, &access),
        Ok(AdminReply::Found { accounts, more }) => {
            reply::json(StatusCode::OK, &json!({ "accounts": accounts, "more": more }))
        }
        Ok(AdminReply::Invited { invitation, origin }) => {
            // The page that asked is one of ours, and where its person reaches the app.
            let page = headers.get(ORIGIN).and_then(|value| value.to_str().ok());
            let link = links::link(page.or(origin.as_deref()).unwrap_or_default(), &invitation);
            let qr = links::modules(&link);
            let value = json!({ "invitation": invitation, "link": link, "qr": qr });
            reply::json(StatusCode::OK, &value)
        }
        Ok(AdminReply::Done) => reply::json(StatusCode::OK, &json!({ "done": true })),
        _ => reply::refusal(StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    }
}
