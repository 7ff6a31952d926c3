//! `/api/journal`: what services have to say, line by line.

mod live;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

pub(super) use self::live::{__path_follow, follow};
use super::asked::{Parameters, instant, limit};
use super::body::{self, Whole};
use super::cursor::foreign_place;
use super::hal::{Hal, Items, Links, List, Nothing, Resource};
use super::{Answer, App, Problem, href, represent};
use crate::doors::Caller;
use crate::ingest::Refusal;
use crate::watch::Haste;
use crate::watch::journal::{Entry, Filter, Place};

pub(super) const PATH: &str = "/api/journal";
const LIVE: &str = "/api/journal/live";
/// The template's variables.
pub(super) const VARIABLES: &str = "{?service,message,level,from,to,limit,cursor}";
const USUAL_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 10_000;

/// Which lines are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct JournalQuery {
    /// A regular expression that finds something in the service, capitals or not.
    service: Option<String>,
    /// Likewise in the message.
    message: Option<String>,
    /// At least so grave.
    level: Option<i32>,
    /// From this time on, RFC 3339 or nanoseconds since the epoch.
    from: Option<String>,
    /// Up to this time.
    to: Option<String>,
    /// How many lines a page has at most; 100 if left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
    /// Where the page begins: what the link `next` has.
    cursor: Option<String>,
}

/// What there is beside the lines.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Journal)]
pub(super) struct JournalProperties {
    /// Filters that the configuration offers, each with a `name` and what of `service`, `message` and `level` it sets.
    #[schema(value_type = Vec<Object>)]
    presets: Vec<Value>,
}

/// A line of the journal.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = JournalEntry)]
pub(super) struct EntryProperties {
    time: String,
    service: String,
    level: i32,
    message: String,
    /// Somebody was told of it.
    alert: bool,
}

/// The body of a request to add a line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WantedJournalEntry)]
struct Order {
    #[schema(min_length = 1, max_length = 256)]
    service: String,
    #[schema(min_length = 1, max_length = 16_384)]
    message: String,
    #[serde(default)]
    level: i32,
    /// Somebody has to be told.
    #[serde(default)]
    alert: bool,
}

/// Lines of the journal, the newest first.
#[utoipa::path(
    get,
    path = "/api/journal",
    params(JournalQuery),
    responses((status = OK, body = List<JournalProperties, EntryProperties>))
)]
pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Parameters(query): Parameters<JournalQuery>,
) -> Answer<Hal<List<JournalProperties, EntryProperties>>> {
    let (filter, limit) = (query.filter(caller)?, limit(query.limit, USUAL_LIMIT, LARGEST_LIMIT)?);
    let before: Option<Place> =
        query.cursor.as_deref().map(str::parse).transpose().map_err(|_| foreign_place())?;
    let page = app.watch.journal().newest(&filter, before, limit).await?;
    let next = page.next.map(|next| query.address(Some(&next.to_string())));
    let links = Links::of(query.address(query.cursor.as_deref()))
        .with("live", query.live_address())
        .with_some("next", next);
    let item = page.entries.into_iter().map(|(_, entry)| entry.into()).collect();
    let properties = JournalProperties { presets: app.watch.settings().presets.clone() };
    Ok(Hal(List { properties, links, embedded: Items { item } }))
}

/// Adds a line.
#[utoipa::path(
    post,
    path = "/api/journal",
    request_body(content = Order),
    responses((status = CREATED, description = "it is durable", body = Resource<Nothing>))
)]
pub(super) async fn add(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Whole,
) -> Answer<Response> {
    body::expect_json(&headers)?;
    let Order { service, message, level, alert } = body::object(&body.0?)?;
    let unprocessable = |fault: crate::watch::journal::EntryFault| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, fault.to_string())
    };
    Entry::check(&service, &message).map_err(unprocessable)?;
    caller.expect_for(&service)?;
    app.enter(&service, level, &message, alert).await?;
    let resource = Resource { properties: Nothing {}, links: Links::default().with("collection", PATH) };
    Ok((StatusCode::CREATED, Hal(resource)).into_response())
}

impl JournalQuery {
    /// What this caller wants and may see.
    fn filter(&self, caller: Caller) -> Answer<Filter> {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        let filter = Filter::new(&given(&self.service), &given(&self.message));
        let filter = filter.map_err(|fault| Problem::bad_request(fault.to_string()))?;
        let time = |name, text: &Option<String>| text.as_deref().map(|text| instant(name, text)).transpose();
        let (from, to) = (time("from", &self.from)?, time("to", &self.to)?);
        let filter = filter.at_least(self.level).within(from, to);
        Ok(filter.seen_by(move |service| caller.is_for(service)))
    }

    /// The address of these lines, from `cursor` on.
    fn address(&self, cursor: Option<&str>) -> String {
        self.address_at(PATH, cursor)
    }

    /// Where lines like these are told as they are added.
    fn live_address(&self) -> String {
        JournalQuery { limit: None, ..self.clone() }.address_at(LIVE, None)
    }

    fn address_at(&self, base: &str, cursor: Option<&str>) -> String {
        let (level, limit) =
            (self.level.map(|level| level.to_string()), self.limit.map(|limit| limit.to_string()));
        let given = [
            ("service", self.service.as_deref()),
            ("message", self.message.as_deref()),
            ("level", level.as_deref()),
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
            ("limit", limit.as_deref()),
            ("cursor", cursor),
        ];
        let query: Vec<_> = given
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", href::encoded(value?))))
            .collect();
        if query.is_empty() { base.to_owned() } else { format!("{base}?{}", query.join("&")) }
    }
}

impl From<Entry> for EntryProperties {
    fn from(entry: Entry) -> Self {
        let Entry { time, service, level, message, alert } = entry;
        EntryProperties { time: represent::time(time), service, level, message, alert }
    }
}

impl App {
    /// Enters a line into the journal, and waits until it is durable.
    pub(super) async fn enter(&self, service: &str, level: i32, message: &str, alert: bool) -> Answer<()> {
        if alert && !self.watch.has_room_to_alert(service) {
            return Err(Refusal::Behind.into());
        }
        if alert {
            let ticket = self.watch.alert(service.to_owned(), level, message.to_owned(), Haste::Now);
            return self.durable(ticket).await;
        }
        let journal = self.watch.journal();
        let number = journal.add(service, level, message, alert).ok_or(Refusal::Behind)?;
        self.in_time(journal.stored(number)).await
    }
}
