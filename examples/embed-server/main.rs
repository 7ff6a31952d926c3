//! `upto-server` inside a program of one's own: an axum application that is traced, and shows its own timelines.
//!
//! ```sh
//! cargo run --bin embed-server &
//! curl -X POST http://127.0.0.1:PORT/work/dishes     # the address that it printed as `app`
//! ```
//!
//! You should see the event `work.dishes` on the page whose address it printed as `upto`. The page's Clusters and Fleet show
//! how much work there is and was, by a connector and a check of [its own](watched). At the application's `/` is how many
//! bytes all of that took in its [store](counted), which is one of its own: a layer around the one in memory.
#![allow(clippy::print_stdout)]

mod counted;
mod watched;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use upto_server::Server;
use upto_server::clock::SystemClock;
use upto_server::fleet::FleetSettings;
use upto_server::probe::Kept;
use upto_server::server::told_to_end;
use upto_server::store::MemoryStore;

use self::counted::Counted;
use self::watched::{Application, Workload, work_done};

/// What the application's handlers share.
#[derive(Clone)]
struct App {
    store: Arc<Counted>,
    workload: Arc<Workload>,
    page: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Arc::new(Counted::around(Arc::new(MemoryStore::new(Arc::new(SystemClock)))));
    let workload = Arc::<Workload>::default();
    let server = Server::builder()
        .any_port()
        .opened_store(store.clone())
        .connector("application", Arc::new(Application(workload.clone())), Kept::default())
        .fleet(FleetSettings { enabled: true, ..FleetSettings::default() })
        .check(work_done(workload.clone()))
        .start()
        .await?;
    let page = server.http_urls().next().unwrap_or_default();
    let udp = server.udp_addresses().first().map(ToString::to_string).unwrap_or_default();
    // Not from the environment: this program tells its own server, whatever others are told.
    let told = upto::Client::builder().server(&udp)?.context("embedded").init()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("upto {page}\napp http://{}", listener.local_addr()?);
    axum::serve(listener, routes(App { store, workload, page })).with_graceful_shutdown(ended()).await?;
    // In this order, so that the server still takes what the client has left.
    drop(told);
    Ok(server.shutdown().await?)
}

fn routes(app: App) -> Router {
    Router::new()
        .route("/", get(show))
        .route("/timelines", get(|State(app): State<App>| async move { Redirect::to(&app.page) }))
        .route("/work/{what}", post(work))
        .with_state(app)
}

async fn show(State(app): State<App>) -> String {
    let stored = app.store.appended_bytes().into_iter();
    let stored: String = stored.map(|(kind, bytes)| format!("{kind}: {bytes} bytes\n")).collect();
    format!("timelines, clusters and the fleet are at {}\n{stored}", app.page)
}

#[upto::event(name = "work", fields(what = %what))]
async fn work(State(app): State<App>, Path(what): Path<String>) -> String {
    let _step = upto::Event::builder(upto::escape(&what).into_owned()).start_detached();
    app.workload.during(tokio::time::sleep(Duration::from_millis(20))).await;
    format!("{what} done\n")
}

/// Until Ctrl-C, or what a service manager sends. Where that can't be heard, nobody can ask for it either.
async fn ended() {
    let _ = told_to_end().await;
}
