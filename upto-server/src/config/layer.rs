//! One layer of settings: what the flags say, or the variables, or the file; and laying one over another.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::agents::ListedAgent;
use super::clusters::ClusterLayer;
use super::fleet::FleetLayer;
use super::watch::WatchLayer;
use super::written_url::WrittenUrl;

/// Settings as they are written; what is not said is `None`. The keys of the file are the flags' names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Layer {
    /// Receive datagrams here: ADDRESS:PORT, :PORT or PORT; port 0 is any free one
    /// [default: 8123 on loopback, IPv4 and IPv6] [env: UPTO_SERVER_UDP]
    #[arg(long, value_name = "ADDR")]
    #[serde(deserialize_with = "address")]
    pub(super) udp: Option<String>,
    /// Serve the page and the API here, likewise
    /// [default: 8080 on loopback, IPv4 and IPv6] [env: UPTO_SERVER_HTTP]
    #[arg(long, value_name = "ADDR")]
    #[serde(deserialize_with = "address")]
    pub(super) http: Option<String>,
    /// Keep everything here: redb:DIR, sqlite:FILE, redis://…, redis+cluster://…, postgres://…, mysql://… or memory:
    /// [default: redb:./upto-data] [env: UPTO_SERVER_STORE]
    #[arg(long, value_name = "URL")]
    pub(super) store: Option<WrittenUrl>,
    /// Keep everything in this folder: short for --store redb:DIR [env: UPTO_SERVER_DATA]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Memory for timelines that are in use and for what waits for the store, in MiB, or such as 2GiB; larger timelines are
    /// still read [default: 256] [env: UPTO_SERVER_MEMORY]
    #[arg(long, value_name = "MIB", value_parser = mebibytes)]
    pub(super) memory: Option<u32>,
    /// Remove timelines in which nothing happened for so long, such as 30d or 12h, but for active and pinned ones
    /// [default: never] [env: UPTO_SERVER_RETAIN_AGE]
    #[arg(long, value_name = "AGE")]
    #[serde(rename = "retain-age", alias = "retain_age")]
    pub(super) retain_age: Option<String>,
    /// Keep so many timelines of a context, the newest, beside those that are pinned
    /// [default: all] [env: UPTO_SERVER_RETAIN_COUNT]
    #[arg(long, value_name = "COUNT")]
    #[serde(rename = "retain-count", alias = "retain_count")]
    pub(super) retain_count: Option<u64>,
    /// Keep so many MiB of a context, as they are stored, of the newest timelines, likewise
    /// [default: all] [env: UPTO_SERVER_RETAIN_SIZE]
    #[arg(long, value_name = "MIB")]
    #[serde(rename = "retain-size", alias = "retain_size")]
    pub(super) retain_size: Option<u64>,
    /// Make each trace that comes as OTLP a timeline of its own (trace), or a part of its context's active one (active)
    /// [default: trace] [env: UPTO_SERVER_OTLP_TIMELINE]
    #[arg(long, value_name = "WHICH")]
    #[serde(rename = "otlp-timeline", alias = "otlp_timeline")]
    pub(super) otlp_timeline: Option<String>,
    /// The context of OTLP spans without a service.name [default: unknown_service] [env: UPTO_SERVER_OTLP_CONTEXT]
    #[arg(long, value_name = "NAME")]
    #[serde(rename = "otlp-context", alias = "otlp_context")]
    pub(super) otlp_context: Option<String>,
    /// Let dots in the names of OTLP spans make levels [default: false] [env: UPTO_SERVER_OTLP_LEVELS]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true, value_parser = BoolishValueParser::new())]
    #[serde(rename = "otlp-levels", alias = "otlp_levels")]
    pub(super) otlp_levels: Option<bool>,
    /// Listen to HTTP from other machines although anybody there can then read and write everything
    /// [env: UPTO_SERVER_NO_AUTH]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true, value_parser = BoolishValueParser::new())]
    #[serde(rename = "no-auth", alias = "no_auth")]
    pub(super) no_auth: Option<bool>,
    /// Serve HTTPS with the certificate in this file, and those above it, in PEM; read again when it changes, and on SIGHUP
    /// [env: UPTO_SERVER_TLS_CERT]
    #[arg(long, value_name = "FILE")]
    #[serde(rename = "tls-cert", alias = "tls_cert")]
    pub(super) tls_cert: Option<PathBuf>,
    /// The certificate's key, in PEM [env: UPTO_SERVER_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    #[serde(rename = "tls-key", alias = "tls_key")]
    pub(super) tls_key: Option<PathBuf>,
    /// Let in who shows a certificate that is signed by one of these, in PEM, with the scopes that it says; nobody gets in
    /// without such a one, or a token [env: UPTO_SERVER_TLS_CLIENT_CA]
    #[arg(long, value_name = "FILE")]
    #[serde(rename = "tls-client-ca", alias = "tls_client_ca")]
    pub(super) tls_client_ca: Option<PathBuf>,
    /// Names by which this server may be asked for, beside localhost; needed where a proxy on this machine passes them on
    /// [env: UPTO_SERVER_ALLOWED_HOST]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    #[serde(rename = "allowed-host", alias = "allowed_host")]
    pub(super) allowed_host: Option<Vec<String>>,
    /// Let pages of these origins ask, with a token, such as https://ci.example [env: UPTO_SERVER_CORS]
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',')]
    pub(super) cors: Option<Vec<String>>,
    /// Requests in a second from one address [default: 1000, but for loopback as many as come]
    /// [env: UPTO_SERVER_RATE_ADDRESS]
    #[arg(long, value_name = "COUNT")]
    #[serde(rename = "rate-address", alias = "rate_address")]
    pub(super) rate_address: Option<u32>,
    /// Requests in a second with one token [default: 5000] [env: UPTO_SERVER_RATE_TOKEN]
    #[arg(long, value_name = "COUNT")]
    #[serde(rename = "rate-token", alias = "rate_token")]
    pub(super) rate_token: Option<u32>,
    /// Datagrams in a second from one address that is not loopback; 0: as many as come
    /// [default: 100000] [env: UPTO_SERVER_RATE_UDP]
    #[arg(long, value_name = "COUNT")]
    #[serde(rename = "rate-udp", alias = "rate_udp")]
    pub(super) rate_udp: Option<u32>,
    /// Connections at once; half as many from one address [default: 4096] [env: UPTO_SERVER_CONNECTIONS]
    #[arg(long, value_name = "COUNT")]
    pub(super) connections: Option<u32>,
    /// How services are watched, and who is told; in the file alone.
    #[arg(skip)]
    pub(super) watch: Option<Box<WatchLayer>>,
    /// Agents that are asked, which only the file can list.
    #[arg(skip)]
    pub(super) agents: Option<Vec<ListedAgent>>,
    /// Ask all hosts how they are, again and again [env: UPTO_SERVER_FLEET]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true, value_parser = BoolishValueParser::new())]
    #[serde(skip)]
    pub(super) fleet: Option<bool>,
    /// How hosts are asked; in the file alone.
    #[arg(skip)]
    #[serde(rename = "fleet")]
    pub(super) fleet_section: Option<Box<FleetLayer>>,
    /// Clusters that are watched, likewise.
    #[arg(skip)]
    pub(super) clusters: Option<Vec<ClusterLayer>>,
}

