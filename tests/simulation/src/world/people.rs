//! What people do: edit, command, and what operators decide.

use samsynk_core::domain::{
    Card, CardEdit, Command, DiaryEdit, Document, Edit, NoteEdit, PilotEdit, ProfileEdit, VisitEdit,
};
use samsynk_core::ids::{AccountId, DocumentId};
use samsynk_server::admin::AdminRequest;

use super::World;
use crate::dice::Dice;
use crate::town::{FARSTA_VISIT, KISTA_VISIT, PEOPLE, PILOT, account, field, slot};
use crate::violation::Checked;

const SLOTS: [&str; 4] = ["welcome", "tour", "talk", "lunch"];
const GROUPS: [&str; 3] = ["g1", "g2", "g3"];
const STUDENTS: [&str; 3] = ["student-1", "student-2", "student-3"];
const STAFF: [&str; 3] = ["farsta-1", "farsta-2", "kista"];

/// A name, and their roles.
type Person = (&'static str, &'static [&'static str]);

fn word(dice: &mut Dice) -> String {
    format!("w{}", dice.below(10_000))
}

fn of<T: std::str::FromStr>(dice: &mut Dice, names: &[&str]) -> T
where
    T::Err: std::fmt::Debug,
{
    dice.pick(names).expect("there are some").parse().expect("a slug")
}

impl World {
    /// Somebody edits something on a device that runs.
    pub(super) fn somebody_edits(&mut self, dice: &mut Dice) -> Checked {
        let running = self.running();
        let Some(&index) = dice.pick(&running) else { return Ok(()) };
        for _ in 0..=dice.below(3) {
            let Some((document, edit)) = self.choose(index, dice) else { continue };
            let name = self.devices[index].name;
            self.note(format_args!("{name} edits {document}: {edit:?}"));
            self.ask(index, |engine, turn| engine.edit(turn, document, &edit))?;
        }
        Ok(())
    }

    /// Something that can be done to a document that is on the device, or to a new one.
    fn choose(&mut self, index: usize, dice: &mut Dice) -> Option<(DocumentId, Edit)> {
        let device = &mut self.devices[index];
        let account = device.identity.account;
        let stored = device.program.as_ref()?.engine.stored();
        if dice.percent(6) {
            let mut id = [0; 16];
            device.random.fill(&mut id);
            return Some((DocumentId::from_random(id), new_document(account, dice)));
        }
        let written = stored.rows.iter().filter_map(|(id, row)| Some((*id, row.document()?)));
        let written = written.filter(|(_, document)| {
            // Mostly what this person may write; the rest is refused on the device already.
            !matches!(document, Document::Home(_) | Document::Directory(_) | Document::Itinerary(_))
        });
        let written: Vec<(DocumentId, &Document)> = written.collect();
        let is_shared = |(_, document): &&(DocumentId, &Document)| {
            matches!(document, Document::Visit(_) | Document::Pilot(_))
        };
        let shared: Vec<_> = written.iter().filter(is_shared).copied().collect();
        let from = if dice.percent(40) && !shared.is_empty() { &shared } else { &written };
        let (id, document) = dice.pick(from)?;
        let edit = match document {
            Document::Visit(_) => Edit::Visit(visit_edit(dice)),
            Document::Pilot(_) => Edit::Pilot(pilot_edit(dice)),
            Document::Diary(_) => Edit::Diary(diary_edit(dice)),
            Document::Profile(_) => Edit::Profile(profile_edit(dice)),
            Document::Card(_) => Edit::Card(CardEdit::SetFunction { function: word(dice) }),
            _ => Edit::Note(note_edit(dice)),
        };
        Some((*id, edit))
    }

    /// Somebody decides something about a plan.
    pub(super) fn somebody_commands(&mut self, dice: &mut Dice) -> Checked {
        let holds = |index: &usize| {
            let program = self.devices[*index].program.as_ref();
            program.is_some_and(|program| {
                let mut contents = program.engine.stored().rows.values().map(|row| row.document());
                contents.any(|document| matches!(document, Some(Document::Visit(_))))
            })
        };
        let holders: Vec<usize> = self.running().into_iter().filter(holds).collect();
        let Some(&index) = dice.pick(&holders) else { return Ok(()) };
        let engine = self.devices[index].engine()?;
        let rows = engine.stored().rows.iter();
        let visits = rows.filter(|(_, row)| matches!(row.document(), Some(Document::Visit(_))));
        let visits: Vec<DocumentId> = visits.map(|(id, _)| *id).collect();
        let Some(&visit) = dice.pick(&visits) else { return Ok(()) };
        let command = match dice.below(12) {
            0 => Command::CancelVisit { visit, reason: String::new() },
            1..=3 => Command::MoveToRemote { visit, link: word(dice) },
            _ => Command::PublishVisit { visit },
        };
        let name = self.devices[index].name;
        self.note(format_args!("{name} commands {command:?}"));
        self.ask(index, |engine, turn| engine.command(turn, command)).map(drop)
    }

    /// A script writes a document of its own.
    pub(super) fn somebody_scripts(&mut self, dice: &mut Dice) {
        let all: Vec<usize> = (0..self.peers.len()).filter(|i| !self.peers[*i].hostile).collect();
        if let Some(&index) = dice.pick(&all) {
            self.peers[index].write(dice);
            self.peer_speaks(index);
        }
    }

    /// An operator gives or takes a role, mostly of somebody who takes part.
    pub(super) fn operator_changes_a_role(&mut self, dice: &mut Dice) {
        let on_stage: Vec<AccountId> = self.devices.iter().map(|d| d.identity.account).collect();
        let takes_part = |(name, _): &&Person| on_stage.contains(&account(name));
        let people: Vec<Person> = match dice.percent(80) {
            true => PEOPLE.iter().filter(takes_part).copied().collect(),
            false => PEOPLE.into(),
        };
        let Some(&(name, own)) = dice.pick(&people) else { return };
        let others = ["lead", "staff@farsta", "staff@kista", "coordinator@su"];
        let roles = if dice.percent(70) { own } else { &others };
        let (account, role) = (account(name), of::<String>(dice, roles));
        let gives = dice.percent(40);
        self.note(format_args!("an operator changes {name} {role}: {gives}"));
        self.server.request(match gives {
            true => AdminRequest::RoleAdd { account, role },
            false => AdminRequest::RoleRemove { account, role },
        });
    }

    /// An operator revokes a device.
    pub(super) fn operator_revokes(&mut self, dice: &mut Dice) {
        let all: Vec<usize> = (0..self.devices.len()).collect();
        let Some(&index) = dice.pick(&all) else { return };
        let device = self.devices[index].identity.device;
        let name = self.devices[index].name;
        self.note(format_args!("an operator revokes {name}"));
        self.server.request(AdminRequest::DeviceRevoke { device });
    }

    /// An operator has a document begin anew from what it holds.
    pub(super) fn operator_forgets_a_history(&mut self, dice: &mut Dice) {
        let there = self.model.now.documents.iter().filter(|(_, known)| !known.erased);
        let there: Vec<DocumentId> = there.map(|(id, _)| *id).collect();
        let Some(&document) = dice.pick(&there) else { return };
        self.note(format_args!("an operator has {document} begin anew"));
        self.tally.count("histories forgotten");
        self.server.request(AdminRequest::ForgetHistory { document });
    }

    /// An operator erases a person.
    pub(super) fn operator_erases(&mut self, dice: &mut Dice) {
        let name: String = of(dice, &["student-1", "student-2", "student-3", "farsta-2", "union"]);
        self.note(format_args!("an operator erases {name}"));
        self.server.request(AdminRequest::Erase { account: account(&name) });
    }
}

fn new_document(account: AccountId, dice: &mut Dice) -> Edit {
    if dice.percent(60) {
        return Edit::Note(NoteEdit::Create { owner: account, title: word(dice) });
    }
    let unit = of(dice, &["farsta", "kista"]);
    let group = of(dice, &GROUPS);
    Edit::Visit(VisitEdit::Create { pilot: PILOT, group, unit, title: word(dice) })
}

fn visit_edit(dice: &mut Dice) -> VisitEdit {
    let id = of(dice, &SLOTS);
    match dice.below(10) {
        0 => VisitEdit::SetTitle { title: word(dice) },
        1..=2 => VisitEdit::AddSlot { id, slot: Box::new(slot(&word(dice))) },
        3 => VisitEdit::RemoveSlot { id },
        4 => {
            let name: String = of(dice, &STAFF);
            VisitEdit::AddHost { id, card: Card::id_of(account(&name)) }
        }
        5 => {
            let name: String = of(dice, &STAFF);
            VisitEdit::RemoveHost { id, card: Card::id_of(account(&name)) }
        }
        _ => VisitEdit::SetSlot { id, set: field(dice.below(32), word(dice)) },
    }
}

fn pilot_edit(dice: &mut Dice) -> PilotEdit {
    let group = of(dice, &GROUPS);
    let student = account(&of::<String>(dice, &STUDENTS));
    match dice.below(10) {
        0 => PilotEdit::SetTitle { title: word(dice) },
        1 => PilotEdit::AddGroup { group, title: word(dice), unit: of(dice, &["farsta", "kista"]) },
        2..=5 => PilotEdit::AddMember { group, account: student },
        _ => PilotEdit::RemoveMember { group, account: student },
    }
}

fn diary_edit(dice: &mut Dice) -> DiaryEdit {
    let visit = if dice.percent(50) { FARSTA_VISIT } else { KISTA_VISIT };
    let itinerary = samsynk_core::domain::Itinerary::id_of(visit);
    match dice.below(4) {
        0 => DiaryEdit::Acknowledge { itinerary, version: 1 + dice.below(4) as u32 },
        1 => DiaryEdit::SetNote { itinerary: None, slot: of(dice, &SLOTS), text: word(dice) },
        2 => DiaryEdit::Unlist { thing: of(dice, &["boots", "lunch"]) },
        _ => DiaryEdit::Pack { thing: of(dice, &["boots", "lunch"]), packed: dice.percent(50) },
    }
}

fn profile_edit(dice: &mut Dice) -> ProfileEdit {
    match dice.below(3) {
        0 => ProfileEdit::SetName { name: word(dice) },
        1 => ProfileEdit::SetProtected { protected: dice.percent(50) },
        _ => ProfileEdit::SetContact { contact: word(dice) },
    }
}

fn note_edit(dice: &mut Dice) -> NoteEdit {
    let people = PEOPLE.map(|(name, _)| name);
    let other = account(&of::<String>(dice, &people));
    match dice.below(6) {
        0..=1 => NoteEdit::Share { account: other },
        2 => NoteEdit::Unshare { account: other },
        3 => NoteEdit::SetTitle { title: word(dice) },
        _ => NoteEdit::SetText { text: word(dice) },
    }
}
