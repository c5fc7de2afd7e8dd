//! The codec against real bytes of its peers, against itself, and against those who mean harm.

mod golden;
mod hostile;
mod round_trip;

use super::*;
use crate::ids::DocumentId;

fn document() -> DocumentId {
    DocumentId([7; 16])
}

fn peer(label: &str) -> PeerId {
    label.parse().unwrap()
}
