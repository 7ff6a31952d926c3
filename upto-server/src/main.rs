//! The command `upto-server`: arguments in, exit code out.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod allocator;
mod described;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use upto_server::agent::{AgentArguments, AgentBuilder, AgentConfig};
use upto_server::config::{self, Config, ServeArguments};
use upto_server::doors::{self, TokenArguments};
use upto_server::maintenance::{self, StoreArguments};
use upto_server::pki::{self, PkiArguments};
use upto_server::server::{Handle, ServerBuilder, told_to_end};
use upto_server::watch::alerts::{self, AlertsArguments};

const EXIT_CODES: &str = "Exit codes: 0 it ended as it was told to; 1 it could not start, or could not store everything; \
                          2 wrong arguments or settings.";

/// Receives what programs are up to and shows it as live, comparable timelines
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArguments,
}

#[derive(Subcommand)]
enum Command {
    /// Receive, store and show timelines (the default)
    Serve(Box<ServeArguments>),
    /// Receive and spool on this host, and hand over to a server
    Agent(Box<AgentArguments>),
    /// Look after a store: check, compact, export, import
    Store(StoreArguments),
    /// Make, list and revoke the tokens that let programs and people in
    Token(TokenArguments),
    /// Make certificates for servers and for those who may ask them
    Pki(PkiArguments),
    /// See whether alerts arrive
    Alerts(AlertsArguments),
    /// Print completions for a shell
    Completions(described::CompletionsArguments),
    /// Print a manual page, as roff
    Man(described::ManualArguments),
}

fn main() -> ExitCode {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    allocator::set_up();
    let cli = Cli::parse();
    let served = match cli.command {
        Some(Command::Serve(arguments)) => serve(*arguments),
        Some(Command::Agent(arguments)) => spool(*arguments),
        Some(Command::Store(arguments)) => return maintenance::run(arguments),
        Some(Command::Token(arguments)) => return doors::run(arguments),
        Some(Command::Pki(arguments)) => return pki::run(arguments),
        Some(Command::Alerts(arguments)) => return alerts::run(arguments),
        Some(Command::Completions(arguments)) => return described::completions(&arguments, Cli::command()),
        Some(Command::Man(arguments)) => return described::manual(&arguments, Cli::command()),
        None => serve(cli.serve),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("upto-server: {problem}");
            config::exit_code(problem.as_ref())
        }
    }
}

#[tokio::main]
async fn serve(arguments: ServeArguments) -> Result<(), Box<dyn std::error::Error>> {
    let variables = |name: &str| std::env::var_os(name);
    let config = Config::from_arguments(arguments.clone(), &variables)?;
    let store = config.store.to_string();
    let reread = move || arguments.clusters(&variables);
    let server = ServerBuilder::from(config).reread_clusters(reread).notices(notice);
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    let server = server.give_back(allocator::give_back);
    let server = server.start().await?;
    announce(&server);
    welcome(&store);
    told_to_end().await?;
    Ok(server.shutdown().await?)
}

#[tokio::main]
async fn spool(arguments: AgentArguments) -> Result<(), Box<dyn std::error::Error>> {
    let variables = |name: &str| std::env::var_os(name);
    if let Some(config) = arguments.collector(&variables)? {
        let target = config.target.url.clone();
        let mut collector = config.start(notice).await?;
        collector.reread_clusters(move || arguments.clusters(&variables));
        println!("to {target}");
        told_to_end().await?;
        collector.shutdown().await;
        return Ok(());
    }
    let config = AgentConfig::from_arguments(arguments)?;
    let agent = AgentBuilder::from(config).notices(notice).start().await?;
    agent.udp_addresses().iter().for_each(|address| println!("udp {address}"));
    agent.http_urls().for_each(|url| println!("http {url}"));
    told_to_end().await?;
    Ok(agent.shutdown().await?)
}

fn notice(text: &str) {
    eprintln!("upto-server: {text}");
}

/// What else somebody wants to know who sees it for the first time. Programs that start it need none of this.
fn welcome(store: &str) {
    if std::io::stderr().is_terminal() {
        notice(&format!("the store is {store}; Ctrl-C ends the server"));
    }
}

/// The chosen addresses, for people and for programs that asked for any port.
fn announce(server: &Handle) {
    server.udp_addresses().iter().for_each(|address| println!("udp {address}"));
    server.http_urls().for_each(|url| println!("http {url}"));
}
