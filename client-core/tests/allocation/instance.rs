//! An instance as its file says it. Of the tests' own making: nothing of the allocator is used to read or write one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Tie groups of ids, best first.
pub(crate) type Preferences = Vec<Vec<String>>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub(crate) teams: BTreeMap<String, Team>,
    pub(crate) topics: BTreeMap<String, Topic>,
    pub(crate) supervisors: BTreeMap<String, Supervisor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) districts: BTreeMap<String, District>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) pins: BTreeMap<String, Pin>,
    pub(crate) seed: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Team {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u32>,
    pub(crate) preferences: Preferences,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Topic {
    pub(crate) supervisor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lower: Option<usize>,
    pub(crate) capacity: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) team_size: Option<(u32, u32)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Supervisor {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) district: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lower: Option<usize>,
    pub(crate) capacity: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) preferences: Option<Preferences>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct District {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lower: Option<usize>,
    pub(crate) capacity: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) district: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pin {
    pub(crate) topic: String,
    pub(crate) reason: String,
}

impl Instance {
    /// The file's text.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap()
    }

    /// The instance that a text in the format says, which must be right.
    pub(crate) fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap()
    }
}
