//! WCAG, as far as axe-core can tell, on every page and in both schemes.

use serde_json::json;
use tempfile::TempDir;
use upto_server_browser::{Page, Scheme, browse_with, send_history, send_states};

/// Where the Makefile put axe-core's script.
const AXE: &str = "UPTO_AXE";

/// One that is well, and one that is not.
const CLUSTERS: &str = r#"clusters:
- {name: orders, connector: command, period: 1h, command: [printf, '{"queries_per_second": 1234.5}']}
- {name: late, connector: command, period: 1h, command: [sh, -c, 'echo slow >&2; exit 1']}
"#;

const PAGES: [&str; 18] = [
    "page=contexts",
    "page=timelines&context=build",
    "page=status",
    "page=journal",
    "page=fleet",
    "page=clusters",
    "context=states",
    "context=build&timeline=30&with=20&layout=stacked&group=below",
    "context=nobody",
    "context=build&timeline=30&show=details&row=release.build.compile.server",
    "context=build&timeline=30&show=causes&with=20",
    "context=build&timeline=30&show=path",
    "context=build&timeline=30&show=history",
    "context=build&timeline=30&show=stuck",
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
    let folder = TempDir::new().expect("a folder");
    let config = folder.path().join("upto.yaml");
    std::fs::write(&config, CLUSTERS).expect("written");
    let arguments = ["--fleet", "--config", config.to_str().expect("text")];
    browse_with(name, &arguments, async |server, page| {
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
        "document.querySelector('#notice:not([hidden]), #tree .row:not([hidden]), .page:not([hidden]) tbody tr, .page:not([hidden]) .card') !== null",
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
