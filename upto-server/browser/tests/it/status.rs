//! How services stand.

use serde_json::json;
use upto_server_browser::{Page, Server, browse, browse_with, hostile_names, watch_config};

const HEARTBEATS: &str = "#status section:nth-of-type(1)";
const PINGS: &str = "#status section:nth-of-type(2)";
const ALERTS: &str = "#status section:nth-of-type(3)";
const AGENTS: &str = "#status section:nth-of-type(4)";

fn pulse(server: &Server, service: &str, next: f64) {
    let status =
        server.post("/api/heartbeats", &json!({"service": service, "next": next, "text": "of a test"}));
    assert!(status == 200 || status == 201, "{status}");
}

/// The services in their order.
async fn until_services(page: &Page, services: &str) {
    page.until(&format!(
        "[...document.querySelectorAll('{HEARTBEATS} tbody th')].map((each) => each.textContent).join() === '{services}'"
    ))
    .await;
}

/// Chooses what is done with the first service, by its place in the menu.
async fn choose_action(page: &Page, place: usize) {
    page.click(&format!("{HEARTBEATS} tbody .more")).await;
    page.click(&format!("{HEARTBEATS} .menu:popover-open button:nth-of-type({place})")).await;
}

async fn until_state(page: &Page, service: &str, state: &str) {
    page.until(&format!(
        "[...document.querySelectorAll('{HEARTBEATS} tbody tr')].some((row) =>
            row.querySelector('th').textContent === '{service}' && row.querySelector('.badge.{state}'))"
    ))
    .await;
}

#[test]
fn heartbeats_count_down_die_and_recover_while_one_looks() {
    browse("status", async |server, page| {
        pulse(server, "backup", 3600.0);
        pulse(server, "web", 3600.0);
        page.open("page=status").await;
        until_services(page, "backup,web").await;
        page.until_text(HEARTBEATS, "in 59m").await;
        page.until_text(HEARTBEATS, "100 %").await;
        page.until_text(HEARTBEATS, "of a test").await;
        page.until_text("#status .bar", "2 up").await;
        let due = format!("document.querySelector('{HEARTBEATS} .due').textContent");
        let before = page.text(&due).await;
        page.until(&format!("{due} !== {}", json!(before))).await;
        // It pulses no more, dies, is told of first, and comes back.
        pulse(server, "web", 0.2);
        page.until_text(&format!("{HEARTBEATS} tbody tr:nth-of-type(1)"), "dead").await;
        until_services(page, "web,backup").await;
        page.until_text("#status .bar", "1 dead").await;
        pulse(server, "web", 3600.0);
        page.until_text("#status .bar", "2 up").await;
        until_services(page, "backup,web").await;
        page.until_text(ALERTS, "None").await;
        page.until_text(AGENTS, "No agent").await;
    });
}

#[test]
fn heartbeats_are_narrowed_paused_ended_and_forgotten() {
    browse("status-actions", async |server, page| {
        for service in ["backup", "web", "web-2"] {
            pulse(server, service, 3600.0);
        }
        page.open("page=status").await;
        until_services(page, "backup,web,web-2").await;
        page.type_into("#status .search", "WEB").await;
        until_services(page, "web,web-2").await;
        page.until_address("search=WEB").await;
        choose_action(page, 1).await;
        until_state(page, "web", "paused").await;
        // It has gone to the end; alone, it is the one whose menu is opened next.
        page.choose("#status select", "paused,cancelled").await;
        until_services(page, "web").await;
        choose_action(page, 1).await;
        page.until_text(HEARTBEATS, "No service matches").await;
        page.choose("#status select", "").await;
        until_services(page, "web,web-2").await;
        until_state(page, "web", "up").await;
        choose_action(page, 2).await;
        until_state(page, "web", "cancelled").await;
        page.choose("#status select", "paused,cancelled").await;
        until_services(page, "web").await;
        choose_action(page, 3).await;
        page.until_text("dialog[open]", "web").await;
        page.click("dialog[open] button[type=submit]").await;
        page.choose("#status select", "").await;
        until_services(page, "web-2").await;
    });
}

#[test]
fn pings_show_their_latencies_and_alerts_that_wait_say_why() {
    let target = Server::start(&[]);
    let good = format!("- {{ service: good, url: \"{}/healthz\", frequency: 1s }}", target.url);
    // Nothing listens at the port of a server that has ended.
    let mut ended = Server::start(&[]);
    ended.kill();
    let bad = format!("- {{ service: bad, url: \"{}/healthz\", frequency: 1s, failures: 1 }}", ended.url);
    let hook = format!("hook: {{ webhook: \"{}/\" }}", ended.url);
    let targets = format!("alerts: {{ targets: {{ {hook} }}, rules: [ {{ targets: [hook] }} ] }}");
    let config = watch_config(&["pings:", &format!("  {good}"), &format!("  {bad}"), &targets]);
    let path = config.path().to_str().expect("a path").to_owned();
    browse_with("status-pings", &["--config", &path], async |_, page| {
        page.open("page=status").await;
        let row = |service: &str, what: &str| {
            format!(
                "[...document.querySelectorAll('{PINGS} tbody tr')].find((row) =>
                    row.querySelector('th').textContent === '{service}').querySelector('{what}')"
            )
        };
        page.until(&row("good", ".badge.up")).await;
        page.until(&row("bad", ".badge.down")).await;
        page.open("page=status").await;
        page.until(&row("good", ".spark .run.done")).await;
        page.until(&row("bad", ".spark .run.failed")).await;
        page.until_text(PINGS, "100 %").await;
        page.until_text("#status .bar", "1 down").await;
        page.until(&format!("document.querySelector('{ALERTS} .badge.waiting') !== null")).await;
        page.until_text(ALERTS, "target hook").await;
        page.until_text(ALERTS, "no answer").await;
    });
}

#[test]
fn names_of_services_are_texts() {
    browse("status-hostile", async |server, page| {
        for name in hostile_names().iter().filter(|name| !name.trim().is_empty()) {
            pulse(server, name, 3600.0);
            let line = json!({"service": name, "message": name});
            assert_eq!(server.post("/api/journal", &line), 201);
        }
        for place in ["status", "journal"] {
            page.open(&format!("page={place}")).await;
            page.until(&format!("document.querySelectorAll('#{place} tbody tr').length === 8")).await;
            let made = "document.querySelectorAll('img, script:not([src]), [onerror], [onfocus]').length";
            assert_eq!(page.value(made).await, 0);
        }
    });
}

#[test]
fn a_server_that_watches_nothing_says_what_to_type() {
    browse("status-empty", async |_, page| {
        page.open("page=status").await;
        page.until_text(&format!("{HEARTBEATS} code"), "/api/heartbeats").await;
        page.until_text(PINGS, "service: shop").await;
        page.open("page=journal").await;
        page.until_text("#journal code", "/api/journal").await;
    });
}
