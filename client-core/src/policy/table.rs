//! The specification of access, as a table.
