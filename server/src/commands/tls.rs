//! `--tls-self-signed`: a certificate that stays the same from start to start.

use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;

use anyhow::Context as _;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::net::tls::{self, SelfSigned};
use crate::store::{create_private, is_there};

/// The folder within the data folder.
const FOLDER: &str = "tls";

/// TLS with the certificate kept in the data folder, made there at the first start: clients that were told to trust
/// its fingerprint still do after a restart.
///
/// # Errors
///
/// When it can be neither read nor made.
pub(super) fn kept(data: &Path, listen: IpAddr) -> anyhow::Result<SelfSigned> {
    let folder = data.join(FOLDER);
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    if !is_there(&certificate)? {
        make(&folder, &certificate, &key, listen)
            .with_context(|| format!("cannot keep a certificate in {}", folder.display()))?;
    }
    let acceptor = tls::CertificateFiles::read(&certificate, &key)?.acceptor()?;
    let certificate = CertificateDer::from_pem_file(&certificate)
        .with_context(|| format!("cannot read {}", certificate.display()))?;
    Ok(SelfSigned { acceptor, certificate })
}

fn make(folder: &Path, certificate: &Path, key: &Path, listen: IpAddr) -> anyhow::Result<()> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let listen = listen.to_string();
    if !names.contains(&listen) {
        names.push(listen);
    }
    let made = rcgen::generate_simple_self_signed(names)?;
    create_private(folder)?;
    write_private(key, &made.signing_key.serialize_pem())?;
    // Last and in one step: where it is, the key is as well.
    let unfinished = certificate.with_extension("unfinished");
    fs::write(&unfinished, made.cert.pem())?;
    fs::rename(&unfinished, certificate)?;
    Ok(())
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_survives_a_restart_and_the_key_is_the_owners_alone() {
        let data = tempfile::tempdir().unwrap();
        let first = kept(data.path(), [127, 0, 0, 1].into()).unwrap().fingerprint();
        let second = kept(data.path(), [127, 0, 0, 1].into()).unwrap().fingerprint();
        assert_eq!(first, second);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let key = fs::metadata(data.path().join("tls/key.pem")).unwrap();
            assert_eq!(key.permissions().mode() & 0o777, 0o600);
        }
        let elsewhere = tempfile::tempdir().unwrap();
        let other = kept(elsewhere.path(), [127, 0, 0, 1].into()).unwrap().fingerprint();
        assert_ne!(first, other);
    }
}
