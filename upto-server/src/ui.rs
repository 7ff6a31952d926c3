//! The page: the files under `ui/page`, embedded in the binary. A debug build reads them from the
//! folder at each request instead, so that an edited file shows without a rebuild.
//!
//! Browsers get them shortened (`made`): what the page begins with as one script and one style sheet (`modules`, `style`),
//! scripts with short names and without comments (`script`).

mod made;
mod modules;
mod script;
mod style;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use axum::routing::get;
use rust_embed::Embed;

use self::made::Made;

/// What the page consists of. Its tests lie beside that folder and are not part of the binary.
#[derive(Embed)]
#[folder = "ui/page"]
struct Files;

/// The file behind `/`. Its links are relative to there.
const INDEX: &str = "index.html";

/// Only the page's own files may run or be asked: a name that came to be markup could do nothing.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every answer says, whatever it is about.
const HEADERS: [(HeaderName, &str); 4] = [
    // Kept by browsers, but asked for again each time: a new version of the server has a new page.
    (header::CACHE_CONTROL, "no-cache"),
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// The files of the page, under `/ui/`.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/ui/{*path}", get(file))
}

/// The page itself.
pub(crate) async fn index(headers: HeaderMap) -> Response<Body> {
    answer(made::file(INDEX), INDEX, &headers)
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response<Body> {
    let found = if path == INDEX { None } else { made::file(&path) };
    answer(found, &path, &headers)
}

/// The file, or that the asker has it already, or that there is none.
fn answer(file: Option<Arc<Made>>, path: &str, asked: &HeaderMap) -> Response<Body> {
    let Some(file) = file else {
        return plain(StatusCode::NOT_FOUND, "the page has no such file\n");
    };
    let mut response = if is_known(asked, &file.tag) {
        with_status(StatusCode::NOT_MODIFIED, Body::empty())
    } else {
        with_content(&file, path, asked)
    };
    if let Ok(tag) = HeaderValue::from_str(&file.tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn with_content(file: &Made, path: &str, asked: &HeaderMap) -> Response<Body> {
    let compressed = if takes_gzip(asked) { file.compressed() } else { None };
    let is_compressed = compressed.is_some();
    let mut response =
        with_status(StatusCode::OK, Body::from(compressed.unwrap_or_else(|| file.bytes.clone())));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_compressed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether `Accept-Encoding` names gzip, and does not refuse it.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let lines = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = quality.trim().strip_prefix("q=").is_some_and(|value| value.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = with_status(status, Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(".txt")));
    response
}

fn with_status(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The type by the name's ending. Each kind of file that the page has is listed: with `nosniff`, a
/// script of an unknown type would not run.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Whether `If-None-Match` names the tag. Tags are compared weakly, as that header asks for.
fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let lines = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|known| known == "*" || strong(known) == strong(tag))
}

fn strong(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}
