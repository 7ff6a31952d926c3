//! WCAG, as far as axe-core can tell, on every page and in both schemes.

use serde_json::json;
use upto_server_browser::{Page, Scheme, browse, send_history, send_states};

/// Where the Makefile put axe-core's script.
const AXE: &str = "UPTO_AXE";

const PAGES: [&str; 15] = [
    "page=contexts",
    "page=timelines&context=build",
    "page=status",
    "page=journal",
    "context=states",
    "context=build&timeline=30&with=20&layout=stacked&group=below",
    "context=nobody",
    "context=build&timeline=30&show=details&row=release.build.compile.server",
    "context=build&timeline=30&show=causes&with=20",
    "context=build&timeline=30&show=path",
    "context=build&timeline=30&show=history",
    "context=build&timeline=30&show=blame",
    "context=build&timeline=30&show=notes",
    "context=build&timeline=30&show=table",
    "context=build&timeline=30&show=forecast",
];

#[test]
fn axe_finds_nothing_in_the_light() {
    check("axe-light", Scheme::Light);
}

#[test]
fn axe_finds_nothing_in_the_dark() {
    check("axe-dark", Scheme::Dark);
}

fn check(name: &str, scheme: Scheme) {
    let axe = std::env::var(AXE).unwrap_or_else(|_| panic!("{AXE} says where axe-core is"));
    let axe = std::fs::read_to_string(axe).expect("axe-core");
    browse(name, async |server, page| {
        send_history(server);
        send_states(server);
        for service in ["web", "backup"] {
            let _ = server.post("/api/heartbeats", &json!({"service": service, "next": 3600}));
            let _ =
                server.post("/api/journal", &json!({"service": service, "message": "begins", "alert": true}));
        }
        page.prefer(scheme).await;
        for fragment in PAGES {
            page.open(fragment).await;
            settle(page).await;
            assert_clean(page, &axe, fragment).await;
        }
        page.press(&["?"]).await;
        page.until("document.querySelector('#help').open").await;
        assert_clean(page, &axe, "the help").await;
    });
}

/// Waits until nothing is asked for any more.
async fn settle(page: &Page) {
    page.until(
        "!document.body.textContent.includes('Asking') && !document.body.textContent.includes('Looking')",
    )
    .await;
    page.until(
        "document.querySelector('#notice:not([hidden]), #tree .row:not([hidden]), .page:not([hidden]) tbody tr') !== null",
    )
    .await;
}

async fn assert_clean(page: &Page, axe: &str, what: &str) {
    let script = format!(
        "const done = arguments[arguments.length - 1];
         if (!window.axe) {{ {axe} }}
         axe.run(document, {{resultTypes: ['violations']}}).then((found) => done(found.violations.map((each) =>
             each.id + ': ' + each.nodes.slice(0, 3).map((node) => node.target + ' ' + node.failureSummary).join(' | '))));"
    );
    let found = page.run(&script, vec![]).await;
    assert_eq!(found, json!([]), "{what}");
}
