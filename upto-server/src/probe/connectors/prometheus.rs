//! Any exporter's text page.

use std::time::Duration;

use async_trait::async_trait;

use super::super::connector::{Connector, ProbeError};
use super::super::exposition::samples;
use super::super::model::Probe;
use super::super::settings::Series;
use super::Timing;
use super::fetch::Fetch;

pub(super) struct Prometheus {
    pub(super) fetch: Fetch,
    pub(super) series: Vec<Series>,
    pub(super) timing: Timing,
}

#[async_trait]
impl Connector for Prometheus {
    async fn probe(&self) -> Result<Probe, ProbeError> {
        let page = self.fetch.get_good("").await?;
        let page = String::from_utf8_lossy(&page);
        let samples: Vec<_> = samples(&page).collect();
        let add =
            |probe: Probe, Series { figure, selector, take }: &Series| match selector.of(&samples, *take) {
                Some(value) => probe.with(figure, value),
                None => probe.but(format!("the page has nothing for {figure}")),
            };
        Ok(self.series.iter().fold(Probe::up(), add).with("samples", crate::probe::figure(samples.len())))
    }

    super::timed!("prometheus");
}
