//! What clients send who mean harm, to a running server: each is answered with a reason, costs little, and disturbs
//! nobody.

mod honest;
mod meanings;
mod messages;
mod scene;
mod stored;
