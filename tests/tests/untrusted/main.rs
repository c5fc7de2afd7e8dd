//! The walk over untrusted bytes beside Automerge: what honest clients write is accepted, and what is accepted
//! Automerge survives, within bounds of time and memory.

mod bent;
mod disorder;
mod gate;
mod honest;
mod memory;
