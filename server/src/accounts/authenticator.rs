//! Whose token it is: asked at every connection, beside the hub, on a connection of its own.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::hash;
use crate::hub::port::Identity;
use crate::net::credentials::{Authenticate, AuthenticationFailed, Denied};
use crate::store::devices::{self, TokenState};
use crate::store::{StoreError, open_read_only};

/// Answers from the database.
#[derive(Debug)]
pub struct Authenticator {
    connection: Mutex<Connection>,
}

impl Authenticator {
    /// Opens a database that a [`crate::store::Store`] has created.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn open(database: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: Mutex::new(open_read_only(database)?) })
    }
}

impl Authenticate for Authenticator {
    fn authenticate(&self, token: &str) -> Result<Result<Identity, Denied>, AuthenticationFailed> {
        // A panic elsewhere leaves a connection that only reads as good as it was.
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let state = devices::authenticate(&connection, hash(token));
        Ok(match state.map_err(|error| AuthenticationFailed(error.into()))? {
            TokenState::Live(account, device) => Ok(Identity { account, device }),
            TokenState::Unknown => Err(Denied::Unknown),
            TokenState::Revoked => Err(Denied::Revoked),
            TokenState::Erased => Err(Denied::Erased),
        })
    }
}
