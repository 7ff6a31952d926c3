//! The same over gRPC, of a server and of an agent. Spans are decoded by the same code; messages pass here as bytes.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use prost::bytes::{Buf, BufMut, Bytes};
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{Grpc, UnaryService};
use tonic::{Code, Status};

use super::super::body::{self, Refused};
use super::super::spool::AgentApp;
use super::super::taking::{self, Takes};
use super::super::{App, BODY_BYTES, Problem};
use super::{Encoding, answer, take};
use crate::ingest::{Held, Refusal};
use crate::metrics::Input;

/// Where clients look for it.
pub(super) const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Takes spans: OTLP over gRPC.
#[utoipa::path(
    post,
    path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    request_body(
        description = "ExportTraceServiceRequest", content = Vec<u8>, content_type = "application/grpc"
    ),
    responses(
        (status = OK, description = "ExportTraceServiceResponse, or a status in trailers", body = Vec<u8>,
            content_type = "application/grpc"),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "the body is not of gRPC")
    )
)]
pub(super) async fn export(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    taken_or_not(app, peer, request).await
}

/// The same on an agent.
pub(super) async fn export_to_agent(
    State(app): State<AgentApp>,
    peer: ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    taken_or_not(app, peer, request).await
}

async fn taken_or_not(
    app: impl Takes,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if !body::content_type(request.headers()).starts_with("application/grpc") {
        let detail = "the content type has to be application/grpc";
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into_response();
    }
    let (parts, sent) = request.into_parts();
    // Whole, so that what has come counts against the memory for bodies.
    let held = match taking::read(&app, sent).await {
        Ok(held) => held,
        Err(refused) => return status(&app, &refused).into_http::<Body>(),
    };
    let request = Request::from_parts(parts, Body::from(held.bytes.clone()));
    let mut grpc =
        Grpc::new(Raw).accept_compressed(CompressionEncoding::Gzip).max_decoding_message_size(BODY_BYTES);
    grpc.unary(Export { app, peer }, request).await.map(Body::new)
}

/// The one method of the service.
struct Export<A> {
    app: A,
    peer: SocketAddr,
}

impl<A: Takes> UnaryService<Bytes> for Export<A> {
    type Response = Vec<u8>;
    type Future = Pin<Box<dyn Future<Output = Result<tonic::Response<Vec<u8>>, Status>> + Send>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let (app, peer) = (self.app.clone(), self.peer);
        Box::pin(async move {
            let taken = taken(&app, peer, &request.into_inner()).await;
            taken.map(tonic::Response::new).map_err(|refused| status(&app, &refused))
        })
    }
}

async fn taken(app: &impl Takes, peer: SocketAddr, message: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut held = Held::none(app.bodies().clone());
    if !held.grow(message.len()) {
        return Err(Refusal::Behind.into());
    }
    let outcome = take(app, peer.ip(), Encoding::Protobuf, message).await?;
    Ok(answer::protobuf(&outcome))
}

/// The status that says why, which is counted.
fn status(app: &impl Takes, (reason, problem): &Refused) -> Status {
    app.metrics().count_refused(Input::Http, reason, 1);
    Status::new(Code::from_i32(answer::code(problem.status())), problem.detail())
}

/// Messages as bytes.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Bytes;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
