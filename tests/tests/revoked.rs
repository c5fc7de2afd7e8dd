//! A lost phone: its access is revoked, it forgets what came from the server, and what was never sent comes back with a
//! new link.

use samsynk_core::domain::view::{View, ViewData};
use samsynk_core::domain::{Edit, NoteEdit};
use samsynk_core::ids::DocumentId;
use samsynk_tests::{TestDevice, Town};

fn note_titles(data: &ViewData) -> Vec<String> {
    match data {
        ViewData::Home(home) => home.notes.iter().map(|note| note.title.clone()).collect(),
        _ => Vec::new(),
    }
}

fn held(device: &TestDevice) -> usize {
    match device.view(&View::Device) {
        ViewData::Device(view) => view.documents.len(),
        other => panic!("{other:?}"),
    }
}

fn unsent(device: &TestDevice) -> Vec<String> {
    match device.view(&View::Unsent) {
        ViewData::Unsent(view) => view.items.into_iter().map(|item| item.title).collect(),
        other => panic!("{other:?}"),
    }
}

async fn says(device: &TestDevice, code: &'static str) {
    let problem = move |data: &ViewData| match data {
        ViewData::Status(status) => status.problem.clone().filter(|problem| problem.code == code),
        _ => None,
    };
    device.until(View::Status, problem).await;
}

#[tokio::test]
async fn a_revoked_phone_forgets_all_but_what_it_never_sent_and_a_new_link_brings_that_back() {
    let town = Town::start().await;
    let account = town.account("staff-farsta");
    let mut phone = TestDevice::of(&town, "staff-farsta").await;
    let desk = TestDevice::of(&town, "staff-farsta").await;
    phone.settled().await;
    desk.settled().await;
    assert!(held(&phone) > 5);

    // Written in a basement, then the phone is lost; somebody revokes every device of the account.
    phone.online(false);
    let note = DocumentId::from_random([7; 16]);
    let create = NoteEdit::Create { owner: account, title: "Glöm inte nyckeln".to_owned() };
    phone.edit(note, Edit::Note(create)).unwrap();
    town.samsynk(&["device", "revoke", "--all", &account.to_string()]).await;
    says(&desk, "device-revoked").await;
    assert_eq!((held(&desk), unsent(&desk)), (0, Vec::new()), "at once, since it was connected");

    // The phone hears of it when it comes back, and remembers it.
    phone.online(true);
    says(&phone, "device-revoked").await;
    phone.switch_off().await;
    phone.switch_on();
    says(&phone, "device-revoked").await;
    assert_eq!((held(&phone), unsent(&phone)), (0, vec!["Glöm inte nyckeln".to_owned()]));

    phone.enrols_again(&town, account).await;
    phone.settled().await;
    assert_eq!(phone.status().problem, None);
    assert!(held(&phone) > 5);
    let other = TestDevice::of(&town, "staff-farsta").await;
    let arrived =
        |data: &ViewData| note_titles(data).contains(&"Glöm inte nyckeln".to_owned()).then_some(());
    other.until(View::Home, arrived).await;
}

#[tokio::test]
async fn the_device_of_an_erased_person_says_so_and_shows_what_was_never_sent() {
    let town = Town::start().await;
    let account = town.account("staff-farsta");
    let phone = TestDevice::of(&town, "staff-farsta").await;
    phone.settled().await;
    phone.online(false);
    let create = NoteEdit::Create { owner: account, title: "Kvar".to_owned() };
    phone.edit(DocumentId::from_random([7; 16]), Edit::Note(create)).unwrap();
    town.samsynk(&["erase", &account.to_string()]).await;
    phone.online(true);
    says(&phone, "account-erased").await;
    assert_eq!((held(&phone), phone.status().set_aside), (0, 1));
}
