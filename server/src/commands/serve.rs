//! `samsynk serve`.

use std::path::Path;

use super::args::ServeArgs;
use super::failure::Failure;
use super::running::{self, Way};
use super::{output, tls};
use crate::net::{Exposure, tls as net_tls};

pub(super) fn run(data: &Path, args: &ServeArgs) -> Result<(), Failure> {
    let local = args.listen.ip().to_canonical().is_loopback();
    if args.plaintext && !args.behind_proxy && !local {
        let text = "--plaintext is for this machine's own addresses, as 127.0.0.1, unless a proxy speaks TLS to the \
                    world (--behind-proxy)";
        return Err(Failure::Usage(text.to_owned()));
    }
    running::block_on(async {
        let town = running::Town::open(data, args.account_mib_max << 20)?;
        // After the folder is ours, since the certificate is kept in it.
        let (way, fingerprint) = way(data, args)?;
        let listener = running::listen(args.listen).await?;
        let address = listener.local_addr()?;
        let scheme = way.exposure.scheme();
        let server = town.serve(listener, way, args.metrics_public)?;
        let local_scheme = if args.plaintext { "http" } else { scheme };
        output::line(format_args!("listening on {local_scheme}://{address}"))?;
        if let Some(fingerprint) = fingerprint {
            output::line(format_args!("SHA-256 fingerprint {fingerprint}"))?;
        }
        server.until_told_to_end().await
    })
}

/// How clients reach the server, and the fingerprint of a certificate that nobody vouches for.
fn way(data: &Path, args: &ServeArgs) -> Result<(Way, Option<String>), Failure> {
    if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) {
        let acceptor = net_tls::from_files(certificate, key);
        let acceptor = acceptor.map_err(anyhow::Error::from)?;
        return Ok((Way { exposure: Exposure::Tls, tls: Some(acceptor) }, None));
    }
    if args.tls_self_signed {
        let kept = tls::kept(data, args.listen.ip())?;
        let fingerprint = kept.fingerprint();
        return Ok((Way { exposure: Exposure::Tls, tls: Some(kept.acceptor) }, Some(fingerprint)));
    }
    let exposure = if args.behind_proxy { Exposure::BehindProxy } else { Exposure::Loopback };
    Ok((Way { exposure, tls: None }, None))
}
