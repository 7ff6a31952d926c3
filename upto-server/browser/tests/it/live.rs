//! What happens while one looks.

use serde_json::json;
use upto_server_browser::browse;

const ROWS: &str = "document.querySelectorAll('#tree .row:not([hidden])').length";

#[test]
fn events_come_grow_and_end_and_a_lost_connection_heals() {
    browse("live", async |server, page| {
        page.open("context=live").await;
        page.until_text("#notice", "There is no context").await;
        server.send(&[json!({"context": "live", "name": "job.one", "id": 1, "type": "start"})]);
        page.until(&format!("{ROWS} === 2")).await;
        page.until_text(".badge", "running").await;
        let before = page.text("document.querySelector('.total').textContent").await;
        page.until(&format!("document.querySelector('.total').textContent !== {}", json!(before))).await;
        server.send(&[
            json!({"context": "live", "name": "job.one", "id": 1, "type": "end", "status": "failed"}),
        ]);
        page.until_text(".badge", "failed").await;

        server.kill();
        page.until_text(".connection", "lost").await;
        server.restart();
        page.until("document.querySelector('.connection').textContent === 'live'").await;
        server.send(&[json!({"context": "live", "name": "job.two", "id": 2, "type": "event"})]);
        page.until(&format!("{ROWS} === 3")).await;
    });
}

#[test]
fn a_newer_timeline_is_followed_unless_one_was_chosen() {
    browse("following", async |server, page| {
        server.send(&[json!({"context": "live", "timeline": "1", "name": "a", "type": "event"})]);
        page.open_timeline("context=live").await;
        page.until("document.title.includes('1')").await;
        server.send(&[json!({"context": "live", "timeline": "2", "name": "b", "type": "event"})]);
        page.until("document.title.includes('2')").await;
    });
}
