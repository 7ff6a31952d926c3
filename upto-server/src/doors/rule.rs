//! What each request needs: a scope, for a context. Whatever is not listed here needs the most, so a route that somebody
//! forgets to list is closed, not open.

use axum::http::Method;

use super::scope::Scope;

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule<'p> {
    /// `None`: nothing, not even a token.
    pub(super) scope: Option<Scope>,
    pub(super) place: Place<'p>,
}

/// Which contexts it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'p> {
    /// None.
    Nothing,
    /// The one of this segment of the path, as it is written there.
    Context(&'p str),
    /// Those that the handler finds out, which asks the caller itself.
    InRequest,
    /// All of them.
    All,
}

/// The remote procedure call by which OpenTelemetry's exporters send over gRPC.
const OTLP_CALL: [&str; 2] = ["opentelemetry.proto.collector.trace.v1.TraceService", "Export"];

/// The services for clients that want probes.
const PROBES: [&str; 2] = ["dbmon.HealCheck", "upto.v1.Probes"];
/// Where collectors bring probes.
const COLLECTOR: &str = "upto.v1.Collector";
/// Whether the server takes messages, over gRPC.
const HEALTH: &str = "grpc.health.v1.Health";
/// What services there are, over gRPC.
const REFLECTION: [&str; 2] =
    ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];

/// What a request needs, by its method and path.
pub(super) fn rule<'p>(method: &Method, path: &'p str) -> Rule<'p> {
    let segments: Vec<_> = path.split('/').skip(1).take(6).collect();
    let needs = |scope, place| Rule { scope: Some(scope), place };
    let is_read = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    match *segments {
        ["" | "healthz" | "readyz" | "login"] | ["ui", ..] | ["status", "healthy" | "ready"] if is_read => {
            FREE
        }
        ["login" | "logout"] => FREE,
        ["api", "tokens" | "audit", ..] => needs(Scope::Admin, Place::All),
        // It only reads, whatever the method is.
        ["api", "status"] => needs(Scope::Read, Place::All),
        // Asking hosts changes nothing of what is kept.
        ["api", "fleet", "groups", _] if *method == Method::PUT => needs(Scope::Send, Place::All),
        ["metrics"] | ["api"] | ["api", "inputs" | "openapi.json"] | ["api", "relations", _] if is_read => {
            needs(Scope::Read, Place::Nothing)
        }
        ["api", "heartbeats" | "journal" | "alerts" | "pings" | "clusters" | "probes", ..] if is_read => {
            needs(Scope::Read, Place::InRequest)
        }
        // Those find out themselves for whom it is.
        ["api", "heartbeats" | "journal"] if *method == Method::POST => needs(Scope::Send, Place::InRequest),
        ["api", "heartbeats", _] if *method == Method::DELETE => needs(Scope::Send, Place::InRequest),
        ["api", "heartbeats", ..] => needs(Scope::Admin, Place::InRequest),
        // watchTower's protocol says by itself who gets in.
        [
            "" | "hello" | "heartbeat" | "heartbeats" | "event" | "add-event" | "events" | "list-events"
            | "pings",
        ]
        | ["heartbeat" | "get", ..]
        | ["", "hello" | "heartbeats" | "events" | "pings"]
            if is_read || matches!(*method, Method::POST | Method::DELETE) =>
        {
            FREE
        }
        // The address itself is what lets in.
        ["ping", ..] if is_read || *method == Method::POST => FREE,
        ["api", "contexts" | "live" | "search" | "stuck"] if is_read => needs(Scope::Read, Place::InRequest),
        ["api", "contexts", context, ..] if is_read => needs(Scope::Read, Place::Context(context)),
        ["api", "contexts", context, "timelines"] if *method == Method::POST => {
            needs(Scope::Send, Place::Context(context))
        }
        ["api", "contexts", context, "timelines", _, "import"] if *method == Method::POST => {
            needs(Scope::Send, Place::Context(context))
        }
        ["api", "contexts", context, ..] => needs(Scope::Admin, Place::Context(context)),
        ["api", "events" | "deliveries"] => needs(Scope::Send, Place::InRequest),
        // Of an agent: what it has may be of any context.
        ["api", "spool", "take"] => needs(Scope::Collect, Place::All),
        // Which contexts those are about is for the sender's service to say, whatever its token says.
        ["v1", "traces"] => needs(Scope::Send, Place::All),
        [service, call] if [service, call] == OTLP_CALL => needs(Scope::Send, Place::All),
        // Which clusters those are about stands in their messages. A command may need more, which its connector says.
        [service, _] if PROBES.contains(&service) => needs(Scope::Read, Place::InRequest),
        [service, _] if service == COLLECTOR => needs(Scope::Send, Place::InRequest),
        [service, _] if service == HEALTH => FREE,
        [service, _] if REFLECTION.contains(&service) => needs(Scope::Read, Place::Nothing),
        _ if is_read => needs(Scope::Read, Place::All),
        _ => needs(Scope::Admin, Place::All),
    }
}

/// The scope that a request needs; `None`: not even a token. In a path, `{…}` stands for any name.
pub(crate) fn needed_scope(method: &Method, path: &str) -> Option<Scope> {
    rule(method, path).scope
}

const FREE: Rule<'static> = Rule { scope: None, place: Place::Nothing };

#[cfg(test)]
mod tests {
    use super::*;

