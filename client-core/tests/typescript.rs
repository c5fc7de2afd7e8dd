//! The app's TypeScript types are those of the core: made from it, and compared with it here.
//! `UPDATE_TYPES=1` writes them anew.

#![cfg(feature = "typescript")]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use samsynk_core::domain::view::{View, ViewData};
use samsynk_core::domain::{Command, Edit};
use ts_rs::{Config, TS};

#[test]
fn the_apps_types_are_those_of_the_core() {
    let checked_in = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../web/src/generated");
    let fresh = tempfile::tempdir().unwrap();
    generate(fresh.path());
    if std::env::var_os("UPDATE_TYPES").is_some() {
        if checked_in.exists() {
            std::fs::remove_dir_all(&checked_in).unwrap();
        }
        generate(&checked_in);
    }
    let (expected, found) = (files(fresh.path()), files(&checked_in));
    assert!(
        expected == found,
        "the types have changed: run `make types` and commit web/src/generated"
    );
}

fn generate(folder: &Path) {
    let config = Config::new().with_out_dir(folder).with_import_extension(Some("ts"));
    View::export_all(&config).unwrap();
    ViewData::export_all(&config).unwrap();
    Edit::export_all(&config).unwrap();
    Command::export_all(&config).unwrap();
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}
