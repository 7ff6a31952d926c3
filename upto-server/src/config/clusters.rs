//! The list `clusters` of the file, as it is written and checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::age;
use crate::probe::{Asked, ClusterSettings, HttpTarget, Kept, NAME_BYTES, Series, Take};
use crate::watch::alerts::Hidden;

/// Clusters at most.
const CLUSTERS: usize = 10_000;
/// The shortest and the longest period.
const PERIODS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(86_400));
/// The period where none is said.
const PERIOD: Duration = Duration::from_secs(10);
/// Figures that one cluster may be asked for at most.
const FIGURES: usize = 200;
/// Bytes of a file with a password or a token at most.
const SECRET_BYTES: usize = 8 << 10;

/// Where a variable of the environment is looked up.
pub(super) type Lookup<'a> = dyn Fn(&str) -> Option<std::ffi::OsString> + 'a;

/// A cluster as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ClusterLayer {
    name: Spanned<String>,
    connector: Kind,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    period: Option<String>,
    #[serde(default)]
    timeout: Option<String>,
    #[serde(default)]
    keep_count: Option<u64>,
    #[serde(default)]
    keep_age: Option<String>,
    #[serde(default)]
    login: Option<String>,
    #[serde(default)]
    password_file: Option<PathBuf>,
    #[serde(default)]
    password_variable: Option<String>,
    #[serde(default)]
    token_file: Option<PathBuf>,
    #[serde(default)]
    token_variable: Option<String>,
    #[serde(default)]
    ca: Option<PathBuf>,
    #[serde(default)]
    series: BTreeMap<String, WrittenSeries>,
    #[serde(default)]
    figures: BTreeMap<String, String>,
    #[serde(default)]
    expect: BTreeMap<String, Value>,
    #[serde(default)]
    queries: BTreeMap<String, String>,
    #[serde(default)]
    command: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    #[serde(rename = "cockroachdb")]
    CockroachDb,
    Prometheus,
    HttpJson,
    Postgres,
    Redis,
    Command,
}

/// A series, or how one number is made of it too.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum WrittenSeries {
    Plain(String),
    Taken { series: String, take: Take },
}

/// Checks a list of clusters. Mistakes are told with their lines.
pub(super) fn settings(
    layers: &[ClusterLayer],
    lookup: &Lookup<'_>,
) -> Result<Vec<ClusterSettings>, Vec<String>> {
    let mut problems = Vec::new();
    if layers.len() > CLUSTERS {
        problems.push(format!("clusters: at most {CLUSTERS}"));
    }
    let mut names = BTreeSet::new();
    let mut settings = Vec::new();
    for layer in layers {
        let mut checking = Checking { layer, lookup, problems: Vec::new() };
        if !names.insert(&layer.name.value) {
            checking.problems.push("there are two of this name".to_owned());
        }
        settings.extend(checking.settings());
        let (line, name) = (layer.name.referenced.line(), &layer.name.value);
        let told = checking.problems.into_iter();
        problems.extend(told.map(|problem| format!("clusters: line {line}: {name:?}: {problem}")));
    }
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

/// A cluster that is being checked, and what is wrong with it.
struct Checking<'a> {
    layer: &'a ClusterLayer,
    lookup: &'a Lookup<'a>,
    problems: Vec<String>,
}

