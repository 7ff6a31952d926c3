//! An event's place in the list of its timeline's events, as it is written in cursors.

use super::Answer;
use super::cursor::foreign_place;
use crate::timeline::question::Place;

pub(super) fn encode(place: Place) -> String {
    format!("{}.{:016x}.{}", place.first, place.digest, place.earlier)
}

/// # Errors
/// The text is no place.
pub(super) fn decode(text: &str) -> Answer<Place> {
    let mut parts = text.split('.');
    let mut next = || parts.next().unwrap_or("");
    let (first, digest, earlier) = (next(), next(), next());
    match (first.parse(), u64::from_str_radix(digest, 16), earlier.parse(), parts.next()) {
        (Ok(first), Ok(digest), Ok(earlier), None) => Ok(Place { first, digest, earlier }),
        _ => Err(foreign_place()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back() {
        for first in [i64::MIN, -1, 0, i64::MAX] {
            let place = Place { first, digest: u64::MAX, earlier: 3 };
            assert_eq!(decode(&encode(place)).ok(), Some(place));
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in
            ["", "5", "1.x.0", "1.0123456789abcdef", "1.0123456789abcdef.0.0", "1.0123456789abcdef.-1"]
        {
            assert!(decode(text).is_err(), "{text}");
        }
    }
}
