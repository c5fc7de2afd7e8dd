//! Certificates: from PEM files, or made on the spot for trying things out.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use crate::text_file::decode;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ConfigBuilder, ServerConfig, WantsVerifier};
use rustls_pki_types::pem::{self, PemObject as _};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;

/// Names that a self-signed certificate is good for.
const SELF_SIGNED_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Why TLS cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be read as PEM.
    #[error("cannot read {what} from {path}: {source}")]
    File {
        /// What should be in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: pem::Error,
    },
    /// A file without certificates.
    #[error("{path} holds no certificate")]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A certificate and key that do not belong together or are of an unknown kind.
    #[error("the certificate in {certificate} and the key in {key} cannot be used: {source}")]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why not.
        source: rustls::Error,
    },
    /// A certificate could not be made.
    #[error("cannot make a self-signed certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The certificate just made cannot be used.
    #[error("cannot use the self-signed certificate: {0}")]
    Use(#[from] rustls::Error),
}

/// A certificate chain and key in files, which may be renewed while the server runs.
#[derive(Debug)]
pub struct CertificateFiles {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl CertificateFiles {
    /// Reads both files.
    ///
    /// # Errors
    ///
    /// [`TlsError`], which names the file.
    pub fn read(certificate: &Path, key: &Path) -> Result<Arc<Self>, TlsError> {
        let current = RwLock::new(certified_key(certificate, key)?);
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        Ok(Arc::new(Self { certificate, key, current }))
    }

    /// Reads both files again. Connections that are made from now on get what is in them; those that are there keep
    /// theirs.
    ///
    /// # Errors
    ///
    /// [`TlsError`]; the certificate from before stays in use.
    pub fn renew(&self) -> Result<(), TlsError> {
        let renewed = certified_key(&self.certificate, &self.key)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(())
    }

    /// TLS with the certificate as it is when a connection is made.
    ///
    /// # Errors
    ///
    /// What rustls says of its own defaults.
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let certificate: Arc<dyn ResolvesServerCert> = Arc::clone(self) as _;
        Ok(http1(versions()?.with_no_client_auth().with_cert_resolver(certificate)))
    }
}

impl ResolvesServerCert for CertificateFiles {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn certified_key(certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = read_chain(certificate)?;
    let private = read_pem(key).and_then(|bytes| PrivateKeyDer::from_pem_slice(&bytes));
    let private = private.map_err(|source| TlsError::File {
        what: "a private key",
        path: key.to_owned(),
        source,
    })?;
    let certified = CertifiedKey::from_der(chain, private, &ring::default_provider());
    certified.map(Arc::new).map_err(|source| TlsError::Unusable {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        source,
    })
}

fn read_pem(path: &Path) -> Result<Vec<u8>, pem::Error> {
    std::fs::read(path).map(decode).map_err(pem::Error::Io)
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable =
        |source| TlsError::File { what: "certificates", path: path.to_owned(), source };
    let bytes = read_pem(path).map_err(unreadable)?;
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(&bytes).collect::<Result<_, _>>().map_err(unreadable)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate { path: path.to_owned() });
    }
    Ok(chain)
}

/// TLS with a certificate that nobody vouches for.
pub struct SelfSigned {
    /// The TLS.
    pub acceptor: TlsAcceptor,
    /// The certificate, for clients that are told to trust it.
    pub certificate: CertificateDer<'static>,
}

impl SelfSigned {
    /// The SHA-256 of the certificate, in the form that browsers show: pairs of digits between colons.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(&self.certificate);
        digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }
}

/// TLS with a fresh certificate for this machine's own names.
///
/// # Errors
/// [`TlsError`] when there is no randomness to make a key of.
pub fn self_signed() -> Result<SelfSigned, TlsError> {
    let made = rcgen::generate_simple_self_signed(SELF_SIGNED_NAMES.map(String::from))?;
    let certificate = made.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())?;
    Ok(SelfSigned { acceptor: http1(config), certificate })
}

fn versions() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, rustls::Error> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
}

fn http1(mut config: ServerConfig) -> TlsAcceptor {
    // A WebSocket upgrade exists in HTTP/1.1 only.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_and_key_are_read_and_a_bad_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let certificate = write("certificate.pem", &made.cert.pem());
        let key = write("key.pem", &made.signing_key.serialize_pem());
        let other_key = write("other.pem", &other.signing_key.serialize_pem());
        let empty = write("empty.pem", "");
        let missing = folder.path().join("missing.pem");

        let files = CertificateFiles::read(&certificate, &key).unwrap();
        files.acceptor().unwrap();
        for (certificate, key, named) in [
            (&missing, &key, &missing),
            (&empty, &key, &empty),
            (&certificate, &missing, &missing),
            (&certificate, &empty, &empty),
            (&certificate, &other_key, &other_key),
        ] {
            let error = CertificateFiles::read(certificate, key).err().unwrap().to_string();
            assert!(error.contains(named.to_str().unwrap()), "{error}");
        }

        let first = files.current.read().unwrap().cert.clone();
        write("key.pem", &other.signing_key.serialize_pem());
        assert!(files.renew().is_err(), "the key has been renewed, and not yet the certificate");
        assert_eq!(files.current.read().unwrap().cert, first);
        write("certificate.pem", &other.cert.pem());
        files.renew().unwrap();
        assert_ne!(files.current.read().unwrap().cert, first);
    }
}
