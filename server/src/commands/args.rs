//! The commands and their help.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use samsynk_core::domain::Role;
use samsynk_core::ids::{AccountId, DeviceId, DocumentId, UniversityId};

use super::allocate::{AllocateArgs, VerifyArgs};
use super::failure::Failure;
use crate::admin::access::InvitationId;
use crate::limits::connections::{ACCOUNT_SESSIONS_MAX, CONNECTIONS_MAX};
use crate::limits::{ACCOUNT_BYTES_MAX, INVITATION_DAYS_MAX};
use crate::net::proxy::Network;

/// The server of samsynk and the commands to run it: pilot visits that students and staff have on their phones, also offline.
#[derive(Debug, Parser)]
#[command(
    name = "samsynk",
    version,
    after_help = "\
Try it out:
  samsynk demo

Run it:
  samsynk --data /srv/samsynk import town.json
  samsynk --data /srv/samsynk serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem --origin https://samsynk.example
  samsynk --data /srv/samsynk invite $(samsynk --data /srv/samsynk account add --name \"Leda Ledarsson\" --role lead)

All commands but restore also work while a server runs on the same data.

Exit codes: 0 done; 1 refused, or invalid input; 2 wrong usage, or a file to allocate from that is invalid; 3 data in use, damaged or unreadable, and other \
troubles of the machine.
Logs go to stderr; SAMSYNK_LOG says which, as SAMSYNK_LOG=debug."
)]
pub(super) struct Cli {
    /// The folder with the data
    #[arg(long, global = true, env = "SAMSYNK_DATA", value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Write logs as JSON, a line each
    #[arg(long, global = true)]
    pub(super) log_json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The folder, which every command but `demo` needs to be told.
pub(super) fn given(data: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let missing = "which data? Name the folder with --data DIR or in SAMSYNK_DATA";
    data.ok_or_else(|| Failure::Usage(missing.to_owned()))
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// A running town to try out: the pilots of 2021, a link for each role
    ///
    /// Starts a server for this machine alone, in clear text. Prints a line for each role on stdout, the role, a tab and
    /// a link that enrols one browser as that role. Each link has its own origin, so that one browser can
    /// be several people side by side. The links work once; start again for new ones. What has been edited stays, in ./demo-data
    /// unless --data names another folder.
    #[command(after_help = "\
Examples:
  samsynk demo
  samsynk demo --listen 127.0.0.1:0 --data /tmp/town")]
    Demo(DemoArgs),
    /// A server
    ///
    /// Prints `listening on URL` on stdout once devices can connect. Ends on SIGTERM and SIGINT: running
    /// requests are answered, sessions are closed, everything acknowledged is on disk.
    #[command(after_help = "\
Examples:
  samsynk serve --data /srv/samsynk --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem --origin https://samsynk.example
  samsynk serve --data ./data --listen 127.0.0.1:8443 --tls-self-signed
  samsynk serve --data /srv/samsynk --listen 10.0.0.5:8080 --plaintext --behind-proxy --trusted-proxy 10.0.0.7")]
    Serve(ServeArgs),
    /// Accounts and their roles
    #[command(subcommand)]
    Account(AccountCommand),
    /// Devices: list, name, revoke
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Invitations that have not been used: list, revoke
    #[command(subcommand)]
    Invitation(InvitationCommand),
    /// A token for scripts, printed alone
    ///
    /// It carries the account's access and is shown this once: samsynk keeps only its hash. Send it as
    /// `Authorization: Bearer TOKEN`, or as the password of HTTP Basic. `samsynk device revoke` ends it.
    #[command(after_help = "\
Example:
  token=$(samsynk token 5f0c… --label 'statistics, nightly')")]
    Token {
        /// Whose access it carries
        account: AccountId,
        /// What the account's owner sees of it
        #[arg(long, default_value = "script")]
        label: String,
    },
    /// A link and a QR code that enrol one device
    ///
    /// The link works once, within 14 days unless --expires says otherwise. It is whole once `samsynk serve --origin URL` has
    /// been told where people reach the app; else name that here. A script gets the link alone; a person also sees the code.
    /// `samsynk account find NAME` finds the account.
    #[command(after_help = "\
Examples:
  samsynk invite 5f0c…
  samsynk invite 5f0c… --expires 60 --origin https://samsynk.example")]
    Invite {
        /// Whom it enrols
        account: AccountId,
        /// For how many days the link can be used
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=i64::from(INVITATION_DAYS_MAX)))]
        expires: Option<u16>,
        /// Where the app is, as people reach it, unless the server was told
        #[arg(long, value_name = "URL", value_parser = origin)]
        origin: Option<String>,
    },
    /// Units, places, people, rounds and visits from JSON files: all or nothing
    ///
    /// Files that are named together may refer to each other. Importing a file again finds the same people and documents; rounds and
    /// plans that are there already stay as people have edited them. See docs/import.md for the format.
    #[command(after_help = "\
