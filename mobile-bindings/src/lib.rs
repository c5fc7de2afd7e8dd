//! The core as seen from phones and browsers.
