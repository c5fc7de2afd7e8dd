//! `samsynk check`, `backup`, `restore`.

use std::path::Path;

use anyhow::Context as _;
use samsynk_core::ids::DocumentId;

use super::failure::Failure;
use super::{ask, output};
use crate::admin::{self, AdminReply, AdminRequest, Again, Restored};
use crate::store::is_open_to_others;

pub(super) fn check(data: &Path) -> Result<(), Failure> {
    found_sound(data)?;
    remark_on_folder(data);
    Ok(output::line("ok")?)
}

/// Says so where other users of the machine can look into the data folder.
pub(super) fn remark_on_folder(data: &Path) {
    if is_open_to_others(data) {
        let (folder, quoted) = (data.display(), output::quoted(data));
        output::remark(format_args!(
            "other users of this machine can look into {folder}; close it with: chmod 700 {quoted}"
        ));
    }
}

/// Prints what is wrong with the data, one line each.
fn found_sound(data: &Path) -> Result<(), Failure> {
    match ask::ask(data, AdminRequest::Check)? {
        AdminReply::Checked { problems } if problems.is_empty() => Ok(()),
        AdminReply::Checked { problems } => {
            for problem in &problems {
                output::line(problem)?;
            }
            Err(Failure::Refused(format!("problems found: {}", problems.len())))
        }
        other => Err(ask::unexpected(&other)),
    }
}

pub(super) fn forget_history(data: &Path, document: DocumentId) -> Result<(), Failure> {
    ask::done(data, AdminRequest::ForgetHistory { document })
}

/// Begins documents anew that are too large: this one, or all that are.
pub(super) fn mend(data: &Path, document: Option<DocumentId>) -> Result<(), Failure> {
    let documents = match document {
        Some(document) => vec![document],
        None => match ask::ask(data, AdminRequest::Oversized)? {
            AdminReply::Oversized { documents } => documents,
            other => return Err(ask::unexpected(&other)),
        },
    };
    for document in documents {
        ask::done(data, AdminRequest::Mend { document })?;
        output::line(document)?;
    }
    Ok(())
}

pub(super) fn backup(data: &Path, file: &Path) -> Result<(), Failure> {
    // A server that runs elsewhere must write where we mean.
    let path = std::path::absolute(file).with_context(|| format!("no path {}", file.display()))?;
    ask::done(data, AdminRequest::Backup { path })
}

/// Puts a backup in place, and then looks at all that is in it: whoever wrote the file could write anything.
pub(super) fn restore(data: &Path, file: &Path) -> Result<(), Failure> {
    let Restored { aside, again } = admin::restore(data, file).map_err(anyhow::Error::from)?;
    if let Some(aside) = aside {
        output::remark(format_args!("what was there before is kept as {}", aside.display()));
    }
    remark_on(data, again);
    found_sound(data).inspect_err(|_| {
        output::remark("the backup is in place; what is named above is not open to anyone");
    })
}

/// Says what may have been taken back since the backup, and what was where that is known.
fn remark_on(data: &Path, again: Option<Again>) {
    output::remark(
        "roles, and who protects their identity, are as they were when the backup was made",
    );
    let Some(Again { roles, unprotected }) = again else { return };
    let data = output::quoted(data);
    if !roles.is_empty() {
        output::remark(
            "these roles had been taken back since the backup; to take them back again:",
        );
    }
    for (account, role) in roles {
        output::remark(format_args!("samsynk --data {data} account role remove {account} {role}"));
    }
    for account in unprotected {
        output::remark(format_args!(
            "the identity of {account} was protected since the backup, and is not any more: import it again with an alias, or \
             `samsynk erase` it"
        ));
    }
}
