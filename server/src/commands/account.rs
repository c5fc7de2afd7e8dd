//! `samsynk account …`.

use std::path::Path;

use anyhow::Context as _;
use samsynk_core::ids::AccountId;

use super::args::{AccountCommand, RoleCommand};
use super::failure::Failure;
use super::{ask, output};
use crate::admin::{AccountLine, AdminReply, AdminRequest};
use crate::store::{database_in, upkeep};

pub(super) fn run(data: &Path, command: AccountCommand) -> Result<(), Failure> {
    match command {
        AccountCommand::Add { name, roles, university } => {
            let roles = roles.iter().map(ToString::to_string).collect();
            match ask::ask(data, AdminRequest::AccountAdd { name, roles, university })? {
                AdminReply::Account { account } => {
                    Ok(output::line(account).with_context(|| {
                        format!("account {account} is added, but cannot be printed")
                    })?)
                }
                other => Err(ask::unexpected(&other)),
            }
        }
        AccountCommand::List => list(data, ""),
        AccountCommand::Find { text } => list(data, &text),
        AccountCommand::Role(RoleCommand::Add { account, role }) => {
            ask::done(data, AdminRequest::RoleAdd { account, role: role.to_string() })
        }
        AccountCommand::Role(RoleCommand::Remove { account, role }) => {
            ask::done(data, AdminRequest::RoleRemove { account, role: role.to_string() })
        }
    }
}

pub(super) fn erase(data: &Path, account: AccountId) -> Result<(), Failure> {
    let kept = || upkeep::replaced(&database_in(data)).unwrap_or_default();
    let before = kept();
    ask::done(data, AdminRequest::Erase { account })?;
    let after = kept();
    for file in before.iter().filter(|file| !after.contains(file)) {
        output::remark(format_args!("removed, as the person was in it: {}", file.display()));
    }
    Ok(())
}

/// Prints the accounts in whose name, roles or id the text is.
fn list(data: &Path, text: &str) -> Result<(), Failure> {
    match ask::ask(data, AdminRequest::AccountList)? {
        AdminReply::Accounts { accounts } => {
            let mut found = accounts.is_empty();
            for AccountLine { account, name, roles, protected } in accounts {
                let (roles, name) = (roles.join(" "), output::one_line(&name));
                let flag = if protected { "\tprotected" } else { "" };
                let line = format!("{account}\t{roles}\t{name}{flag}");
                if line.to_lowercase().contains(&text.trim().to_lowercase()) {
                    output::line(line)?;
                    found = true;
                }
            }
            if !found {
                output::remark("no account has this in its name, roles or id");
            }
            Ok(())
        }
        other => Err(ask::unexpected(&other)),
    }
}
