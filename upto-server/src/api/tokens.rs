//! `GET` and `POST /api/tokens`, and `GET` and `DELETE /api/tokens/{id}`.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hal::{Hal, Items, Links, List, Nothing, Resource};
use super::{Answer, App, Problem, body, represent};
use crate::doors::{Scope, Token, TokenError, Wanted};

const PATH: &str = "/api/tokens";

/// A token, without what opens doors.
#[derive(Debug, Serialize)]
pub(super) struct Properties {
    id: String,
    name: String,
    scopes: Vec<Scope>,
    contexts: Vec<String>,
    created: String,
    /// Null: never.
    expires: Option<String>,
    revoked: Option<String>,
}

/// A token that was just made: nobody is told the secret again.
#[derive(Debug, Serialize)]
struct Created {
    #[serde(flatten)]
    properties: Properties,
    token: String,
}

/// The body of a request to make one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    name: String,
    scopes: Vec<Scope>,
    #[serde(default = "all_contexts")]
    contexts: Vec<String>,
    /// RFC 3339; null: never.
    #[serde(default)]
    expires: Option<String>,
}

fn all_contexts() -> Vec<String> {
    vec!["*".to_owned()]
}

pub(super) async fn list(State(app): State<App>) -> Answer<Hal<List<Nothing, Resource<Properties>>>> {
    let tokens = app.doors.tokens().await?;
    let links = Links::of(PATH).with_many("item", tokens.iter().map(|token| address(&token.id)));
    let item = tokens.into_iter().map(resource).collect();
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

pub(super) async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Hal<Resource<Properties>>> {
    let found = app.doors.tokens().await?.into_iter().find(|token| token.id == id);
    found.map(|token| Hal(resource(token))).ok_or_else(no_token)
}

pub(super) async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Response> {
    body::expect_json(&headers)?;
    let order: Order = serde_json::from_slice(&body::whole(body)?).map_err(|error| {
        let status = if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
        Problem::new(status, error.to_string())
    })?;
    let (token, secret) = app.doors.create(wanted(order, app.doors.now())?).await.map_err(refused)?;
    let location = address(&token.id);
    let properties = Created { properties: properties(token), token: secret.reveal().to_owned() };
    let resource = Resource { properties, links: Links::of(&location).with("collection", PATH) };
    let headers = [(header::LOCATION, location.as_str()), (header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Hal(resource)).into_response())
}

pub(super) async fn revoke(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Hal<Resource<Properties>>> {
    let revoked = app.doors.revoke(&id).await?;
    revoked.map(|token| Hal(resource(token))).ok_or_else(no_token)
}

fn wanted(order: Order, now: i64) -> Answer<Wanted> {
    let Order { name, scopes, contexts, expires } = order;
    let expires = expires.map(|text| text.parse::<Timestamp>()).transpose();
    let expires =
        expires.map(|time| time.map(|time| i64::try_from(time.as_nanosecond()).unwrap_or(i64::MAX)));
    let expires =
        expires.ok().filter(|expires| expires.is_none_or(|expires| expires > now)).ok_or_else(|| {
            let detail = "expires is a time of RFC 3339 in the future, or null";
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        })?;
    Ok(Wanted { name, scopes, contexts, expires })
}

fn refused(error: TokenError) -> Problem {
    let status = match error {
        TokenError::Fault(_) => StatusCode::UNPROCESSABLE_ENTITY,
        TokenError::TooMany => StatusCode::CONFLICT,
        TokenError::Random(_) => StatusCode::SERVICE_UNAVAILABLE,
        TokenError::Store(error) => return error.into(),
    };
    Problem::new(status, error.to_string())
}

fn no_token() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no token with this id")
}

fn address(id: &str) -> String {
    format!("{PATH}/{id}")
}

fn resource(token: Token) -> Resource<Properties> {
    let links = Links::of(address(&token.id)).with("collection", PATH);
    Resource { properties: properties(token), links }
}

fn properties(token: Token) -> Properties {
    let Token { id, name, scopes, contexts, created, expires, revoked, .. } = token;
    let time = represent::time;
    Properties {
        id,
        name,
        scopes,
        contexts,
        created: time(created),
        expires: expires.map(time),
        revoked: revoked.map(time),
    }
}
