//! What is said of the doors, checked.

use super::layer::Layer;
use crate::doors::{DoorSettings, TlsFiles};

/// The settings, or everything that is wrong with them.
pub(super) fn settings(given: &Layer) -> Result<DoorSettings, Vec<String>> {
    let mut problems = Vec::new();
    let defaults = DoorSettings::default();
    let tls = tls(given).map_err(|problem| problems.push(problem)).unwrap_or_default();
    if given.tls_client_ca.is_some() && given.tls_cert.is_none() {
        problems.push("tls-client-ca: say tls-cert and tls-key too".to_owned());
    }
    let mut at_least_one = |name: &str, given: Option<u32>| {
        problems.extend((given == Some(0)).then(|| format!("{name} 0: at least 1")));
        given
    };
    let address_rate = at_least_one("rate-address", given.rate_address);
    let token_rate = at_least_one("rate-token", given.rate_token).unwrap_or(defaults.token_rate);
    let connections = at_least_one("connections", given.connections);
    let allowed_hosts = each(given.allowed_host.as_deref(), host, &mut problems);
    let cors = each(given.cors.as_deref(), origin, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(DoorSettings {
        no_auth: given.no_auth.unwrap_or(defaults.no_auth),
        allowed_hosts,
        cors,
        tls,
        client_ca: given.tls_client_ca.clone(),
        address_rate,
        token_rate,
        udp_rate: given.rate_udp.unwrap_or(defaults.udp_rate),
        connections: connections.and_then(|count| count.try_into().ok()).unwrap_or(defaults.connections),
        ..defaults
    })
}

fn tls(given: &Layer) -> Result<Option<TlsFiles>, String> {
    match (&given.tls_cert, &given.tls_key) {
        (Some(certificate), Some(key)) => {
            Ok(Some(TlsFiles { certificate: certificate.clone(), key: key.clone() }))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err("tls-cert: say tls-key too".to_owned()),
        (None, Some(_)) => Err("tls-key: say tls-cert too".to_owned()),
    }
}

fn each(
    given: Option<&[String]>,
    read: impl Fn(&str) -> Result<String, String>,
    problems: &mut Vec<String>,
) -> Vec<String> {
    let read_all = given.unwrap_or_default().iter().map(|text| read(text.trim()));
    read_all.filter_map(|result| result.map_err(|problem| problems.push(problem)).ok()).collect()
}

/// A name as it is compared: in lower case, without a port.
fn host(given: &str) -> Result<String, String> {
    let authority = given.parse::<axum::http::uri::Authority>().ok();
    let is_name = authority.is_some_and(|authority| authority.as_str() == authority.host());
    match is_name {
        true => Ok(given.trim_end_matches('.').to_ascii_lowercase()),
        false => Err(format!("allowed-host {given:?}: expected a name without a port, such as upto.example")),
    }
}

/// An origin as browsers write it: a scheme, a name, and a port where it is not the usual one.
fn origin(given: &str) -> Result<String, String> {
    let authority = given.strip_prefix("https://").or_else(|| given.strip_prefix("http://"));
    let is_origin = authority.is_some_and(|authority| {
        authority
            .parse::<axum::http::uri::Authority>()
            .is_ok_and(|authority| !authority.as_str().contains('@'))
    });
    match is_origin {
        true => Ok(given.to_ascii_lowercase()),
        false => {
            Err(format!("cors {given:?}: expected an origin such as https://ci.example, without a path"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Option<Vec<String>> {
        Some(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn nothing_said_is_the_default() {
        assert_eq!(settings(&Layer::default()), Ok(DoorSettings::default()));
    }

    #[test]
    fn what_is_said_is_taken() {
        let given = Layer {
            no_auth: Some(true),
            tls_cert: Some("c.pem".into()),
            tls_key: Some("k.pem".into()),
            allowed_host: list(&["Upto.Example", " other.example."]),
            cors: list(&["https://CI.example", "http://localhost:3000"]),
            rate_address: Some(1),
            rate_token: Some(2),
            rate_udp: Some(0),
            connections: Some(4),
            ..Layer::default()
        };
        let settings = settings(&given).expect("good");
        assert_eq!(settings.allowed_hosts, ["upto.example", "other.example"]);
        assert_eq!(settings.cors, ["https://ci.example", "http://localhost:3000"]);
        assert_eq!((settings.address_rate, settings.token_rate), (Some(1), 2));
        assert_eq!((settings.udp_rate, settings.connections, settings.no_auth), (0, 4, true));
        assert!(settings.tls.is_some_and(|files| files.key.ends_with("k.pem")));
    }

    #[test]
    fn all_mistakes_are_told_together() {
        let given = Layer {
            tls_key: Some("k.pem".into()),
            allowed_host: list(&["upto.example:80", "a b", "good.example"]),
            cors: list(&["*", "ci.example", "https://ci.example/path", "https://me@ci.example"]),
            rate_address: Some(0),
            rate_token: Some(0),
            connections: Some(0),
            ..Layer::default()
        };
        let problems = settings(&given).expect_err("many mistakes");
        assert_eq!(problems.len(), 10, "{problems:#?}");
    }
}
