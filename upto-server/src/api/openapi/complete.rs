//! What holds for many routes, added to the description of each.

use axum::http::{Method, StatusCode};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::info::InfoBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, Content, LicenseBuilder, OpenApi, Ref, RefOr, Required};

use super::super::{hal, problem};
use crate::doors;

/// How a caller shows who they are.
const TOKEN: &str = "token";
const SESSION: &str = "session";

/// Errors of every route: of the doors, of who takes no answer in any coding, and of the store.
const OF_ALL: [StatusCode; 5] = [
    StatusCode::NOT_ACCEPTABLE,
    StatusCode::MISDIRECTED_REQUEST,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::INTERNAL_SERVER_ERROR,
    StatusCode::SERVICE_UNAVAILABLE,
];
/// Of those that ask who somebody is.
const OF_DOORS: [StatusCode; 2] = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
/// Of those with names in their path: a segment that is not UTF-8, nothing of that name.
const OF_NAMES: [StatusCode; 2] = [StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND];
/// Of those that take a body.
const OF_BODIES: [StatusCode; 5] = [
    StatusCode::BAD_REQUEST,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::UNPROCESSABLE_ENTITY,
];

/// Adds to each operation what follows from its method and its path.
pub(super) fn complete(mut description: OpenApi) -> OpenApi {
    description.info = InfoBuilder::new()
        .title("upto")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("What a running system is up to, and why it is slower than it was."))
        .license(Some(LicenseBuilder::new().name("MIT").identifier(Some("MIT")).build()))
        .build();
    add_shared(description.components.get_or_insert_default());
    for (path, item) in &mut description.paths.paths {
        for (method, operation) in operations(item) {
            Route { method, path }.complete(operation);
        }
    }
    description
}

fn add_shared(components: &mut Components) {
    components.schemas.insert(problem::SCHEMA.to_owned(), problem::schema());
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A token as `upto-server token create` prints it."))
        .build();
    let session = ApiKeyValue::with_description(
        "upto_session",
        "What `/login` gives; over HTTPS, `__Host-upto_session`.",
    );
    components.add_security_scheme(TOKEN, SecurityScheme::Http(token));
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(session)));
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let all = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// An operation, by where it is.
struct Route<'p> {
    method: Method,
    path: &'p str,
}

impl Route<'_> {
    fn complete(&self, operation: &mut Operation) {
        operation.operation_id = Some(self.id());
        operation.tags = None;
        let names: Vec<&str> = self.names().collect();
        let parameters = operation.parameters.get_or_insert_default();
        parameters.splice(0..0, names.iter().map(|name| RefOr::T(name_in_path(name))));
        let is_hal = write_as_hal(operation);
        if self.method == Method::GET && (is_hal || self.path == super::PATH) {
            add_tag(operation);
        }
        self.add_security(operation);
        self.add_errors(operation, !names.is_empty());
        complete_responses(operation);
    }

    /// The method and all segments, which no other operation has.
    fn id(&self) -> String {
        let segments = self.path.split('/').filter(|segment| !segment.is_empty());
        let words = segments.map(|segment| segment.trim_matches(['{', '}']));
        words.fold(self.method.as_str().to_lowercase(), |id, word| format!("{id}-{word}"))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }

    fn add_security(&self, operation: &mut Operation) {
        let Some(scope) = doors::needed_scope(&self.method, self.path) else { return };
        let shown = |scheme| SecurityRequirement::new(scheme, [scope.as_str()]);
        // Where there are no tokens, nobody needs one.
        operation.security = Some(vec![shown(TOKEN), shown(SESSION), SecurityRequirement::default()]);
    }

    fn add_errors(&self, operation: &mut Operation, has_names: bool) {
        for status in self.errors(operation, has_names) {
            let none = || RefOr::T(Response::new(""));
            operation.responses.responses.entry(status.as_str().to_owned()).or_insert_with(none);
        }
    }

    fn errors(&self, operation: &Operation, has_names: bool) -> Vec<StatusCode> {
        let is_get = self.method == Method::GET;
        let is_guarded = doors::needed_scope(&self.method, self.path).is_some();
        let has_query = operation.parameters.iter().flatten().any(is_in_query);
        let groups: [(bool, &[StatusCode]); 6] = [
            (true, &OF_ALL),
            // What changes something may not come from pages of other sites.
            (is_guarded || !is_get, &OF_DOORS),
            (has_names, &OF_NAMES),
            (operation.request_body.is_some(), &OF_BODIES),
            (has_query, &[StatusCode::BAD_REQUEST]),
            // What is asked for takes more memory than there is.
            (has_names && is_get, &[StatusCode::PAYLOAD_TOO_LARGE]),
        ];
        groups
            .into_iter()
            .filter(|(applies, _)| *applies)
            .flat_map(|(_, statuses)| statuses)
            .copied()
            .collect()
    }
}

