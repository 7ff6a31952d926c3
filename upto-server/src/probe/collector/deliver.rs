//! Bringing what waits to the server, until it is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};

use super::super::protocol::v1::collector_client::CollectorClient;
use super::super::protocol::v1::{self, DeliverRequest};
use super::buffer::{Batch, Buffer};
use super::{CollectorTarget, Notices};
use crate::agent::{Backoff, Target};

/// How long it may take until there is a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take: longer than a server waits for its store.
const PATIENCE: Duration = Duration::from_secs(45);
/// How long the server has for the rest when the collector ends.
const LAST: Duration = Duration::from_secs(2);
/// Problems that are told until probes are taken again.
const PROBLEMS: usize = 5;
/// After so long a silence the server is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Brings what waits.
pub(super) struct Deliverer {
    name: String,
    /// The run: another one each time, so numbers begin anew with it.
    run: String,
    client: CollectorClient<Channel>,
    token: Option<MetadataValue<Ascii>>,
    buffer: Arc<Buffer>,
    notices: Arc<Notices>,
    /// Of which clusters nothing is taken, as it was told last, and why.
    refusals: BTreeMap<String, String>,
}

impl Deliverer {
    /// Tells what is not taken, once for each cluster and reason.
    fn tell_refused(&mut self, refused: Vec<v1::Refused>) {
        for v1::Refused { cluster, reason, .. } in refused {
            let line = format!("the server takes no probes of the cluster {cluster:?}: {reason}");
            if self.refusals.get(&cluster) != Some(&reason) {
                (self.notices)(&line);
                self.refusals.insert(cluster, reason);
            }
        }
    }
}

type Unusable = Box<dyn std::error::Error + Send + Sync>;

impl Deliverer {
    /// # Errors
    /// The target can't be used as it is.
    pub(super) fn new(
        name: String,
        target: &CollectorTarget,
        buffer: Arc<Buffer>,
        notices: Arc<Notices>,
    ) -> Result<Self, Unusable> {
        let mut run = [0_u8; 16];
        getrandom::fill(&mut run)?;
        let run = run.iter().map(|byte| format!("{byte:02x}")).collect();
        let client = CollectorClient::new(endpoint(target)?.connect_lazy());
        Ok(Deliverer { name, run, client, token: token(target)?, buffer, notices, refusals: BTreeMap::new() })
    }

    /// Brings what waits until `stop` is told, and then the rest, if the server takes it at once.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            () = self.deliver_all() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
        let _ =
            timeout(LAST, async { while self.deliver_some().await.is_ok_and(|is_some| is_some) {} }).await;
    }

    async fn deliver_all(&mut self) {
        let (mut backoff, mut known) = (Backoff::default(), BTreeSet::new());
        loop {
            let delivered = self.deliver_some().await;
            match delivered.as_ref().err().map(told) {
                // Some problems take turns to be told.
                Some(problem) if known.len() < PROBLEMS && !known.contains(&problem) => {
                    (self.notices)(&format!(
                        "no probes are taken, and it is tried again and again: {problem}"
                    ));
                    known.insert(problem);
                }
                None if !known.is_empty() => {
                    (self.notices)("probes are taken");
                    known.clear();
                }
                _ => {}
            }
            match delivered {
                Ok(true) => backoff = Backoff::default(),
                Ok(false) => self.buffer.something().await,
                Err(_) => sleep(backoff.next()).await,
            }
        }
    }

    /// Brings a batch; false: there is none.
    async fn deliver_some(&mut self) -> Result<bool, Status> {
        let Batch { clusters, probes, dropped } = self.buffer.batch();
        let Some(last) = probes.last().map(|probe| probe.number) else { return Ok(false) };
        let (collector, name) = (self.run.clone(), self.name.clone());
        let mut request = Request::new(DeliverRequest { collector, name, dropped, clusters, probes });
        if let Some(token) = &self.token {
            request.metadata_mut().insert("authorization", token.clone());
        }
        match self.client.deliver(request).await {
            Ok(reply) => {
                self.buffer.acknowledge(last);
                self.tell_refused(reply.into_inner().refused);
            }
            // It would never be taken: what comes behind it may be.
            Err(status) if status.code() == Code::InvalidArgument => {
                self.buffer.refuse(last);
                return Err(status);
            }
            Err(status) => return Err(status),
        }
        Ok(true)
    }
}

/// What went wrong, with what lies at the bottom of it: which certificate, which address.
fn told(status: &Status) -> String {
    let text = format!("{}: {}", status.code(), status.message());
    let text = match bottom(status).filter(|cause| !text.contains(cause)) {
        Some(cause) => format!("{text} ({cause})"),
        None => text,
    };
    // Which side does not trust which is not told more clearly than that.
    match ["certificate", "BadSignature", "DecryptError", "UnknownIssuer"]
        .iter()
        .any(|word| text.contains(word))
    {
        true => format!("{text}; see whether --ca and --cert are of the authority that the server has"),
        false => text,
    }
}

fn endpoint(target: &CollectorTarget) -> Result<Endpoint, Unusable> {
    if let Some(fault) = Target::fault(&target.url) {
        return Err(fault.into());
    }
    let endpoint = Endpoint::from_shared(target.url.trim_end_matches('/').to_owned())?
        .connect_timeout(CONNECT)
        .timeout(PATIENCE)
        .http2_keep_alive_interval(KEEP_ALIVE);
    if !target.url.starts_with("https://") {
        return Ok(endpoint);
    }
    let read = |path: &Path| std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let tls = match &target.ca {
        Some(path) => ClientTlsConfig::new().ca_certificate(authority(path, read(path)?)?),
        None => ClientTlsConfig::new().with_native_roots(),
    };
    let tls = match &target.identity {
        Some((certificate, key)) => tls.identity(Identity::from_pem(read(certificate)?, read(key)?)),
        None => tls,
    };
    let files = target.identity.as_ref();
    endpoint.tls_config(tls).map_err(|error| unusable(files, &error))
}

/// # Errors
/// There is no certificate in the file.
fn authority(path: &Path, pem: Vec<u8>) -> Result<Certificate, String> {
    let has_some = CertificateDer::pem_slice_iter(&pem).any(|certificate| certificate.is_ok());
    if has_some {
        Ok(Certificate::from_pem(pem))
    } else {
        Err(format!("{}: there is no certificate in it", path.display()))
    }
}

/// What is wrong with the certificates, and in which files.
fn unusable(files: Option<&(PathBuf, PathBuf)>, error: &tonic::transport::Error) -> Unusable {
    let cause = bottom(error).unwrap_or_else(|| error.to_string());
    match files {
        Some((certificate, key)) => {
            let (certificate, key) = (certificate.display(), key.display());
            format!("{certificate} and {key} can't be used together: {cause}").into()
        }
        None => cause.into(),
    }
}

/// What lies at the bottom of an error.
fn bottom(error: &dyn std::error::Error) -> Option<String> {
    std::iter::successors(error.source(), |error| error.source()).last().map(ToString::to_string)
}

fn token(target: &CollectorTarget) -> Result<Option<MetadataValue<Ascii>>, Unusable> {
    let source = Target { url: String::new(), token: target.token.clone(), ca: None };
    let token = source.token().map_err(|error| error.to_string())?;
    let written = token.map(|token| format!("Bearer {token}").parse::<MetadataValue<Ascii>>()).transpose();
    let mut written = written.map_err(|_| "the token has characters that no token has")?;
    written.iter_mut().for_each(|token| token.set_sensitive(true));
    Ok(written)
}