    fn of(request: &str) -> (Option<Scope>, Place<'_>) {
        let (method, path) = request.split_once(' ').expect("a method and a path");
        let Rule { scope, place } = rule(&method.parse().expect("a method"), path);
        (scope, place)
    }

    #[test]
    fn what_tells_nothing_is_free() {
        for request in [
            "GET /",
            "GET /ui/a/b.js",
            "GET /healthz",
            "HEAD /readyz",
            "GET /status/healthy",
            "GET /status/ready",
            "GET /login",
            "POST /login",
            "POST /logout",
        ] {
            assert_eq!(of(request), (None, Place::Nothing), "{request}");
        }
    }

    #[test]
    fn heartbeats_and_lines_are_for_the_handler_to_look_at() {
        for (request, scope) in [
            ("GET /api/heartbeats", Scope::Read),
            ("GET /api/heartbeats/s", Scope::Read),
            ("GET /api/journal/live", Scope::Read),
            ("POST /api/heartbeats", Scope::Send),
            ("DELETE /api/heartbeats/s", Scope::Send),
            ("POST /api/journal", Scope::Send),
            ("PUT /api/heartbeats/s", Scope::Admin),
            ("DELETE /api/heartbeats/s/paused", Scope::Admin),
        ] {
            assert_eq!(of(request), (Some(scope), Place::InRequest), "{request}");
        }
        for request in ["GET /ping/a", "POST /ping/a/b/fail"] {
            assert_eq!(of(request), (None, Place::Nothing), "{request}");
        }
        assert_eq!(of("DELETE /ping/a"), (Some(Scope::Admin), Place::All));
    }

    #[test]
    fn asking_needs_read() {
        assert_eq!(of("GET /api"), (Some(Scope::Read), Place::Nothing));
        assert_eq!(of("GET /metrics"), (Some(Scope::Read), Place::Nothing));
        assert_eq!(of("GET /api/openapi.json"), (Some(Scope::Read), Place::Nothing));
        for list in ["contexts", "live", "search", "stuck"] {
            assert_eq!(of(&format!("GET /api/{list}")), (Some(Scope::Read), Place::InRequest), "{list}");
        }
        for path in ["", "/timelines", "/timelines/t/view", "/timelines/t/events/e/f"] {
            let request = format!("GET /api/contexts/a%2Fb{path}");
            assert_eq!(of(&request), (Some(Scope::Read), Place::Context("a%2Fb")), "{request}");
        }
        for request in [
            "GET /anything",
            "GET /api/agents",
            "GET /api/spool",
            "GET /api/fleet/hosts",
            "GET /api/status",
            "POST /api/status",
            "GET //api",
            "GET /api/",
            "GET /api%2Fcontexts",
        ] {
            assert_eq!(of(request), (Some(Scope::Read), Place::All), "{request}");
        }
    }

    #[test]
    fn probes_are_for_those_who_may_read() {
        for request in
            ["POST /dbmon.HealCheck/Pull", "POST /upto.v1.Probes/Watch", "GET /api/clusters/c/probes"]
        {
            assert_eq!(of(request), (Some(Scope::Read), Place::InRequest), "{request}");
        }
        let reflection = "POST /grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
        assert_eq!(of(reflection), (Some(Scope::Read), Place::Nothing));
        assert_eq!(of("POST /grpc.health.v1.Health/Check"), (None, Place::Nothing));
        assert_eq!(of("POST /upto.v2.Probes/Pull"), (Some(Scope::Admin), Place::All));
    }

    #[test]
    fn sending_needs_send() {
        assert_eq!(of("POST /api/contexts/c/timelines"), (Some(Scope::Send), Place::Context("c")));
        assert_eq!(of("POST /api/contexts/c/timelines/t/import"), (Some(Scope::Send), Place::Context("c")));
        let call = "POST /opentelemetry.proto.collector.trace.v1.TraceService/Export";
        assert_eq!(of("POST /api/events"), (Some(Scope::Send), Place::InRequest));
        assert_eq!(of("POST /upto.v1.Collector/Deliver"), (Some(Scope::Send), Place::InRequest));
        assert_eq!(of("POST /api/deliveries"), (Some(Scope::Send), Place::InRequest));
        assert_eq!(of("POST /api/spool/take"), (Some(Scope::Collect), Place::All));
        for request in ["POST /v1/traces", call, "PUT /api/fleet/groups/g"] {
            assert_eq!(of(request), (Some(Scope::Send), Place::All), "{request}");
        }
    }

    #[test]
    fn all_else_needs_admin() {
        for request in [
            "PUT /api/contexts/c/retention",
            "DELETE /api/contexts/c",
            "PATCH /api/contexts/c/timelines/t",
            "PUT /api/contexts/c/timelines/t/pinned",
            "POST /api/contexts/c/timelines/t/anything",
        ] {
            assert_eq!(of(request), (Some(Scope::Admin), Place::Context("c")), "{request}");
        }
        for request in [
            "GET /api/tokens",
            "POST /api/tokens",
            "DELETE /api/tokens/1",
            "GET /api/audit",
            "DELETE /api/agents/0123456789abcdef",
            "DELETE /api/fleet/hosts/h",
            "POST /anything",
            "DELETE /metrics",
            "PUT /ui/x",
            "POST /api",
        ] {
            assert_eq!(of(request), (Some(Scope::Admin), Place::All), "{request}");
        }
    }
}
