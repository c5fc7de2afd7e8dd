//! What both servers start and stop.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use samsynk_core::ids::AccountId;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::ask;
use super::failure::Failure;
use super::files;
use crate::accounts::Authenticator;
use crate::admin::socket::AdminSocket;
use crate::admin::{AdminReply, AdminRequest};
use crate::hub::port::HubHandle;
use crate::hub::{self, HubThread};
use crate::limits::{BLOCKING_THREADS_MAX, HUB_STOP_TIMEOUT, METRICS_UPKEEP_INTERVAL};
use crate::net::limits::Limits;
use crate::net::proxy::TrustedProxies;
use crate::net::tls::CertificateFiles;
use crate::net::{self, App, Exposure};
use crate::routes::app::embedded;
use crate::routes::metrics::collector;
use crate::store::{self, DataDir, Store};

/// Runs a server's work to its end.
pub(super) fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .build();
    let runtime = runtime.context("cannot start")?;
    let done = runtime.block_on(work);
    // What is still blocked has had its time.
    runtime.shutdown_timeout(Duration::from_secs(1));
    done
}

/// Listens, or says which address could not be had.
pub(super) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// How clients reach the server.
pub(super) struct Way {
    /// In general.
    pub(super) exposure: Exposure,
    /// With which certificate, over TLS.
    pub(super) tls: Option<TlsAcceptor>,
    /// Where that is read again when it has been renewed.
    pub(super) certificate: Option<Arc<CertificateFiles>>,
    /// Where people reach the app, if that is known.
    pub(super) origin: Option<String>,
    /// Whom people write to, if that is known.
    pub(super) contact: Option<String>,
    /// The proxies that are believed.
    pub(super) proxies: TrustedProxies,
}

impl Way {
    /// Without a certificate, by whatever address, through no proxy that is believed.
    pub(super) fn new(exposure: Exposure) -> Self {
        let proxies = TrustedProxies::default();
        Self { exposure, tls: None, certificate: None, origin: None, contact: None, proxies }
    }
}

/// Opened data with its hub.
pub(super) struct Town {
    data: DataDir,
    database: PathBuf,
    hub: HubHandle,
    thread: JoinHandle<Store>,
    authenticator: Authenticator,
}

impl Town {
    /// Opens the data, which is then nobody else's.
    pub(super) fn open(data: &Path, account_bytes_max: u64) -> anyhow::Result<Self> {
        let data = DataDir::open(data)?;
        let store = Store::open(&data)?;
        let authenticator = Authenticator::open(store.file())?;
        let database = store.file().to_owned();
        let HubThread { handle, thread } = hub::start_with(store, account_bytes_max)?;
        Ok(Self { data, database, hub: handle, thread, authenticator })
    }

    async fn ask(&self, request: AdminRequest) -> Result<AdminReply, Failure> {
        let reply = self.hub.admin(request).await.map_err(anyhow::Error::from)?;
        ask::answered(reply)
    }

    /// Makes a request that has no answer but that it is done.
    pub(super) async fn done(&self, request: AdminRequest) -> Result<(), Failure> {
        ask::is_done(&self.ask(request).await?)
    }

    /// All accounts.
    pub(super) async fn accounts(&self) -> Result<Vec<AccountId>, Failure> {
        match self.ask(AdminRequest::AccountList).await? {
            AdminReply::Accounts { accounts } => {
                Ok(accounts.into_iter().map(|line| line.account).collect())
            }
            other => Err(ask::unexpected(&other)),
        }
    }

    /// Keeps where people reach the app, where that is told; returns what is known of it.
    pub(super) async fn origin(&self, told: Option<String>) -> Result<Option<String>, Failure> {
        if let Some(origin) = told {
            self.done(AdminRequest::SetOrigin { origin }).await?;
        }
        Ok(store::kept_origin(&self.database).map_err(anyhow::Error::from)?)
    }

    /// A new invitation, in place of those that were made before.
    pub(super) async fn invitation(&self, account: AccountId) -> Result<String, Failure> {
        self.done(AdminRequest::InvitationRevokeAll { account }).await?;
        match self.ask(AdminRequest::Invite { account, days: None }).await? {
            AdminReply::Invited { invitation, .. } => Ok(invitation),
            other => Err(ask::unexpected(&other)),
        }
    }

