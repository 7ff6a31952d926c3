//! Names are data: whatever they contain, they are only shown.

use serde_json::json;
use upto_server_browser::{browse, hostile_names};

#[test]
fn names_that_would_be_markup_are_texts_on_every_page() {
    browse("hostile", async |server, page| {
        for name in hostile_names() {
            let event = |id: usize, kind: &str, event: &str| {
                json!({"context": name, "timeline": name, "name": event, "host": name, "id": id, "type": kind,
                    "message": event, "attrs": {"<i>": event}})
            };
            server.send(&[event(1, "start", &name), event(1, "end", &name), event(2, "start", &name)]);
            // 10 kB of it.
            let long = name.repeat(10_000 / name.len());
            server.send(&[event(3, "start", &long), event(3, "end", &long)]);
        }
        page.open("page=contexts").await;
        page.until(&format!(
            "document.querySelectorAll('#contexts tbody tr').length === {}",
            hostile_names().len()
        ))
        .await;
        page.until("document.querySelector('#contexts .trend .spark') !== null").await;
        assert_only_text(page).await;
        for name in hostile_names() {
            let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
            page.open(&format!("page=timelines&context={encoded}")).await;
            page.until("document.querySelectorAll('#timelines tbody tr').length === 1").await;
            assert_only_text(page).await;
            for panel in
                ["details", "path", "causes", "history", "forecast", "stuck", "blame", "notes", "table"]
            {
                page.open_timeline(&format!("context={encoded}&row={encoded}&show={panel}")).await;
                page.until("document.querySelector('#pane-body').textContent.trim() !== ''").await;
                // However long a name is, the window is not.
                page.until("document.documentElement.scrollWidth <= innerWidth").await;
                assert_only_text(page).await;
            }
        }
    });
}

/// Nothing that was sent has become an element, and nothing was refused or run.
async fn assert_only_text(page: &upto_server_browser::Page) {
    assert_eq!(
        page.value("document.querySelectorAll('img, script:not([src]), [onerror], [onfocus]').length").await,
        0
    );
    assert_eq!(page.problems().await, json!([]));
}