impl Layer {
    /// What the variables say, `lookup` being where they are; an empty one is not set.
    ///
    /// # Errors
    /// All variables that do not say what they should, each with its name.
    pub(super) fn of_variables(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, Vec<String>> {
        let mut variables = Variables { lookup, problems: Vec::new() };
        let layer = Layer {
            udp: variables.text("UPTO_SERVER_UDP"),
            http: variables.text("UPTO_SERVER_HTTP"),
            store: variables.url("UPTO_SERVER_STORE"),
            data: given(lookup, "UPTO_SERVER_DATA").map(PathBuf::from),
            memory: variables.read("UPTO_SERVER_MEMORY", MEBIBYTES, |text| mebibytes(text).ok()),
            retain_age: variables.text("UPTO_SERVER_RETAIN_AGE"),
            retain_count: variables
                .read("UPTO_SERVER_RETAIN_COUNT", "a whole number", |text| text.parse().ok()),
            retain_size: variables
                .read("UPTO_SERVER_RETAIN_SIZE", "a whole number of MiB", |text| text.parse().ok()),
            otlp_timeline: variables.text("UPTO_SERVER_OTLP_TIMELINE"),
            otlp_context: variables.text("UPTO_SERVER_OTLP_CONTEXT"),
            otlp_levels: variables.read("UPTO_SERVER_OTLP_LEVELS", "true or false", boolean),
            no_auth: variables.read("UPTO_SERVER_NO_AUTH", "true or false", boolean),
            tls_cert: given(lookup, "UPTO_SERVER_TLS_CERT").map(PathBuf::from),
            tls_key: given(lookup, "UPTO_SERVER_TLS_KEY").map(PathBuf::from),
            tls_client_ca: given(lookup, "UPTO_SERVER_TLS_CLIENT_CA").map(PathBuf::from),
            allowed_host: variables.list("UPTO_SERVER_ALLOWED_HOST"),
            cors: variables.list("UPTO_SERVER_CORS"),
            rate_address: variables.count("UPTO_SERVER_RATE_ADDRESS"),
            rate_token: variables.count("UPTO_SERVER_RATE_TOKEN"),
            rate_udp: variables.count("UPTO_SERVER_RATE_UDP"),
            connections: variables.count("UPTO_SERVER_CONNECTIONS"),
            watch: None,
            agents: None,
            fleet: variables.read("UPTO_SERVER_FLEET", "true or false", boolean),
            fleet_section: None,
            clusters: None,
        };
        if variables.problems.is_empty() { Ok(layer) } else { Err(variables.problems) }
    }

    /// This layer with what it does not say filled in from a lower one. Where it says store or data, both of
    /// the lower one's are forgotten: they are two ways to say the same.
    pub(super) fn over(self, lower: Layer) -> Layer {
        let says_where = self.store.is_some() || self.data.is_some();
        Layer {
            udp: self.udp.or(lower.udp),
            http: self.http.or(lower.http),
            store: self.store.or(lower.store.filter(|_| !says_where)),
            data: self.data.or(lower.data.filter(|_| !says_where)),
            memory: self.memory.or(lower.memory),
            retain_age: self.retain_age.or(lower.retain_age),
            retain_count: self.retain_count.or(lower.retain_count),
            retain_size: self.retain_size.or(lower.retain_size),
            otlp_timeline: self.otlp_timeline.or(lower.otlp_timeline),
            otlp_context: self.otlp_context.or(lower.otlp_context),
            otlp_levels: self.otlp_levels.or(lower.otlp_levels),
            no_auth: self.no_auth.or(lower.no_auth),
            tls_cert: self.tls_cert.or(lower.tls_cert),
            tls_key: self.tls_key.or(lower.tls_key),
            tls_client_ca: self.tls_client_ca.or(lower.tls_client_ca),
            allowed_host: self.allowed_host.or(lower.allowed_host),
            cors: self.cors.or(lower.cors),
            rate_address: self.rate_address.or(lower.rate_address),
            rate_token: self.rate_token.or(lower.rate_token),
            rate_udp: self.rate_udp.or(lower.rate_udp),
            connections: self.connections.or(lower.connections),
            watch: self.watch.or(lower.watch),
            agents: self.agents.or(lower.agents),
            fleet: self.fleet.or(lower.fleet),
            fleet_section: self.fleet_section.or(lower.fleet_section),
            clusters: self.clusters.or(lower.clusters),
        }
    }

    /// The mistake of saying the same in two ways, in the terms of where this layer comes from.
    pub(super) fn conflict(&self, store_and_data: &str) -> Option<String> {
        let says_both = self.store.is_some() && self.data.is_some();
        says_both.then(|| format!("{store_and_data}: say one of them"))
    }
}

/// The value of a variable that is set.
pub(super) fn given(lookup: &dyn Fn(&str) -> Option<OsString>, name: &str) -> Option<OsString> {
    lookup(name).filter(|value| !value.is_empty())
}

/// Reads variables and collects what is wrong with them.
struct Variables<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    problems: Vec<String>,
}

