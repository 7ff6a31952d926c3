//! Certificates by which programs know a server and are known by it: `upto-server pki`.
//!
//! `init` makes a certificate that others are signed by, and `issue` signs one for a server or for a client. What a client may
//! do stands in its certificate (see `docs/security.md`), so a server needs to know the first one only (`--tls-client-ca`).
// What it says goes to whoever typed it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod issue;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use self::issue::{Failure, Wanted, init, issue};
use crate::doors::Scope;

/// The arguments of `upto-server pki`.
#[derive(Clone, Debug, Args)]
pub struct PkiArguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Make the certificate that others are signed by: ca.pem, and its key, which stays here
    Init {
        /// In this folder
        #[arg(long, value_name = "DIR", default_value = "upto-pki")]
        dir: PathBuf,
        /// For so many days
        #[arg(long, value_name = "DAYS", default_value_t = 3_650, value_parser = clap::value_parser!(u16).range(1..))]
        days: u16,
    },
    /// Sign a certificate: NAME.pem, and its key NAME-key.pem
    Issue {
        /// What the holder is called
        name: String,
        /// In this folder, where ca.pem is
        #[arg(long, value_name = "DIR", default_value = "upto-pki")]
        dir: PathBuf,
        /// For a server that is asked for by this name or address
        #[arg(long, value_name = "HOST", value_delimiter = ',')]
        host: Vec<String>,
        /// For a client that may do this
        #[arg(long, value_enum, value_delimiter = ',', required_unless_present = "host")]
        scope: Vec<Scope>,
        /// Names of contexts, services and clusters that the client may do it for; * stands for any characters
        #[arg(long = "for", value_name = "PATTERN", default_value = "*", value_delimiter = ',')]
        patterns: Vec<String>,
        /// For so many days
        #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..))]
        days: u16,
    },
}

/// Runs the command.
#[must_use]
pub fn run(arguments: PkiArguments) -> ExitCode {
    let made = match arguments.command {
        Command::Init { dir, days } => init(&dir, days),
        Command::Issue { name, dir, host, scope, patterns, days } => {
            issue(&dir, &Wanted { name, hosts: host, scopes: scope, patterns, days })
        }
    };
    told(made)
}

fn told(made: Result<[PathBuf; 2], Failure>) -> ExitCode {
    match made {
        Ok(files) => {
            files.iter().for_each(|file| println!("{}", file.display()));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("upto-server: {failure}");
            ExitCode::FAILURE
        }
    }
}
