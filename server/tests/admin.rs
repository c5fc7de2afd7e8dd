//! Commands of the program, with and without a server on the same data.

use std::path::Path;
use std::time::Duration;

use samsynk_core::ids::AccountId;
use samsynk_server::accounts::Authenticator;
use samsynk_server::admin::socket::AdminSocket;
use samsynk_server::admin::{AdminReply, AdminRequest, CallError, call, call_within};
use samsynk_server::hub::start;
use samsynk_server::net::credentials::{Authenticate as _, Denied};
use samsynk_server::store::{DataDir, Store, StoreError, database_in};

fn add(data: &Path) -> AccountId {
    let roles = vec!["staff@kista".to_owned()];
    let request =
        AdminRequest::AccountAdd { name: Some("Aino".to_owned()), roles, university: None };
    match call(data, request) {
        Ok(AdminReply::Account { account }) => account,
        other => panic!("{other:?}"),
    }
}

fn accounts(data: &Path) -> Vec<AccountId> {
    match call(data, AdminRequest::AccountList) {
        Ok(AdminReply::Accounts { accounts }) => accounts.iter().map(|a| a.account).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_works_whether_or_not_a_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let first = add(&path);

    let data = DataDir::open(&path).unwrap();
    let waited = call_within(&path, AdminRequest::AccountList, Duration::ZERO);
    let Err(CallError::Store(error @ StoreError::InUse { .. })) = waited else {
        panic!("it is held, and nobody answers")
    };
    assert_eq!(error.code(), "data-in-use");
    let hub = start(Store::open(&data).unwrap()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let socket = runtime.block_on(async { AdminSocket::open(&path) }).unwrap();
    runtime.spawn(socket.run(hub.handle.clone()));
    let second = add(&path);
    assert_eq!(accounts(&path), [first, second]);

    let request = AdminRequest::Token { account: second, label: "script".to_owned() };
    let Ok(AdminReply::Token { token, device }) = call(&path, request) else { panic!() };
    let authenticator = Authenticator::open(&database_in(&path)).unwrap();
    let identity = authenticator.authenticate(&token).unwrap().expect("the token works");
    assert_eq!((identity.account, identity.device), (second, device));
    assert_eq!(authenticator.authenticate("another").unwrap(), Err(Denied::Unknown));
    let revoke = AdminRequest::TokenRevoke { token: token.clone() };
    assert_eq!(call(&path, revoke).unwrap(), AdminReply::Done);
    assert_eq!(authenticator.authenticate(&token).unwrap(), Err(Denied::Revoked));

    let backup = AdminRequest::Backup { path: folder.path().join("backup.db") };
    assert_eq!(call(&path, backup.clone()).unwrap(), AdminReply::Done);
    let Ok(AdminReply::Refused(refusal)) = call(&path, backup) else { panic!() };
    assert_eq!(refusal.code, "file-exists");
    let clean = AdminReply::Checked { problems: Vec::new() };
    assert_eq!(call(&path, AdminRequest::Check).unwrap(), clean);

    // Dropping the runtime drops the socket's task and with it the last way to the hub.
    drop((runtime, hub.handle));
    drop((hub.thread.join().unwrap(), data));
    assert_eq!(accounts(&path), [first, second]);
}
