//! Real parts, started and stopped by tests.