Examples:
  samsynk import town.json
  samsynk import people.json autumn.json
  generate-schedule | samsynk import -")]
    Import {
        /// JSON files; `-` is stdin
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Places thesis teams on topics, from a file; prints the answer as JSON
    ///
    /// Reads teams with their rankings, topics, supervisors, districts, pins and the lottery's seed. The same file and rule give the same
    /// bytes on every machine, and `samsynk verify-allocation` checks them. docs/allocation.md compares the rules, docs/allocation-format.md
    /// says what each field means. Needs no --data. An invalid file ends it with exit code 2 and every fault with its place; lower
    /// quotas that cannot be met, with 1.
    #[command(after_help = "\
Examples:
  samsynk allocate autumn.json > result.json
  samsynk allocate autumn.json --rule generous
  samsynk allocate autumn.json --explain s5 --explain s9")]
    Allocate(AllocateArgs),
    /// Checks an allocation against its instance, by code that shares nothing with the allocator
    ///
    /// Checks the digest, the seed, capacities, acceptability, pins, stability, that the rule's optimum was reached, the lottery, and every number
    /// and reason that is given. Exit code 0 when all is right, 1 when something is wrong, 2 when a file cannot be read as what it should be.
    #[command(after_help = "\
Example:
  samsynk allocate autumn.json | samsynk verify-allocation autumn.json -")]
    VerifyAllocation(VerifyArgs),
    /// Erases a person, for good
    ///
    /// Profile, card, diary, notes and access leave the data and every device, and so does what the person wrote last in notes of
    /// others, with the history of these. Plans and rounds stay as they are; what others have written refers to a random id, which
    /// then says nothing. It is also noted in a ledger beside the database, so that no backup that is restored later and no
    /// device that returns brings them back.
    #[command(after_help = "\
Example:
  samsynk erase 5f0c…")]
    Erase {
        /// Whom
        account: AccountId,
    },
    /// Begins a document anew, without its history
    ///
    /// What was deleted or overwritten in a document stays in its history, on the server and on devices. After this it holds
    /// what it holds now and nothing else, its former titles are in nobody's list of documents, and of a plan only the newest
    /// version stays published; devices take the new document and make again what they had not sent. Programs that
    /// sync with it through automerge-repo must throw their copies away. The id is what the address of the document's page in the
    /// app ends in.
    #[command(after_help = "\
Example:
  samsynk forget-history 4NMNnkMhL8jXrdJ9jamS58PAVdXu")]
    ForgetHistory {
        /// Which
        document: DocumentId,
    },
    /// Begins documents anew that do not load for their size, or nearly so
    ///
    /// `samsynk check` names them. A document keeps what it shows and loses its history; devices take the new one and make again what
    /// they had not sent. Prints the id of each document that was begun anew. A document that is too large is read without the usual
    /// bounds: not for a database of unknown origin.
    #[command(after_help = "\
Examples:
  samsynk mend
  samsynk mend 4NMNnkMhL8jXrdJ9jamS58PAVdXu")]
    Mend {
        /// Which; all that are too large, if none is named
        document: Option<DocumentId>,
    },
    /// Whether the data is whole
    ///
    /// Checks the database and that every document loads. Prints what is wrong and exits with 1 if anything is.
    Check,
    /// A copy of the data as it is at one moment, also while a server runs
    #[command(after_help = "\
Example:
  samsynk backup /backup/samsynk-$(date +%F).db")]
    Backup {
        /// Where to; a file that is not there yet
        file: PathBuf,
    },
    /// Puts a backup in the place of the data, which is moved aside and kept
    ///
    /// The server must not be running. What was erased, revoked or used up since the backup stays so. What was written since
    /// then comes back from the devices as they connect. Roles that were taken back since then, and identities that were protected,
    /// are as they were: it names them.
    #[command(after_help = "\
Example:
  samsynk restore /backup/samsynk-2021-12-13.db")]
    Restore {
        /// The backup
        file: PathBuf,
    },
}

impl Command {
    /// Whether it runs until it is told to end.
    pub(super) fn is_server(&self) -> bool {
        matches!(self, Self::Demo(_) | Self::Serve(_))
    }
}

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Where to listen, on this machine; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address)]
    pub(super) listen: SocketAddr,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("tls").required(true).args(["tls_cert", "tls_self_signed", "plaintext"])))]
