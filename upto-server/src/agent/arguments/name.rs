//! What an agent is called.

use super::super::delivery::NAME_BYTES;

/// The name that is said, or that of the host.
pub(super) fn name(given: Option<String>) -> Result<String, String> {
    let name = given.or_else(host_name).unwrap_or_else(|| "agent".to_owned());
    let is_one = !name.trim().is_empty() && name.len() <= NAME_BYTES && !name.chars().any(char::is_control);
    is_one.then_some(name).ok_or_else(|| "name: 1 to 200 bytes, and no control characters".to_owned())
}

#[cfg(target_os = "linux")]
fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(not(target_os = "linux"))]
fn host_name() -> Option<String> {
    std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok().filter(|name| !name.is_empty())
}
