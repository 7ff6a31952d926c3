//! Lists and maps as values of attributes: JSON text, as much of it as is reasonable.

use serde_json::{Map, Value};

/// Values of one list or map, those within those included.
const VALUES: usize = 512;
/// Lists and maps inside one another.
const DEPTH: usize = 16;

/// How much may be added to a list or map yet.
pub(super) struct Room {
    values: usize,
    depth: usize,
    /// Something was left out.
    pub(super) is_short: bool,
}

impl Room {
    pub(super) fn new() -> Self {
        Room { values: VALUES, depth: DEPTH, is_short: false }
    }

    /// Makes a value one level deeper, if there is room for that.
    pub(super) fn below(&mut self, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if self.depth == 0 {
            self.is_short = true;
            return Value::Null;
        }
        self.depth -= 1;
        let value = make(self);
        self.depth += 1;
        value
    }

    /// A list of these, as many as there is room for.
    pub(super) fn list<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        make: impl Fn(T, &mut Self) -> Value,
    ) -> Value {
        let mut list = Vec::new();
        for item in items {
            if !self.take_one() {
                break;
            }
            list.push(make(item, self));
        }
        Value::Array(list)
    }

    /// A map of these, likewise.
    pub(super) fn map<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        make: impl Fn(T, &mut Self) -> (String, Value),
    ) -> Value {
        let mut map = Map::new();
        for item in items {
            if !self.take_one() {
                break;
            }
            map.extend([make(item, self)]);
        }
        Value::Object(map)
    }

    fn take_one(&mut self) -> bool {
        self.is_short |= self.values == 0;
        self.values = self.values.saturating_sub(1);
        !self.is_short
    }
}

/// A floating-point number; where it is none that JSON has, the word for it.
pub(super) fn number(value: f64) -> Value {
    let word = match value {
        value if value.is_nan() => "NaN",
        value if value > 0.0 => "Infinity",
        _ => "-Infinity",
    };
    serde_json::Number::from_f64(value).map_or_else(|| Value::from(word), Value::Number)
}
