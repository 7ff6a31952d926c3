//! `rsyslogd`, tuned for datagrams: it writes each to a file as it came.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{repeated, wait_for};
use crate::failure::Failure;
use crate::load::Run;
use crate::place::own_address;
use crate::process::Process;
use crate::receiver::{Counts, Receiver};

const NAME: &str = "rsyslog";
const PORT: u16 = 5514;

/// About as long as a single message of ours.
const LINE: &[u8] =
    b"<134>1 2026-11-21T02:47:39.123456Z ci-01 service 4711 step - service.request.step_07 took 412 us";

/// A running one, which needs no privileges.
pub(crate) struct Rsyslog {
    process: Process,
    address: SocketAddr,
    written: PathBuf,
    _folder: TempDir,
}

impl Rsyslog {
    /// Starts it.
    ///
    /// # Errors
    /// It is not installed, or does not start.
    pub(crate) fn start() -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(Failure::system("make a folder for rsyslog"))?;
        let (settings, written) = (folder.path().join("settings"), folder.path().join("written"));
        let address = (own_address(), PORT).into();
        fs::write(&settings, text(address, &written)).map_err(Failure::system("write rsyslog's settings"))?;
        let mut command = Command::new(program()?);
        command.args(["-n", "-C", "-f"]).arg(settings).arg("-i").arg(folder.path().join("pid"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::start(&mut command, "start rsyslogd")?;
        wait_for(address, NAME)?;
        Ok(Rsyslog { process, address, written, _folder: folder })
    }

    /// So many lines.
    pub(crate) fn load(datagrams: u64) -> Vec<Run> {
        repeated(LINE, datagrams)
    }
}

/// Where Debian's package puts it, which is not in everybody's path.
fn program() -> Result<PathBuf, Failure> {
    let folders = ["/usr/sbin", "/usr/local/sbin", "/sbin"];
    let mut places = folders.iter().map(|folder| Path::new(folder).join("rsyslogd"));
    let missing = || Failure::peer(NAME)("rsyslogd is not installed: `make peers` does that");
    places.find(|place| place.is_file()).ok_or_else(missing)
}

/// What was the fastest on one core: one thread that receives many datagrams at a time, one that writes large batches, a
/// queue that holds more than a second of them between the two, no names of hosts, and only the parser that fits.
fn text(address: SocketAddr, written: &Path) -> String {
    let (host, port, written) = (address.ip(), address.port(), written.display());
    format!(
        r#"
global(net.enableDNS="off" processInternalMessages="off")
module(load="imudp" threads="1" batchSize="1024" timeRequery="1024")
main_queue(queue.type="FixedArray" queue.size="1000000" queue.dequeueBatchSize="16384" queue.workerThreads="1")
template(name="line" type="string" string="%rawmsg%\n")
ruleset(name="write" parser="rsyslog.rfc5424") {{ action(type="omfile" file="{written}" template="line" ioBufferSize="256k") }}
input(type="imudp" address="{host}" port="{port}" rcvbufSize="8m" ruleset="write")
"#
    )
}

impl Receiver for Rsyslog {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn process(&self) -> &Process {
        &self.process
    }

    fn counts(&mut self) -> Result<Counts, Failure> {
        // It is made with the first line.
        let bytes = fs::metadata(&self.written).map_or(0, |file| file.len());
        Ok(Counts { received: bytes / (LINE.len() as u64 + 1), ..Counts::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_say_where_it_receives_and_writes() {
        let text = text(([127, 0, 0, 9], 5514).into(), Path::new("/tmp/x/written"));
        assert!(text.contains(r#"input(type="imudp" address="127.0.0.9" port="5514" "#), "{text}");
        assert!(text.contains(r#"{ action(type="omfile" file="/tmp/x/written" "#), "{text}");
    }
}
