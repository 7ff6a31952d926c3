//! The conformance suite of the stores: what every back end has to do, each behaviour a test of
//! its own on each back end. A new back end implements [`backend::Backend`] and adds a line below.

// A test ends by panicking; clippy knows that of `#[test]` functions only.
#![allow(clippy::expect_used, clippy::panic)]

#[macro_use]
mod conformance;

#[macro_use]
mod alert_kills;
mod agreement;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "redis"))]
#[macro_use]
mod away;
mod backend;
#[cfg(feature = "_sql")]
mod database_server;
mod documents;
mod durable;
mod faulty;
#[cfg(target_os = "linux")]
#[macro_use]
mod fleet;
#[macro_use]
mod kills;
mod leases;
mod limits;
mod log;
#[cfg(feature = "mysql")]
mod mariadb;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
mod queue;
mod redb_folder;
#[cfg(feature = "redis")]
pub(crate) mod redis;
mod replace;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "redis"))]
#[macro_use]
mod several_servers;
#[cfg(any(feature = "postgres", feature = "redis"))]
#[macro_use]
mod several_watchers;
#[cfg(feature = "_sql")]
#[macro_use]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
#[macro_use]
mod timelines;
#[macro_use]
mod tools;
#[macro_use]
mod upgrade;
#[macro_use]
mod watching;

conformance!(memory, crate::store::backend::Memory);
conformance!(redb, crate::store::backend::Redb);
durability!(redb_durability, crate::store::backend::Redb);
conformance!(faulty_memory, crate::store::faulty::Faulty<crate::store::backend::Memory>);
durability!(faulty_redb_durability, crate::store::faulty::Faulty<crate::store::backend::Redb>);

#[cfg(feature = "postgres")]
conformance!(postgres_store, crate::store::sql::Fresh<crate::store::postgres::Postgres>);
#[cfg(feature = "postgres")]
durability!(postgres_durability, crate::store::sql::Fresh<crate::store::postgres::Postgres>);
#[cfg(feature = "postgres")]
together!(postgres_together, crate::store::sql::Fresh<crate::store::postgres::Postgres>);
#[cfg(feature = "postgres")]
failing!(postgres_failing, crate::store::postgres::Postgres);
#[cfg(feature = "mysql")]
conformance!(mariadb_store, crate::store::sql::Fresh<crate::store::mariadb::MariaDb>);
#[cfg(feature = "mysql")]
durability!(mariadb_durability, crate::store::sql::Fresh<crate::store::mariadb::MariaDb>);
#[cfg(feature = "mysql")]
together!(mariadb_together, crate::store::sql::Fresh<crate::store::mariadb::MariaDb>);
#[cfg(feature = "mysql")]
failing!(mariadb_failing, crate::store::mariadb::MariaDb);
#[cfg(feature = "sqlite")]
conformance!(sqlite_store, crate::store::sqlite::Sqlite);
#[cfg(feature = "sqlite")]
durability!(sqlite_durability, crate::store::sqlite::Sqlite);
#[cfg(feature = "sqlite")]
together!(sqlite_together, crate::store::sqlite::Sqlite);

#[cfg(feature = "redis")]
conformance!(redis_server, crate::store::redis::OneServer);
#[cfg(feature = "redis")]
durability!(redis_server_durability, crate::store::redis::OneServer);
#[cfg(feature = "redis")]
conformance!(redis_cluster, crate::store::redis::ThreeMasters);
#[cfg(feature = "redis")]
durability!(redis_cluster_durability, crate::store::redis::ThreeMasters);

#[cfg(feature = "postgres")]
several_servers!(postgres_servers, crate::store::sql::Fresh<crate::store::postgres::Postgres>);
#[cfg(feature = "mysql")]
several_servers!(mariadb_servers, crate::store::sql::Fresh<crate::store::mariadb::MariaDb>);
#[cfg(feature = "redis")]
several_servers!(redis_servers, crate::store::redis::OneServer);
#[cfg(feature = "redis")]
several_servers!(redis_cluster_servers, crate::store::redis::ThreeMasters);

tools!(redb_tools, crate::store::backend::Redb);
#[cfg(feature = "postgres")]
tools!(postgres_tools, crate::store::sql::Fresh<crate::store::postgres::Postgres>);
#[cfg(feature = "mysql")]
tools!(mariadb_tools, crate::store::sql::Fresh<crate::store::mariadb::MariaDb>);
#[cfg(feature = "sqlite")]
tools!(sqlite_tools, crate::store::sqlite::Sqlite);
#[cfg(feature = "redis")]
tools!(redis_tools, crate::store::redis::OneServer);
#[cfg(feature = "redis")]
tools!(redis_cluster_tools, crate::store::redis::ThreeMasters);

