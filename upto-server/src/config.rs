//! What the server is told at its start, checked once: flags before variables before `upto.yaml`.

mod agents;
mod alerts;
mod clusters;
mod doors;
mod fleet;
mod layer;
mod pings;
mod presets;
mod timelines;
mod watch;
mod written_secret;
mod written_url;

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use thiserror::Error;
use upto::wire::limits::NAME_BYTES;

use self::fleet::FleetLayer;
pub(crate) use self::fleet::{address_fault, checks_in, fleet_token};
use self::layer::Layer;
use self::written_url::WrittenUrl;
use crate::agent::Target;
pub use crate::decode::otlp::{OtlpRules, OtlpTimeline};
use crate::doors::DoorSettings;
use crate::fleet::FleetSettings;
use crate::probe::ClusterSettings;
use crate::retention::Retention;
use crate::store::StoreUrl;
use crate::watch::WatchSettings;

/// The UDP port where none is said.
pub const UDP_PORT: u16 = 8123;
/// The HTTP port where none is said.
pub const HTTP_PORT: u16 = 8080;
/// The file where none is said.
const FILE: &str = "upto.yaml";
/// MiB of memory where nothing is said.
const MEMORY: u32 = 256;

/// The flags of `upto-server serve`, as they are written.
#[derive(Clone, Debug, Default, Args)]
pub struct ServeArguments {
    #[command(flatten)]
    settings: Layer,
    /// Read what is not said by flags or variables from this file
    /// [default: ./upto.yaml if it exists] [env: UPTO_SERVER_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The flags that say which store a tool works on, as they are written.
#[derive(Clone, Debug, Default, Args)]
pub struct PlaceArguments {
    /// The store: redb:DIR, redis://…, postgres://…, mysql://… or sqlite:FILE
    /// [default: redb:./upto-data] [env: UPTO_SERVER_STORE]
    #[arg(long, value_name = "URL")]
    store: Option<WrittenUrl>,
    /// The store in this folder: short for --store redb:DIR [env: UPTO_SERVER_DATA]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Read what is not said by flags or variables from this file
    /// [default: ./upto.yaml if it exists] [env: UPTO_SERVER_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl PlaceArguments {
    /// The flags with their values, for somebody who is to say them again. Credentials within a URL are left out.
    pub(crate) fn words(&self) -> Vec<String> {
        let store = self.store.as_ref().and_then(|url| url.as_str().parse::<StoreUrl>().ok());
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let flags = [
            ("--store", store.map(|url| url.to_string())),
            ("--data", path(&self.data)),
            ("--config", path(&self.config)),
        ];
        flags.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?])).flatten().collect()
    }

    /// The store that is said by these, by the variables `UPTO_SERVER_…`, which `lookup` has, and by the file, in this
    /// order: the one that a server would use.
    ///
    /// # Errors
    /// All mistakes, one a line.
    pub fn store(self, lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<StoreUrl, ConfigError> {
        let PlaceArguments { store, data, config } = self;
        let given = layers(Layer { store, data, ..Layer::default() }, config, lookup)?;
        self::store(&given).map_err(ConfigError::of)
    }
}

/// The flags that say where a tool reads who is told of what, as they are written.
#[derive(Clone, Debug, Default, Args)]
pub struct WatchArguments {
    /// Read it from this file
    /// [default: ./upto.yaml if it exists] [env: UPTO_SERVER_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl WatchArguments {
    /// How services are watched by the file, which these or the variable `UPTO_SERVER_CONFIG`, which `lookup` has, say.
    ///
    /// # Errors
    /// All mistakes, one a line.
    pub fn watch(self, lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<WatchSettings, ConfigError> {
        self::watch(&layers(Layer::default(), self.config, lookup)?).map_err(ConfigError)
    }
}

/// Checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where datagrams are received.
    pub udp: Vec<SocketAddr>,
    /// Where HTTP is served.
    pub http: Vec<SocketAddr>,
    /// Where everything is kept.
    pub store: StoreUrl,
    /// Bytes for timelines in use, and for what has come and is not stored yet.
    pub memory_bytes: usize,
    /// What is kept of contexts that have no limits of their own.
    pub retention: Retention,
    /// How spans that come as OTLP become events.
    pub otlp: OtlpRules,
    /// Who gets in, and how much of everything.
    pub doors: DoorSettings,
    /// How services are watched, and who is told.
    pub watch: WatchSettings,
    /// Agents that are asked for what they have.
    pub agents: Vec<Target>,
    /// How hosts are asked, and for what.
    pub fleet: FleetSettings,
    /// Clusters that are watched.
    pub clusters: Vec<ClusterSettings>,
}

/// Everything that is wrong with the configuration, together.
#[derive(Debug, Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    /// All mistakes.
    pub(crate) fn of_all(problems: Vec<String>) -> Self {
        ConfigError(problems)
    }

    /// The only mistake.
    pub(crate) fn of(problem: impl Into<String>) -> Self {
        ConfigError(vec![problem.into()])
    }
}

