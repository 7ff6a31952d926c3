//! What the system says of itself. It reads files, which takes some milliseconds: not for threads that may not wait.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use sysinfo::{Disks, MINIMUM_CPU_UPDATE_INTERVAL, Networks, ProcessRefreshKind, ProcessesToUpdate, System};

use super::rate::Rate;
use crate::clock::Clock;
use crate::fleet::check::BuiltIn;

/// Reads what the system says of itself.
pub(crate) struct Meter(Mutex<State>);

struct State {
    system: System,
    disks: Disks,
    networks: Networks,
    /// When the processors were looked at last, by the monotonic clock.
    cpu_read: i64,
    /// How often; how busy they were is known from the second time on.
    cpu_readings: u64,
    disk_io: Rate,
    network_traffic: Rate,
}

impl Meter {
    /// Takes the first readings of what rates are made of.
    pub(crate) fn new(clock: &dyn Clock) -> Self {
        let (mut system, at) = (System::new(), clock.monotonic());
        let (disks, networks) = (Disks::new_with_refreshed_list(), Networks::new_with_refreshed_list());
        system.refresh_cpu_usage();
        let disk_io = Rate::since(transferred(&disks), at);
        let network_traffic = Rate::since(carried(&networks), at);
        let state =
            State { system, disks, networks, cpu_read: at, cpu_readings: 1, disk_io, network_traffic };
        Meter(Mutex::new(state))
    }

    /// What a check comes to, `at` being the time by the monotonic clock.
    ///
    /// # Errors
    /// Why that is not known.
    pub(crate) fn read(&self, check: BuiltIn, at: i64) -> Result<f64, String> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match check {
            // Those are no question to the system.
            BuiltIn::Healthy | BuiltIn::Ready => Ok(1.0),
            BuiltIn::MemoryUsed => state.memory_used(),
            BuiltIn::CpuUsed => state.cpu_used(at),
            BuiltIn::DiskUsed => state.disk_used(),
            BuiltIn::ProcsRunning => Ok(state.processes()),
            BuiltIn::DiskIo => state.disk_io(at),
            BuiltIn::NetworkTraffic => state.network_traffic(at),
        }
    }
}

impl State {
    fn memory_used(&mut self) -> Result<f64, String> {
        self.system.refresh_memory();
        let (total, used) = (self.system.total_memory(), self.system.used_memory());
        percent(used, total).ok_or_else(|| "the system does not say how much memory it has".to_owned())
    }

    fn cpu_used(&mut self, at: i64) -> Result<f64, String> {
        let apart = i64::try_from(MINIMUM_CPU_UPDATE_INTERVAL.as_nanos()).unwrap_or(i64::MAX);
        if at.saturating_sub(self.cpu_read) >= apart {
            self.system.refresh_cpu_usage();
            (self.cpu_read, self.cpu_readings) = (at, self.cpu_readings + 1);
        }
        if self.cpu_readings < 2 { Err(too_early()) } else { Ok(f64::from(self.system.global_cpu_usage())) }
    }

    fn disk_used(&mut self) -> Result<f64, String> {
        self.disks.refresh(true);
        let (mut used, mut available) = (0_u64, 0_u64);
        for disk in by_device(&self.disks).into_values() {
            used = used.saturating_add(used_bytes(disk));
            available = available.saturating_add(disk.available_space());
        }
        // As `df` has it: what is set aside for the system is neither.
        let all = used.saturating_add(available);
        percent(used, all).ok_or_else(|| "there is no disk to be seen".to_owned())
    }

    fn processes(&mut self) -> f64 {
        let kind = ProcessRefreshKind::nothing().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        self.system.processes().len() as f64
    }

    fn disk_io(&mut self, at: i64) -> Result<f64, String> {
        self.disks.refresh(true);
        self.disk_io.read(transferred(&self.disks), at).ok_or_else(too_early)
    }

    fn network_traffic(&mut self, at: i64) -> Result<f64, String> {
        self.networks.refresh(true);
        self.network_traffic.read(carried(&self.networks), at).ok_or_else(too_early)
    }
}

/// What is in use of a disk, without what is set aside.
#[allow(clippy::useless_conversion, reason = "on other systems these are smaller numbers")]
fn used_bytes(disk: &sysinfo::Disk) -> u64 {
    #[cfg(unix)]
    if let Ok(told) = nix::sys::statvfs::statvfs(disk.mount_point()) {
        let free = u64::from(told.blocks_free()).saturating_mul(told.fragment_size().into());
        return disk.total_space().saturating_sub(free);
    }
    disk.total_space().saturating_sub(disk.available_space())
}

fn too_early() -> String {
    "it was not read twice yet".to_owned()
}

fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

/// Disks by device: one that is mounted in several places is one.
fn by_device(disks: &Disks) -> BTreeMap<&std::ffi::OsStr, &sysinfo::Disk> {
    disks.list().iter().map(|disk| (disk.name(), disk)).collect()
}

/// Bytes that all disks read and wrote so far.
fn transferred(disks: &Disks) -> u64 {
    let usages = by_device(disks).into_values().map(sysinfo::Disk::usage);
    usages.fold(0, |sum, usage| {
        sum.saturating_add(usage.total_read_bytes).saturating_add(usage.total_written_bytes)
    })
}

/// Bytes that came and went over all networks so far.
fn carried(networks: &Networks) -> u64 {
    networks.values().fold(0, |sum, network| {
        sum.saturating_add(network.total_received()).saturating_add(network.total_transmitted())
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn rates_are_known_from_the_second_reading_on() {
        let clock = ManualClock::new(0);
        let meter = Meter::new(&clock);
        for check in [BuiltIn::CpuUsed, BuiltIn::DiskIo, BuiltIn::NetworkTraffic] {
            assert_eq!(meter.read(check, clock.monotonic()), Err(too_early()), "{check:?}");
        }
        clock.advance(Duration::from_secs(1));
        for check in [BuiltIn::CpuUsed, BuiltIn::DiskIo, BuiltIn::NetworkTraffic] {
            let value = meter.read(check, clock.monotonic()).expect("the second reading");
            assert!(value >= 0.0, "{check:?}: {value}");
        }
    }

    #[test]
    fn shares_are_of_something() {
        assert_eq!(percent(1, 4), Some(25.0));
        assert_eq!(percent(0, 0), None);
    }
}
