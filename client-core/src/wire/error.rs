//! Why bytes are not a frame.

/// What is wrong with bytes that should be a frame. Names keys and limits, never what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The message is longer than `FRAME_BYTES_MAX`.
    #[error("a frame of {bytes} bytes is too large")]
    TooLarge {
        /// The length of the message in bytes.
        bytes: usize,
    },
    /// The message is not one well-formed CBOR map: cut off, not a map, or followed by more.
    #[error("not a well-formed CBOR map")]
    Malformed,
    /// Values are nested deeper than `NESTING_DEPTH_MAX`.
    #[error("values are nested too deep")]
    TooDeep,
    /// A key that means something stands there twice.
    #[error("the key {key} stands twice")]
    Duplicate {
        /// The key.
        key: &'static str,
    },
    /// A key that this type of frame must have is absent.
    #[error("the key {key} is missing")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// The value of a key is not of its kind.
    #[error("the value of {key} is not what it should be")]
    Invalid {
        /// The key.
        key: &'static str,
    },
    /// The value of a key is longer than its limit.
    #[error("the value of {key} is over its limit of {max}")]
    OverLimit {
        /// The key.
        key: &'static str,
        /// The limit, in bytes of a text or items of a list.
        max: usize,
    },
}

impl WireError {
    /// A stable code, for logs, metrics and language files.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "frame-too-large",
            Self::Malformed => "frame-malformed",
            Self::TooDeep => "frame-too-deep",
            Self::Duplicate { .. } => "frame-key-duplicate",
            Self::Missing { .. } => "frame-key-missing",
            Self::Invalid { .. } => "frame-value-invalid",
            Self::OverLimit { .. } => "frame-value-over-limit",
        }
    }
}
