//! A server and a browser for one test.

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt;

use crate::driver::Driver;
use crate::page::Page;
use crate::server::Server;

/// Runs a test with a server and a page of its own. Nothing may go wrong on the page meanwhile. A picture of its last
/// state is kept under the test's name.
pub fn browse(name: &str, test: impl AsyncFnOnce(&mut Server, &Page)) {
    browse_with(name, &[], test);
}

/// The same with a server that is started with these arguments.
pub fn browse_with(name: &str, arguments: &[&str], test: impl AsyncFnOnce(&mut Server, &Page)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut server = Server::start(arguments);
        let driver = Driver::start();
        let page = Page::new(driver.connect().await, &server.url).await;
        let ended = AssertUnwindSafe(async {
            test(&mut server, &page).await;
            assert_eq!(page.problems().await, serde_json::json!([]), "what went wrong on the page");
        });
        let ended = ended.catch_unwind().await;
        let picture = if ended.is_ok() { name.to_owned() } else { format!("failed-{name}") };
        page.shot(&picture).await;
        page.close().await;
        if let Err(panic) = ended {
            resume_unwind(panic);
        }
    });
}