timelines!(memory_timelines, crate::store::backend::Memory);
timelines!(redb_timelines, crate::store::backend::Redb);
timelines!(faulty_memory_timelines, crate::store::faulty::Faulty<crate::store::backend::Memory>);
timelines!(faulty_redb_timelines, crate::store::faulty::Faulty<crate::store::backend::Redb>);
#[cfg(feature = "postgres")]
timelines!(postgres_timelines, crate::store::sql::Fresh<crate::store::postgres::Postgres>);
#[cfg(feature = "mysql")]
timelines!(mariadb_timelines, crate::store::sql::Fresh<crate::store::mariadb::MariaDb>);
#[cfg(feature = "sqlite")]
timelines!(sqlite_timelines, crate::store::sqlite::Sqlite);
#[cfg(feature = "redis")]
timelines!(redis_timelines, crate::store::redis::OneServer);
#[cfg(feature = "redis")]
timelines!(redis_cluster_timelines, crate::store::redis::ThreeMasters);

watching!(memory_watching, crate::store::backend::Memory);
watching!(redb_watching, crate::store::backend::Redb);
watching!(faulty_memory_watching, crate::store::faulty::Faulty<crate::store::backend::Memory>);
watching!(faulty_redb_watching, crate::store::faulty::Faulty<crate::store::backend::Redb>);
#[cfg(feature = "postgres")]
watching!(postgres_watching, crate::store::sql::Fresh<crate::store::postgres::Postgres>);
#[cfg(feature = "mysql")]
watching!(mariadb_watching, crate::store::sql::Fresh<crate::store::mariadb::MariaDb>);
#[cfg(feature = "sqlite")]
watching!(sqlite_watching, crate::store::sqlite::Sqlite);
#[cfg(feature = "redis")]
watching!(redis_watching, crate::store::redis::OneServer);
#[cfg(feature = "redis")]
watching!(redis_cluster_watching, crate::store::redis::ThreeMasters);

upgrade!(redb_upgrade, crate::store::kills::RedbFolder);
upgrade!(export_upgrade, crate::store::upgrade::Export);
#[cfg(feature = "sqlite")]
upgrade!(sqlite_upgrade, crate::store::kills::SqliteFile);
#[cfg(feature = "postgres")]
upgrade!(postgres_upgrade, crate::store::kills::SqlServer<crate::store::postgres::Postgres>);
#[cfg(feature = "mysql")]
upgrade!(mariadb_upgrade, crate::store::kills::SqlServer<crate::store::mariadb::MariaDb>);
#[cfg(feature = "redis")]
upgrade!(redis_upgrade, crate::store::redis::OneServer);
#[cfg(feature = "redis")]
upgrade!(redis_cluster_upgrade, crate::store::redis::ThreeMasters);

kills!(redb_kills, crate::store::kills::RedbFolder, 50);
#[cfg(feature = "sqlite")]
kills!(sqlite_kills, crate::store::kills::SqliteFile, 10);
#[cfg(feature = "redis")]
kills!(redis_kills, crate::store::redis::OneServer, 10);
#[cfg(feature = "redis")]
kills!(redis_cluster_kills, crate::store::redis::ThreeMasters, 10);
#[cfg(feature = "postgres")]
kills!(postgres_kills, crate::store::kills::SqlServer<crate::store::postgres::Postgres>, 10);
#[cfg(feature = "mysql")]
kills!(mariadb_kills, crate::store::kills::SqlServer<crate::store::mariadb::MariaDb>, 10);

#[cfg(feature = "redis")]
away!(redis_away, crate::store::redis::OneServer);
#[cfg(feature = "postgres")]
away!(postgres_away, crate::store::kills::SqlServer<crate::store::postgres::Postgres>);
#[cfg(feature = "mysql")]
away!(mariadb_away, crate::store::kills::SqlServer<crate::store::mariadb::MariaDb>);

alert_kills!(redb_alert_kills, crate::store::kills::RedbFolder, ALONE, 50);
#[cfg(feature = "redis")]
alert_kills!(redis_alert_kills, crate::store::redis::OneServer, SHARED, 10);
#[cfg(feature = "postgres")]
alert_kills!(
    postgres_alert_kills,
    crate::store::kills::SqlServer<crate::store::postgres::Postgres>,
    SHARED,
    10
);

#[cfg(feature = "postgres")]
several_watchers!(postgres_watchers, crate::store::sql::Fresh<crate::store::postgres::Postgres>);
#[cfg(feature = "redis")]
several_watchers!(redis_watchers, crate::store::redis::OneServer);
#[cfg(feature = "redis")]
several_watchers!(redis_cluster_watchers, crate::store::redis::ThreeMasters);

#[cfg(all(target_os = "linux", feature = "redis"))]
fleet!(redis_fleet, crate::store::redis::OneServer);
#[cfg(all(target_os = "linux", feature = "postgres"))]
fleet!(postgres_fleet, crate::store::kills::SqlServer<crate::store::postgres::Postgres>);

#[cfg(target_os = "linux")]
mod redb_fleet {
    #[test]
    fn each_task_ends_once_though_the_server_is_killed() {
        crate::store::fleet::each_task_ends_once_though_the_server_is_killed::<crate::store::kills::RedbFolder>(
        );
    }
}
