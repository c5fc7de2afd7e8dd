//! Names for things: identifiers as types, so that one cannot be passed for another.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::as_text::as_text;

/// A text that is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}: expected {expected}")]
pub struct InvalidId {
    /// The kind of identifier that was expected.
    pub what: &'static str,
    /// What a valid one looks like.
    pub expected: &'static str,
}

/// The identity of a document: 16 bytes, random or made from a name, written in base58check as automerge-repo does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub [u8; 16]);

impl DocumentId {
    /// The id that a name of one's own choosing stands for; for imports, where files refer to
    /// documents by readable names and importing a file twice must find the same documents.
    #[must_use]
    pub fn from_name(namespace: &str, name: &str) -> Self {
        let mut bytes = name_bytes(namespace, name);
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// A random id: a UUID of version 4 (RFC 9562), as automerge-repo makes them.
    #[must_use]
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// Whether it stands for a name: a UUID of version 8. Only the server makes such documents, so
    /// that nobody can sit on the place of another's home or itinerary.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.0[6] >> 4 == 8 && self.0[8] >> 6 == 2
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.0).with_check().into_string())
    }
}

impl FromStr for DocumentId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { what: "document id", expected: "base58check of 16 bytes" };
        // 16 bytes and 4 of checksum are at most 28 base58 digits; refuse before decoding.
        if text.len() > 28 {
            return Err(invalid);
        }
        let bytes = bs58::decode(text).with_check(None).into_vec().map_err(|_| invalid.clone())?;
        bytes.try_into().map(Self).map_err(|_| invalid)
    }
}

/// Gives an id of 16 random bytes, written as 32 hexadecimal digits.
macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                unhex(text).map(Self).ok_or(InvalidId {
                    what: $what,
                    expected: "32 hexadecimal digits",
                })
            }
        }
    };
}

hex_id! {
    /// A person's access. Random, so that it says nothing about who it is.
    AccountId, "account id"
}
hex_id! {
    /// One installation, enrolled to an account and revocable.
    DeviceId, "device id"
}
hex_id! {
    /// One edit in the outbox of a device.
    EditId, "edit id"
}
hex_id! {
    /// One command; the server executes each id at most once.
    CommandId, "command id"
}

impl AccountId {
    /// The account that an import's readable name stands for.
    #[must_use]
    pub fn from_name(namespace: &str, name: &str) -> Self {
        Self(name_bytes(namespace, name))
    }
}

/// A readable name: a letter or digit, then letters, digits, `-`, `_` and `.`, 64 at the most.
macro_rules! slug_id {
    ($($(#[$doc:meta])* $name:ident, $what:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if is_slug(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId {
                        what: $what,
                        expected: "1 to 64 of a-z, A-Z, 0-9, '-', '_' and '.'",
                    })
                }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )+};
}

slug_id! {
    /// A district administration or another unit of the city.
    UnitId, "unit id";
    /// A university.
    UniversityId, "university id";
    /// A group of students within a round of visits.
    GroupId, "group id";
    /// A place where a slot can be held.
    PlaceId, "place id";
    /// One planned meeting in a visit.
    SlotId, "slot id";
}

as_text!(DocumentId, AccountId, DeviceId, EditId, CommandId);
as_text!(UnitId, UniversityId, GroupId, PlaceId, SlotId);

/// Hexadecimal digits, lower case.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        write!(out, "{byte:02x}").expect("writing to a String cannot fail");
        out
    })
}

/// The bytes of exactly `2 × N` hexadecimal digits.
#[must_use]
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && text.as_bytes()[0].is_ascii_alphanumeric()
}

fn name_bytes(namespace: &str, name: &str) -> [u8; 16] {
    let hash =
        Sha256::new().chain_update(namespace).chain_update([0]).chain_update(name).finalize();
    hash[..16].try_into().expect("SHA-256 gives 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_id_is_written_as_automerge_repo_writes_it() {
        let id = DocumentId([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "2", "not base58 0OIl", &"1".repeat(200), &id.to_string()[1..]] {
            assert!(wrong.parse::<DocumentId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_slug_is_short_and_plain() {
        assert!("rinkeby-kista".parse::<UnitId>().is_ok());
        for wrong in ["", "-x", "å", "a b", &"x".repeat(65)] {
            assert!(wrong.parse::<UnitId>().is_err(), "{wrong}");
        }
    }
}
