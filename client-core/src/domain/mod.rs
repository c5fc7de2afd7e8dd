//! Documents: what they hold, who they are for, how they change, what screens show of them.
//!
//! Each kind is one file with its struct, its edits and its validity check. To add a kind, write
//! its file and name it in [`kinds!`] below; engine, hub, wire and bindings take it as it comes.
//! Root fields of every document: `kind`, `schema`, then the struct's.

use std::collections::BTreeSet;

use automerge::{AutoCommit, ReadDoc as _, ScalarValue, Value};
use autosurgeon::{Hydrate, Reconcile};
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, DocumentId};
use crate::refusal::Refusal;

mod access;
mod card;
pub mod changes;
pub mod checks;
mod command;
mod conflict;
mod diary;
mod directory;
mod fields;
mod home;
mod itinerary;
mod link;
mod maps;
mod note;
mod personal_number;
mod pilot;
mod profile;
pub mod swedish;
mod text;
mod values;
pub mod view;
mod visit;

pub use access::{Access, Grant, Key, Members, Role, Subject, members};
pub use card::{Card, CardEdit};
pub use command::{Command, Documents, Giver};
pub use conflict::{Conflict, ConflictValue, actor_of, author_of};
pub use diary::{Diary, DiaryEdit, NoteKey};
pub use directory::{Directory, Place, Unit, University};
pub use fields::{check_text, is_written};
pub use home::{Entry, Home, Notice};
pub use itinerary::{Itinerary, PublishedPlace, Version};
pub use link::{check_link, complete_link};
pub use note::{Note, NoteEdit};
pub use pilot::{Group, Pilot, PilotEdit};
pub use profile::{Profile, ProfileEdit};
pub use text::{comparable, tidy, tidy_line};
pub use values::{Clock, Day, Moment};
pub use visit::{Mode, Slot, SlotField, Visit, VisitEdit};

/// What a kind of document says about itself.
pub(crate) trait Kind: Hydrate + Reconcile {
    /// Its name, in the root field `kind`.
    const NAME: &'static str;
    /// The newest version of its fields that this program knows, in the root field `schema`.
    const SCHEMA: u32;
    /// Who brings such a document into being.
    const MAKER: Maker;
    /// The root fields that stay as they were made. Whatever else was written to one concurrently never shows, and is
    /// not a conflict: nobody could settle it.
    const FIXED: &'static [&'static str];

    /// What lists show.
    fn title(&self) -> String;
    /// Who may read and write it, and what else it opens.
    fn access(&self, id: DocumentId) -> Access;
    /// Whether the content may follow what was there before.
    fn check(&self, before: Option<&Self>) -> Result<(), Refusal>;

    /// Gives a document that holds `before` this content.
    fn write_over(&self, _before: &Self, doc: &mut AutoCommit) -> Result<(), Refusal> {
        write(self, doc)
    }
}

/// A kind that people edit.
pub(crate) trait Editable: Kind {
    /// Its edits.
    type Edit;

    /// The new document that an edit asks for, if it asks for one.
    fn create(_: &Self::Edit) -> Option<Self> {
        None
    }

    /// Makes an edit in an existing document, in the fewest operations.
    fn apply(edit: &Self::Edit, id: DocumentId, doc: &mut AutoCommit) -> Result<(), Refusal>;
}

/// Who brings documents of a kind into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// Only the server, by a command or with an account.
    Server,
    /// Whoever may write the new document.
    Writer,
}

