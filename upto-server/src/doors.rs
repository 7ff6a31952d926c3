//! Who gets in: tokens, sessions of the page, HTTPS, and limits on everything that a stranger can send.
//!
//! Every request passes the `guard`, whatever it asks; what it needs says one table (`rule`). Without any token a server
//! on loopback needs none. Once there is one, nobody gets in without. Datagrams have no credentials: `docs/security.md`
//! says what that means.

pub(crate) mod audit;
mod caller;
pub(crate) mod certified;
mod command;
mod connections;
pub(crate) mod cookie;
mod cut;
mod deadline;
pub(crate) mod grpc;
mod guard;
mod hangups;
mod headers;
mod host;
mod origin;
mod pattern;
mod rate;
mod rule;
mod scope;
mod session;
mod settings;
mod tls;
mod token;
mod tokens;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use tokio::sync::watch;
use tower_http::cors::{AllowOrigin, CorsLayer};

pub(crate) use self::command::remote::{certificates, token as token_in};
pub use self::command::{TokenArguments, run};
pub use self::scope::Scope;
pub use self::settings::{DoorSettings, TlsFiles};
pub use self::tls::TlsError;

pub(crate) use self::caller::Caller;
pub(crate) use self::connections::{Arrival, Connections};
pub(crate) use self::cut::Cut;
pub(crate) use self::guard::wants_json;
pub(crate) use self::hangups::Hangups;
pub(crate) use self::pattern::matches as matches_pattern;
pub(crate) use self::rate::{Rate, network};
pub(crate) use self::rule::needed_scope;
pub(crate) use self::tls::Certificates;
pub(crate) use self::token::{Secret, Token, Wanted};
use self::tokens::Tokens;
pub(crate) use self::tokens::{TokenError, readable as readable_token};
use crate::catalog::Catalog;
use crate::catalog::changes::{self, Listed};
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::rounds::Rounds;
use crate::store::{Result, Store};

/// How often it is looked which tokens there are, where other servers may make or revoke some: all of them agree within a
/// second.
const PERIOD: Duration = Duration::from_millis(250);
/// Requests in a second from one address that is not loopback, unless told otherwise.
const ADDRESS_RATE: u32 = 1_000;

/// Who gets in.
pub(crate) struct Doors {
    settings: Arc<DoorSettings>,
    store: Arc<dyn Store>,
    catalog: Arc<Catalog>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    tokens: Tokens,
    /// Somebody else than this machine can reach it: nobody gets in without a token, even if there is none.
    is_exposed: bool,
    address_rate: Rate<IpAddr>,
    token_rate: Rate<String>,
}