pub(super) struct ServeArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(super) listen: SocketAddr,
    /// TLS with this certificate chain (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(super) tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(super) tls_key: Option<PathBuf>,
    /// TLS with a certificate of our own, kept in DIR/tls; its SHA-256 fingerprint is printed
    #[arg(long)]
    pub(super) tls_self_signed: bool,
    /// Clear text: for this machine's own addresses, or behind a proxy
    #[arg(long)]
    pub(super) plaintext: bool,
    /// A reverse proxy speaks TLS to the world: pages and cookies are made for https. Name it with --trusted-proxy as well,
    /// or all clients share the bounds of one address
    #[arg(long, requires = "plaintext", conflicts_with_all = ["tls_cert", "tls_self_signed"])]
    pub(super) behind_proxy: bool,
    /// A reverse proxy that is believed when it says for whom it asks, by its address or network; may be given several times
    ///
    /// It must add the address that it was asked from to X-Forwarded-For; or to Forwarded, and let no X-Forwarded-For of a client
    /// through. Connections and enrolments are then bounded for each client. The headers of all others are passed over. What comes
    /// from a proxy's address on this machine and has no such header was asked here, and may read /metrics.
    #[arg(long = "trusted-proxy", value_name = "ADDR")]
    pub(super) trusted_proxies: Vec<Network>,
    /// Where people reach the app, as https://samsynk.example: links to it are then whole, wherever they are made. It is
    /// kept with the data; name it again to change it
    #[arg(long, value_name = "URL", value_parser = origin)]
    pub(super) origin: Option<String>,
    /// Whom people write to who find something that they cannot use: an e-mail address or an https address of a form. The app
    /// shows it in its accessibility statement, which has to name one where the law on digital public services applies
    #[arg(long, value_name = "ADDRESS", value_parser = contact)]
    pub(super) contact: Option<String>,
    /// Let every address read /metrics, not this machine alone. What comes through a proxy never counts as this machine
    #[arg(long)]
    pub(super) metrics_public: bool,
    /// How much is kept of the documents that one account made; more is refused
    #[arg(long, value_name = "MIB", default_value_t = ACCOUNT_BYTES_MAX >> 20,
        value_parser = clap::value_parser!(u64).range(1..1 << 30))]
    pub(super) account_mib_max: u64,
    /// How many devices and scripts of one account may be connected at once
    #[arg(long, value_name = "COUNT", default_value_t = ACCOUNT_SESSIONS_MAX,
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=CONNECTIONS_MAX as u64))]
    pub(super) account_sessions_max: usize,
}

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Adds an account and prints its id alone
    #[command(after_help = "\
Examples:
  samsynk account add --name 'Testa Testsson' --role staff@farsta
  id=$(samsynk account add --role lead --role admin)

Roles: student, staff@UNIT, coordinator@UNIVERSITY, supervisor, lead, union, admin.")]
    Add {
        /// The person's name, or an alias under protected identity
        #[arg(long)]
        name: Option<String>,
        /// A role; may be given several times
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<Role>,
        /// The university whose cohort a student is in
        #[arg(long, value_name = "UNIVERSITY")]
        university: Option<UniversityId>,
    },
    /// Lists accounts: id, a tab, roles, a tab, name; then a tab and `protected` where the identity is
    List,
    /// Finds accounts by a part of a name or role; prints them as `list` does
    #[command(after_help = "\
