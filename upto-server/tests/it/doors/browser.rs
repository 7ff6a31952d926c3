//! Sessions, other sites' pages, names that were made to point here, and what browsers are told.

use upto_server::doors::DoorSettings;

use super::{JSON, ask, make, server, with};
use crate::support::Client;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Logs in as the form does; the cookie.
fn log_in(client: &Client, token: &str) -> String {
    let own = ("sec-fetch-site", "same-origin");
    let answer = ask(client, "POST", "/login", &[FORM, own], &format!("token={token}"));
    assert_eq!((answer.status, answer.header("location")), (303, "/"), "{answer:?}");
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Strict") && cookie.contains("Path=/"), "{cookie}");
    cookie.split(';').next().expect("a cookie").to_owned()
}

#[test]
fn who_logs_in_with_a_token_gets_a_session_until_logging_out() {
    let server = server(DoorSettings::default());
    assert_eq!(server.get("/").status, 200);
    let admin = make(&server, None, &["admin"], &["*"]);
    let sent_away = ask(&server, "GET", "/", &[], "");
    assert_eq!((sent_away.status, sent_away.header("location")), (303, "/login"));
    let form = ask(&server, "GET", "/login", &[], "");
    assert!(form.body.contains("<form method=\"post\" action=\"/login\">"), "{form:?}");
    assert!(form.header("content-security-policy").contains("form-action 'self'"), "{form:?}");
    let wrong = ask(&server, "POST", "/login", &[FORM], "token=nonsense");
    assert_eq!(
        (wrong.status, wrong.header("location"), wrong.header("set-cookie")),
        (303, "/login?refused", "")
    );
    assert!(ask(&server, "GET", "/login?refused", &[], "").body.contains("role=\"alert\""));
    let wrong = ask(&server, "POST", "/login", &[JSON], "{\"token\": \"nonsense\"}");
    assert_eq!((wrong.status, wrong.header("set-cookie")), (401, ""));
    let cookie = log_in(&server, &admin);
    let cookie = ("cookie", cookie.as_str());
    for path in ["/", "/api", "/api/tokens"] {
        assert_eq!(ask(&server, "GET", path, &[cookie], "").status, 200, "{path}");
    }
    let own = ("origin", server.url.as_str());
    assert_eq!(ask(&server, "POST", "/logout", &[cookie, own], "").status, 204);
    assert_eq!(ask(&server, "GET", "/api", &[cookie], "").status, 401);
}

#[test]
fn a_session_ends_with_its_token() {
    let server = server(DoorSettings::default());
    let admin = make(&server, None, &["admin"], &["*"]);
    let read = make(&server, Some(&admin), &["read"], &["*"]);
    let answer = ask(&server, "POST", "/login", &[JSON], &format!("{{\"token\": \"{read}\"}}"));
    assert_eq!(answer.status, 204, "{answer:?}");
    let cookie = answer.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let asked = || ask(&server, "GET", "/api", &[("cookie", &cookie)], "").status;
    assert_eq!(asked(), 200);
    assert_eq!(ask(&server, "GET", "/api/tokens", &[("cookie", &cookie)], "").status, 403);
    assert_eq!(with(&server, &admin, "DELETE", &format!("/api/tokens/{}", &read[5..21]), "").status, 200);
    assert_eq!(asked(), 401);
}

#[test]
fn pages_of_other_sites_change_nothing() {
    let server = server(DoorSettings::default());
    let event = r#"{"context": "c", "name": "n", "type": "event"}"#;
    let foreign = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
    ];
    for header in foreign {
        let refused = ask(&server, "POST", "/api/events", &[JSON, header], event);
        assert_eq!(refused.status, 403, "{header:?}: without a token on loopback too");
    }
    assert_eq!(ask(&server, "POST", "/api/events", &[JSON], event).status, 201);
    let admin = make(&server, None, &["admin"], &["*"]);
    let cookie = log_in(&server, &admin);
    let cookie = ("cookie", cookie.as_str());
    for header in foreign {
        assert_eq!(
            ask(&server, "POST", "/api/events", &[JSON, cookie, header], event).status,
            403,
            "{header:?}"
        );
        assert_eq!(ask(&server, "POST", "/login", &[FORM, header], "token=x").status, 403, "{header:?}");
    }
    assert_eq!(
        ask(&server, "POST", "/api/events", &[JSON, cookie], event).status,
        403,
        "nothing says that it is ours"
    );
    let basic = ("authorization", "Basic eDp5");
    assert_eq!(ask(&server, "POST", "/api/events", &[JSON, cookie, basic], event).status, 403);
    let own = ("sec-fetch-site", "same-origin");
    assert_eq!(ask(&server, "POST", "/api/events", &[JSON, cookie, own], event).status, 201);
}

#[test]
fn names_that_are_not_the_servers_are_refused() {
    let settings = || DoorSettings::default();
    let plain = server(settings());
    for host in ["evil.example", "127.0.0.1.evil.example", "0.0.0.0"] {
        let refused = ask(&plain, "GET", "/api", &[("host", host)], "");
        assert_eq!(
            (refused.status, refused.header("content-type")),
            (421, "application/problem+json"),
            "{host}"
        );
    }
    for host in ["localhost", "localhost:1234", "[::1]:80", "127.0.0.2"] {
        assert_eq!(ask(&plain, "GET", "/api", &[("host", host)], "").status, 200, "{host}");
    }
    let mut named = settings();
    named.allowed_hosts = vec!["upto.example".to_owned()];
    let named = server(named);
    assert_eq!(ask(&named, "GET", "/api", &[("host", "Upto.Example:8080")], "").status, 200);
    assert_eq!(ask(&named, "GET", "/api", &[("host", "evil.example")], "").status, 421);
}

#[test]
fn every_answer_tells_browsers_to_be_careful() {
    let server = server(DoorSettings::default());
    for path in ["/", "/api", "/api/contexts/none", "/nothing", "/metrics", "/healthz", "/login", "/ui/none"]
    {
        let answer = ask(&server, "GET", path, &[], "");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(!answer.header("referrer-policy").is_empty(), "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[test]
fn only_pages_of_configured_origins_may_ask() {
    let mut settings = DoorSettings::default();
    settings.cors = vec!["https://ci.example".to_owned()];
    let server = server(settings);
    let preflight = |origin: &str| {
        let wanted = [
            ("origin", origin),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "authorization"),
        ];
        ask(&server, "OPTIONS", "/api/events", &wanted, "")
    };
    let allowed = preflight("https://ci.example");
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (200, "https://ci.example"));
    assert!(allowed.header("access-control-allow-headers").contains("authorization"), "{allowed:?}");
    assert_eq!(allowed.header("access-control-allow-credentials"), "", "cookies are not for them");
    assert_eq!(preflight("https://evil.example").header("access-control-allow-origin"), "");
    let event = r#"{"context": "c", "name": "n", "type": "event"}"#;
    let posted = ask(&server, "POST", "/api/events", &[JSON, ("origin", "https://ci.example")], event);
    assert_eq!((posted.status, posted.header("access-control-allow-origin")), (201, "https://ci.example"));
}
