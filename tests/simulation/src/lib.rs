//! Many devices and a server under a virtual clock, one seed and every fault.
//!
//! The engine, both stores and the hub are the real ones; only sockets, clocks, chance and disks are made here.
//! What happens is a list of steps drawn from a seed, and the same seed tells the same story again.
//!
//! ```text
//!   dice      chance from a seed
//!   disk      a disk that loses what was not synced
//!   vfs       SQLite on it
//!   town      where every story plays
//!   schedule  the steps of a story
//!   world     devices, server and network; what goes wrong; what must hold
//!   model     what ought to be, kept beside the programs
//!   bug       what is wrong on purpose, to see that it is found
//!   trace     what happened                       tally  how often
//!   run       runs a schedule, and makes one that fails smaller
//! ```

pub mod bug;
pub mod dice;
pub mod disk;
pub mod model;
pub mod run;
pub mod schedule;
pub mod tally;
pub mod town;
pub mod trace;
pub mod vfs;
pub mod violation;
pub mod world;
