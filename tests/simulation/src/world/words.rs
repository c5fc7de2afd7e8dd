//! Messages as a trace tells them.

use automerge::ChangeHash;
use automerge::sync::Message;
use samsynk_core::wire::Frame;

use crate::trace::short;

/// A message for the trace.
pub(super) fn describe(message: &[u8]) -> String {
    let hash = short(message);
    match Frame::decode(message) {
        Ok(frame) => format!("{} {hash}", subject(&frame)),
        Err(error) => format!("{error} {hash}"),
    }
}

fn subject(frame: &Frame) -> String {
    let kind = frame.kind();
    match frame {
        Frame::Sync { document, data, .. } | Frame::Request { document, data, .. } => {
            let message = Message::decode(data);
            let message = message.map_or_else(|_| "unreadable".to_owned(), |m| said(&m));
            format!("{kind} {document} {message}")
        }
        Frame::Receipt { document, heads } => {
            format!("{kind} {document} {}", few(heads.as_slice()))
        }
        Frame::DocUnavailable { document, .. } => format!("{kind} {document}"),
        Frame::Rejected { document, refusal, .. } => format!("{kind} {document} {}", refusal.code),
        Frame::Withdrawn { document, reason, .. } => format!("{kind} {document} {reason}"),
        Frame::Outcome { result, .. } => format!("{kind} {result:?}"),
        _ => kind.to_owned(),
    }
}

fn said(message: &Message) -> String {
    let (heads, need) = (few(&message.heads), few(&message.need));
    let since = message.have.iter().map(|have| few(&have.last_sync)).collect::<String>();
    let changes = message.changes.iter().count();
    format!("heads {heads} need {need} since {since} changes {changes}")
}

/// The beginnings of some hashes.
fn few(hashes: &[ChangeHash]) -> String {
    let beginnings = hashes.iter().map(|hash| samsynk_core::ids::hex(&hash.0[..2]));
    format!("[{}]", beginnings.collect::<Vec<_>>().join(" "))
}
