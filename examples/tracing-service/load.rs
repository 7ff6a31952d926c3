//! The client: several threads that order one thing after the other.

use tokio::task::JoinSet;
use ureq::Agent;

/// What is ordered in turns; the last one is not to be had.
const WANTED: [&str; 4] = ["apple", "bread", "cheese", "diamonds"];

/// What came of the orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) taken: u32,
    pub(crate) refused: u32,
}

/// Makes so many requests, divided among so many clients, at least one.
///
/// # Errors
/// The service does not answer.
pub(crate) async fn run(url: &str, requests: u32, clients: u32) -> Result<Sum, Box<dyn std::error::Error>> {
    let mut running = JoinSet::new();
    for client in 0..clients {
        let url = url.to_owned();
        let own = (0..requests).filter(move |request| request % clients == client);
        running.spawn_blocking(move || orders(&url, own));
    }
    let mut sum = Sum::default();
    while let Some(done) = running.join_next().await {
        let Sum { taken, refused } = done??;
        sum = Sum { taken: sum.taken + taken, refused: sum.refused + refused };
    }
    Ok(sum)
}

fn orders(url: &str, requests: impl Iterator<Item = u32>) -> Result<Sum, ureq::Error> {
    let agent = Agent::new_with_config(Agent::config_builder().http_status_as_error(false).build());
    let mut sum = Sum::default();
    for (_, wanted) in requests.zip(WANTED.iter().cycle()) {
        let answer = agent.post(format!("{url}/orders/{wanted}")).send_empty()?;
        match answer.status().is_success() {
            true => sum.taken += 1,
            false => sum.refused += 1,
        }
    }
    Ok(sum)
}
