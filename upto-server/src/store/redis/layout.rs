//! The version of the layout, and over how many shards it is spread.

use super::connection::Connection;
use super::failure::Failure;
use super::script::{self, Call};
use super::shard::Shards;

/// The version of the layout that this code reads and writes.
pub(super) const LAYOUT: u64 = 1;

/// Into how many shards a new store on a cluster is divided: enough to spread well over some
/// twenty masters, few enough to ask all of them for a list.
const SHARDS_OF_A_CLUSTER: u16 = 64;

/// Reads how the store under `prefix` is laid out, and notes it first where there is none yet. Of
/// several servers that do so at the same moment one decides for all.
///
/// # Errors
/// [`Failure::Foreign`] and [`Failure::Newer`] where it is not a layout that this code knows.
pub(super) async fn agree(connection: &mut Connection, prefix: &str) -> Result<Shards, Failure> {
    let key = format!("{{{prefix}}}layout");
    let count = if connection.is_cluster() { SHARDS_OF_A_CLUSTER } else { 1 };
    let fresh = format!("{LAYOUT} {count}");
    let call = Call::new(&script::LAYOUT, [key.clone().into_bytes()]).text(&fresh);
    let present: Vec<u8> = connection.run(&call).await?;
    let (version, count) = parse(&present).ok_or(Failure::Foreign(key))?;
    if version > LAYOUT {
        return Err(Failure::Newer(version));
    }
    Ok(Shards::new(prefix, count))
}

fn parse(layout: &[u8]) -> Option<(u64, u16)> {
    let (version, shards) = str::from_utf8(layout).ok()?.split_once(' ')?;
    let (version, shards) = (version.parse().ok()?, shards.parse().ok()?);
    (version > 0 && shards > 0).then_some((version, shards))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_a_version_and_a_number_of_shards() {
        assert_eq!(parse(b"1 64"), Some((1, 64)));
        for other in ["", "1", "x 1", "1 0", "0 1", "1 70000", "1 1 1"] {
            assert_eq!(parse(other.as_bytes()), None, "{other:?}");
        }
    }
}
