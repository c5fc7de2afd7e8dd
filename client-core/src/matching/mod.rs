//! Allocations of students to projects: independent checks of what an allocator answered.

pub mod verify;
