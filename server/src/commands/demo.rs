//! `samsynk demo`: a running town, one link per role.

use std::path::{Path, PathBuf};

use super::args::DemoArgs;
use super::failure::Failure;
use super::output;
use super::running::{self, Town, Way};
use crate::accounts::SystemRandom;
use crate::accounts::links::link;
use crate::admin::{AdminRequest, Import};
use crate::import::{self, Existing, Source};
use crate::limits::ACCOUNT_BYTES_MAX;
use crate::net::Exposure;
use crate::net::limits::Limits;

/// The town, as an import.
const TOWN: &str = include_str!("../../demo/town.json");

/// Where the data goes, if nothing else is said.
const DATA: &str = "./demo-data";

/// The people who get a link, by their names in the town's file.
const ROLES: [&str; 11] = [
    "student-farsta",
    "student-rinkeby-kista",
    "student-spanga-tensta",
    "staff-farsta",
    "staff-farsta-2",
    "staff-rinkeby-kista",
    "staff-spanga-tensta",
    "staff-enskede-arsta-vantor",
    "staff-socialforvaltningen",
    "coordinator",
    "lead",
];

pub(super) fn run(data: Option<PathBuf>, args: &DemoArgs) -> Result<(), Failure> {
    if !args.listen.ip().to_canonical().is_loopback() {
        let text = "the demo is for this machine alone: listen on 127.0.0.1 or [::1]";
        return Err(Failure::Usage(text.to_owned()));
    }
    let data = data.unwrap_or_else(|| PathBuf::from(DATA));
    running::block_on(async {
        let town = Town::open(&data, ACCOUNT_BYTES_MAX)?;
        settle(&town, &data).await?;
        let listener = running::listen(args.listen).await?;
        let port = listener.local_addr()?.port();
        let people = super::import::existing(&data)?;
        let mut lines = Vec::new();
        for role in ROLES {
            let account = people.known(role).expect("the demo's town is there");
            let invitation = town.invitation(account).await?;
            let origin = format!("http://{role}.localhost:{port}");
            lines.push(format!("{role}\t{}", link(&origin, &invitation)));
        }
        // Links that are made beside the demo open in one more browser.
        town.origin(Some(format!("http://localhost:{port}"))).await?;
        let way = Way::new(Exposure::Loopback);
        let server = town.serve(listener, way, false, &Limits::default())?;
        for line in lines {
            output::line(line)?;
        }
        if output::is_read_by_a_person() {
            output::remark(
                "Open any of these links in a browser, several side by side. Ctrl-C ends the demo.",
            );
        }
        server.until_told_to_end().await
    })
}

/// Imports the town into empty data. What a demo has edited before stays; other people's data is left alone.
async fn settle(town: &Town, data: &Path) -> Result<(), Failure> {
    let accounts = town.accounts().await?;
    if accounts.is_empty() {
        return town.done(AdminRequest::Import(Box::new(the_town()))).await;
    }
    let people = super::import::existing(data)?;
    if ROLES.iter().all(|role| people.known(role).is_some()) {
        return Ok(());
    }
    let data = data.display();
    Err(Failure::Refused(format!("{data} holds data of its own; give the demo another --data DIR")))
}

fn the_town() -> Import {
    let source = Source { name: "town.json", text: TOWN };
    let plan = import::read(&[source], &Existing::default(), &mut SystemRandom);
    plan.expect("a test reads this file").import
}
