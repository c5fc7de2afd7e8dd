//! A person's device: the real client on a real store, over TLS.

use std::time::Duration;

use samsynk_core::client::Client;
use samsynk_core::domain::view::{Link, View, ViewData};
use samsynk_core::engine::{Event, Identity};
use samsynk_core::ids::{AccountId, DeviceId};
use samsynk_core::random::Random;
use samsynk_core::store::Folder;
use samsynk_core::transport::{Device, Endpoint, Roots};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::{Network, Town};

/// How long a test waits for something that must happen; on failure only.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The system's randomness.
#[derive(Debug)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system has randomness");
    }
}

/// A device that can be switched off and on.
#[derive(Debug)]
pub struct TestDevice {
    folder: TempDir,
    endpoint: Endpoint,
    /// Its way to the server.
    pub network: Network,
    running: Option<Device>,
}

impl TestDevice {
    /// A new device, enrolled to a person of the demo.
    ///
    /// # Panics
    ///
    /// The town refuses.
    pub async fn of(town: &Town, person: &str) -> Self {
        Self::of_account(town, town.account(person)).await
    }

    /// A new device, enrolled to an account.
    ///
    /// # Panics
    ///
    /// The town refuses.
    pub async fn of_account(town: &Town, account: AccountId) -> Self {
        let token = town.samsynk(&["token", &account.to_string()]).await;
        let network = Network::to(town.port()).await;
        let url = format!("wss://localhost:{}/sync", network.port());
        let endpoint = Endpoint {
            url: url.parse().expect("a well-formed address"),
            token: token.parse().expect("the program prints the token alone"),
            roots: Roots::from_pem(&town.certificate()).expect("a certificate in PEM"),
        };
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let mut device = Self { folder, endpoint, network, running: None };
        device.switch_on();
        let identity = Identity { account, device: DeviceId(SystemRandom.sixteen()) };
        device.enrol(identity).expect("a fresh device");
        device
    }

    /// Enrols the same installation to an account anew, as with a new link.
    ///
    /// # Panics
    ///
    /// The town or the device refuses.
    pub async fn enrols_again(&mut self, town: &Town, account: AccountId) {
        let token = town.samsynk(&["token", &account.to_string()]).await;
        self.switch_off().await;
        self.endpoint.token = token.parse().expect("the program prints the token alone");
        self.switch_on();
        let identity = Identity { account, device: DeviceId(SystemRandom.sixteen()) };
        self.enrol(identity).expect("the same account");
    }

    /// Opens the store and connects.
    ///
    /// # Panics
    ///
    /// The store cannot be opened.
    pub fn switch_on(&mut self) {
        let files = Folder(self.folder.path().to_owned());
        let client = Client::open(&files, Box::new(SystemRandom)).expect("a sound store");
        self.running = Some(Device::start(client, self.endpoint.clone()));
    }

    /// Ends the client at once, as when a phone kills an app.
    pub async fn switch_off(&mut self) {
        if let Some(device) = self.running.take() {
            device.close().await;
        }
    }

    /// Cuts the network, or lets it through.
    pub fn online(&self, online: bool) {
        if online {
            self.network.restore();
            self.happened(Event::Online);
        } else {
            self.network.cut();
        }
    }

    /// Waits until this device and the server have the same and nothing waits; set-aside edits stay.
    ///
    /// # Panics
    ///
    /// It does not come to that.
    pub async fn settled(&self) {
        let settled = |data: &ViewData| match data {
            ViewData::Status(status) => {
                let pending = status.on_device + status.sent + status.waiting;
                (status.link == Link::Synced && pending == 0).then_some(())
            }
            _ => None,
        };
        self.until(View::Status, settled).await;
    }

    /// Waits until a screen shows what is expected, and gives what was found there.
    ///
    /// # Panics
    ///
    /// It does not come to show that.
    pub async fn until<T: Send + 'static>(
        &self,
        view: View,
        found: impl Fn(&ViewData) -> Option<T> + Send + Sync + 'static,
    ) -> T {
        let (seen, mut inbox) = mpsc::unbounded_channel();
        let _watch = self.watch(view.clone(), move |data| {
            if let Some(value) = found(data) {
                // The test has what it waited for: more is not an error.
                let _ = seen.send(value);
            }
        });
        match tokio::time::timeout(PATIENCE, inbox.recv()).await {
            Ok(Some(value)) => value,
            _ => panic!("{view:?} stayed {:#?} with {:?}", self.view(&view), self.status()),
        }
    }
}

impl std::ops::Deref for TestDevice {
    type Target = Device;

    fn deref(&self) -> &Device {
        self.running.as_ref().expect("switched on")
    }
}
