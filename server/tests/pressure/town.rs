//! A server on a free port, with a real hub on a real store.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use metrics_exporter_prometheus::PrometheusBuilder;
use rustls_pki_types::CertificateDer;
use samsynk_core::ids::{AccountId, DeviceId};
use samsynk_server::accounts::Authenticator;
use samsynk_server::admin::{AdminReply, AdminRequest};
use samsynk_server::hub::port::HubHandle;
use samsynk_server::hub::{HubThread, start};
use samsynk_server::net::limits::Limits;
use samsynk_server::net::{App, Exposure, serve, tls};
use samsynk_server::store::{DataDir, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A running server.
pub(crate) struct Town {
    pub(crate) address: SocketAddr,
    pub(crate) certificate: Option<CertificateDer<'static>>,
    hub: HubHandle,
    thread: JoinHandle<Store>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
    _data: DataDir,
    _folder: TempDir,
}

/// An installation and the token that it shows.
#[derive(Debug, Clone)]
pub(crate) struct Enrolled {
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) token: String,
}

impl Town {
    pub(crate) async fn plain(limits: Limits) -> Self {
        Self::start(limits, false).await
    }

    pub(crate) async fn tls(limits: Limits) -> Self {
        Self::start(limits, true).await
    }

    async fn start(limits: Limits, over_tls: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        let store = Store::open(&data).unwrap();
        let authenticator = Authenticator::open(store.file()).unwrap();
        let HubThread { handle, thread } = start(store).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let self_signed = over_tls.then(|| tls::self_signed().unwrap());
        let certificate = self_signed.as_ref().map(|made| made.certificate.clone());
        let app = App {
            hub: handle.clone(),
            authenticator: Arc::new(authenticator),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            metrics_public: false,
            exposure: if over_tls { Exposure::Tls } else { Exposure::Loopback },
            origin: None,
            contact: None,
            proxies: Default::default(),
            assets: |_| None,
            limits,
        };
        let stop = CancellationToken::new();
        let acceptor = self_signed.map(|made| made.acceptor);
        let task = tokio::spawn(serve(listener, acceptor, app, stop.clone()));
        let (_data, _folder) = (data, folder);
        Self { address, certificate, hub: handle, thread, stop, task, _data, _folder }
    }

    async fn ask(&self, request: AdminRequest) -> AdminReply {
        self.hub.admin(request).await.unwrap()
    }

    pub(crate) async fn account(&self) -> AccountId {
        let add = AdminRequest::AccountAdd { name: None, roles: Vec::new(), university: None };
        let AdminReply::Account { account } = self.ask(add).await else { panic!() };
        account
    }

    /// A device of an account.
    pub(crate) async fn enrol(&self, account: AccountId) -> Enrolled {
        let request = AdminRequest::Token { account, label: String::new() };
        let AdminReply::Token { token, device } = self.ask(request).await else { panic!() };
        Enrolled { account, device, token }
    }

    /// Ends the server, which must end well.
    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
        drop(self.hub);
        tokio::task::spawn_blocking(|| self.thread.join().unwrap()).await.unwrap();
    }
}