impl Doors {
    /// Reads the tokens of the catalog's store; `http` is where the server listens.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn open(
        settings: Arc<DoorSettings>,
        catalog: Arc<Catalog>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        http: &[SocketAddr],
    ) -> Result<Arc<Self>> {
        let store = catalog.store().clone();
        let doors = Doors {
            is_exposed: http.iter().any(|address| !address.ip().is_loopback()),
            address_rate: Rate::per_second(settings.address_rate.unwrap_or(ADDRESS_RATE)),
            token_rate: Rate::per_second(settings.token_rate),
            tokens: Tokens::default(),
            settings,
            store,
            catalog,
            clock,
            metrics,
        };
        doors.refresh().await?;
        audit::remove_old(doors.store.as_ref(), doors.clock.now()).await?;
        Ok(Arc::new(doors))
    }

    pub(crate) fn settings(&self) -> &Arc<DoorSettings> {
        &self.settings
    }

    /// Whether nobody needs a token.
    pub(crate) fn is_open(&self) -> bool {
        let asks_nobody = !self.is_exposed && self.settings.client_ca.is_none() && !self.tokens.has_any();
        self.settings.no_auth || asks_nobody
    }

    /// Whether somebody else than this machine can reach the server, and nobody could get in.
    pub(crate) fn is_walled_up(&self) -> bool {
        let is_somebody_let_in = self.settings.no_auth || self.settings.client_ca.is_some();
        self.is_exposed && !is_somebody_let_in && !self.tokens.has_valid(self.clock.now())
    }

    /// Puts what requests pass around the routes. [`Connections`] add the headers that every answer has.
    pub(crate) fn around(self: &Arc<Self>, routes: Router) -> Router {
        let guarded = routes.layer(from_fn_with_state(self.clone(), guard::guard));
        match self.cors() {
            Some(cors) => guarded.layer(cors),
            None => guarded,
        }
    }

    /// Pages of these origins may ask with a token. Cookies are not for them.
    fn cors(&self) -> Option<CorsLayer> {
        let origins = self.settings.cors.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
        let origins: Vec<_> = origins.collect();
        (!origins.is_empty()).then(|| {
            CorsLayer::new()
                .allow_origin(AllowOrigin::list(origins))
                .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
                .allow_headers([
                    header::AUTHORIZATION,
                    header::CONTENT_TYPE,
                    header::IF_NONE_MATCH,
                    HeaderName::from_static("last-event-id"),
                ])
                .expose_headers([
                    header::ETAG,
                    header::LOCATION,
                    header::RETRY_AFTER,
                    header::WWW_AUTHENTICATE,
                ])
        })
    }

    /// Looks which tokens there are until `stop` is told, where others may change that.
    pub(crate) async fn follow(self: Arc<Self>, stop: watch::Receiver<bool>) {
        if !self.store.is_shared() {
            return;
        }
        let (mut rounds, mut listed) = (Rounds::every(PERIOD, stop), Listed::default());
        while rounds.begin().await {
            // Where the store does not answer, what is known goes on.
            rounds.work(self.follow_once(&mut listed)).await;
        }
    }

    async fn follow_once(&self, listed: &mut Listed) -> Result<()> {
        let version = changes::version(self.store.as_ref(), tokens::CHANGES).await?;
        let now = Instant::now();
        if listed.is_old(version, now) {
            self.refresh().await?;
            *listed = Listed::at(version, now);
        }
        Ok(())
    }

    async fn refresh(&self) -> Result<()> {
        self.tokens.refresh(self.store.as_ref()).await
    }

    /// All tokens, the oldest first.
    pub(crate) async fn tokens(&self) -> Result<Vec<Token>> {
        Ok(tokens::all(self.store.as_ref()).await?.0)
    }

    /// Makes a token, which is worth something from then on.
    ///
    /// # Errors
    /// [`TokenError`].
    pub(crate) async fn create(&self, wanted: Wanted) -> Result<(Token, Secret), TokenError> {
        let created = tokens::create(self.store.as_ref(), wanted, self.clock.now()).await?;
        self.refresh().await?;
        Ok(created)
    }

    /// Revokes a token; `None` if there is no such one.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn revoke(&self, id: &str) -> Result<Option<Token>> {
        let revoked = tokens::revoke(self.store.as_ref(), id, self.clock.now()).await?;
        self.refresh().await?;
        Ok(revoked)
    }

    /// The token that somebody shows, if it is worth something.
    pub(crate) fn holder(&self, shown: &str) -> Option<Arc<Token>> {
        self.tokens.shown(shown, self.clock.now())
    }

    /// Whether somebody who was let in would be now: nobody needed a token, or the token is still valid.
    pub(crate) fn lets_in(&self, caller: &Caller) -> bool {
        match caller {
            Caller::Anybody => self.is_open(),
            Caller::Holder(token) => self.tokens.valid(&token.id, self.clock.now()).is_some(),
            Caller::Certified(token) => token.is_valid(self.clock.now()),
        }
    }

    async fn logged_in(&self, session: &str) -> Result<Option<Arc<Token>>> {
        let now = self.clock.now();
        let token = session::token_of(self.store.as_ref(), session, now).await?;
        Ok(token.and_then(|token| self.tokens.valid(&token, now)))
    }

    /// Begins a session with this token; the id, for the cookie.
    ///
    /// # Errors
    /// No random numbers, or what the store says.
    pub(crate) async fn log_in(&self, token: &Token) -> Result<String, TokenError> {
        session::begin(self.store.as_ref(), &token.id, self.clock.now()).await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn log_out(&self, session: &str) -> Result<()> {
        session::end(self.store.as_ref(), session).await
    }

    /// The time by the server's clock, in nanoseconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }
}
