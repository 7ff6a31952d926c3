//! What every request passes: the server's name, the rates, the token, the scope, the origin, in this order; then the
//! handler, with a body that has to come in time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::FutureExt;

use super::certified::Certified;
use super::deadline::{self, Late};
use super::origin::{self, Origin};
use super::rate::network;
use super::rule::{Place, Rule, rule};
use super::{Arrival, Caller, Doors, Scope, cookie, grpc, host};
use crate::api::{self, Problem};
use crate::metrics::Input;
use crate::store::StoreError;

/// Why a request is not let in: a label for counters, and the answer.
pub(super) struct Refused {
    reason: &'static str,
    response: Box<Response>,
}

type Result<T, E = Refused> = std::result::Result<T, E>;

pub(super) async fn guard(State(doors): State<Arc<Doors>>, request: Request, next: Next) -> Response {
    // Nobody else may look at a body, so it can't be lent to what waits for the store.
    let (head, body) = request.into_parts();
    match doors.admit(&head).await {
        Ok(admitted) => admitted.pass(&doors, head, body, next).await,
        Err(Refused { reason, response }) => {
            doors.metrics.count_refused(Input::Http, reason, 1);
            if grpc::is_call(&head) { grpc::refused(*response).await } else { *response }
        }
    }
}

/// A request that is let in.
struct Admitted {
    caller: Caller,
    is_admins: bool,
}

impl Doors {
    async fn admit(&self, head: &Parts) -> Result<Admitted> {
        let arrival = head.extensions.get::<Arrival>().copied();
        self.expect_own_host(head, arrival)?;
        self.expect_rate(arrival.map(|arrival| arrival.peer))?;
        let (method, path) = (&head.method, head.uri.path());
        let Rule { scope, place } = rule(method, path);
        let shown = Shown::of(&head.headers);
        self.expect_own_origin(head, &shown)?;
        let Some(scope) = scope else {
            if path == "/" && !is_unsafe(method) && !wants_json(&head.headers) {
                self.expect_login(&shown).await?;
            }
            return Ok(Admitted { caller: Caller::Anybody, is_admins: false });
        };
        let caller = match self.is_open() {
            true => Caller::Anybody,
            false => match (&shown, head.extensions.get::<Certified>()) {
                (Shown::Nothing, Some(certified)) => self.certified(certified)?,
                _ => self.caller(&shown).await?,
            },
        };
        self.expect_token_rate(&caller)?;
        if !caller.allows(scope) {
            return Err(forbidden(scope));
        }
        self.expect_place(&caller, place)?;
        Ok(Admitted { caller, is_admins: scope == Scope::Admin && is_unsafe(method) })
    }

    /// Where the server is asked on loopback, or told its names, it has to be meant.
    fn expect_own_host(&self, head: &Parts, arrival: Option<Arrival>) -> Result<()> {
        let allowed = &self.settings.allowed_hosts;
        let is_loopback = arrival.is_none_or(|arrival| arrival.local.ip().to_canonical().is_loopback());
        let is_checked = is_loopback || !allowed.is_empty();
        if !is_checked || host::is_meant(&head.uri, &head.headers, allowed) {
            return Ok(());
        }
        let detail =
            "this server is not known by that name; if that is meant, start it with --allowed-host NAME";
        Err(refused("host", Problem::new(StatusCode::MISDIRECTED_REQUEST, detail)))
    }

    fn expect_rate(&self, peer: Option<SocketAddr>) -> Result<()> {
        let Some(address) = peer.map(|peer| network(peer.ip())) else { return Ok(()) };
        if address.is_loopback() && self.settings.address_rate.is_none() {
            return Ok(());
        }
        self.address_rate.admit(address, Instant::now()).map_err(|wait| too_many("address", wait))
    }

    fn expect_token_rate(&self, caller: &Caller) -> Result<()> {
        let (Caller::Holder(token) | Caller::Certified(token)) = caller else { return Ok(()) };
        self.token_rate.admit(token.id.clone(), Instant::now()).map_err(|wait| too_many("token", wait))
    }

    fn expect_place(&self, caller: &Caller, place: Place<'_>) -> Result<()> {
        let is_fine = match place {
            Place::Nothing | Place::InRequest => Ok(()),
            Place::Context(segment) => caller.expect_for(&api::context_name(&self.catalog, segment)),
            Place::All if caller.is_for_all() => Ok(()),
            Place::All => {
                let detail = "this is about all contexts, and this token is not for all of them";
                Err(Problem::new(StatusCode::FORBIDDEN, detail))
            }
        };
        is_fine.map_err(|problem| refused("forbidden", problem))
    }

    /// Refuses what another site's page has a browser send, where it changes something. With a cookie it has to be certain
    /// that it is not so; with a token, no page could have made the browser send it.
    fn expect_own_origin(&self, head: &Parts, shown: &Shown<'_>) -> Result<()> {
        if !is_unsafe(&head.method) || matches!(shown, Shown::Token(_)) {
            return Ok(());
        }
        match (origin::of(&head.uri, &head.headers), shown) {
            (Origin::Own, _) | (Origin::Unknown, Shown::Nothing) => Ok(()),
            (Origin::Foreign, Shown::Nothing) if self.is_of_cors(&head.headers) => Ok(()),
            _ => {
                let detail = "pages of other sites may not do this in somebody's name; send a token";
                Err(refused("origin", Problem::new(StatusCode::FORBIDDEN, detail)))
            }
        }
    }