fn is_in_query(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query)
}

fn text_header() -> RefOr<Header> {
    RefOr::T(HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).build())
}

fn name_in_path(name: &str) -> Parameter {
    let (description, schema) = match name {
        "context" => ("the context's name, or what links have for it", text(None)),
        "timeline" => ("the timeline's name, or what links have for it", text(None)),
        "month" => ("a year and a month, such as 2026-11", text(Some("^[0-9]{4}-(0[1-9]|1[0-2])$"))),
        _ => ("what links have", text(None)),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn text(pattern: Option<&str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).pattern(pattern).build()
}

/// Resources and lists are always written as HAL; whether one is answered.
fn write_as_hal(operation: &mut Operation) -> bool {
    let mut has_some = false;
    for response in operation.responses.responses.values_mut().filter_map(inline) {
        let is_hal = response.content.get("application/json").is_some_and(is_resource);
        if is_hal && let Some(content) = response.content.shift_remove("application/json") {
            response.content.insert(hal::CONTENT_TYPE.to_owned(), content);
            has_some = true;
        }
    }
    has_some
}

fn is_resource(content: &RefOr<Content>) -> bool {
    let RefOr::T(Content { schema: Some(RefOr::Ref(reference)), .. }) = content else { return false };
    let name = reference.ref_location.rsplit('/').next().unwrap_or("");
    ["Resource_", "List_"].iter().any(|prefix| name.starts_with(prefix))
}

/// What the answer of an operation has a tag of may be asked for by it.
fn add_tag(operation: &mut Operation) {
    let Some(response) = operation.responses.responses.get_mut("200").and_then(inline) else { return };
    response.headers.insert("ETag".to_owned(), text_header());
    let unchanged = ResponseBuilder::new().description("what the request has the tag of").build();
    operation.responses.responses.insert("304".to_owned(), RefOr::T(unchanged));
    let parameter = ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .description(Some("the tags of answers that the caller has"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
    operation.parameters.get_or_insert_default().push(RefOr::T(parameter.build()));
}

fn inline(response: &mut RefOr<Response>) -> Option<&mut Response> {
    match response {
        RefOr::T(response) => Some(response),
        RefOr::Ref(_) => None,
    }
}

/// Says what its route does not say of a response: that errors are problems, and what a status means.
fn complete_responses(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    for (status, response) in
        responses.iter_mut().filter_map(|(status, response)| Some((status, inline(response)?)))
    {
        let Ok(status) = status.parse::<StatusCode>() else { continue };
        if response.description.is_empty() {
            response.description = status.canonical_reason().unwrap_or("an answer").to_owned();
        }
        if (status.is_client_error() || status.is_server_error()) && response.content.is_empty() {
            write_as_problem(response);
        }
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response.headers.insert("Retry-After".to_owned(), text_header());
        }
    }
}

fn write_as_problem(response: &mut Response) {
    let content = Content::builder().schema(Some(Ref::from_schema_name(problem::SCHEMA))).build();
    response.content.insert(problem::CONTENT_TYPE.to_owned(), RefOr::T(content));
}
