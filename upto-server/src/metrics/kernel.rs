//! What the system has dropped, asked for when the metrics are.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

use crate::input::KernelDrops;

/// Tells nothing where the system does not.
#[derive(Debug)]
pub(super) struct KernelCollector(pub(super) Arc<KernelDrops>);

impl Collector for KernelCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(drops) = self.0.count() else { return Ok(()) };
        let help = "Datagrams that the system dropped because the receive buffer was full";
        let name = "datagrams_dropped_by_kernel";
        let encoder = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        ConstCounter::new(drops).encode(encoder)
    }
}
