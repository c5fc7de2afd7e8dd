//! `samsynk serve`.

use std::path::Path;

use super::args::ServeArgs;
use super::failure::Failure;
use super::running::{self, Way};
use super::{output, tls, upkeep};
use crate::net::Exposure;
use crate::net::limits::Limits;
use crate::net::proxy::TrustedProxies;
use crate::net::tls::CertificateFiles;

pub(super) fn run(data: &Path, args: &ServeArgs) -> Result<(), Failure> {
    let local = args.listen.ip().to_canonical().is_loopback();
    if args.plaintext && !args.behind_proxy && !local {
        let text = "--plaintext is for this machine's own addresses, as 127.0.0.1, unless a proxy speaks TLS to the \
                    world (--behind-proxy)";
        return Err(Failure::Usage(text.to_owned()));
    }
    running::block_on(async {
        let town = running::Town::open(data, args.account_mib_max << 20)?;
        upkeep::remark_on_folder(data);
        // After the folder is ours, since the certificate is kept in it.
        let (mut way, fingerprint) = way(data, args)?;
        way.origin = town.origin(args.origin.clone()).await?;
        way.contact.clone_from(&args.contact);
        way.proxies = TrustedProxies::new(args.trusted_proxies.clone());
        if args.behind_proxy && args.trusted_proxies.is_empty() {
            tracing::warn!(
                "no --trusted-proxy is named: all who come through the proxy share the bounds of one address"
            );
        }
        let listener = running::listen(args.listen).await?;
        let address = listener.local_addr()?;
        let scheme = way.exposure.scheme();
        let server = {
            let limits =
                Limits { account_sessions_max: args.account_sessions_max, ..Limits::default() };
            town.serve(listener, way, args.metrics_public, &limits)?
        };
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
        let files = CertificateFiles::read(certificate, key).map_err(anyhow::Error::from)?;
        let acceptor = files.acceptor().map_err(anyhow::Error::from)?;
        let way = Way { tls: Some(acceptor), certificate: Some(files), ..Way::new(Exposure::Tls) };
        return Ok((way, None));
    }
    if args.tls_self_signed {
        let kept = tls::kept(data, args.listen.ip())?;
        let fingerprint = kept.fingerprint();
        let way = Way { tls: Some(kept.acceptor), ..Way::new(Exposure::Tls) };
        return Ok((way, Some(fingerprint)));
    }
    let exposure = if args.behind_proxy { Exposure::BehindProxy } else { Exposure::Loopback };
    Ok((Way::new(exposure), None))
}
