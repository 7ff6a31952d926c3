//! The store on Redis: the suite on a server and on a cluster that are started for it, and what
//! happens when they fail.

mod backend;
mod cluster;
mod failures;
mod kept;
mod keys;
mod kill;
mod lost_master;
mod pages;
mod refusals;
pub(crate) mod server;
mod spanning;
mod tls;

pub(super) use self::backend::{OneServer, ThreeMasters};