    /// Serves on a listener. Clients can connect once this has returned.
    pub(super) fn serve(
        self,
        listener: TcpListener,
        way: Way,
        metrics_public: bool,
        limits: &Limits,
    ) -> anyhow::Result<Server> {
        // Before anybody is told that we are ready, and may tell us to end.
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        let hangup = signal(SignalKind::hangup())?;
        let socket = AdminSocket::open(self.data.path())
            .context("cannot open the socket for commands in the data folder")?;
        let commands = task::spawn(socket.run(self.hub.clone()));
        let connections_max = files::room_for_connections(limits.connections_max);
        let metrics = collector().and_then(PrometheusBuilder::install_recorder);
        let metrics = metrics.context("cannot count")?;
        task::spawn(keep_up(metrics.clone()));
        let app = App {
            hub: self.hub,
            authenticator: Arc::new(self.authenticator),
            metrics,
            metrics_public,
            exposure: way.exposure,
            origin: way.origin,
            contact: way.contact,
            proxies: way.proxies,
            assets: embedded,
            limits: Limits { connections_max, ..limits.clone() },
        };
        if embedded("index.html").is_none() {
            tracing::warn!(
                "this program was built without the app: it only serves devices that have it"
            );
        }
        let stop = CancellationToken::new();
        let connections = task::spawn(net::serve(listener, way.tls, app, stop.clone()));
        let thread = self.thread;
        let hub = task::spawn_blocking(move || thread.join().is_ok());
        let data = self.data;
        let certificate = way.certificate;
        let signals = Signals { terminate, interrupt, hangup };
        Ok(Server { _data: data, hub, commands, connections, stop, signals, certificate })
    }
}

/// A server that serves.
pub(super) struct Server {
    _data: DataDir,
    /// Ends with the hub; true, if that ended well.
    hub: task::JoinHandle<bool>,
    commands: task::JoinHandle<()>,
    connections: task::JoinHandle<std::io::Result<()>>,
    stop: CancellationToken,
    signals: Signals,
    certificate: Option<Arc<CertificateFiles>>,
}

/// What the system may tell a server.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Waits until the server is told to end. Whenever it is told that its certificate may have been renewed, reads
    /// that again.
    async fn until_told_to_end(&mut self, certificate: Option<&CertificateFiles>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => renew(certificate),
            }
        }
    }
}

/// Counts into buckets what was measured: it would gather where nobody reads the metrics.
async fn keep_up(metrics: PrometheusHandle) {
    let mut ticks = tokio::time::interval(METRICS_UPKEEP_INTERVAL);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
    }
}

fn renew(certificate: Option<&CertificateFiles>) {
    match certificate.map(CertificateFiles::renew) {
        None => tracing::info!("SIGHUP: there is no certificate to read again"),
        Some(Ok(())) => tracing::info!("SIGHUP: the certificate has been read again"),
        Some(Err(error)) => {
            tracing::error!(%error, "SIGHUP: the certificate from before stays in use");
        }
    }
}

impl Server {
    /// Waits for SIGTERM or SIGINT, and reads its certificate again at each SIGHUP; then ends sessions, answers what is being asked, and has everything on disk.
    pub(super) async fn until_told_to_end(mut self) -> Result<(), Failure> {
        tokio::select! {
            () = self.signals.until_told_to_end(self.certificate.as_deref()) => {}
            // Nothing can be saved without it: whoever supervises us starts us again.
            _ = &mut self.hub => return Err(anyhow::anyhow!("the hub broke").into()),
            served = &mut self.connections => {
                served.context("the listener broke")??;
                return Err(anyhow::anyhow!("the listener ended").into());
            }
        }
        tracing::info!("stopping");
        self.stop.cancel();
        self.connections.await.context("the listener broke")??;
        // The hub ends when nobody holds a way to it.
        self.commands.abort();
        let _ = self.commands.await;
        match tokio::time::timeout(HUB_STOP_TIMEOUT, self.hub).await {
            Ok(Ok(true)) => {}
            Ok(_) => return Err(anyhow::anyhow!("the hub broke").into()),
            Err(_) => tracing::warn!("the hub still waits for somebody; what it has is on disk"),
        }
        tracing::info!("stopped");
        Ok(())
    }
}
