//! "Sent" means that it has reached the server, and a network that has gone silent is noticed soon.

#![cfg(feature = "device")]
#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

mod desk;

use desk::{ANNA, Desk, NOTE, NOW};
use samsynk_core::domain::view::Link;
use samsynk_core::domain::{Edit, Moment, NoteEdit};
use samsynk_core::engine::{Effects, Event};
use samsynk_core::wire::{Frame, Version};

/// Does something with a device at a moment after [`NOW`]. Returns the effects and the number of its ping, if it sent one.
fn after(desk: &mut Desk, millis: i64, event: Event) -> (Effects, Option<u64>) {
    let effects = desk.client.handle(Moment::from_millis(NOW + millis), event);
    let ping = ping_in(&effects);
    (effects, ping)
}

fn ping_in(effects: &Effects) -> Option<u64> {
    let frames = effects.frames.iter().map(|frame| Frame::decode(frame).unwrap());
    frames
        .filter_map(|frame| match frame {
            Frame::Ping { count } => Some(count),
            _ => None,
        })
        .next()
}

fn pong(count: u64) -> Event {
    Event::Received(vec![Frame::Pong { count }.encode()])
}

/// A device that has joined a server which answers pings, with everything in sync.
fn synced() -> Desk {
    let mut desk = Desk::enrolled();
    let joined = desk.joins(Version::Samsynk1, NOW);
    let ping = ping_in(&joined).expect("it asks with the catalogue whether the server answers");
    desk.hears(&Frame::CatalogueAnswer { entries: Vec::new() });
    desk.happens(pong(ping));
    assert_eq!(desk.client.status().link, Link::Synced);
    desk
}

fn edit(desk: &mut Desk, millis: i64) -> Effects {
    let create = Edit::Note(NoteEdit::Create { owner: ANNA, title: "Kvar".to_owned() });
    desk.client.edit(Moment::from_millis(NOW + millis), NOTE, create).unwrap().1
}

#[test]
fn an_edit_is_called_sent_only_when_it_has_reached_the_server() {
    let mut desk = synced();
    // The first message of a new document says what there is; the change goes with the next.
    desk.edits(NoteEdit::Create { owner: ANNA, title: "Kvar".to_owned() });
    let mut server = automerge::AutoCommit::new();
    desk.exchanges(NOTE, &mut server, None);
    let status = desk.client.status();
    assert_eq!((status.on_device, status.sent), (1, 0), "nobody knows yet whether it has arrived");

    after(&mut desk, 10, pong(u64::MAX));
    let status = desk.client.status();
    assert_eq!((status.on_device, status.sent), (0, 1));
}

#[test]
fn an_edit_on_a_silent_network_is_on_this_device_and_says_so_within_five_seconds() {
    let mut desk = synced();
    let sent = edit(&mut desk, 0);
    assert!(!sent.frames.is_empty());
    let (_, ping) = after(&mut desk, 1, Event::Online);
    assert!(ping.is_some());
    let due = NOW + 4_100;
    let mut effects = desk.client.handle(Moment::from_millis(NOW + 2), Event::Foreground);
    while let Some(wake_at) = effects.wake_at.filter(|at| at.millis() <= due) {
        effects = desk.client.handle(wake_at, Event::Wake);
        if effects.disconnect {
            break;
        }
    }
    assert!(effects.disconnect, "it is given up: {effects:?}");
    let status = desk.client.status();
    assert_eq!((status.link, status.on_device, status.sent), (Link::Offline, 1, 0));

    // People are not told of attempts that lead to nothing.
    let again = effects.wake_at.unwrap();
    assert!(desk.client.handle(again, Event::Wake).connect);
    assert_eq!(desk.client.status().link, Link::Offline);
}

#[test]
fn an_idle_connection_is_asked_for_a_sign_of_life_while_somebody_looks() {
    let mut desk = synced();
    let (effects, _) = after(&mut desk, 0, Event::Foreground);
    assert_eq!(effects.wake_at, Some(Moment::from_millis(NOW + 15_000)));
    let (_, none) = after(&mut desk, 14_000, Event::Foreground);
    assert_eq!(none, None);
    let (effects, ping) = after(&mut desk, 15_000, Event::Wake);
    assert!(ping.is_some());
    assert_eq!(effects.wake_at, Some(Moment::from_millis(NOW + 19_000)));
    let (answered, _) = after(&mut desk, 15_050, pong(ping.unwrap()));
    assert!(answered.wake_at > Some(Moment::from_millis(NOW + 30_000)));
    assert_eq!(desk.client.status().link, Link::Synced);

    // Nobody looks: the radio is left alone.
    let mut unseen = synced();
    let (effects, _) = after(&mut unseen, 10, Event::Wake);
    assert_eq!(effects.wake_at, Some(Moment::from_millis(NOW + 300_000)));
}

#[test]
fn a_hint_of_the_system_is_believed_at_once() {
    let mut desk = synced();
    assert!(after(&mut desk, 5, Event::Offline).0.disconnect);
    assert_eq!(desk.client.status().link, Link::Offline);
    for _ in 0..9 {
        let wait = after(&mut desk, 5, Event::Wake).0.wake_at.unwrap();
        desk.client.handle(wait, Event::Wake);
        desk.client.handle(wait, Event::Disconnected);
    }
    let (effects, _) = after(&mut desk, 200_000, Event::Online);
    assert!(effects.connect, "it does not wait for its back-off");
    assert_eq!(desk.client.status().link, Link::Connecting);

    // An attempt that hangs is told of after 4 s, and given up when somebody asks for another.
    let (told, _) = after(&mut desk, 204_000, Event::Wake);
    assert!(!told.disconnect && !told.connect);
    assert_eq!(desk.client.status().link, Link::Offline);
    let (again, _) = after(&mut desk, 205_000, Event::Online);
    assert!(again.disconnect && again.connect);
    let (twice, _) = after(&mut desk, 205_100, Event::Online);
    assert!(!twice.disconnect && !twice.connect);
}

#[test]
fn whoever_looks_does_not_wait_for_the_longest_back_off() {
    let mut desk = Desk::enrolled();
    let mut effects = after(&mut desk, 0, Event::Disconnected).0;
    for _ in 0..20 {
        let at = effects.wake_at.unwrap();
        desk.client.handle(at, Event::Wake);
        effects = desk.client.handle(at, Event::Disconnected);
    }
    let now = effects.wake_at.unwrap().millis() - 25_000;
    let looked = desk.client.handle(Moment::from_millis(now), Event::Foreground);
    assert!(looked.wake_at.unwrap().millis() - now <= 3_000);
}
