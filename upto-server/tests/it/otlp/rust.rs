//! The official exporters of Rust.

use std::fmt;

use async_trait::async_trait;
use opentelemetry::trace::{Link, SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    Compression, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::expect_trace;
use crate::support::TestServer;

/// Sends the exporter's requests.
struct Http(ureq::Agent);

impl fmt::Debug for Http {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Http")
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let response = self.0.run(Request::from_parts(parts, body.to_vec()))?;
        let (parts, mut body) = response.into_parts();
        Ok(Response::from_parts(parts, body.read_to_vec()?.into()))
    }
}

fn send(exporter: SpanExporter) {
    let said = [("service.name", "shop"), ("host.name", "web-1"), ("region", "north")];
    let resource =
        Resource::builder_empty().with_attributes(said.map(|(key, value)| KeyValue::new(key, value)));
    let provider =
        SdkTracerProvider::builder().with_simple_exporter(exporter).with_resource(resource.build()).build();
    let tracer = provider.tracer_with_scope(InstrumentationScope::builder("lib").with_version("1.2").build());
    let tags = opentelemetry::Value::Array(opentelemetry::Array::String(vec!["a".into(), "b".into()]));
    let builder = tracer.span_builder("checkout v1.2").with_kind(SpanKind::Server);
    let builder = builder.with_attributes([KeyValue::new("items", 3), KeyValue::new("tags", tags)]);
    let checkout = opentelemetry::Context::new().with_span(tracer.build(builder));
    checkout.span().add_event("paid", vec![KeyValue::new("euros", 1.5)]);
    let link = Link::with_context(checkout.span().span_context().clone());
    let pay = tracer.span_builder("pay").with_links(vec![link]);
    let pay = opentelemetry::Context::new().with_span(tracer.build_with_context(pay, &checkout));
    pay.span().set_status(Status::error("no money"));
    pay.span().end();
    checkout.span().end();
    provider.shutdown().expect("everything was sent");
}

fn http(compression: Option<Compression>) {
    let server = TestServer::start();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let endpoint = format!("{}/v1/traces", server.url);
    let exporter = SpanExporter::builder().with_http().with_http_client(Http(agent));
    let exporter = exporter.with_protocol(Protocol::HttpBinary).with_endpoint(endpoint);
    let exporter = match compression {
        Some(compression) => exporter.with_compression(compression),
        None => exporter,
    };
    send(exporter.build().expect("an exporter"));
    expect_trace(&server);
}

fn grpc(compression: Option<Compression>) {
    let server = TestServer::start();
    send_by_grpc(&server.url, compression);
    expect_trace(&server);
}

/// Sends the trace there.
pub(crate) fn send_over_grpc(url: &str) {
    send_by_grpc(url, None);
}

fn send_by_grpc(url: &str, compression: Option<Compression>) {
    // The exporter's connection is served by the runtime that it is made in.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let _within = runtime.enter();
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(url.to_owned());
    let exporter = match compression {
        Some(compression) => exporter.with_compression(compression),
        None => exporter,
    };
    send(exporter.build().expect("an exporter"));
}

#[test]
fn protobuf_over_http() {
    http(None);
}

#[test]
fn protobuf_over_http_with_gzip() {
    http(Some(Compression::Gzip));
}

#[test]
fn grpc_plain() {
    grpc(None);
}

#[test]
fn grpc_with_gzip() {
    grpc(Some(Compression::Gzip));
}
