//! Where marks go, and which host they name: options first, then the variables that the SDK reads.

use std::ffi::OsString;

use clap::Args;
use upto::settings::Settings;

use super::delivery::Delivery;
use super::failure::Failure;

/// Where to send to.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Where to")]
pub(super) struct DestinationArguments {
    /// The server's host name or address, for datagrams [default: that of UPTO_SERVER, else 127.0.0.1]
    #[arg(long = "rh", visible_alias = "remotehost", value_name = "HOST")]
    pub(super) remote_host: Option<String>,
    /// The server's UDP port [default: that of UPTO_SERVER, else 8123]
    #[arg(long = "rp", visible_alias = "remoteport", value_name = "PORT")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) remote_port: Option<u16>,
    /// Send by HTTP to the server at this URL instead, and wait until it has stored it
    /// [default: UPTO_URL, unless --rh or --rp is given]
    #[arg(long, value_name = "URL", conflicts_with_all = ["remote_host", "remote_port"])]
    pub(super) http: Option<String>,
}

impl DestinationArguments {
    /// The destination that these say, or the environment.
    ///
    /// # Errors
    /// The URL is none, or the token can't be one.
    pub(super) fn delivery(&self, environment: &Environment) -> Result<Delivery, Failure> {
        let Environment { settings, url, token, .. } = environment;
        let by_datagram = self.remote_host.is_some() || self.remote_port.is_some();
        let url = self.http.as_ref().or(url.as_ref().filter(|_| !by_datagram));
        match url {
            _ if !settings.enabled => Ok(Delivery::off()),
            Some(url) => Delivery::http(url, token),
            None => {
                let host = self.remote_host.as_deref().unwrap_or(&settings.server_host);
                Ok(Delivery::udp(host, self.remote_port.unwrap_or(settings.server_port)))
            }
        }
    }
}

/// Where an event is said to run.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Where it runs")]
pub(super) struct HostArguments {
    /// The host that the event is of [default: UPTO_HOST, else none]
    #[arg(short = 'n', long = "hostname", value_name = "NAME")]
    pub(super) host_name: Option<String>,
    /// The host is this machine's name, whatever -n says
    #[arg(short, long = "autohost")]
    pub(super) auto_host: bool,
    /// The server fills in the address that the message comes from as the host
    #[arg(short = 'i', long = "autoip")]
    pub(super) auto_ip: bool,
}

impl HostArguments {
    /// The host's name; empty: none.
    pub(super) fn host(&self, environment: &Environment) -> String {
        let given = self.host_name.as_deref();
        let from_environment = || environment.settings.host.as_str();
        match given.unwrap_or_else(from_environment) {
            _ if self.auto_host => machine_name(),
            "auto" if given.is_none() => machine_name(),
            name => name.to_owned(),
        }
    }
}

/// What the environment says.
#[derive(Clone)]
pub(super) struct Environment {
    pub(super) settings: Settings,
    /// `UPTO_CONTEXT`, if it says anything; the settings fill in another one.
    pub(super) context: Option<String>,
    /// `UPTO_URL`, if it says anything.
    pub(super) url: Option<String>,
    /// `UPTO_TOKEN`, which HTTP servers may ask for; empty: none.
    pub(super) token: String,
}

impl Environment {
    /// Reads `UPTO_URL` and what the SDK reads, from what `variable` knows.
    ///
    /// # Errors
    /// Variables that do not parse or are too long, all of them.
    pub(super) fn read(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Failure> {
        let text = |name: &str| variable(name).map(|value| value.to_string_lossy().into_owned());
        let given = |name| text(name).filter(|value| !value.is_empty());
        let settings = Settings::from_variables(text)?;
        let token = given("UPTO_TOKEN").unwrap_or_default();
        Ok(Environment { settings, context: given("UPTO_CONTEXT"), url: given("UPTO_URL"), token })
    }

    /// What the system's environment says.
    ///
    /// # Errors
    /// Likewise.
    pub(super) fn of_system() -> Result<Self, Failure> {
        Self::read(|name| std::env::var_os(name))
    }

    /// `UPTO_TIMELINE` and `UPTO_PARENT`, which are about `UPTO_CONTEXT` and nothing in another context; empty: none.
    pub(super) fn place_in(&self, context: &str) -> (&str, &str) {
        match &self.context {
            Some(other) if other != context => ("", ""),
            _ => (&self.settings.timeline, &self.settings.parent),
        }
    }
}

/// This machine's name; empty where the system does not tell.
#[cfg(unix)]
fn machine_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn machine_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let value =
            |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| value.into());
        Environment::read(value).expect("good variables")
    }

    fn described(arguments: &DestinationArguments, variables: &[(&str, &str)]) -> String {
        arguments.delivery(&environment(variables)).expect("a destination").to_string()
    }

    #[test]
    fn options_go_before_variables_and_these_before_the_defaults() {
        let server = ("UPTO_SERVER", "ci:9000");
        let url = ("UPTO_URL", "http://ci:8080/");
        let none = DestinationArguments::default();
        let host = DestinationArguments { remote_host: Some("h".into()), ..none.clone() };
        let port = DestinationArguments { remote_port: Some(7), ..none.clone() };
        let http = DestinationArguments { http: Some("https://other".into()), ..none.clone() };
        for (arguments, variables, expected) in [
            (&none, &[][..], "udp 127.0.0.1:8123"),
            (&none, &[server], "udp ci:9000"),
            (&none, &[server, url], "http://ci:8080"),
            (&host, &[server, url], "udp h:9000"),
            (&port, &[server], "udp ci:7"),
            (&http, &[url], "https://other"),
            (&http, &[("UPTO", "off")], "off"),
        ] {
            assert_eq!(described(arguments, variables), expected);
        }
    }

    #[test]
    fn a_timeline_of_another_context_is_none() {
        let variables = [("UPTO_CONTEXT", "ci"), ("UPTO_TIMELINE", "7"), ("UPTO_PARENT", "build")];
        assert_eq!(environment(&variables).place_in("ci"), ("7", "build"));
        assert_eq!(environment(&variables).place_in("other"), ("", ""));
        assert_eq!(environment(&variables[1..]).place_in("other"), ("7", "build"));
    }

    #[test]
    fn the_host_is_what_the_original_client_says() {
        let machine = machine_name();
        for (name, auto, variable, expected) in [
            (None, false, "", ""),
            (None, false, "h", "h"),
            (None, false, "auto", machine.as_str()),
            (Some("n"), false, "h", "n"),
            (Some("auto"), false, "", "auto"),
            (Some("n"), true, "h", machine.as_str()),
        ] {
            let arguments =
                HostArguments { host_name: name.map(str::to_owned), auto_host: auto, auto_ip: false };
            assert_eq!(arguments.host(&environment(&[("UPTO_HOST", variable)])), expected);
        }
    }
}
