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

/// Lets the page believe that its tab is in the background, or in front again.
fn seen(is_hidden: bool) -> String {
    format!(
        "(() => {{ Object.defineProperty(document, 'hidden', {{ configurable: true, get: () => {is_hidden} }});
           document.dispatchEvent(new Event('visibilitychange')); return true; }})()"
    )
}

/// Keeps count of what the page waits for: timers, answers, streams.
const COUNT: &str = "
    window.awaited = new Set();
    const wrap = (set, clear, again) => {
        const [usualSet, usualClear] = [window[set], window[clear]];
        window[set] = (act, delay, ...rest) => {
            const id = usualSet(() => { if (!again) awaited.delete(set + id); act(...rest); }, delay);
            awaited.add(set + id);
            return id;
        };
        window[clear] = (id) => { awaited.delete(set + id); usualClear(id); };
    };
    wrap('setTimeout', 'clearTimeout', false);
    wrap('setInterval', 'clearInterval', true);
    const usualFetch = window.fetch;
    window.fetch = (...given) => {
        const answer = usualFetch(...given);
        awaited.add(answer);
        const over = () => awaited.delete(answer);
        answer.then(over, over);
        return answer;
    };
    window.EventSource = class extends EventSource {
        constructor(...given) { super(...given); awaited.add(this); }
        close() { awaited.delete(this); super.close(); }
    };";

#[test]
fn a_tab_in_the_background_waits_for_nothing_and_catches_up() {
    browse("background", async |server, page| {
        page.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": COUNT})).await;
        let event =
            |name: &str| json!({"context": "live", "name": format!("job.{name}"), "id": 1, "type": "start"});
        server.send(&[event("first")]);
        assert_eq!(server.post("/api/heartbeats", &json!({"service": "web", "next": 3600})), 201);
        assert_eq!(server.post("/api/journal", &json!({"service": "web", "message": "begins"})), 201);
        page.open_timeline("context=live").await;
        page.until("document.querySelector('.connection').textContent === 'live'").await;
        for (fragment, sight) in [
            ("context=live", "#tree .row:not([hidden])"),
            ("page=contexts", "#contexts tbody tr"),
            ("page=status", "#status tbody tr"),
            ("page=journal", "#journal tbody tr"),
        ] {
            page.value(&format!("(location.hash = '{fragment}', true)")).await;
            page.until(&format!("document.querySelector('{sight}') !== null && awaited.size > 0")).await;
            page.value(&seen(true)).await;
            // Whoever asked again and again would wait for an answer or for the next time at any moment.
            page.until("awaited.size === 0").await;
            server.send(&[event(fragment)]);
            assert_eq!(server.post("/api/journal", &json!({"service": "web", "message": fragment})), 201);
            assert_eq!(page.value("awaited.size").await, 0, "{fragment}");
            page.value(&seen(false)).await;
            page.until("awaited.size > 0").await;
        }
        page.until_text("#journal tbody", "page=journal").await;
        page.value("(location.hash = 'context=live', true)").await;
        page.until(&format!("{ROWS} === 6")).await;
    });
}