Examples:
  samsynk account find testsson
  samsynk account find staff@farsta")]
    Find {
        /// The part, in whatever case
        text: String,
    },
    /// Gives a role or takes it back
    #[command(subcommand)]
    Role(RoleCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum RoleCommand {
    /// Gives a role
    #[command(after_help = "\
Example:
  samsynk account role add 5f0c… staff@farsta")]
    Add {
        /// To whom
        account: AccountId,
        /// Which
        role: Role,
    },
    /// Takes a role back; documents that it opened leave the person's devices
    Remove {
        /// From whom
        account: AccountId,
        /// Which
        role: Role,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DeviceCommand {
    /// Lists devices: id, account, name, day enrolled, day last seen; tabs between
    ///
    /// A lost phone: find its owner, look which device it is, revoke that.
    #[command(after_help = "\
Examples:
  samsynk account find testsson
  samsynk device list 5f0c…
  samsynk device list")]
    List {
        /// Whose; all, if none is named
        account: Option<AccountId>,
    },
    /// Gives a device another name
    #[command(after_help = "\
Example:
  samsynk device name 7a1b… 'the phone of the reception'")]
    Name {
        /// Which
        device: DeviceId,
        /// Its name
        name: String,
    },
    /// Ends a device's access at once and for good; it forgets what it has from the server as soon as it hears of it
    #[command(after_help = "\
Examples:
  samsynk device revoke 7a1b…
  samsynk device revoke --all 5f0c…")]
    Revoke {
        /// Which
        #[arg(required_unless_present = "all")]
        device: Option<DeviceId>,
        /// All devices of an account
        #[arg(long, value_name = "ACCOUNT", conflicts_with = "device")]
        all: Option<AccountId>,
    },
    /// Ends the access that a token gives; `device revoke` does the same
    RevokeToken {
        /// The token
        token: String,
    },
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum InvitationCommand {
    /// Lists invitations that can be used: id, account, day made, last day; tabs between
    #[command(after_help = "\
Examples:
  samsynk invitation list
  samsynk invitation list 5f0c…")]
    List {
        /// Whose; all, if none is named
        account: Option<AccountId>,
    },
    /// Revokes an invitation: its link no longer works
    #[command(after_help = "\
Examples:
  samsynk invitation revoke 0d3e…
  samsynk invitation revoke --all 5f0c…")]
    Revoke {
        /// Which
        #[arg(required_unless_present = "all")]
        invitation: Option<InvitationId>,
        /// All invitations of an account
        #[arg(long, value_name = "ACCOUNT", conflicts_with = "invitation")]
        all: Option<AccountId>,
    },
}

/// An address with a port; names as `localhost` are looked up.
fn address(text: &str) -> Result<SocketAddr, String> {
    let found =
        text.to_socket_addrs().map_err(|_| "expected an address and a port, as 127.0.0.1:8080")?;
    found.into_iter().next().ok_or_else(|| "this name has no address".to_owned())
}

/// Scheme and host of a URL.
fn origin(text: &str) -> Result<String, String> {
    let expected = || "expected a scheme and a host, as https://samsynk.example".to_owned();
    let uri: http::Uri = text.parse().map_err(|_| expected())?;
    let plain = matches!(uri.path(), "" | "/") && uri.query().is_none();
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme @ ("http" | "https")), Some(authority)) if plain => {
            Ok(format!("{scheme}://{authority}"))
        }
        _ => Err(expected()),
    }
}

/// The longest contact that is shown, in bytes: what fits on a line or two.
const CONTACT_BYTES_MAX: usize = 200;

/// An e-mail address, or a page.
fn contact(text: &str) -> Result<String, String> {
    let is_mail = || {
        let parts = text.split_once('@');
        parts.is_some_and(|(person, host)| {
            !person.is_empty() && host.contains('.') && !host.contains('@')
        })
    };
    let is_page = || {
        let uri = text.parse::<http::Uri>().ok();
        uri.is_some_and(|uri| uri.scheme_str() == Some("https") && uri.host().is_some())
    };
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if text.len() > CONTACT_BYTES_MAX || !is_plain || !(is_page() || is_mail()) {
        return Err(
            "expected an e-mail address, or a page as https://samsynk.example/contact".to_owned()
        );
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_server_needs_exactly_one_choice_of_tls() {
        let parse = |more: &[&str]| {
            let base = ["samsynk", "serve", "--data", "d", "--listen", "127.0.0.1:0"];
            Cli::try_parse_from(base.iter().chain(more)).map(|_| ()).map_err(|error| error.kind())
        };
        assert!(parse(&["--plaintext"]).is_ok());
        assert!(parse(&["--plaintext", "--behind-proxy"]).is_ok());
        assert!(parse(&["--tls-cert", "c", "--tls-key", "k"]).is_ok());
        let two = ["--plaintext", "--trusted-proxy", "10.0.0.7", "--trusted-proxy", "fd00::/8"];
        assert!(parse(&two).is_ok());
        assert!(parse(&["--plaintext", "--trusted-proxy", "0.0.0.0/0"]).is_err(), "everybody");
        for wrong in [
            &[][..],
            &["--plaintext", "--tls-self-signed"],
            &["--tls-cert", "c"],
            &["--tls-key", "k"],
            &["--tls-self-signed", "--behind-proxy"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_contact_is_an_email_address_or_a_page() {
        for right in ["tillganglighet@stad.example", "https://stad.example/kontakt?om=samsynk"] {
            assert_eq!(contact(right), Ok(right.to_owned()));
        }
        let long = format!("{}@stad.example", "a".repeat(CONTACT_BYTES_MAX));
        for wrong in [
            "",
            "stad",
            "@stad.example",
            "a@b@c.example",
            "http://x/",
            "javascript:1",
            "a b@c.se",
            &long,
        ] {
            assert!(contact(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        assert_eq!(origin("https://samsynk.example/"), Ok("https://samsynk.example".to_owned()));
        for wrong in ["samsynk.example", "ftp://x", "https://x/y", "https://x/?q", "#"] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
