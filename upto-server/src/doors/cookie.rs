//! The cookie of a session.

use axum::http::header::{self, HeaderMap, HeaderValue};

use super::session::LASTS;

/// Its name over HTTPS: browsers keep such a one only if it is secure and of this very host.
const SECURE: &str = "__Host-upto_session";
/// Its name over HTTP.
const PLAIN: &str = "upto_session";

/// The id of the session that a request has a cookie of.
pub(crate) fn session_id(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies = lines.flat_map(|line| line.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    let mut ours = cookies.filter(|(name, _)| *name == SECURE || *name == PLAIN);
    ours.next().map(|(_, id)| id)
}

/// Gives a browser the cookie of this session. The id has nothing that would end it early.
pub(crate) fn set(id: &str, is_tls: bool) -> Option<HeaderValue> {
    value(id, LASTS / 1_000_000_000, is_tls)
}

/// Takes it away.
pub(crate) fn unset(is_tls: bool) -> Option<HeaderValue> {
    value("", 0, is_tls)
}

fn value(id: &str, seconds: i64, is_tls: bool) -> Option<HeaderValue> {
    let (name, secure) = if is_tls { (SECURE, "; Secure") } else { (PLAIN, "") };
    let text = format!("{name}={id}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        assert_eq!(session_id(&headers), None);
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; upto_session=7f; c=d"));
        assert_eq!(session_id(&headers), Some("7f"));
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("upto_sessions=1; xupto_session=2"));
        assert_eq!(session_id(&headers), None);
    }

    #[test]
    fn a_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        let secure = set("7f", true).expect("a value");
        assert_eq!(
            secure,
            "__Host-upto_session=7f; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(
            unset(false).expect("a value"),
            "upto_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
        );
    }
}
