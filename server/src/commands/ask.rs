//! One request, to the server that runs on the data or to the data itself.

use std::path::Path;

use super::failure::Failure;
use crate::admin::{self, AdminReply, AdminRequest};
use crate::store::holds_data;

/// Makes a request; a refusal is a failure.
pub(super) fn ask(data: &Path, request: AdminRequest) -> Result<AdminReply, Failure> {
    let begins = matches!(request, AdminRequest::AccountAdd { .. } | AdminRequest::Import(_));
    if !begins && !holds_data(data).map_err(anyhow::Error::from)? {
        let data = data.display();
        return Err(Failure::Environment(anyhow::anyhow!(
            "{data} holds no samsynk data; `samsynk serve`, `import` and `account add` begin it"
        )));
    }
    answered(admin::call(data, request).map_err(anyhow::Error::from)?)
}

/// Makes a request that has no answer but that it is done.
pub(super) fn done(data: &Path, request: AdminRequest) -> Result<(), Failure> {
    is_done(&ask(data, request)?)
}

/// The answer, unless it is a refusal.
pub(super) fn answered(reply: AdminReply) -> Result<AdminReply, Failure> {
    match reply {
        AdminReply::Refused(refusal) => Err(refusal.into()),
        reply => Ok(reply),
    }
}

pub(super) fn is_done(reply: &AdminReply) -> Result<(), Failure> {
    if *reply == AdminReply::Done { Ok(()) } else { Err(unexpected(reply)) }
}

/// An answer to another question: the server that runs is of another version. What it says may be
/// secret, and is not shown.
pub(super) fn unexpected(_: &AdminReply) -> Failure {
    Failure::Environment(anyhow::anyhow!("the running server is of another version of samsynk"))
}
