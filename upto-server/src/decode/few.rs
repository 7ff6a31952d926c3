//! Maps and lists of few entries: what has more is refused before it takes more memory.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A map of at most so many entries.
#[derive(Debug)]
pub(crate) struct Few<K, V, const MOST: usize>(pub(crate) BTreeMap<K, V>);

impl<'de, K, V, const MOST: usize> Deserialize<'de> for Few<K, V, MOST>
where
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FewVisitor::<K, V, MOST>(PhantomData)).map(Few)
    }
}

struct FewVisitor<K, V, const MOST: usize>(PhantomData<(K, V)>);

impl<'de, K, V, const MOST: usize> Visitor<'de> for FewVisitor<K, V, MOST>
where
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
{
    type Value = BTreeMap<K, V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut few = BTreeMap::new();
        while let Some((key, value)) = entries.next_entry()? {
            few.insert(key, value);
            if few.len() > MOST {
                return Err(A::Error::custom(format!("over {MOST} entries")));
            }
        }
        Ok(few)
    }
}

/// A list of at most so many entries.
#[derive(Debug)]
pub(crate) struct FewOf<T, const MOST: usize>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for FewOf<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FewOfVisitor::<T, MOST>(PhantomData)).map(FewOf)
    }
}

struct FewOfVisitor<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for FewOfVisitor<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut few = Vec::new();
        while let Some(entry) = entries.next_element()? {
            few.push(entry);
            if few.len() > MOST {
                return Err(A::Error::custom(format!("over {MOST} entries")));
            }
        }
        Ok(few)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_the_last_one_is_not_read() {
        let map = |text: &str| serde_json::from_str::<Few<String, u8, 2>>(text).map(|few| few.0.len());
        assert_eq!(map(r#"{"a": 1, "b": 2, "a": 3}"#).expect("two"), 2);
        assert!(map(r#"{"a": 1, "b": 2, "c": 3, and so on"#).is_err_and(|error| error.is_data()));
        let list = |text: &str| serde_json::from_str::<FewOf<u8, 2>>(text).map(|few| few.0);
        assert_eq!(list("[1, 2]").expect("two"), [1, 2]);
        assert!(list("[1, 2, 3, and so on").is_err_and(|error| error.is_data()));
    }
}