/// Lists the kinds: those that only the server writes, and those with edits.
macro_rules! kinds {
    (server: $($fixed:ident),+; edited: $($edited:ident($edit:ident)),+;) => {
        /// The content of a document of any kind.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Document {
            $(#[doc = concat!("See [`", stringify!($fixed), "`].")] $fixed($fixed),)+
            $(#[doc = concat!("See [`", stringify!($edited), "`].")] $edited($edited),)+
        }

        /// One user action on one document.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[serde(tag = "kind", content = "edit", rename_all = "kebab-case")]
        pub enum Edit {
            $(#[doc = concat!("See [`", stringify!($edit), "`].")] $edited($edit),)+
        }

        impl Document {
            fn hydrate(kind: &str, schema: u32, doc: &AutoCommit) -> Result<Self, Refusal> {
                $(if kind == $fixed::NAME { return read(schema, doc).map(Self::$fixed); })+
                $(if kind == $edited::NAME { return read(schema, doc).map(Self::$edited); })+
                Err(Refusal::new("unknown-kind").with("kind", kind))
            }

            /// The name of its kind.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$fixed(_) => $fixed::NAME,)+
                    $(Self::$edited(_) => $edited::NAME,)+
                }
            }

            /// Who brings such documents into being.
            #[must_use]
            pub fn maker(&self) -> Maker {
                match self {
                    $(Self::$fixed(_) => $fixed::MAKER,)+
                    $(Self::$edited(_) => $edited::MAKER,)+
                }
            }

            /// The root fields that stay as they were made.
            fn fixed(&self) -> &'static [&'static str] {
                match self {
                    $(Self::$fixed(_) => $fixed::FIXED,)+
                    $(Self::$edited(_) => $edited::FIXED,)+
                }
            }

            /// What lists show, in one spelling; empty where the app has its own word.
            #[must_use]
            pub fn title(&self) -> String {
                let title = match self {
                    $(Self::$fixed(content) => content.title(),)+
                    $(Self::$edited(content) => content.title(),)+
                };
                tidy_line(&title)
            }

            /// Who may read and write it, and what else it opens.
            #[must_use]
            pub fn access(&self, id: DocumentId) -> Access {
                match self {
                    $(Self::$fixed(content) => content.access(id),)+
                    $(Self::$edited(content) => content.access(id),)+
                }
            }

            fn check_kind(&self, before: Option<&Self>) -> Result<(), Refusal> {
                match (self, before) {
                    $((Self::$fixed(after), Some(Self::$fixed(before))) => after.check(Some(before)),
                    (Self::$fixed(after), None) => after.check(None),)+
                    $((Self::$edited(after), Some(Self::$edited(before))) => after.check(Some(before)),
                    (Self::$edited(after), None) => after.check(None),)+
                    _ => Err(Refusal::new("field-fixed").with("field", "kind")),
                }
            }

            /// Writes the content into a document, touching only fields that differ.
            ///
            /// # Errors
            ///
            /// `unwritable-field` where Automerge refuses.
            pub fn write(&self, doc: &mut AutoCommit) -> Result<(), Refusal> {
                match self {
                    $(Self::$fixed(content) => write(content, doc),)+
                    $(Self::$edited(content) => write(content, doc),)+
                }
            }
        }

        impl Document {
            /// Gives a document that holds `before` this content, as [`Document::write`] does, in less time where
            /// little of much differs.
            ///
            /// # Errors
            ///
            /// As [`Document::write`].
            pub fn write_over(&self, before: &Self, doc: &mut AutoCommit) -> Result<(), Refusal> {
                match (self, before) {
                    $((Self::$fixed(content), Self::$fixed(before)) => {
                        content.write_over(before, doc)
                    })+
                    (content, _) => content.write(doc),
                }
            }
        }

        impl Edit {
            /// The kind of document that it is for.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$edited(_) => $edited::NAME,)+ }
            }

            /// The document that it brings into being, if it does.
            #[must_use]
            pub fn creates(&self) -> Option<Document> {
                match self { $(Self::$edited(edit) => $edited::create(edit).map(Document::$edited),)+ }
            }

            fn apply_to(&self, id: DocumentId, doc: &mut AutoCommit) -> Result<(), Refusal> {
                match self { $(Self::$edited(edit) => $edited::apply(edit, id, doc),)+ }
            }
        }
    };
}

kinds! {
    server: Home, Directory, Itinerary;
    edited: Profile(ProfileEdit), Card(CardEdit), Pilot(PilotEdit), Visit(VisitEdit),
        Diary(DiaryEdit), Note(NoteEdit);
}

impl Document {
    /// Reads a document that Automerge has.
    ///
    /// # Errors
    ///
    /// `no-kind`, `unknown-kind`, `schema-from-the-future` or `malformed-document`: it is then
    /// kept as it is and cannot be edited by this version of the program.
    pub fn of(doc: &AutoCommit) -> Result<Self, Refusal> {
        let kind = kind_of(doc).ok_or_else(|| Refusal::new("no-kind"))?;
        let schema = match doc.get(automerge::ROOT, "schema") {
            Ok(Some((Value::Scalar(schema), _))) => {
                schema.as_u64().and_then(|n| u32::try_from(n).ok())
            }
            _ => None,
        };
        let schema = schema.ok_or_else(|| malformed("schema"))?;
        Self::hydrate(&kind, schema, doc)
    }

    /// Whether the content may follow what was there before.
    ///
    /// # Errors
    ///
    /// Why not; `field-fixed` names a field that never changes, others see each kind.
    pub fn check(&self, before: Option<&Self>) -> Result<(), Refusal> {
        self.check_kind(before)?;
        let before = before.map(Self::as_json).transpose()?;
        fields::check_written(before.as_ref(), &self.as_json()?)
    }