impl Variables<'_> {
    fn text(&mut self, name: &str) -> Option<String> {
        self.read(name, "UTF-8", |text| Some(text.to_owned()))
    }

    /// What may hold a password, so that a mistake in it is told without repeating it.
    fn url(&mut self, name: &str) -> Option<WrittenUrl> {
        let value = given(self.lookup, name)?;
        if value.to_str().is_none() {
            self.problems.push(format!("{name}: expected UTF-8"));
        }
        value.to_str().map(WrittenUrl::from)
    }

    /// Several, with commas between.
    fn list(&mut self, name: &str) -> Option<Vec<String>> {
        self.read(name, "UTF-8", |text| Some(text.split(',').map(str::to_owned).collect()))
    }

    fn count(&mut self, name: &str) -> Option<u32> {
        self.read(name, "a whole number", |text| text.parse().ok())
    }

    fn read<T>(&mut self, name: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = given(self.lookup, name)?;
        let read = value.to_str().and_then(parse);
        if read.is_none() {
            self.problems.push(format!("{name} {value:?}: expected {expected}"));
        }
        read
    }
}

/// What is expected where an amount of memory is said.
const MEBIBYTES: &str = "a whole number of MiB, such as 256, 256MiB or 2GiB";

/// An amount of memory, in MiB.
fn mebibytes(text: &str) -> Result<u32, String> {
    let (digits, unit) = match (text.strip_suffix("GiB"), text.strip_suffix("MiB")) {
        (Some(digits), _) => (digits, 1_024),
        (None, digits) => (digits.unwrap_or(text), 1),
    };
    let read = digits.trim_end().parse::<u32>().ok().and_then(|count| count.checked_mul(unit));
    read.ok_or_else(|| format!("expected {MEBIBYTES}"))
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "t" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// An address, which in the file may be a bare number.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Address>::deserialize(deserializer)?.map(|Address(text)| text))
}

struct Address(String);

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AddressVisitor)
    }
}

struct AddressVisitor;

