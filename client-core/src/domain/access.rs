//! Who a document is for: roles that accounts have, keys that open documents.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::as_text::as_text;
use crate::ids::{AccountId, DocumentId, GroupId, InvalidId, UnitId, UniversityId};

/// What a person does in the co-operation, and where. An account may have several.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Runs the server; sees no content by this role.
    Admin,
    /// A university's coordinator, who owns its cohort.
    Coordinator(UniversityId),
    /// Co-ordinates the pilots and the partnership.
    Lead,
    /// Works at a unit.
    Staff(UnitId),
    /// A student of social work.
    Student,
    /// Supervises theses.
    Supervisor,
    /// Represents a trade union in the reference group.
    Union,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admin => f.write_str("admin"),
            Self::Coordinator(university) => write!(f, "coordinator@{university}"),
            Self::Lead => f.write_str("lead"),
            Self::Staff(unit) => write!(f, "staff@{unit}"),
            Self::Student => f.write_str("student"),
            Self::Supervisor => f.write_str("supervisor"),
            Self::Union => f.write_str("union"),
        }
    }
}

impl FromStr for Role {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once('@') {
            Some(("coordinator", university)) => Ok(Self::Coordinator(university.parse()?)),
            Some(("staff", unit)) => Ok(Self::Staff(unit.parse()?)),
            None if text == "admin" => Ok(Self::Admin),
            None if text == "lead" => Ok(Self::Lead),
            None if text == "student" => Ok(Self::Student),
            None if text == "supervisor" => Ok(Self::Supervisor),
            None if text == "union" => Ok(Self::Union),
            _ => Err(InvalidId {
                what: "role",
                expected: "student, staff@UNIT, coordinator@UNIVERSITY, supervisor, lead, union or admin",
            }),
        }
    }
}

/// What opens a document. An account holds the keys of itself, its roles and its groups.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Everyone with an account.
    All,
    /// One person.
    Account(AccountId),
    /// Everyone with a role.
    Role(Role),
    /// The students of a university. It opens nothing by itself; groups take in nobody else.
    Cohort(UniversityId),
    /// The students of one group in a round of visits.
    Group(DocumentId, GroupId),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Account(account) => write!(f, "account:{account}"),
            Self::Role(role) => role.fmt(f),
            Self::Cohort(university) => write!(f, "cohort:{university}"),
            Self::Group(pilot, group) => write!(f, "group:{pilot}/{group}"),
        }
    }
}

impl FromStr for Key {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text == "all" {
            return Ok(Self::All);
        }
        if let Some(account) = text.strip_prefix("account:") {
            return Ok(Self::Account(account.parse()?));
        }
        if let Some(university) = text.strip_prefix("cohort:") {
            return Ok(Self::Cohort(university.parse()?));
        }
        if let Some(group) = text.strip_prefix("group:") {
            let (pilot, group) = group
                .split_once('/')
                .ok_or(InvalidId { what: "group key", expected: "group:PILOT/GROUP" })?;
            return Ok(Self::Group(pilot.parse()?, group.parse()?));
        }
        text.parse().map(Self::Role)
    }
}

as_text!(Role, Key);

/// What a document's content says about access to it and, for some kinds, to others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Any of these keys lets an account read it.
    pub readers: BTreeSet<Key>,
    /// Any of these keys lets an account edit it. Empty: only the server writes it.
    pub writers: BTreeSet<Key>,
    /// Keys that it gives to accounts: a round of visits puts students into groups.
    pub grants: BTreeSet<Grant>,
    /// Further documents that it opens: an itinerary shows its group the hosts' cards.
    pub shares: BTreeSet<(DocumentId, Key)>,
    /// Whether other documents cannot open it to anybody: a host has not agreed to be shown.
    pub is_closed: bool,
}

/// A key that a document gives to an account, if the account is one that may have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// To whom.
    pub account: AccountId,
    /// The key.
    pub key: Key,
    /// The key that the account must hold already. Whoever writes the document chooses the account, but does not
    /// decide this: roles come from the server's operator, the cohort from the profile's fixed university.
    pub needs: Key,
}

/// How many grants may rest on each other: a role, then the cohort, then a group.
const GRANT_STEPS_MAX: usize = 2;

/// An account and the keys it holds: the one who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The account.
    pub account: AccountId,
    /// Its keys: `all`, its own, its roles', its groups'.
    pub keys: BTreeSet<Key>,
}

impl Subject {
    /// Makes the subject of an account from its roles and the grants of documents. A grant to another account, or one
    /// whose condition the account does not meet, counts for nothing.
    #[must_use]
    pub fn new(
        account: AccountId,
        roles: impl IntoIterator<Item = Role>,
        grants: impl IntoIterator<Item = Grant>,
    ) -> Self {
        let own = [Key::All, Key::Account(account)];
        let mut keys: BTreeSet<Key> =
            own.into_iter().chain(roles.into_iter().map(Key::Role)).collect();
        let grants: Vec<Grant> = grants.into_iter().filter(|g| g.account == account).collect();
        for _ in 0..GRANT_STEPS_MAX {
            let met = grants.iter().filter(|grant| keys.contains(&grant.needs));
            let met: Vec<Key> = met.map(|grant| grant.key.clone()).collect();
            keys.extend(met);
        }
        Self { account, keys }
    }

    /// Makes a subject of keys that were found before, as a device has them from its home.
    #[must_use]
    pub fn holding(account: AccountId, keys: impl IntoIterator<Item = Key>) -> Self {
        let own = [Key::All, Key::Account(account)];
        Self { account, keys: own.into_iter().chain(keys).collect() }
    }

    /// The roles among its keys.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.keys.iter().filter_map(|key| match key {
            Key::Role(role) => Some(role),
            _ => None,
        })
    }

    /// Whether it holds any of these keys.
    #[must_use]
    pub fn holds_any(&self, keys: &BTreeSet<Key>) -> bool {
        !self.keys.is_disjoint(keys)
    }
}

/// A set of ids in a document: a map to `true`, so that adding and removing merge per member.
pub type Members<T> = BTreeMap<T, bool>;

/// The members of a set: an id whose value is `false` is not one.
pub fn members<T>(set: &Members<T>) -> impl Iterator<Item = &T> {
    set.iter().filter(|(_, is_in)| **is_in).map(|(id, _)| id)
}
