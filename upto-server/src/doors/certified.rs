//! Who shows a certificate: what that says, once TLS has found that it is signed by one who may.
//!
//! The name is the common name. What its holder may do stands in it as URIs: `urn:upto:scope:send` for each scope, and
//! `urn:upto:for:PATTERN` for each pattern of names, percent-encoded. `upto-server pki issue` writes them. A certificate that
//! says no scope lets nobody in.

use std::path::Path;
use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::scope::Scope;
use super::tls::{TlsError, unreadable};
use super::token::{NAME_BYTES, PATTERNS, Token};

/// URIs of scopes begin with this.
const SCOPE: &str = "urn:upto:scope:";
/// URIs of patterns of names begin with this.
const FOR: &str = "urn:upto:for:";
/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// Among the extensions of a request: what the certificate says that came with its connection.
#[derive(Clone, Debug)]
pub(super) struct Certified(pub(super) Arc<Token>);

/// What takes connections without a certificate, and with one that is signed by those in this file.
///
/// # Errors
/// [`TlsError`]: the file can't be used.
pub(super) fn verifier(
    file: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let name = || file.display().to_string();
    let unfit = |source| TlsError::Unfit { files: name(), source };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(file, error))? {
        roots.add(certificate.map_err(|error| unreadable(file, error))?).map_err(unfit)?;
    }
    if roots.is_empty() {
        return Err(TlsError::Empty { file: name() });
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let built = builder.allow_unauthenticated().build();
    built.map_err(|error| unfit(rustls::Error::General(error.to_string())))
}

/// The URIs that say what the holder of a certificate may do.
pub(crate) fn uris(scopes: &[Scope], patterns: &[String]) -> Vec<String> {
    let scopes = scopes.iter().map(|scope| format!("{SCOPE}{}", scope.as_str()));
    let patterns =
        patterns.iter().map(|pattern| format!("{FOR}{}", utf8_percent_encode(pattern, NON_ALPHANUMERIC)));
    scopes.chain(patterns).collect()
}

/// What a certificate says that its holder may do, as a token would; `None`: nothing.
pub(super) fn token(certificate: &CertificateDer<'_>) -> Option<Certified> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let mut name = certificate.subject().iter_common_name().next()?.as_str().ok()?.to_owned();
    let end = (0..=NAME_BYTES.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    name.truncate(end.unwrap_or(0));
    let names = certificate.subject_alternative_name().ok()??;
    let uris: Vec<&str> = names.value.general_names.iter().filter_map(uri).collect();
    let scopes: Vec<_> = uris.iter().filter_map(|uri| scope(uri.strip_prefix(SCOPE)?)).collect();
    let patterns = uris.iter().filter_map(|uri| uri.strip_prefix(FOR));
    let patterns = patterns.map(|pattern| percent_decode_str(pattern).decode_utf8_lossy().into_owned());
    let validity = certificate.validity();
    let token = Token {
        id: format!("certificate {}", certificate.raw_serial_as_string()),
        name,
        contexts: patterns.take(PATTERNS).collect(),
        created: validity.not_before.timestamp().saturating_mul(SECOND),
        expires: Some(validity.not_after.timestamp().saturating_mul(SECOND)),
        revoked: None,
        // No secret is one of it.
        hash: Vec::new(),
        scopes,
    };
    (!token.scopes.is_empty()).then(|| Certified(Arc::new(token)))
}

fn uri<'a>(name: &'a GeneralName<'_>) -> Option<&'a str> {
    match name {
        GeneralName::URI(uri) => Some(uri),
        _ => None,
    }
}

fn scope(text: &str) -> Option<Scope> {
    [Scope::Send, Scope::Read, Scope::Collect, Scope::Admin].into_iter().find(|scope| scope.as_str() == text)
}
