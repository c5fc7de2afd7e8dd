//! The browser's bridge: a dedicated worker calls it; files are in the origin's private file
//! system (OPFS), randomness comes from the browser.

use js_sys::Uint8Array;
use samsynk_core::client::Client as CoreClient;
use samsynk_core::random::Random;
use samsynk_core::refusal::Refusal;
use samsynk_core::store::Files;
use sqlite_wasm_rs::vfs::VfsFilesManager as _;
use sqlite_wasm_vfs::sahpool::{OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Facade;

/// How many files the pool begins with: the store, its journal, and a damaged store with its.
const POOL_FILES: usize = 6;

struct Pool(OpfsSAHPoolUtil);

impl Files for Pool {
    fn exists(&self, name: &str) -> bool {
        self.0.contains(name).unwrap_or(false)
    }

    fn path(&self, name: &str) -> String {
        name.to_owned()
    }
}

/// Files that last as long as the worker: SQLite's own in memory.
struct Memory;

impl Files for Memory {
    fn exists(&self, _name: &str) -> bool {
        false
    }

    fn path(&self, name: &str) -> String {
        name.to_owned()
    }
}

struct BrowserRandom;

impl Random for BrowserRandom {
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("every browser with workers has crypto.getRandomValues");
    }
}

/// Notes whether the browser last refused a write for want of room.
#[expect(unreachable_pub, reason = "exported to JavaScript")]
#[wasm_bindgen]
pub fn note_out_of_room(is_out: bool) {
    samsynk_core::store::note_out_of_room(is_out);
}

/// The core, for TypeScript. All texts are JSON of the types in `web/src/generated`; times are
/// milliseconds since 1970; what is thrown is a `Refusal` in JSON.
#[wasm_bindgen]
pub struct Client(Facade);

#[wasm_bindgen]
impl Client {
    pub async fn open() -> Result<Client, JsValue> {
        let config = OpfsSAHPoolCfgBuilder::new().initial_capacity(POOL_FILES).build();
        let pool = install::<sqlite_wasm_rs::WasmOsCallback>(&config, true).await;
        let pool = pool.map_err(|_| thrown(&Refusal::new("storage-unavailable")))?;
        let client = CoreClient::open(&Pool(pool), Box::new(BrowserRandom));
        client.map(|client| Client(Facade::new(client))).map_err(|refusal| thrown(&refusal))
    }

    /// Opens a store that is gone when the worker ends, where the browser keeps no files.
    pub fn open_in_memory() -> Result<Client, JsValue> {
        let client = CoreClient::open(&Memory, Box::new(BrowserRandom));
        client.map(|client| Client(Facade::new(client))).map_err(|refusal| thrown(&refusal))
    }

    pub fn account(&self) -> Option<String> {
        self.0.account()
    }

    pub fn enrol(&mut self, now: f64, account: &str, device: &str) -> Result<String, String> {
        self.0.enrol(now as i64, account, device)
    }

    pub fn view(&mut self, view: &str) -> Result<String, String> {
        self.0.view(view)
    }

    pub fn edit(&mut self, now: f64, document: &str, edit: &str) -> Result<String, String> {
        self.0.edit(now as i64, document, edit)
    }

    pub fn command(&mut self, now: f64, command: &str) -> Result<String, String> {
        self.0.command(now as i64, command)
    }

    pub fn status(&self) -> String {
        self.0.status()
    }

    pub fn handle(&mut self, now: f64, happening: &str) -> Result<String, String> {
        self.0.handle(now as i64, happening)
    }

    pub fn receive(&mut self, now: f64, messages: Vec<Uint8Array>) -> String {
        let messages = messages.iter().map(Uint8Array::to_vec).collect();
        self.0.receive(now as i64, messages)
    }

    pub fn take_frames(&mut self) -> Vec<Uint8Array> {
        self.0.take_frames().iter().map(|frame| Uint8Array::from(frame.as_slice())).collect()
    }

    pub fn dismiss(&mut self, now: f64, number: f64) -> Result<String, String> {
        self.0.dismiss(now as i64, number as i64)
    }

    pub fn take_back(&mut self, now: f64, command: &str) -> Result<String, String> {
        self.0.take_back(now as i64, command)
    }

    pub fn acknowledge(&mut self, now: f64, command: &str) -> Result<String, String> {
        self.0.acknowledge(now as i64, command)
    }

    pub fn new_id(&mut self) -> String {
        self.0.new_id()
    }

    pub fn forget(&mut self) -> Result<(), String> {
        self.0.forget()
    }
}

fn thrown(refusal: &Refusal) -> JsValue {
    let text = serde_json::to_string(refusal).expect("a refusal holds only texts");
    JsValue::from_str(&text)
}
