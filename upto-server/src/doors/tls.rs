//! HTTPS: the certificate and its key, read again when their files change.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::{Duration, MissedTickBehavior, interval};
use tokio_rustls::TlsAcceptor;

use super::certified;
use super::hangups::Hangups;
use super::settings::TlsFiles;

/// Why a certificate can't be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file can't be read as PEM.
    #[error("{file}: {source}")]
    Read {
        /// Its path.
        file: String,
        /// What is wrong.
        source: pem::Error,
    },
    /// The certificate or the key is not one, or they are not of one another.
    #[error("{files}: {source}")]
    Unfit {
        /// Both paths.
        files: String,
        /// What is wrong.
        source: rustls::Error,
    },
    /// The certificate's file has none.
    #[error("{file}: there is no certificate in it")]
    Empty {
        /// Its path.
        file: String,
    },
}

/// The certificate that is in use, and where it is from.
#[derive(Debug)]
pub(crate) struct Certificates {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    current: RwLock<Current>,
}

#[derive(Debug)]
struct Current {
    key: Arc<CertifiedKey>,
    seen: Seen,
}

/// When each of the two files was changed, and how long it is; `None`: it is not there.
type Seen = [Option<(SystemTime, u64)>; 2];

impl Certificates {
    /// # Errors
    /// [`TlsError`]: what can't be used.
    pub(crate) fn read(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let current = RwLock::new(Current { seen: seen(&files), key: load(&files, &provider)? });
        Ok(Arc::new(Certificates { files, provider, current }))
    }

    /// What takes connections; who shows a certificate has to show one that is signed by those in `client_ca`.
    ///
    /// # Errors
    /// Those can't be used.
    pub(crate) fn acceptor(self: &Arc<Self>, client_ca: Option<&Path>) -> Result<TlsAcceptor, TlsError> {
        let unfit = |source| TlsError::Unfit { files: names(&self.files), source };
        let builder = ServerConfig::builder_with_provider(self.provider.clone());
        let builder = builder.with_safe_default_protocol_versions().map_err(unfit)?;
        let builder = match client_ca {
            Some(file) => builder.with_client_cert_verifier(certified::verifier(file, &self.provider)?),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Reads the files again. What is in use stays if they can't be used.
    ///
    /// # Errors
    /// [`TlsError`]: what can't be used.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        let seen = seen(&self.files);
        let loaded = load(&self.files, &self.provider);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // Also of those that can't be used: they are told once.
        current.seen = seen;
        current.key = loaded?;
        Ok(())
    }

    fn is_changed(&self) -> bool {
        self.current.read().unwrap_or_else(PoisonError::into_inner).seen != seen(&self.files)
    }

    /// Reads the files again when they change, or when the process is told SIGHUP, until `stop` is told.
    pub(crate) async fn follow(
        self: Arc<Self>,
        period: Duration,
        notice: impl Fn(&str),
        mut stop: watch::Receiver<bool>,
    ) {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut hangups = Hangups::begin();
        loop {
            let is_due = tokio::select! {
                _ = ticks.tick() => self.is_changed(),
                () = hangups.next() => true,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            if is_due && let Err(error) = self.reload() {
                notice(&format!("the certificate in use stays, since the new one can't be used: {error}"));
            }
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).key.clone())
    }
}

fn load(files: &TlsFiles, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, TlsError> {
    let certificates = CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect);
    let certificates: Vec<_> = certificates.map_err(|error| unreadable(&files.certificate, error))?;
    if certificates.is_empty() {
        return Err(TlsError::Empty { file: files.certificate.display().to_string() });
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unreadable(&files.key, error))?;
    let key = CertifiedKey::from_der(certificates, key, provider);
    key.map(Arc::new).map_err(|source| TlsError::Unfit { files: names(files), source })
}

pub(super) fn unreadable(file: &Path, source: pem::Error) -> TlsError {
    TlsError::Read { file: file.display().to_string(), source }
}

fn names(files: &TlsFiles) -> String {
    format!("{} and {}", files.certificate.display(), files.key.display())
}

fn seen(files: &TlsFiles) -> Seen {
    [&files.certificate, &files.key].map(|file| {
        let of = |file: &Path| -> io::Result<_> {
            let metadata = fs::metadata(file)?;
            Ok((metadata.modified()?, metadata.len()))
        };
        of(file).ok()
    })
}
