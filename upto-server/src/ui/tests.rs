use std::path::{Component, Path as FilePath, PathBuf};

use super::*;

fn text(path: &str) -> String {
    let file = Files::get(path).unwrap_or_else(|| panic!("the page has no {path}"));
    String::from_utf8(file.data.into_owned()).unwrap()
}

fn paths(ending: &str) -> Vec<String> {
    Files::iter().map(std::borrow::Cow::into_owned).filter(|path| path.ends_with(ending)).collect()
}

fn asking(if_none_match: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::IF_NONE_MATCH, if_none_match.parse().unwrap());
    headers
}

fn header_of(response: &Response<Body>, name: HeaderName) -> &str {
    response.headers().get(name).unwrap().to_str().unwrap()
}

/// What stands in quotes after each occurrence of `before`.
fn quoted_after(text: &str, before: &str) -> Vec<String> {
    let found = text.split(before).skip(1);
    found
        .filter_map(|rest| rest.strip_prefix('"')?.split_once('"'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Resolves `./` and `../` of an import against the file that has it.
fn resolved(importer: &str, import: &str) -> String {
    let folder = FilePath::new(importer).parent().unwrap();
    let mut path = PathBuf::new();
    for part in folder.join(import).components() {
        match part {
            Component::ParentDir => assert!(path.pop(), "{importer} imports {import}"),
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path.iter().map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn the_page_is_html_with_all_its_headers() {
    let response = index(HeaderMap::new()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, header::CONTENT_TYPE), "text/html; charset=utf-8");
    assert_eq!(header_of(&response, header::CACHE_CONTROL), "no-cache");
    assert_eq!(header_of(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(header_of(&response, header::REFERRER_POLICY), "no-referrer");
    assert_eq!(
        header_of(&response, header::CONTENT_SECURITY_POLICY),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    assert_eq!(body_of(response).await, text(INDEX));
}

async fn body_of(response: Response<Body>) -> String {
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn the_modules_of_the_page_can_be_joined() {
    let files = made::sources();
    let modules = made::modules(&files).unwrap();
    for (path, made) in modules.scripts() {
        assert!(!made.contains("/**") && !made.contains("\n//"), "{path} has comments");
        // It reads as a script still.
        script::scan(&made).unwrap();
    }
}

/// Each file by itself, as it comes to a browser.
#[tokio::test]
async fn scripts_and_styles_come_shortened_and_compressed() {
    let mut asked = HeaderMap::new();
    asked.insert(header::ACCEPT_ENCODING, "br, gzip;q=0.8".parse().unwrap());
    for path in ["main.js", "page.css", "lists/lists.js"] {
        let plain = body_of(file(Path(path.to_owned()), HeaderMap::new()).await).await;
        assert!(!plain.contains("/*"), "{path}");
        let response = file(Path(path.to_owned()), asked.clone()).await;
        assert_eq!(header_of(&response, header::CONTENT_ENCODING), "gzip");
        assert_eq!(header_of(&response, header::VARY), "accept-encoding");
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let mut read = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*body), &mut read).unwrap();
        assert_eq!(read, plain);
    }
    assert!(!takes_gzip(&HeaderMap::new()));
    for refused in ["br", "gzip;q=0", "gzip; q=0.0, zstd"] {
        asked.insert(header::ACCEPT_ENCODING, refused.parse().unwrap());
        assert!(!takes_gzip(&asked), "{refused}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_404_with_the_same_headers() {
    for path in ["nothing.js", "../../Cargo.toml", "/etc/passwd", "model", "", INDEX, "../test/names.test.js"]
    {
        let response = file(Path(path.to_owned()), HeaderMap::new()).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(header_of(&response, header::CONTENT_SECURITY_POLICY), CONTENT_SECURITY_POLICY);
    }
}

#[tokio::test]
async fn what_the_asker_has_is_not_sent_again() {
    let first = index(HeaderMap::new()).await;
    let tag = header_of(&first, header::ETAG).to_owned();
    for known in [tag.clone(), strong(&tag).to_owned(), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = index(asking(&known)).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(header_of(&again, header::ETAG), tag);
        let body = axum::body::to_bytes(again.into_body(), usize::MAX).await.unwrap();
        assert!(body.is_empty());
    }
    assert_eq!(index(asking("\"other\"")).await.status(), StatusCode::OK);
}

#[test]
fn tags_tell_files_apart() {
    let files: Vec<_> = Files::iter().filter_map(|path| made::file(&path)).collect();
    let tags: std::collections::HashSet<&str> = files.iter().map(|file| file.tag.as_str()).collect();
    assert_eq!(tags.len(), files.len());
}

/// Names that nothing declares are the browser's, and have to be known as such: else they would be shortened where something
/// else is declared by such a name.
#[test]
fn every_name_that_is_not_declared_is_known_to_be_the_browser_s() {
    for (path, names) in made::modules(&made::sources()).unwrap().free_names() {
        let unknown: Vec<_> = names.iter().filter(|name| !script::GLOBALS.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "{path} uses {unknown:?}, which GLOBALS lacks");
    }
}

/// All that a browser fetches to show a timeline, gzipped, without charts: an old one, or one that is running. What is over
/// that had better be imported when it is needed.
const MOST_AT_FIRST: usize = 30_000;

/// What a script imports as soon as it is there.
fn imports(path: &str) -> Vec<String> {
    let script = String::from_utf8(made::file(path).unwrap().bytes.to_vec()).unwrap();
    quoted_after(&script, "}from").iter().map(|import| resolved(path, import)).collect()
}

#[test]
fn what_a_timeline_is_shown_with_is_not_large() {
    let gzipped = |path: &str| made::file(path).unwrap().compressed().unwrap().len();
    let html = text(INDEX);
    let styles: Vec<_> = quoted_after(&html, " rel=\"stylesheet\" href=");
    let styles: usize = styles.iter().map(|path| gzipped(path.strip_prefix("ui/").unwrap())).sum();
    let script = gzipped("main.js");
    assert!(script + styles <= MOST_AT_FIRST, "main.js has {script} bytes, the styles have {styles}");
    assert!(imports("main.js").is_empty());
}

#[test]
fn the_hands_come_as_one_file() {
    assert_eq!(imports("picture/hands.js"), ["main.js"]);
}

#[test]
fn what_files_share_is_there_and_nobody_takes_it_in_a_circle() {
    fn follow(path: &str, importers: &mut Vec<String>) {
        assert!(!importers.iter().any(|importer| importer == path), "{path} is imported by {importers:?}");
        importers.push(path.to_owned());
        imports(path).iter().for_each(|import| follow(import, importers));
        importers.pop();
    }
    for (path, _) in made::modules(&made::sources()).unwrap().scripts() {
        follow(&path, &mut Vec::new());
    }
}

#[test]
fn every_file_has_a_type_and_none_is_a_test() {
    for path in Files::iter() {
        assert_ne!(content_type(&path), "application/octet-stream", "{path}");
        assert!(!path.contains("test"), "{path}");
    }
}

#[test]
fn everything_that_the_page_refers_to_is_there() {
    let html = text(INDEX);
    let links = [quoted_after(&html, " href="), quoted_after(&html, " src=")].concat();
    let files: Vec<_> = links.iter().filter_map(|link| link.strip_prefix("ui/")).collect();
    assert!(files.contains(&"main.js"));
    for path in files {
        assert!(Files::get(path).is_some(), "{path}");
    }
}

#[test]
fn every_import_is_relative_and_there() {
    for path in paths(".js") {
        for import in quoted_after(&text(&path), " from ") {
            assert!(import.starts_with("./") || import.starts_with("../"), "{path} imports {import}");
            assert!(Files::get(&resolved(&path, &import)).is_some(), "{path} imports {import}");
        }
    }
}

#[test]
fn nothing_needs_what_the_policy_forbids() {
    let html = text(INDEX);
    assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains(" on"));
    for script in html.split("<script").skip(1) {
        assert!(script.contains("></script>"), "an inline script");
    }
    let forbidden =
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "://"];
    for path in paths(".js") {
        // A name of XML's, which nobody fetches; nor what comments refer to in what is not ours.
        let script = text(&path).replace(r#""http://www.w3.org/2000/svg""#, "");
        let is_ours = |word: &&&str| !path.starts_with("vendor/") || **word != "://";
        let found: Vec<_> = forbidden.iter().filter(|word| script.contains(**word)).filter(is_ours).collect();
        assert!(found.is_empty(), "{path} has {found:?}");
    }
}

/// The routes as a browser meets them, over a socket.
#[tokio::test(flavor = "multi_thread")]
async fn the_routes_answer() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, routes::<()>()).await });
    let statuses = tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let status =
            |path: &str| agent.get(format!("http://{address}{path}")).call().unwrap().status().as_u16();
        let script = format!("http://{address}/ui/main.js");
        let posted = agent.post(&script).send_empty().unwrap().status().as_u16();
        let head = agent.head(&script).call().unwrap();
        let kind = head.headers()["content-type"].to_str().unwrap().to_owned();
        let found = ["/ui/main.js", "/ui/picture/hands.js", "/ui/..%2f..%2fCargo.toml", "/ui/"].map(status);
        (found, posted, kind)
    })
    .await
    .unwrap();
    server.abort();
    assert_eq!(statuses, ([200, 200, 404, 404], 405, "text/javascript; charset=utf-8".to_owned()));
}
