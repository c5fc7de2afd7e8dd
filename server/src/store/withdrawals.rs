//! Documents that accounts could read once and can no longer: whoever is away when that happens is told later.

use rusqlite::{Connection, OptionalExtension as _, params};
use samsynk_core::ids::{AccountId, DocumentId};

use super::StoreError;
use crate::limits::WITHDRAWALS_COUNT_MAX;

/// How a document was withdrawn from an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The document's epoch on that day.
    pub epoch: u32,
    /// Why; what became of the document later is not this account's to know.
    pub reason: String,
}

/// How a document was withdrawn from an account, if it was.
///
/// # Errors
///
/// What SQLite says; so with all functions here.
pub fn get(
    tx: &Connection,
    account: AccountId,
    document: DocumentId,
) -> Result<Option<Withdrawal>, StoreError> {
    let sql = "SELECT epoch, reason FROM withdrawals WHERE account = ? AND document = ?";
    let mut select = tx.prepare_cached(sql)?;
    let withdrawal = select.query_row([account.0, document.0], |row| {
        Ok(Withdrawal { epoch: row.get(0)?, reason: row.get(1)? })
    });
    Ok(withdrawal.optional()?)
}

/// Notes that documents were withdrawn from an account. The oldest beyond a bound are forgotten: what they were about
/// is then to the account as if it had never been.
///
/// # Errors
///
/// What SQLite says.
pub fn note(
    tx: &Connection,
    account: AccountId,
    withdrawn: impl IntoIterator<Item = (DocumentId, Withdrawal)>,
) -> Result<(), StoreError> {
    let sql = "INSERT OR REPLACE INTO withdrawals (account, document, epoch, reason)
        VALUES (?, ?, ?, ?)";
    let mut insert = tx.prepare_cached(sql)?;
    for (document, Withdrawal { epoch, reason }) in withdrawn {
        insert.execute(params![account.0, document.0, epoch, reason])?;
    }
    let sql = "DELETE FROM withdrawals WHERE account = ?1 AND number <= (
        SELECT number FROM withdrawals WHERE account = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)";
    tx.prepare_cached(sql)?.execute(params![account.0, WITHDRAWALS_COUNT_MAX])?;
    Ok(())
}

/// Notes that an account may read a document again.
///
/// # Errors
///
/// What SQLite says.
pub fn forget(tx: &Connection, account: AccountId, document: DocumentId) -> Result<(), StoreError> {
    let sql = "DELETE FROM withdrawals WHERE account = ? AND document = ?";
    tx.prepare_cached(sql)?.execute([account.0, document.0])?;
    Ok(())
}

/// Forgets all that was withdrawn from an account, which is no more.
///
/// # Errors
///
/// What SQLite says.
pub fn forget_all(tx: &Connection, account: AccountId) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM withdrawals WHERE account = ?")?.execute([account.0])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrations::migrate;

    #[test]
    fn an_accounts_newest_are_kept() {
        let mut tx = Connection::open_in_memory().unwrap();
        migrate(&mut tx).unwrap();
        let [mine, other] = [AccountId([1; 16]), AccountId([2; 16])];
        let document = |n: usize| DocumentId((n as u128).to_be_bytes());
        let withdrawal = Withdrawal { epoch: 3, reason: "no-longer-yours".to_owned() };
        let of = |n| (document(n), withdrawal.clone());
        note(&tx, other, [of(0)]).unwrap();
        note(&tx, mine, (0..=WITHDRAWALS_COUNT_MAX).map(of)).unwrap();
        let known = |account, n| get(&tx, account, document(n)).unwrap();
        assert_eq!(known(mine, 0), None, "one too many");
        assert_eq!(known(mine, 1), Some(withdrawal.clone()));
        // Withdrawn once more, it is among the newest.
        note(&tx, mine, [(document(1), Withdrawal { epoch: 4, ..withdrawal.clone() })]).unwrap();
        note(&tx, mine, [of(WITHDRAWALS_COUNT_MAX + 1)]).unwrap();
        assert_eq!(known(mine, 1).map(|known| known.epoch), Some(4));
        assert_eq!(known(mine, 2), None);
        forget(&tx, mine, document(1)).unwrap();
        assert_eq!(known(mine, 1), None);
        forget_all(&tx, mine).unwrap();
        assert_eq!((known(mine, 3), known(other, 0)), (None, Some(withdrawal)));
    }
}
