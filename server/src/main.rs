//! The program `samsynk`.
fn main() {}