/// The exit code of a command that this kept from its work: 2 if it was told something wrong, as where arguments can't be
/// read; else 1.
#[must_use]
pub fn exit_code(problem: &(dyn std::error::Error + 'static)) -> ExitCode {
    if problem.is::<ConfigError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

impl Config {
    /// Checks what is said by `arguments`, by the variables `UPTO_SERVER_…`, which `lookup` has, and by the file,
    /// in this order, and fills in the defaults.
    ///
    /// # Errors
    /// All mistakes, one a line.
    pub fn from_arguments(
        arguments: ServeArguments,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let ServeArguments { settings: flags, config } = arguments;
        check_folder(check(&layers(flags, config, lookup)?, lookup)?)
    }
}

impl ServeArguments {
    /// The clusters of the file, read anew.
    ///
    /// # Errors
    /// All mistakes in the list, one a line; or what is wrong with the file.
    pub fn clusters(
        &self,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Vec<ClusterSettings>, ConfigError> {
        clusters_of(self.config.clone(), lookup)
    }
}

/// The clusters of the file, which `config` or the variable `UPTO_SERVER_CONFIG` says, and which has to be there.
pub(crate) fn clusters_of(
    config: Option<PathBuf>,
    lookup: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Vec<ClusterSettings>, ConfigError> {
    let is_said = config.is_some() || layer::given(lookup, "UPTO_SERVER_CONFIG").is_some();
    // Clusters that nobody wrote down are not the same as a list without any.
    let config = config.or_else(|| (!is_said).then(|| PathBuf::from(FILE)));
    clusters(&layers(Layer::default(), config, lookup)?, lookup).map_err(ConfigError)
}

fn clusters(
    given: &Layer,
    lookup: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Vec<ClusterSettings>, Vec<String>> {
    clusters::settings(given.clusters.as_deref().unwrap_or_default(), lookup)
}

/// The flags over the variables over the file, which may be said by one of these.
fn layers(
    flags: Layer,
    config: Option<PathBuf>,
    lookup: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Layer, ConfigError> {
    let config = config.or_else(|| layer::given(lookup, "UPTO_SERVER_CONFIG").map(PathBuf::from));
    let file = read_file(config.as_deref()).map_err(ConfigError::of)?;
    let variables = Layer::of_variables(lookup).map_err(ConfigError)?;
    let conflicts = [
        flags.conflict("--store and --data"),
        variables.conflict("UPTO_SERVER_STORE and UPTO_SERVER_DATA"),
        file.conflict("store and data in the file"),
    ];
    let problems: Vec<_> = conflicts.into_iter().flatten().collect();
    if !problems.is_empty() {
        return Err(ConfigError(problems));
    }
    Ok(flags.over(variables).over(file))
}

fn read_file(given: Option<&Path>) -> Result<Layer, String> {
    let path = given.unwrap_or(Path::new(FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => serde_saphyr::from_str(&text)
            .map_err(|error| format!("{}: {}", path.display(), form_fault(&error))),
        Err(error) if given.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(Layer::default()),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// What is wrong with the form of a file, and where. The lines are not shown: there may be secrets in them.
fn form_fault(error: &serde_saphyr::Error) -> String {
    error.without_snippet().to_string()
}

fn check(given: &Layer, lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Config, ConfigError> {
    let mut problems = Vec::new();
    let mut noted = |result: Result<Vec<SocketAddr>, String>| {
        result.unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        })
    };
    let udp = noted(addresses("udp", given.udp.as_deref(), UDP_PORT));
    let http = noted(addresses("http", given.http.as_deref(), HTTP_PORT));
    let store = store(given).map_err(|problem| problems.push(problem));
    let memory_bytes = memory_bytes(given.memory).map_err(|problem| problems.push(problem));
    let retention = retention(given).map_err(|mistakes| problems.extend(mistakes));
    let doors = doors::settings(given).map_err(|mistakes| problems.extend(mistakes));
    let otlp = otlp(given).map_err(|problem| problems.push(problem));
    let watch = watch(given).map_err(|mistakes| problems.extend(mistakes));
    let agents = agents::targets(given).map_err(|mistakes| problems.extend(mistakes));
    let fleet = fleet(given).map_err(|mistakes| problems.extend(mistakes));
    let clusters = clusters(given, lookup).map_err(|mistakes| problems.extend(mistakes));
    match (store, memory_bytes, retention, otlp, doors, watch, agents, fleet, clusters) {
        (
            Ok(store),
            Ok(memory_bytes),
            Ok(retention),
            Ok(otlp),
            Ok(doors),
            Ok(watch),
            Ok(agents),
            Ok(fleet),
            Ok(clusters),
        ) if problems.is_empty() => Ok(Config {
            udp,
            http,
            store,
            memory_bytes,
            retention,
            otlp,
            doors,
            watch,
            agents,
            fleet,
            clusters,
        }),
        _ => Err(ConfigError(problems)),
    }
}

/// How hosts are asked, or everything that is wrong with it.
fn fleet(given: &Layer) -> Result<FleetSettings, Vec<String>> {
    given.fleet_section.as_deref().unwrap_or(&FleetLayer::default()).settings(given.fleet)
}

/// How services are watched, or everything that is wrong with it.
fn watch(given: &Layer) -> Result<WatchSettings, Vec<String>> {
    given.watch.as_ref().map_or_else(|| Ok(WatchSettings::default()), |layer| layer.settings())
}

fn store(given: &Layer) -> Result<StoreUrl, String> {
    match (&given.store, &given.data) {
        (Some(url), _) => url.as_str().parse().map_err(|error| format!("store {url:?}: {error}")),
        (None, Some(folder)) => Ok(StoreUrl::Redb(folder.clone())),
        (None, None) => Ok(StoreUrl::default()),
    }
}

fn memory_bytes(given: Option<u32>) -> Result<usize, String> {
    match given.unwrap_or(MEMORY) {
        0 => Err("memory 0: at least 1 (MiB)".to_owned()),
        mebibytes => Ok(usize::try_from(mebibytes).unwrap_or(usize::MAX).saturating_mul(1 << 20)),
    }
}

/// What is kept, or everything that is wrong with it.
fn retention(given: &Layer) -> Result<Retention, Vec<String>> {
    let mut problems = Vec::new();
    let mut limit = |name: &str, given: Option<u64>| {
        let is_zero = given == Some(0);
        problems.extend(is_zero.then(|| format!("{name} 0: at least 1; leave it out to keep everything")));
        given
    };
    let count = limit("retain-count", given.retain_count);
    let bytes = limit("retain-size", given.retain_size).map(|mebibytes| mebibytes.saturating_mul(1 << 20));
    let age = given
        .retain_age
        .as_deref()
        .map(|given| age("retain-age", given))
        .transpose()
        .map_err(|problem| problems.push(problem));
    match age {
        Ok(age) if problems.is_empty() => Ok(Retention { age, count, bytes }),
        _ => Err(problems),
    }
}

/// How spans become events.
fn otlp(given: &Layer) -> Result<OtlpRules, String> {
    let timeline = match given.otlp_timeline.as_deref() {
        None | Some("trace") => OtlpTimeline::Trace,
        Some("active") => OtlpTimeline::Active,
        Some(other) => return Err(format!("otlp-timeline {other:?}: expected trace or active")),
    };
    let context = given.otlp_context.clone().unwrap_or(OtlpRules::default().context);
    if context.is_empty() || context.len() > NAME_BYTES {
        return Err(format!("otlp-context: a name has 1 to {NAME_BYTES} bytes"));
    }
    Ok(OtlpRules { timeline, context, dots_are_levels: given.otlp_levels.unwrap_or(false) })
}

/// An age such as `30d`, a day being 24 hours.
///
/// # Errors
/// It is none; what is said of it begins with `name`.
pub(crate) fn age(name: &str, given: &str) -> Result<Duration, String> {
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let span = given.parse::<jiff::Span>().and_then(|span| span.to_duration(days));
    let age = span.ok().and_then(|age| Duration::try_from(age).ok()).filter(|age| !age.is_zero());
    age.ok_or_else(|| format!("{name} {given:?}: expected an age such as 30d, 2w or 12h"))
}

/// Refuses a store's folder that is a file, of which the system would say only that it exists.
fn check_folder(config: Config) -> Result<Config, ConfigError> {
    match &config.store {
        StoreUrl::Redb(folder) if folder.is_file() => {
            Err(ConfigError::of(format!("data {}: this is a file, not a folder", folder.display())))
        }
        _ => Ok(config),
    }
}

/// The addresses of a listener; a port alone means loopback, both families.
pub(crate) fn addresses(
    name: &str,
    given: Option<&str>,
    default_port: u16,
) -> Result<Vec<SocketAddr>, String> {
    let Some(given) = given else { return Ok(loopback(default_port)) };
    if let Ok(port) = given.strip_prefix(':').unwrap_or(given).parse() {
        return Ok(loopback(port));
    }
    if let Some(port) = given.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok(loopback(port));
    }
    if given.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{name} {given:?}: a port is a number from 0 to {}", u16::MAX));
    }
    let address =
        given.parse().or_else(|_| given.parse().map(|address: IpAddr| (address, default_port).into()));
    address.map(|address| vec![address]).map_err(|_| {
        format!("{name} {given:?}: expected ADDRESS:PORT or PORT, such as 127.0.0.1:{default_port}, [::1]:{default_port} or {default_port}")
    })
}

fn loopback(port: u16) -> Vec<SocketAddr> {
    vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
}

#[cfg(test)]
mod tests;
