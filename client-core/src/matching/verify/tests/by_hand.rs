//! Small instances with answers worked out by hand.
