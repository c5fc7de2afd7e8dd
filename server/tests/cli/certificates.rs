//! A renewed certificate is served without a restart, and a broken one is not.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::{CertificateDer, ServerName};

use crate::support::Data;

/// A certificate with its key, for this machine.
struct Made {
    der: CertificateDer<'static>,
    certificate: String,
    key: String,
}

impl Made {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = made.signing_key.serialize_pem();
        Self { der: made.cert.der().clone(), certificate: made.cert.pem(), key }
    }
}

/// A connection over TLS that trusts these certificates.
struct Connection(StreamOwned<ClientConnection, TcpStream>);

impl Connection {
    fn new(port: u16, trusted: &[&Made]) -> Self {
        let mut roots = RootCertStore::empty();
        trusted.iter().for_each(|made| roots.add(made.der.clone()).unwrap());
        let config = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut connection =
            Self(StreamOwned::new(client, TcpStream::connect(("127.0.0.1", port)).unwrap()));
        connection.is_answered();
        connection
    }

    /// Asks whether the server is well, and stays open.
    fn is_answered(&mut self) {
        self.0.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"{\"status\":\"ok\"}") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            answer.extend(byte);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }

    fn is_with(&self, made: &Made) -> bool {
        self.0.conn.peer_certificates().unwrap()[0] == made.der
    }
}

#[test]
fn a_renewed_certificate_is_served_after_a_hangup_and_a_broken_one_is_not() {
    let data = Data::new();
    let (first, second, third) = (Made::new(), Made::new(), Made::new());
    let put = |certificate: &str, key: &str| {
        (data.file("certificate.pem", certificate), data.file("key.pem", key))
    };
    let (certificate, key) = put(&first.certificate, &first.key);
    let tls = ["--tls-cert", &certificate, "--tls-key", &key];
    let mut server = data.start(&[&["serve", "--listen", "127.0.0.1:0"], &tls[..]].concat());
    let port = server.port();
    let connect = || Connection::new(port, &[&first, &second, &third]);
    let mut old = connect();
    assert!(old.is_with(&first));

    put(&second.certificate, &second.key);
    assert!(connect().is_with(&first), "nobody has told the server yet");
    server.signal("HUP");
    server.logs("the certificate has been read again");
    assert!(connect().is_with(&second));
    old.is_answered();

    for (certificate, key) in [
        (third.certificate.as_str(), "not a key"),
        ("not a certificate", &third.key),
        // A renewal that is half done.
        (&third.certificate, &second.key),
    ] {
        put(certificate, key);
        server.signal("HUP");
        server.logs("the certificate from before stays in use");
        assert!(connect().is_with(&second));
    }
    put(&third.certificate, &third.key);
    server.signal("HUP");
    server.logs("the certificate has been read again");
    assert!(connect().is_with(&third), "what was broken is mended without a restart");
    old.is_answered();
    drop(old);
    server.end();
}