    /// By way of text: a second serializer of every kind would be a twentieth of the browser's core.
    fn as_json(&self) -> Result<serde_json::Value, Refusal> {
        let json = serde_json::to_string(self).map_err(|_| malformed("content"))?;
        serde_json::from_str(&json).map_err(|_| malformed("content"))
    }

    /// A new Automerge document with this content.
    ///
    /// # Errors
    ///
    /// As [`Document::write`].
    pub fn create(&self, actor: automerge::ActorId) -> Result<AutoCommit, Refusal> {
        let mut doc = AutoCommit::new().with_actor(actor);
        self.write(&mut doc)?;
        Ok(doc)
    }
}

impl Edit {
    /// Makes the edit in a document.
    ///
    /// # Errors
    ///
    /// `wrong-kind` where the document is of another kind, `already-exists` where a document is
    /// to be created that is there, `no-such-item`, `text-too-long`, `personal-number`, and what
    /// the kinds' edits say. The caller rolls back.
    pub fn apply(&self, id: DocumentId, doc: &mut AutoCommit) -> Result<(), Refusal> {
        match (self.creates(), kind_of(doc)) {
            (Some(new), None) => {
                new.check(None)?;
                new.write(doc)
            }
            (_, Some(kind)) if kind == self.kind() => self.apply_to(id, doc),
            (None, None) => Err(Refusal::new("no-such-document")),
            (_, Some(_)) => Err(Refusal::new("wrong-kind").with("kind", self.kind())),
        }
    }
}

/// The kind that a document says it is of.
#[must_use]
pub fn kind_of(doc: &AutoCommit) -> Option<String> {
    match doc.get(automerge::ROOT, "kind") {
        Ok(Some((Value::Scalar(kind), _))) => kind.as_str().map(str::to_owned),
        _ => None,
    }
}

/// What is kept of a document beside Automerge, so that screens open without it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// The content, or why this version of the program cannot read it.
    pub content: Result<Document, Refusal>,
    /// Fields with concurrent values.
    pub conflicts: Vec<Conflict>,
}

impl Projection {
    /// Reads it off a document, with the texts that people wrote in one spelling: clients that are not ours write what
    /// no field takes, and this is what screens show and commands publish.
    #[must_use]
    pub fn of(doc: &AutoCommit) -> Self {
        let (content, conflicts) = match Document::of(doc) {
            Ok(content) => {
                let json = content.as_json();
                let conflicts = json.as_ref().map(|json| conflict::conflicts(doc, &content, json));
                let conflicts = conflicts.unwrap_or_default();
                (json.and_then(|json| fields::respelled(content, json)), conflicts)
            }
            Err(refusal) => (Err(refusal), Vec::new()),
        };
        Self { content, conflicts }
    }
}

fn read<K: Kind>(schema: u32, doc: &AutoCommit) -> Result<K, Refusal> {
    if schema > K::SCHEMA {
        return Err(Refusal::new("schema-from-the-future")
            .with("schema", schema)
            .with("known", K::SCHEMA));
    }
    autosurgeon::hydrate(doc).map_err(|_| malformed(K::NAME))
}

fn write<K: Kind>(content: &K, doc: &mut AutoCommit) -> Result<(), Refusal> {
    use automerge::transaction::Transactable as _;
    let unwritable = || Refusal::new("unwritable-field").with("field", K::NAME);
    if kind_of(doc).is_none() {
        doc.put(automerge::ROOT, "kind", K::NAME).map_err(|_| unwritable())?;
        let schema = ScalarValue::Uint(u64::from(K::SCHEMA));
        doc.put(automerge::ROOT, "schema", schema).map_err(|_| unwritable())?;
    }
    autosurgeon::reconcile(doc, content).map_err(|_| unwritable())
}

fn malformed(what: &str) -> Refusal {
    Refusal::new("malformed-document").with("what", what)
}

/// Refuses a change of a field that stays as it was made.
fn unchanged(field: &str, same: bool) -> Result<(), Refusal> {
    if same { Ok(()) } else { Err(Refusal::new("field-fixed").with("field", field)) }
}

/// The accounts that a set of keys names one by one.
#[must_use]
pub fn accounts_in(keys: &BTreeSet<Key>) -> Vec<AccountId> {
    let account = |key: &Key| match key {
        Key::Account(account) => Some(*account),
        _ => None,
    };
    keys.iter().filter_map(account).collect()
}