impl Checking<'_> {
    fn settings(&mut self) -> Option<ClusterSettings> {
        let layer = self.layer;
        let name = layer.name.value.clone();
        self.expect((1..=NAME_BYTES).contains(&name.len()), "a name has 1 to 256 bytes");
        let period = self.span("period", layer.period.as_deref(), PERIOD);
        let usual = (period * 4 / 5).min(Duration::from_secs(10));
        let timeout = self.span("timeout", layer.timeout.as_deref(), usual);
        self.expect((PERIODS.0..=PERIODS.1).contains(&period), "period: from 100ms to 1d");
        self.expect(timeout < period, "timeout: has to be less than the period");
        self.expect(layer.keep_count != Some(0), "keep-count 0: at least 1");
        let kept = Kept {
            count: layer.keep_count.unwrap_or(Kept::default().count),
            age: self.span("keep-age", layer.keep_age.as_deref(), Kept::default().age),
        };
        let asked = self.asked()?;
        Some(ClusterSettings { name, period, timeout, kept, asked })
    }

    fn expect(&mut self, is_so: bool, problem: &str) {
        if !is_so {
            self.problems.push(problem.to_owned());
        }
    }

    fn span(&mut self, name: &str, given: Option<&str>, usual: Duration) -> Duration {
        let read = given.map_or(Ok(usual), |given| age(name, given));
        read.unwrap_or_else(|problem| {
            self.problems.push(problem);
            usual
        })
    }

    fn asked(&mut self) -> Option<Asked> {
        let layer = self.layer;
        self.expect_only_what_is_used();
        match layer.connector {
            Kind::CockroachDb => self.http().map(Asked::CockroachDb),
            Kind::Prometheus => {
                let (target, series) = (self.http()?, self.series());
                Some(Asked::Prometheus { target, series })
            }
            Kind::HttpJson => {
                let pointers = layer.figures.values().chain(layer.expect.keys());
                for pointer in pointers.filter(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
                    self.problems.push(format!("{pointer:?}: a JSON pointer begins with /"));
                }
                let figures = self.list(&layer.figures);
                let expected = layer.expect.iter().map(|(pointer, value)| (pointer.clone(), value.clone()));
                Some(Asked::HttpJson { target: self.http()?, figures, expected: expected.collect() })
            }
            Kind::Postgres => {
                let url = self.url(&["postgres://", "postgresql://"])?;
                Some(Asked::Postgres { url, login: self.login(), queries: self.list(&layer.queries) })
            }
            Kind::Redis => {
                let url = self.url(&["redis://", "rediss://"])?;
                Some(Asked::Redis { url, login: self.login() })
            }
            Kind::Command => {
                self.expect(!layer.command.is_empty(), "command: a program and its arguments");
                Some(Asked::Command(layer.command.clone()))
            }
        }
    }

    /// What a connector does not look at is a mistake: somebody takes it for something that it is not.
    fn expect_only_what_is_used(&mut self) {
        let (layer, kind) = (self.layer, self.layer.connector);
        let is_http = matches!(kind, Kind::CockroachDb | Kind::Prometheus | Kind::HttpJson);
        let given = [
            ("series", !layer.series.is_empty(), kind == Kind::Prometheus),
            ("figures", !layer.figures.is_empty(), kind == Kind::HttpJson),
            ("expect", !layer.expect.is_empty(), kind == Kind::HttpJson),
            ("queries", !layer.queries.is_empty(), kind == Kind::Postgres),
            ("command", !layer.command.is_empty(), kind == Kind::Command),
            ("url", layer.url.is_some(), kind != Kind::Command),
            ("ca", layer.ca.is_some(), is_http),
            ("token-file", layer.token_file.is_some(), is_http),
            ("token-variable", layer.token_variable.is_some(), is_http),
            ("login", layer.login.is_some(), kind != Kind::Command),
        ];
        for (key, _, _) in given.into_iter().filter(|(_, is_given, is_used)| *is_given && !is_used) {
            self.problems.push(format!("{key}: this connector has no use for it"));
        }
    }

    fn http(&mut self) -> Option<HttpTarget> {
        let url = self.url(&["http://", "https://"])?;
        let layer = self.layer;
        let token = self.secret("token", layer.token_file.as_deref(), layer.token_variable.as_deref());
        Some(HttpTarget { url, login: self.login(), token, ca: layer.ca.clone() })
    }

    /// The address, which has no credentials in it.
    fn url(&mut self, schemes: &[&str]) -> Option<String> {
        let url = self.layer.url.clone().unwrap_or_default();
        let is_one = schemes.iter().any(|scheme| url.starts_with(scheme)) && !url.contains('@');
        if !is_one {
            let expected = schemes.join("… or ");
            self.problems.push(format!(
                "url: expected {expected}…; say login and password-file or password-variable beside it"
            ));
        }
        is_one.then_some(url)
    }

    fn login(&mut self) -> Option<(String, Hidden)> {
        let layer = self.layer;
        let (file, variable) = (layer.password_file.as_deref(), layer.password_variable.as_deref());
        let password = self.secret("password", file, variable);
        match (&layer.login, password) {
            (None, None) => None,
            (name, password) => {
                let none = || String::new().into();
                Some((name.clone().unwrap_or_default(), password.unwrap_or_else(none)))
            }
        }
    }

    /// What stands in a file, or in a variable of the environment: never in the configuration.
    fn secret(&mut self, name: &str, file: Option<&Path>, variable: Option<&str>) -> Option<Hidden> {
        let read = match (file, variable) {
            (None, None) => return None,
            (Some(_), Some(_)) => Err(format!("say {name}-file or {name}-variable, not both")),
            (Some(file), None) => {
                let read = std::fs::read_to_string(file);
                read.map_err(|error| format!("{name}-file {}: {error}", file.display()))
            }
            (None, Some(variable)) => {
                let value = (self.lookup)(variable).and_then(|value| value.into_string().ok());
                value.ok_or_else(|| format!("{name}-variable {variable}: it is not set"))
            }
        };
        match read.map(|text| text.trim_end_matches(['\r', '\n']).to_owned()) {
            Ok(text) if text.is_empty() || text.len() > SECRET_BYTES => {
                self.problems.push(format!("the {name} has 1 to {SECRET_BYTES} bytes"));
                None
            }
            Ok(text) => Some(text.into()),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    fn series(&mut self) -> Vec<Series> {
        let mut read = Vec::new();
        self.expect(self.layer.series.len() <= FIGURES, "series: at most 200");
        for (figure, written) in &self.layer.series {
            let (text, take) = match written {
                WrittenSeries::Plain(series) => (series, Take::Sum),
                WrittenSeries::Taken { series, take } => (series, *take),
            };
            self.expect(
                (1..=NAME_BYTES).contains(&figure.len()),
                "series: a figure's name has 1 to 256 bytes",
            );
            match text.parse() {
                Ok(selector) => read.push(Series { figure: figure.clone(), selector, take }),
                Err(fault) => self.problems.push(format!("series {text:?}: {fault}")),
            }
        }
        read
    }

    fn list(&mut self, written: &BTreeMap<String, String>) -> Vec<(String, String)> {
        self.expect(written.len() <= FIGURES, "figures: at most 200");
        let is_name = |name: &String| (1..=NAME_BYTES).contains(&name.len());
        self.expect(written.keys().all(is_name), "a figure's name has 1 to 256 bytes");
        written.iter().map(|(figure, of)| (figure.clone(), of.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<ClusterSettings>, Vec<String>> {
        let layers: Vec<ClusterLayer> =
            serde_saphyr::from_str(text).map_err(|error| vec![super::super::form_fault(&error)])?;
        settings(&layers, &|name| (name == "SECRET").then(|| "hush".into()))
    }

    #[test]
    fn what_is_said_is_read_and_no_secret_is_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("password");
        std::fs::write(&file, "hush\n").expect("written");
        let text = format!(
            "- {{name: orders, connector: cockroachdb, url: 'http://h:8080', period: 2s, timeout: 1s, token-variable: SECRET}}\n\
             - {{name: node, connector: prometheus, url: 'http://h/metrics', keep-count: 5, keep-age: 2d,\n   \
               series: {{load: node_load1, idle: {{series: 'cpu{{mode=\"idle\"}}', take: max}}}}}}\n\
             - {{name: shop, connector: http-json, url: 'http://h/', figures: {{queue: /queue/0}}, expect: {{/ok: true}}}}\n\
             - {{name: pg, connector: postgres, url: 'postgres://h/db', login: me, password-file: '{}'}}\n\
             - {{name: cache, connector: redis, url: 'redis://h'}}\n- {{name: own, connector: command, command: [a, b]}}\n",
            file.display()
        );
        let clusters = read(&text).expect("good");
        assert_eq!(
            (clusters[0].period, clusters[0].timeout),
            (Duration::from_secs(2), Duration::from_secs(1))
        );
        assert_eq!(clusters[1].kept, Kept { count: 5, age: Duration::from_secs(2 * 86_400) });
        let Asked::Prometheus { series, .. } = &clusters[1].asked else { panic!("{clusters:?}") };
        assert_eq!(series.iter().map(|series| series.take).collect::<Vec<_>>(), [Take::Max, Take::Sum]);
        let Asked::Postgres { login: Some((name, password)), .. } = &clusters[3].asked else {
            panic!("{clusters:?}")
        };
        assert_eq!((name.as_str(), password.reveal()), ("me", "hush"));
        assert_eq!(clusters[5].asked, Asked::Command(vec!["a".into(), "b".into()]));
        assert!(!format!("{clusters:?}").contains("hush"));
    }

    #[test]
    fn all_mistakes_are_told_with_their_lines() {
        let problems = read(
            "- name: a\n  connector: cockroachdb\n  url: 'http://me:hush@h'\n  period: 1s\n  timeout: 2s\n\
             - name: a\n  connector: redis\n  url: 'http://h'\n  keep-count: 0\n  series: {x: z}\n\
             - name: b\n  connector: prometheus\n  url: 'http://h'\n  series: {x: '1y'}\n  token-variable: NONE\n\
             - name: c\n  connector: command\n  period: 1ms\n",
        );
        let problems = problems.expect_err("mistakes");
        for (line, expected) in [
            (1, "url:"),
            (1, "timeout:"),
            (6, "two of this name"),
            (6, "url:"),
            (6, "keep-count 0"),
            (6, "series: this connector"),
            (11, "series \"1y\""),
            (11, "token-variable NONE"),
            (16, "command:"),
            (16, "period:"),
        ] {
            let is_it =
                |problem: &String| problem.contains(&format!("line {line}:")) && problem.contains(expected);
            assert!(problems.iter().any(is_it), "line {line}, {expected}: {problems:#?}");
        }
        assert!(!problems.concat().contains("hush"), "{problems:?}");
    }

    #[test]
    fn what_has_not_the_form_is_told_with_its_line() {
        for text in ["- name: a\n  connector: floppy\n", "- name: a\n  connectr: redis\n"] {
            let problems = read(text).expect_err("no list of clusters");
            assert!(problems.concat().contains("line 2"), "{problems:?}");
        }
    }
}
