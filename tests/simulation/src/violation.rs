//! What must not happen.

use std::fmt;

/// Something happened that must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(pub String);

/// The outcome of whatever may find a violation.
pub type Checked<T = ()> = Result<T, Violation>;

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Fails with a sentence where a condition does not hold.
macro_rules! ensure {
    ($holds:expr, $($sentence:tt)+) => {
        if !$holds {
            return Err($crate::violation::Violation(format!($($sentence)+)));
        }
    };
}

pub(crate) use ensure;
