//! A device's way to the server: a loopback relay that can be cut, as when a phone leaves coverage.

use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A relay. While it is cut, connections are closed as soon as they are made.
#[derive(Debug)]
pub struct Network {
    port: u16,
    /// The open connections; `None` while the relay is cut.
    open: Arc<Mutex<Option<JoinSet<()>>>>,
}

impl Network {
    /// A relay to a port on loopback.
    ///
    /// # Panics
    ///
    /// There is no free port.
    pub async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound above").port();
        let open = Arc::new(Mutex::new(Some(JoinSet::new())));
        tokio::spawn(accept(listener, server, open.clone()));
        Self { port, open }
    }

    /// The port that devices connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends every connection, and lets none through.
    ///
    /// # Panics
    ///
    /// A connection panicked.
    pub fn cut(&self) {
        *self.open.lock().expect("no panic while locked") = None;
    }

    /// Lets connections through again.
    ///
    /// # Panics
    ///
    /// A connection panicked.
    pub fn restore(&self) {
        self.open.lock().expect("no panic while locked").get_or_insert_default();
    }
}

async fn accept(listener: TcpListener, server: u16, open: Arc<Mutex<Option<JoinSet<()>>>>) {
    while let Ok((device, _)) = listener.accept().await {
        if let Some(connections) = &mut *open.lock().expect("no panic while locked") {
            connections.spawn(relay(device, server));
        }
    }
}

async fn relay(mut device: TcpStream, server: u16) {
    if let Ok(mut server) = TcpStream::connect(("127.0.0.1", server)).await {
        // Either side may go at any time: that is what the relay is for.
        let _ = tokio::io::copy_bidirectional(&mut device, &mut server).await;
    }
}
