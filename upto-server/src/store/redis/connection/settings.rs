//! From a URL to a connection.

use std::time::Duration;

use redis::cluster::ClusterClientBuilder;
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, TlsCertificates,
};
use tokio::task::spawn_blocking;

use super::Connection;
use crate::store::redis::address::RedisUrl;
use crate::store::redis::failure::Failure;

const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// A server that writes to its disk before it answers may take its time. But when a master of a cluster was lost, the
/// client may wait for an answer that never comes, and with it everybody who waits for the same commit.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn connect(url: &RedisUrl) -> Result<Connection, Failure> {
    let certificates = certificates(url).await?;
    if url.tls {
        // Fails where the program has chosen one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    if url.cluster { cluster(url, certificates).await } else { single(url, certificates).await }
}

async fn single(url: &RedisUrl, certificates: Option<TlsCertificates>) -> Result<Connection, Failure> {
    let mut nodes = nodes(url)?;
    let node = nodes.swap_remove(0);
    let client = match certificates {
        Some(certificates) => Client::build_with_tls(node, certificates)?,
        None => Client::open(node)?,
    };
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECTION_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT));
    Ok(Connection::Single(client.get_multiplexed_async_connection_with_config(&config).await?))
}

async fn cluster(url: &RedisUrl, certificates: Option<TlsCertificates>) -> Result<Connection, Failure> {
    let mut builder = ClusterClientBuilder::new(nodes(url)?)
        .retries(0)
        .connection_timeout(CONNECTION_TIMEOUT)
        .response_timeout(RESPONSE_TIMEOUT);
    if let Some(certificates) = certificates {
        builder = builder.certs(certificates);
    }
    Ok(Connection::Cluster(builder.build()?.get_async_connection().await?))
}

/// At least one.
fn nodes(url: &RedisUrl) -> Result<Vec<ConnectionInfo>, Failure> {
    let scheme = if url.tls { "rediss" } else { "redis" };
    let mut login = RedisConnectionInfo::default().set_db(url.database.into());
    if let Some(user) = &url.user {
        login = login.set_username(user);
    }
    if let Some(password) = &url.password {
        login = login.set_password(password);
    }
    let nodes = url.nodes.iter().map(|(host, port)| {
        let node = format!("{scheme}://{host}:{port}").into_connection_info()?;
        Ok(node.set_redis_settings(login.clone()))
    });
    nodes.collect()
}

async fn certificates(url: &RedisUrl) -> Result<Option<TlsCertificates>, Failure> {
    let Some(file) = url.certificates.clone() else { return Ok(None) };
    let shown = file.display().to_string();
    match spawn_blocking(move || std::fs::read(file)).await {
        Ok(Ok(bytes)) => Ok(Some(TlsCertificates { client_tls: None, root_cert: Some(bytes) })),
        Ok(Err(error)) => Err(Failure::Certificates(format!("{shown}: {error}"))),
        Err(stopped) => Err(Failure::Certificates(format!("{shown}: {stopped}"))),
    }
}
