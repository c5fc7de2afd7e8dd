//! What has been published of a plan, version by version.

use serde::{Deserialize, Serialize};

use super::itinerary::{change_views, days};
use super::{ChangeView, HeldDocuments, ItineraryDay, Library, Moment};
use crate::domain::{Command, Document, Itinerary};
use crate::ids::DocumentId;
use crate::refusal::Refusal;

/// The versions that are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct VersionsView {
    /// The plan.
    pub visit: DocumentId,
    /// What it is called.
    pub title: String,
    /// The newest first.
    pub versions: Vec<PublishedVersion>,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PublishedVersion {
    /// Its number.
    pub version: u32,
    /// When it was published.
    pub at: Moment,
    /// Whether it says that the visit is cancelled.
    pub cancelled: bool,
    /// What it said, as students read it.
    pub days: Vec<ItineraryDay>,
    /// What it changed in the version before; nothing for the oldest that is kept.
    pub changes: Vec<ChangeView>,
    /// What going back to it would change for the students now.
    pub back: Vec<ChangeView>,
    /// Why the account cannot go back to it; none if it can.
    pub not_restorable: Option<Refusal>,
}

pub(super) fn view(library: &Library, visit: DocumentId) -> Result<VersionsView, Refusal> {
    let (_, document) = library.held(Itinerary::id_of(visit))?;
    let Document::Itinerary(itinerary) = document else {
        return Err(Refusal::new("wrong-kind").with("kind", "itinerary"));
    };
    let (_, latest) = itinerary.latest().ok_or_else(|| Refusal::new("nothing-published"))?;
    let mut before = None;
    let mut versions = Vec::new();
    for (number, version) in &itinerary.versions {
        let restore = Command::RestoreVersion { visit, version: *number };
        versions.push(PublishedVersion {
            version: *number,
            at: version.published,
            cancelled: version.cancelled,
            days: days(library, Itinerary::id_of(visit), version, None, &[]),
            changes: before.map_or_else(Vec::new, |before| change_views(library, before, version)),
            back: change_views(library, latest, version),
            not_restorable: restore.check(&library.subject, &mut HeldDocuments(library)).err(),
        });
        before = Some(version);
    }
    versions.reverse();
    Ok(VersionsView { visit, title: itinerary.title.clone(), versions })
}
