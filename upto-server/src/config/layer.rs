//! One layer of settings: what the flags say, or the variables, or the file; and laying one over another.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

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
    /// Keep everything here: redb:DIR or memory: [default: redb:./upto-data] [env: UPTO_SERVER_STORE]
    #[arg(long, value_name = "URL")]
    pub(super) store: Option<String>,
    /// Keep everything in this folder: short for --store redb:DIR [env: UPTO_SERVER_DATA]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Memory for timelines that are in use and for what waits for the store, in MiB; larger timelines are still read
    /// [default: 256] [env: UPTO_SERVER_MEMORY]
    #[arg(long, value_name = "MIB")]
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
    /// Listen to HTTP from other machines although anybody there can then read and write everything
    /// [env: UPTO_SERVER_NO_AUTH]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true, value_parser = BoolishValueParser::new())]
    #[serde(rename = "no-auth", alias = "no_auth")]
    pub(super) no_auth: Option<bool>,
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
            store: variables.text("UPTO_SERVER_STORE"),
            data: given(lookup, "UPTO_SERVER_DATA").map(PathBuf::from),
            memory: variables.read("UPTO_SERVER_MEMORY", "a whole number of MiB", |text| text.parse().ok()),
            retain_age: variables.text("UPTO_SERVER_RETAIN_AGE"),
            retain_count: variables
                .read("UPTO_SERVER_RETAIN_COUNT", "a whole number", |text| text.parse().ok()),
            retain_size: variables
                .read("UPTO_SERVER_RETAIN_SIZE", "a whole number of MiB", |text| text.parse().ok()),
            no_auth: variables.read("UPTO_SERVER_NO_AUTH", "true or false", boolean),
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
            no_auth: self.no_auth.or(lower.no_auth),
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

    fn read<T>(&mut self, name: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = given(self.lookup, name)?;
        let read = value.to_str().and_then(parse);
        if read.is_none() {
            self.problems.push(format!("{name} {value:?}: expected {expected}"));
        }
        read
    }
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
                "UPTO_SERVER_MEMORY \"lots\": expected a whole number of MiB",
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
