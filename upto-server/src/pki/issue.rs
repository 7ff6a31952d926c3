//! Making certificates and keys, and writing them into files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use thiserror::Error;

use crate::doors::{Scope, certified};

/// Bytes of a name at most.
const NAME_BYTES: usize = 64;

/// Why there is no certificate.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// A file can't be read or written.
    #[error("{}: {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
    /// There is one already, and it is not overwritten.
    #[error("{}: there is one already; it is never overwritten", .0.display())]
    There(PathBuf),
    /// It can't be made.
    #[error("the certificate can't be made: {0}")]
    Unmade(#[from] rcgen::Error),
    /// The name would be a path, or has no place in a certificate.
    #[error(
        "a name has 1 to {NAME_BYTES} letters, digits, dots, hyphens and underscores, and begins with none of the last three; ca is taken"
    )]
    Name,
    /// The time that it is to end is none.
    #[error("the end of so many days can't be told: {0}")]
    Time(#[from] jiff::Error),
}

/// What a certificate is to be for.
pub(super) struct Wanted {
    pub(super) name: String,
    /// Of a server.
    pub(super) hosts: Vec<String>,
    /// Of a client.
    pub(super) scopes: Vec<Scope>,
    pub(super) patterns: Vec<String>,
    pub(super) days: u16,
}

/// Makes what others are signed by; its files.
pub(super) fn init(folder: &Path, days: u16) -> Result<[PathBuf; 2], Failure> {
    fs::create_dir_all(folder).map_err(|source| Failure::File { path: folder.to_owned(), source })?;
    let mut params = params("upto", days)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    write_both(folder, "ca", &certificate.pem(), &key.serialize_pem())
}

/// Signs a certificate; its files.
pub(super) fn issue(folder: &Path, wanted: &Wanted) -> Result<[PathBuf; 2], Failure> {
    let Wanted { name, hosts, scopes, patterns, days } = wanted;
    if !is_name(name) {
        return Err(Failure::Name);
    }
    let [certificate, key] = files(folder, "ca");
    let issuer = Issuer::from_ca_cert_pem(&read(&certificate)?, KeyPair::from_pem(&read(&key)?)?)?;
    let mut params = params(name, *days)?;
    params.subject_alt_names = CertificateParams::new(hosts.clone())?.subject_alt_names;
    if !hosts.is_empty() {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    }
    if !scopes.is_empty() {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        for uri in certified::uris(scopes, patterns) {
            params.subject_alt_names.push(SanType::URI(Ia5String::try_from(uri)?));
        }
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate()?;
    let signed = params.signed_by(&key, &issuer)?;
    write_both(folder, name, &signed.pem(), &key.serialize_pem())
}

fn params(name: &str, days: u16) -> Result<CertificateParams, Failure> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    // From yesterday on: the clocks of others may be behind. Ends at midnight, so with a day that is begun.
    let part = |part: i8| u8::try_from(part).unwrap_or(1);
    let midnight = |day: &Zoned| date_time_ymd(day.year().into(), part(day.month()), part(day.day()));
    params.not_before = midnight(&now.checked_sub(Span::new().days(1))?);
    params.not_after = midnight(&now.checked_add(Span::new().days(i32::from(days) + 1))?);
    Ok(params)
}

fn is_name(name: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=NAME_BYTES).contains(&name.len())
        && name != "ca"
        && name.bytes().all(is_fine)
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
}

/// The files of a certificate and its key.
fn files(folder: &Path, name: &str) -> [PathBuf; 2] {
    [folder.join(format!("{name}.pem")), folder.join(format!("{name}-key.pem"))]
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|source| Failure::File { path: path.to_owned(), source })
}

fn write_both(folder: &Path, name: &str, certificate: &str, key: &str) -> Result<[PathBuf; 2], Failure> {
    let [certificate_file, key_file] = files(folder, name);
    write(&key_file, key)?;
    write(&certificate_file, certificate)?;
    Ok([certificate_file, key_file])
}

/// Writes a file that only its owner may read, and that was not there.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => Failure::There(path.to_owned()),
        _ => Failure::File { path: path.to_owned(), source },
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(name: &str) -> Wanted {
        let (hosts, patterns) = (vec!["localhost".to_owned()], vec!["shop*".to_owned()]);
        Wanted { name: name.to_owned(), hosts, scopes: vec![Scope::Send], patterns, days: 1 }
    }

    #[test]
    fn what_is_made_is_never_overwritten_and_keys_are_for_their_owner() {
        let folder = tempfile::tempdir().expect("a folder");
        init(folder.path(), 1).expect("made");
        assert!(matches!(init(folder.path(), 1), Err(Failure::There(_))));
        let [certificate, key] = issue(folder.path(), &wanted("one")).expect("signed");
        assert!(fs::read_to_string(certificate).expect("read").contains("BEGIN CERTIFICATE"));
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(key).expect("there").permissions()) & 0o777,
            0o600
        );
        assert!(matches!(issue(folder.path(), &wanted("one")), Err(Failure::There(_))));
    }

    #[test]
    fn a_name_is_no_path() {
        let folder = tempfile::tempdir().expect("a folder");
        init(folder.path(), 1).expect("made");
        for name in ["", "../a", "a/b", ".a", "-a", "ca", "☃", &"x".repeat(NAME_BYTES + 1)] {
            assert!(matches!(issue(folder.path(), &wanted(name)), Err(Failure::Name)), "{name}");
        }
    }

    #[test]
    fn without_a_signer_nothing_is_signed() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(matches!(issue(folder.path(), &wanted("one")), Err(Failure::File { .. })));
    }
}
