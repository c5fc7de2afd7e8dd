//! Stories of clients and a real listener. The test itself plays the hub.

mod http;
mod sessions;
mod support;
