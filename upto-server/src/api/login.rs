//! `GET` and `POST /login`, `POST /logout`: a session for the page, for who has a token.

use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{self, Whole};
use super::{Answer, App, Problem};
use crate::doors::{Arrival, TokenError, cookie};

/// A form that works without scripts.
const FORM: &str = include_str!("login/form.html");
/// Stands in the form where something may be said.
const NOTICE: &str = "<!--notice-->";
const REFUSED: &str = "<p role=\"alert\">This is no token, or it is not valid any more.</p>";
/// The form may be sent to this server, and nothing else may be done.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

#[derive(Deserialize, ToSchema)]
#[schema(as = ShownToken)]
struct Shown {
    token: String,
}

/// A form that takes a token.
#[utoipa::path(
    get,
    path = "/login",
    responses((status = OK, body = String, content_type = "text/html"))
)]
pub(super) async fn form(RawQuery(query): RawQuery) -> Response {
    page(if query.as_deref() == Some("refused") { REFUSED } else { "" })
}

/// Begins a session for who has a token.
#[utoipa::path(
    post,
    path = "/login",
    request_body(content((Shown = "application/json"), (Shown = "application/x-www-form-urlencoded"))),
    responses(
        (status = NO_CONTENT, description = "the session is in the cookie", headers(("Set-Cookie" = String))),
        (status = SEE_OTHER, description = "to a form: the page, or the form", headers(("Location" = String)))
    )
)]
pub(super) async fn log_in(
    State(app): State<App>,
    arrival: Option<Extension<Arrival>>,
    headers: HeaderMap,
    body: Whole,
) -> Answer<Response> {
    let body = body.0?;
    let (shown, is_form) = match body::content_type(&headers).as_str() {
        "application/json" => (json(&body)?, false),
        "application/x-www-form-urlencoded" => (field(&body), true),
        _ => {
            let detail = "the content type has to be application/json or application/x-www-form-urlencoded";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
    };
    let Some(token) = app.doors.holder(shown.trim()) else {
        return match is_form {
            true => Ok(Redirect::to("/login?refused").into_response()),
            false => {
                Err(Problem::new(StatusCode::UNAUTHORIZED, "this is no token, or it is not valid any more"))
            }
        };
    };
    let session = app.doors.log_in(&token).await.map_err(|error| match error {
        TokenError::Store(error) => Problem::from(error),
        other => Problem::new(StatusCode::SERVICE_UNAVAILABLE, other.to_string()),
    })?;
    let cookie = cookie::set(&session, is_tls(arrival));
    Ok(with_cookie(if is_form { Redirect::to("/").into_response() } else { no_content() }, cookie))
}

/// Ends the session of the cookie.
#[utoipa::path(
    post,
    path = "/logout",
    responses(
        (status = NO_CONTENT, headers(("Set-Cookie" = String))),
        (status = SEE_OTHER, description = "to a form", headers(("Location" = String), ("Set-Cookie" = String)))
    )
)]
pub(super) async fn log_out(
    State(app): State<App>,
    arrival: Option<Extension<Arrival>>,
    headers: HeaderMap,
) -> Answer<Response> {
    if let Some(session) = cookie::session_id(&headers) {
        app.doors.log_out(session).await?;
    }
    let is_form = body::content_type(&headers) == "application/x-www-form-urlencoded";
    let answer = if is_form { Redirect::to("/login").into_response() } else { no_content() };
    Ok(with_cookie(answer, cookie::unset(is_tls(arrival))))
}

fn is_tls(arrival: Option<Extension<Arrival>>) -> bool {
    arrival.is_some_and(|Extension(arrival)| arrival.is_tls)
}

fn json(body: &[u8]) -> Answer<String> {
    let shown: Answer<Shown> = body::object(body);
    Ok(shown.map_err(|_| Problem::bad_request("expected {\"token\": \"…\"}"))?.token)
}

/// The field `token` of a form. What is no UTF-8 is no token either.
fn field(body: &[u8]) -> String {
    let body = String::from_utf8_lossy(body);
    let value = body.split('&').find_map(|pair| pair.strip_prefix("token="));
    percent_decode_str(&value.unwrap_or("").replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Browsers say where a form comes from only if they may say it to the same site, so this page lets them.
fn page(notice: &'static str) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Html(FORM.replace(NOTICE, notice))).into_response()
}

fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_in_a_form() {
        assert_eq!(field(b"a=b&token=upto_1_2&c=d"), "upto_1_2");
        assert_eq!(field(b"token=%20a+b%2F"), " a b/");
        assert_eq!(field(b"tokens=1"), "");
        assert_eq!(field(b"\xff\xfe"), "");
    }

    #[test]
    fn the_form_has_a_place_for_a_notice_and_nothing_that_runs() {
        assert!(FORM.contains(NOTICE));
        for forbidden in ["<script", "<style", "style=", " on"] {
            assert!(!FORM.contains(forbidden), "{forbidden}");
        }
    }
}
