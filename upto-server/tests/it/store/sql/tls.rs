//! Encrypted connections.

use std::fs::{self, Permissions};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use tempfile::TempDir;
use upto_server::clock::ManualClock;
use upto_server::store::{self, Store, StoreError, StoreErrorKind};

use super::super::database_server::own_like;
use super::Engine;

/// An authority, and a server's certificate and key that it made.
pub(crate) struct Certificate {
    authority: String,
    certificate: String,
    key: String,
}

impl Certificate {
    fn of(address: IpAddr) -> Self {
        let authority_key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = parameters.self_signed(&authority_key).expect("an authority");
        let issuer = Issuer::new(parameters, authority_key);
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::default();
        parameters.subject_alt_names = vec![SanType::IpAddress(address)];
        let certificate = parameters.signed_by(&key, &issuer).expect("a certificate");
        Certificate { authority: authority.pem(), certificate: certificate.pem(), key: key.serialize_pem() }
    }

    /// Writes certificate and key into the folder of a server, which accepts a key of its own user only.
    pub(crate) fn write(&self, folder: &Path) -> (PathBuf, PathBuf) {
        let paths = (folder.join("certificate.pem"), folder.join("key.pem"));
        for (path, text) in [(&paths.0, &self.certificate), (&paths.1, &self.key)] {
            fs::write(path, text).expect("a file");
            fs::set_permissions(path, Permissions::from_mode(0o600)).expect("permissions");
            own_like(&folder.join("data"), path);
        }
        paths
    }
}

/// A free port of a loopback address that only this process uses, so that it stays free.
fn own_address() -> SocketAddr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let address = Ipv4Addr::new(127, high | 0x80, middle, low | 1);
    TcpListener::bind((address, 0)).and_then(|listener| listener.local_addr()).expect("a free port")
}

async fn open(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    store::open(&address.parse().expect("a store's URL"), Arc::new(ManualClock::new(1))).await
}

pub(crate) async fn a_url_may_ask_for_tls<E: Engine>() {
    let address = own_address();
    let certificate = Certificate::of(address.ip());
    let mut server = E::launch_with_tls(address, &certificate);
    E::answers(&mut server, &E::remote(address, E::ENCRYPTED)).await;
    let folder = TempDir::new().expect("a folder");
    let parameters = |authority: &Certificate| {
        let path = folder.path().join("authority.pem");
        fs::write(&path, &authority.authority).expect("a file");
        format!("{}{}", E::VERIFIED, path.display())
    };
    let store = open(&E::remote(address, &parameters(&certificate))).await.expect("the right one");
    store.put("key", None, b"value".to_vec()).await.expect("a put");
    open(&E::remote(address, E::ENCRYPTED)).await.expect("any will do");
    let other = parameters(&Certificate::of(address.ip()));
    let refused = open(&E::remote(address, &other)).await.err().expect("nobody vouches for it");
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
    assert!(refused.to_string().contains("certificate"), "{refused}");
}

pub(crate) async fn tls_that_is_not_there_is_not_done_without<E: Engine>(address: &str) {
    let refused = open(&format!("{address}&{}", E::ENCRYPTED)).await.err().expect("it has none");
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
    assert!(refused.to_string().contains("TLS"), "{refused}");
}
