//! HAL: resources with links, lists with embedded items.

use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::relations::Written;
use super::{Problem, conditional};

pub(super) const CONTENT_TYPE: &str = "application/hal+json";
/// Room that an answer is given before it is written: that of a page of a list.
const TYPICAL_BYTES: usize = 16 << 10;

/// The links of a resource, by relation. There are few, so finding one takes less than a map would.
#[derive(Clone, Debug, Default, ToSchema)]
#[schema(value_type = BTreeMap<String, OneOrMany>)]
pub(super) struct Links(Vec<(Written, OneOrMany)>);

impl Serialize for Links {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(relation, links)| (relation, links)))
    }
}

/// A link, or several of one relation.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum OneOrMany {
    One(Link),
    Many(Vec<Link>),
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct Link {
    /// An address on this server, or a template of one.
    href: String,
    /// The address is a template (RFC 6570).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    templated: bool,
    /// Of a curie: what relations begin with that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
}

impl Link {
    fn to(href: String) -> Self {
        Link { href, templated: false, name: None }
    }
}

impl Links {
    /// Links of a resource whose own address this is.
    pub(super) fn of(href: impl Into<String>) -> Self {
        Links::default().with("self", href)
    }

    pub(super) fn with(self, relation: &'static str, href: impl Into<String>) -> Self {
        self.and(relation, OneOrMany::One(Link::to(href.into())))
    }

    /// What a relation leads to; what it led to before is forgotten.
    fn and(mut self, relation: &'static str, links: OneOrMany) -> Self {
        let relation = Written(relation);
        self.0.retain(|(other, _)| *other != relation);
        self.0.push((relation, links));
        self
    }

    /// A link whose address has variables.
    pub(super) fn with_template(self, relation: &'static str, href: String) -> Self {
        self.and(relation, OneOrMany::One(Link { templated: true, ..Link::to(href) }))
    }

    pub(super) fn with_some(self, relation: &'static str, href: Option<String>) -> Self {
        match href {
            Some(href) => self.with(relation, href),
            None => self,
        }
    }

    pub(super) fn with_many(self, relation: &'static str, hrefs: impl IntoIterator<Item = String>) -> Self {
        self.and(relation, OneOrMany::Many(hrefs.into_iter().map(Link::to).collect()))
    }

    /// Tells where the relations are described that begin with a prefix.
    pub(super) fn with_curie(self, name: &'static str, href: &str) -> Self {
        let curie = Link { templated: true, name: Some(name), ..Link::to(href.to_owned()) };
        self.and("curies", OneOrMany::Many(vec![curie]))
    }
}

/// A resource: its properties and its links.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Resource<T> {
    #[serde(flatten)]
    pub(super) properties: T,
    #[serde(rename = "_links")]
    pub(super) links: Links,
}

/// A resource that embeds others, each as `item`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<P, T> {
    #[serde(flatten)]
    pub(super) properties: P,
    #[serde(rename = "_links")]
    pub(super) links: Links,
    #[serde(rename = "_embedded")]
    #[schema(inline)]
    pub(super) embedded: Items<T>,
}

/// What a list embeds.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Items<T> {
    pub(super) item: Vec<T>,
}

/// Properties of lists that have none.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Nothing {}

/// A body with HAL's content type, and a tag by which it may be asked for again.
#[derive(Debug)]
pub(super) struct Hal<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Hal<T> {
    fn into_response(self) -> Response {
        let mut text = Vec::with_capacity(TYPICAL_BYTES);
        match serde_json::to_writer(&mut text, &self.0) {
            Ok(()) => {
                let tag = conditional::entity_tag(&text).map(|tag| (header::ETAG, tag));
                let kind = [(header::CONTENT_TYPE, CONTENT_TYPE)];
                (kind, AppendHeaders(tag), text).into_response()
            }
            Err(error) => unwritable(&error).into_response(),
        }
    }
}

/// What is answered where an answer has no JSON.
pub(super) fn unwritable(error: &serde_json::Error) -> Problem {
    let detail = format!("the answer can't be written as JSON: {error}");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
}