impl Visitor<'_> for AddressVisitor {
    type Value = Address;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an address or a port")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Address, E> {
        Ok(Address(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, port: u64) -> Result<Address, E> {
        Ok(Address(port.to_string()))
    }

    fn visit_i64<E: Error>(self, port: i64) -> Result<Address, E> {
        Ok(Address(port.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<Layer, String> {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    }

    fn variables(given: &[(&str, &str)]) -> Result<Layer, Vec<String>> {
        Layer::of_variables(&|name| given.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    fn store(text: &str) -> Layer {
        Layer { store: Some(text.into()), ..Layer::default() }
    }

    fn data(folder: &str) -> Layer {
        Layer { data: Some(folder.into()), ..Layer::default() }
    }

    #[test]
    fn a_layer_wins_over_lower_ones_setting_by_setting() {
        let high = Layer { udp: Some("1".into()), no_auth: Some(false), ..Layer::default() };
        let low = Layer { udp: Some("2".into()), memory: Some(7), no_auth: Some(true), ..Layer::default() };
        let merged = high.over(low);
        assert_eq!((merged.udp.as_deref(), merged.memory, merged.no_auth), (Some("1"), Some(7), Some(false)));
    }

    #[test]
    fn a_layer_that_says_store_or_data_hides_both_of_lower_ones() {
        assert_eq!(store("memory:").over(data("low")), store("memory:"));
        assert_eq!(data("high").over(store("memory:")), data("high"));
        assert_eq!(Layer::default().over(data("middle")).over(store("memory:")), data("middle"));
        assert_eq!(Layer::default().over(Layer::default()).over(store("memory:")), store("memory:"));
    }

    #[test]
    fn both_in_one_layer_is_a_mistake() {
        let both = Layer { data: Some("here".into()), ..store("memory:") };
        assert!(
            both.conflict("--store and --data").is_some_and(|text| text.starts_with("--store and --data:"))
        );
        assert_eq!((store("memory:").conflict(""), data("x").conflict("")), (None, None));
    }

    #[test]
    fn variables_are_read_and_empty_ones_are_not_set() {
        let read = variables(&[
            ("UPTO_SERVER_UDP", "9"),
            ("UPTO_SERVER_HTTP", ""),
            ("UPTO_SERVER_STORE", ""),
            ("UPTO_SERVER_DATA", "here"),
            ("UPTO_SERVER_MEMORY", "12"),
            ("UPTO_SERVER_NO_AUTH", "Yes"),
        ]);
        let expected = Layer { udp: Some("9".into()), memory: Some(12), no_auth: Some(true), ..data("here") };
        assert_eq!(read, Ok(expected));
        assert_eq!(variables(&[]), Ok(Layer::default()));
    }

    #[test]
    fn all_wrong_variables_are_named() {
        let given = [("UPTO_SERVER_MEMORY", "lots"), ("UPTO_SERVER_NO_AUTH", "maybe")];
        let problems = variables(&given).expect_err("two mistakes");
        assert_eq!(
            problems,
            [
                "UPTO_SERVER_MEMORY \"lots\": expected a whole number of MiB, such as 256, 256MiB or 2GiB",
                "UPTO_SERVER_NO_AUTH \"maybe\": expected true or false"
            ]
        );
    }

    #[test]
    fn the_file_is_read_with_either_spelling_and_ports_as_numbers() {
        let read = file("udp: 9\nhttp: '[::1]:10'\ndata: here\nno-auth: true\n").expect("good");
        assert_eq!((read.udp.as_deref(), read.http.as_deref()), (Some("9"), Some("[::1]:10")));
        assert_eq!((read.data, read.no_auth), (Some("here".into()), Some(true)));
        assert_eq!(file("no_auth: true\n").expect("good").no_auth, Some(true));
        assert_eq!(file("udp:\nhttp: ~\n"), Ok(Layer::default()));
    }

    #[test]
    fn an_amount_of_memory_may_have_its_unit() {
        for (text, expected) in [("256", 256), ("256MiB", 256), ("2 GiB", 2_048)] {
            assert_eq!(mebibytes(text), Ok(expected), "{text}");
        }
        for text in ["", "MiB", "256MB", "-1", "1.5GiB", "4294967295GiB"] {
            assert!(mebibytes(text).is_err_and(|problem| problem.contains("2GiB")), "{text}");
        }
    }

    #[test]
    fn mistakes_in_the_file_are_told_with_their_place() {
        for (text, expected) in [
            ("udp: 9\nhttb: 10\n", "httb"),
            ("udp: 9\nhttp: [1]\n", "an address or a port"),
            ("udp: 9\nmemory: lots\n", ""),
        ] {
            let error = file(text).expect_err(text);
            assert!(error.contains(expected) && error.contains("line 2"), "{error}");
        }
    }
}
