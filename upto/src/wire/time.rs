//! Times as MessagePack extensions. Inside, a time is nanoseconds since the epoch as `i64`.

use super::error::Reason;

/// The original client's extension type: seconds, then nanoseconds.
pub(super) const ORIGINAL_TYPE: i8 = 5;
/// MessagePack's own timestamp extension: nanoseconds, then seconds.
const TIMESTAMP_TYPE: i8 = -1;
/// The zero time of year 1, by which a sender says that it has no time.
const NO_TIME_SECONDS: i64 = -62_135_596_800;
const NANOS: i64 = 1_000_000_000;

/// Reads the payload of an extension of type `kind`; `None` is "no time given".
pub(super) fn from_extension(kind: i8, payload: &[u8]) -> Result<Option<i64>, Reason> {
    let (seconds, nanos) = match (kind, payload.len()) {
        (ORIGINAL_TYPE, 12) => {
            let (seconds, nanos) = payload.split_at(8);
            (signed(seconds), i64::from(i32::from_be_bytes(array(nanos))))
        }
        (TIMESTAMP_TYPE, 4) => (i64::from(u32::from_be_bytes(array(payload))), 0),
        (TIMESTAMP_TYPE, 8) => packed(u64::from_be_bytes(array(payload))),
        (TIMESTAMP_TYPE, 12) => {
            let (nanos, seconds) = payload.split_at(4);
            (signed(seconds), i64::from(u32::from_be_bytes(array(nanos))))
        }
        _ => return Err(Reason::WrongType),
    };
    join(seconds, nanos)
}

/// Writes the payload of the original client's extension.
pub(super) fn to_original(time: Option<i64>) -> [u8; 12] {
    let (seconds, nanos) =
        time.map_or((NO_TIME_SECONDS, 0), |time| (time.div_euclid(NANOS), time.rem_euclid(NANOS)));
    let mut payload = [0; 12];
    payload[..8].copy_from_slice(&seconds.to_be_bytes());
    // The remainder is below 10^9, so its upper four bytes are zero.
    payload[8..].copy_from_slice(&nanos.to_be_bytes()[4..]);
    payload
}

fn join(seconds: i64, nanos: i64) -> Result<Option<i64>, Reason> {
    if seconds == NO_TIME_SECONDS {
        return Ok(None);
    }
    if !(0..NANOS).contains(&nanos) {
        return Err(Reason::TimeOutOfRange);
    }
    // In 128 bits, because the first representable second is only partly representable.
    let total = i128::from(seconds) * i128::from(NANOS) + i128::from(nanos);
    i64::try_from(total).map(Some).map_err(|_| Reason::TimeOutOfRange)
}

/// The 8-byte timestamp: 30 bits of nanoseconds, 34 bits of seconds.
fn packed(bits: u64) -> (i64, i64) {
    let seconds = bits & ((1 << 34) - 1);
    (i64::try_from(seconds).unwrap_or(0), i64::try_from(bits >> 34).unwrap_or(i64::MAX))
}

fn signed(bytes: &[u8]) -> i64 {
    i64::from_be_bytes(array(bytes))
}

/// Callers have checked the length; a wrong one reads as zeros rather than panicking.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_all_forms_of_the_same_instant() {
        let expected = Ok(Some(1_500_000_000_000_000_007));
        let original = [0, 0, 0, 0, 0x59, 0x68, 0x2f, 0x00, 0, 0, 0, 7];
        let timestamp96 = [0, 0, 0, 7, 0, 0, 0, 0, 0x59, 0x68, 0x2f, 0x00];
        let timestamp64 = ((7_u64 << 34) | 1_500_000_000).to_be_bytes();
        assert_eq!(from_extension(5, &original), expected);
        assert_eq!(from_extension(-1, &timestamp96), expected);
        assert_eq!(from_extension(-1, &timestamp64), expected);
        assert_eq!(from_extension(-1, &1_500_000_000_u32.to_be_bytes()), Ok(Some(1_500_000_000_000_000_000)));
    }

    #[test]
    fn year_one_is_no_time_and_other_far_times_are_refused() {
        assert_eq!(from_extension(5, &to_original(None)), Ok(None));
        let year_9999 = [0, 0, 0, 0x3a, 0xff, 0xf4, 0x41, 0x7f, 0, 0, 0, 0];
        assert_eq!(from_extension(5, &year_9999), Err(Reason::TimeOutOfRange));
        let negative_nanos = [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(from_extension(5, &negative_nanos), Err(Reason::TimeOutOfRange));
    }

    #[test]
    fn the_ends_of_the_range_come_back() {
        for time in [i64::MIN, -1, 0, 1, i64::MAX] {
            assert_eq!(from_extension(5, &to_original(Some(time))), Ok(Some(time)));
        }
    }

    #[test]
    fn other_extensions_are_the_wrong_type() {
        assert_eq!(from_extension(5, &[0; 8]), Err(Reason::WrongType));
        assert_eq!(from_extension(1, &[0; 12]), Err(Reason::WrongType));
    }
}
