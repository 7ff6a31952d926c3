//! The command `upto-server token`: arguments in, a token or a list and an exit code out.
#![allow(clippy::print_stdout, clippy::print_stderr)]

pub(super) mod remote;
mod stored;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use self::remote::Remote;
use self::stored::Stored;
use super::Scope;
use crate::config::{self, PlaceArguments};

const AFTER_HELP: &str = "Tokens are kept in the store. One in a folder (redb:DIR) only one process can open: while a \
                          server runs on it, say --url, with a token that has the scope admin in UPTO_TOKEN or \
                          --token-file. On loopback, a server without tokens needs none for the first one.";

/// The flags of `upto-server token`, as they are written.
#[derive(Clone, Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct TokenArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Make a token, and print it: nobody can see it again
    #[command(after_help = AFTER_HELP)]
    Create {
        #[command(flatten)]
        place: Place,
        /// What it is for, such as the name of a machine
        #[arg(long)]
        name: String,
        /// What it allows: send, read, collect (asking an agent), admin (which allows the others)
        #[arg(long, value_name = "SCOPE", required = true, value_delimiter = ',')]
        scope: Vec<Scope>,
        /// The contexts that it is for, * standing for any characters [default: *]
        #[arg(long, value_name = "PATTERN")]
        context: Vec<String>,
        /// How long it is valid, such as 90d or 12h [default: for ever]
        #[arg(long, value_name = "AGE")]
        expires: Option<String>,
    },
    /// List the tokens, without what opens doors
    #[command(after_help = AFTER_HELP)]
    List {
        #[command(flatten)]
        place: Place,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a token worthless, within a second on all servers
    #[command(after_help = AFTER_HELP)]
    Revoke {
        #[command(flatten)]
        place: Place,
        /// What `list` shows first
        id: String,
    },
}

/// Where the tokens are.
#[derive(Clone, Debug, Args)]
struct Place {
    #[command(flatten)]
    store: PlaceArguments,
    /// Ask the server at this address instead of opening its store
    #[arg(long, value_name = "URL", conflicts_with_all = ["store", "data", "config"])]
    url: Option<String>,
    /// With --url: the token to ask with is in this file [env: UPTO_TOKEN has the token itself]
    #[arg(long, value_name = "FILE", requires = "url")]
    token_file: Option<PathBuf>,
    /// With --url: trust the certificates in this file, in PEM, beside those that the system trusts not
    #[arg(long, value_name = "FILE", requires = "url")]
    ca: Option<PathBuf>,
}

/// A token that is wanted, as the API takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Order {
    name: String,
    scopes: Vec<Scope>,
    contexts: Vec<String>,
    /// RFC 3339.
    expires: Option<String>,
}

/// A token as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Shown {
    id: String,
    name: String,
    scopes: Vec<Scope>,
    contexts: Vec<String>,
    created: String,
    expires: Option<String>,
    revoked: Option<String>,
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Where tokens are made.
enum Tokens {
    Stored(Stored),
    Remote(Remote),
}

/// Runs what the arguments name, and says how that went.
pub fn run(arguments: TokenArguments) -> ExitCode {
    match act(arguments.action) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("upto-server: {problem}");
            config::exit_code(problem.as_ref())
        }
    }
}

fn act(action: Action) -> Outcome<()> {
    match action {
        Action::Create { place, name, scope, context, expires } => {
            let contexts = if context.is_empty() { vec!["*".to_owned()] } else { context };
            let expires = expires.map(|age| time_after(&age)).transpose()?;
            let order = Order { name, scopes: scope, contexts, expires };
            println!("{}", place.tokens()?.create(order)?);
        }
        Action::List { place, json } => {
            let tokens = place.tokens()?.list()?;
            if json {
                println!("{}", serde_json::to_string_pretty(&tokens)?);
            } else {
                tokens.iter().for_each(|token| println!("{}", line(token)));
            }
        }
        Action::Revoke { place, id } => place.tokens()?.revoke(&id)?,
    }
    Ok(())
}

/// The time so long after now.
fn time_after(age: &str) -> Outcome<String> {
    let span = config::age("expires", age)?;
    Ok(jiff::Timestamp::now().checked_add(span)?.to_string())
}

/// Names are data: those with control characters can't be made, so what is printed is one line.
fn line(token: &Shown) -> String {
    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    let state = match (&token.revoked, &token.expires) {
        (Some(time), _) => format!("revoked {time}"),
        (None, Some(time)) => format!("expires {time}"),
        (None, None) => "never expires".to_owned(),
    };
    let contexts = token.contexts.join(" ").escape_debug().to_string();
    format!("{}  {}  {}  {contexts}  {state}", token.id, token.name.escape_debug(), scopes.join(","))
}

impl Place {
    fn tokens(self) -> Outcome<Tokens> {
        match self.url {
            Some(url) => {
                let token = remote::token(self.token_file.as_deref())?;
                Ok(Tokens::Remote(Remote::new(&url, token, self.ca.as_deref())?))
            }
            None => {
                let store = self.store.store(&|name| std::env::var_os(name))?;
                Ok(Tokens::Stored(Stored::open(&store)?))
            }
        }
    }
}

impl Tokens {
    fn create(&self, order: Order) -> Outcome<String> {
        match self {
            Tokens::Stored(stored) => stored.create(order),
            Tokens::Remote(remote) => remote.create(&order),
        }
    }

    fn list(&self) -> Outcome<Vec<Shown>> {
        match self {
            Tokens::Stored(stored) => stored.list(),
            Tokens::Remote(remote) => remote.list(),
        }
    }

    fn revoke(&self, id: &str) -> Outcome<()> {
        match self {
            Tokens::Stored(stored) => stored.revoke(id),
            Tokens::Remote(remote) => remote.revoke(id),
        }
    }
}
