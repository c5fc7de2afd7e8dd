//! Why something was refused: a stable code and parameters. The sentence belongs to the app's language files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits::{REFUSAL_PARAM_CHARS_MAX, REFUSAL_PARAMS_MAX, WIRE_NAME_BYTES_MAX};

/// A refusal that crosses the wire and the bindings.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[error("{code}")]
pub struct Refusal {
    /// A stable code in lower case with hyphens; the language files hold a sentence for each.
    pub code: String,
    /// What the sentence names: ids, limits, fields; never a person's words.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

impl Refusal {
    /// A refusal without parameters.
    #[must_use]
    pub fn new(code: &str) -> Self {
        Self { code: code.to_owned(), params: BTreeMap::new() }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// What a device keeps of a refusal, whoever made it: a server may send more in one frame than a screen can show.
    #[must_use]
    pub(crate) fn bounded(self) -> Self {
        let cut = |text: String, max: usize| text.chars().take(max).collect();
        let params = self.params.into_iter().take(REFUSAL_PARAMS_MAX);
        let param = |text| cut(text, REFUSAL_PARAM_CHARS_MAX);
        Self {
            code: cut(self.code, WIRE_NAME_BYTES_MAX),
            params: params.map(|(name, value)| (param(name), param(value))).collect(),
        }
    }
}
