//! What CockroachDB tells over HTTP, made into figures: pure.
//!
//! `GET /_status/nodes` is read by `nodes`, `GET /_status/vars`, the text page that is there when the rest is not, by `vars`.
//! No CockroachDB can be had where this is tested: the tests replay answers of the documented form. Values may be
//! whole, fractional, negative, or texts, a node may have no store or several, and what is missing counts as nothing.

mod nodes;
mod vars;

pub(crate) use self::nodes::{nodes, totals};
pub(crate) use self::vars::figures;
