//! `GET` and `POST /api/tokens`, and `GET` and `DELETE /api/tokens/{id}`.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{self, Whole};
use super::hal::{Hal, Items, Links, List, Nothing, Resource};
use super::{Answer, App, Problem, represent};
use crate::doors::{Scope, Token, TokenError, Wanted};

const PATH: &str = "/api/tokens";

/// A token, without what opens doors.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TokenProperties {
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewToken)]
struct Created {
    #[serde(flatten)]
    properties: TokenProperties,
    token: String,
}

/// The body of a request to make one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WantedToken)]
struct Order {
    /// Without control characters.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    #[schema(min_items = 1)]
    scopes: Vec<Scope>,
    /// Patterns of names; all contexts if left out.
    #[schema(min_items = 1, max_items = 32)]
    #[serde(default = "all_contexts")]
    contexts: Vec<String>,
    /// RFC 3339, in the future; null: never.
    #[serde(default)]
    #[schema(format = DateTime)]
    expires: Option<String>,
}

fn all_contexts() -> Vec<String> {
    vec!["*".to_owned()]
}

/// All tokens, the oldest first.
#[utoipa::path(
    get,
    path = "/api/tokens",
    responses((status = OK, body = List<Nothing, Resource<TokenProperties>>))
)]
pub(super) async fn list(State(app): State<App>) -> Answer<Hal<List<Nothing, Resource<TokenProperties>>>> {
    let tokens = app.doors.tokens().await?;
    let links = Links::of(PATH).with_many("item", tokens.iter().map(|token| address(&token.id)));
    let item = tokens.into_iter().map(resource).collect();
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// A token.
#[utoipa::path(
    get,
    path = "/api/tokens/{id}",
    responses((status = OK, body = Resource<TokenProperties>))
)]
pub(super) async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Hal<Resource<TokenProperties>>> {
    let found = app.doors.tokens().await?.into_iter().find(|token| token.id == id);
    found.map(|token| Hal(resource(token))).ok_or_else(no_token)
}

/// Makes a token, and tells what is secret of it this once.
#[utoipa::path(
    post,
    path = "/api/tokens",
    request_body(content = Order),
    responses(
        (status = CREATED, body = Resource<Created>, headers(("Location" = String))),
        (status = CONFLICT, description = "there are too many")
    )
)]
pub(super) async fn create(State(app): State<App>, headers: HeaderMap, body: Whole) -> Answer<Response> {
    body::expect_json(&headers)?;
    let order = body::object(&body.0?)?;
    let (token, secret) = app.doors.create(wanted(order, app.doors.now())?).await.map_err(refused)?;
    let location = address(&token.id);
    let properties = Created { properties: properties(token), token: secret.reveal().to_owned() };
    let resource = Resource { properties, links: Links::of(&location).with("collection", PATH) };
    let headers = [(header::LOCATION, location.as_str()), (header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Hal(resource)).into_response())
}

/// Revokes a token.
#[utoipa::path(
    delete,
    path = "/api/tokens/{id}",
    responses((status = OK, body = Resource<TokenProperties>))
)]
pub(super) async fn revoke(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Answer<Hal<Resource<TokenProperties>>> {
    let revoked = app.doors.revoke(&id).await?;
    revoked.map(|token| Hal(resource(token))).ok_or_else(no_token)
}

fn wanted(order: Order, now: i64) -> Answer<Wanted> {
    let Order { name, scopes, contexts, expires } = order;
    let expires = expires.map(|text| text.parse::<Timestamp>().map(nanoseconds)).transpose();
    let expires =
        expires.ok().filter(|expires| expires.is_none_or(|expires| expires > now)).ok_or_else(|| {
            let detail = "expires is a time of RFC 3339 in the future, or null";
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        })?;
    Ok(Wanted { name, scopes, contexts, expires })
}

/// Since the epoch; the first or the last that can be said, for what is before or after.
fn nanoseconds(time: Timestamp) -> i64 {
    let nanoseconds = time.as_nanosecond();
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
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

fn resource(token: Token) -> Resource<TokenProperties> {
    let links = Links::of(address(&token.id)).with("collection", PATH);
    Resource { properties: properties(token), links }
}

fn properties(token: Token) -> TokenProperties {
    let Token { id, name, scopes, contexts, created, expires, revoked, .. } = token;
    let time = represent::time;
    TokenProperties {
        id,
        name,
        scopes,
        contexts,
        created: time(created),
        expires: expires.map(time),
        revoked: revoked.map(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_expires_has_to_expire_later_however_long_ago_that_was() {
        let expires = |text: &str| {
            let order = format!(r#"{{"name": "n", "scopes": ["read"], "expires": "{text}"}}"#);
            wanted(serde_json::from_str(&order).expect("an order"), 0).ok().map(|wanted| wanted.expires)
        };
        for past in [
            "0520-08-31T09:27:49Z",
            "-009999-01-02T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00Z",
        ] {
            assert_eq!(expires(past), None, "{past}");
        }
        assert_eq!(expires("1970-01-01T00:00:01Z"), Some(Some(1_000_000_000)));
        assert_eq!(expires("9999-12-30T00:00:00Z"), Some(Some(i64::MAX)));
    }
}