    fn is_of_cors(&self, headers: &HeaderMap) -> bool {
        let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
        origin.is_some_and(|origin| self.settings.cors.iter().any(|allowed| allowed == origin))
    }

    /// Who opens the page and is not logged in is sent there.
    async fn expect_login(&self, shown: &Shown<'_>) -> Result<()> {
        if self.is_open() || self.caller(shown).await.is_ok() {
            return Ok(());
        }
        Err(Refused { reason: "unauthorized", response: Box::new(Redirect::to("/login").into_response()) })
    }

    /// Who came with a certificate, which may have run out since.
    fn certified(&self, Certified(token): &Certified) -> Result<Caller> {
        match token.is_valid(self.clock.now()) {
            true => Ok(Caller::Certified(token.clone())),
            false => Err(unauthorized("this certificate is not valid any more", ", error=\"invalid_token\"")),
        }
    }

    /// Who shows this.
    async fn caller(&self, shown: &Shown<'_>) -> Result<Caller> {
        let holder = match shown {
            Shown::Token(token) => self.holder(token),
            Shown::Cookie(id) => self.logged_in(id).await.map_err(unavailable)?,
            Shown::Nothing => return Err(unauthorized("this needs a token", "")),
        };
        let worthless = "this token, or this session, is not one, or is not valid any more";
        holder.map(Caller::Holder).ok_or_else(|| unauthorized(worthless, ", error=\"invalid_token\""))
    }
}

impl Admitted {
    async fn pass(self, doors: &Doors, mut head: Parts, body: Body, next: Next) -> Response {
        let Admitted { caller, is_admins } = self;
        let arrival = head.extensions.get::<Arrival>().copied();
        let action = is_admins.then(|| format!("{} {}", head.method, head.uri.path()));
        head.extensions.insert(caller.clone());
        let late = Late::default();
        let body = deadline::timed(body, doors.settings.body_time, late.clone());
        let answer = next.run(Request::from_parts(head, body));
        let response = match action {
            Some(action) => {
                let work = answer.map(|response| {
                    let status = response.status().as_u16();
                    (response, status)
                });
                match doors.audited(&caller, arrival, &action, work).await {
                    Ok(response) => response,
                    Err(error) => return Problem::from(error).into_response(),
                }
            }
            None => answer.await,
        };
        if late.is_so() && response.status().is_client_error() { too_slow(doors) } else { response }
    }
}

/// Whether who asks for `/` wants what watchTower answers there, and not the page.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    !accept.contains("text/html") && (accept.contains("application/json") || headers.contains_key("password"))
}

/// What a request shows to be let in.
enum Shown<'r> {
    Token(&'r str),
    /// The id of a session.
    Cookie(&'r str),
    Nothing,
}

impl<'r> Shown<'r> {
    /// A token wins over a cookie: a page can't make a browser send one.
    fn of(headers: &'r HeaderMap) -> Self {
        let bearer =
            headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer);
        match (bearer, cookie::session_id(headers)) {
            (Some(token), _) => Shown::Token(token),
            (None, Some(id)) => Shown::Cookie(id),
            (None, None) => Shown::Nothing,
        }
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn refused(reason: &'static str, problem: Problem) -> Refused {
    Refused { reason, response: Box::new(problem.into_response()) }
}

fn unavailable(error: StoreError) -> Refused {
    refused("store", Problem::from(error))
}

fn unauthorized(detail: &str, error: &str) -> Refused {
    challenge("unauthorized", StatusCode::UNAUTHORIZED, detail, &format!("Bearer realm=\"upto\"{error}"))
}

fn forbidden(scope: Scope) -> Refused {
    let scope = scope.as_str();
    let detail = format!("this needs a token with the scope {scope}");
    let challenge_text = format!("Bearer realm=\"upto\", error=\"insufficient_scope\", scope=\"{scope}\"");
    challenge("forbidden", StatusCode::FORBIDDEN, &detail, &challenge_text)
}

fn challenge(reason: &'static str, status: StatusCode, detail: &str, challenge: &str) -> Refused {
    let mut refused = refused(reason, Problem::new(status, detail));
    if let Ok(value) = HeaderValue::from_str(challenge) {
        refused.response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    refused
}

fn too_many(of: &str, wait: Duration) -> Refused {
    let detail = format!("too many requests in a second from this {of}");
    let mut refused = refused("rate", Problem::new(StatusCode::TOO_MANY_REQUESTS, detail));
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    refused.response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    refused
}

fn too_slow(doors: &Doors) -> Response {
    doors.metrics.count_refused(Input::Http, "body_time", 1);
    let mut response = Problem::new(StatusCode::REQUEST_TIMEOUT, "the body took too long").into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
