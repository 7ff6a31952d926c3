//! How fast the page is, in Chromium without a graphics card: lines `figure NAME VALUE UNIT` and
//! `ratio NAME VALUE GOAL`, a ratio being the figure's part of what it may be. A goal that is missed ends it with 1.

#![allow(clippy::expect_used, clippy::print_stdout)]

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use upto_server_browser::{Page, Server, browse_with, send_many, send_to};

const FRAMES: usize = 120;
const FRAMES_F: f64 = 120.0;
/// Zooms in for one half of the frames, and out for the other.
const ZOOM: &str = "(turn) => bars.dispatchEvent(new WheelEvent('wheel', {...at, ctrlKey: true, deltaY: turn < 60 ? -30 : 30}))";
/// Moves to and fro, after it has zoomed in: what shows all of it can't be moved.
const PAN: &str = "(turn) => bars.dispatchEvent(new WheelEvent('wheel', turn < 4 ? {...at, ctrlKey: true, deltaY: -300} : {...at, deltaX: turn < 60 ? 20 : -20}))";
const SCROLL: &str = "(turn) => document.querySelector('#scroller').scrollBy(0, turn < 60 ? 40 : -40)";
const LIVE_BATCH: i64 = 500;
const LIVE_EVERY: Duration = Duration::from_millis(100);
const MEMORY: [&str; 2] = ["--memory", "2048"];
const NAMES: usize = 1000;
/// Heights of windows with so many rows.
const ROWS_45: u32 = 1210;
const ROWS_215: u32 = 4950;
const WIDTH: u32 = 1440;

/// What was measured, and what was missed.
struct Report {
    missed: bool,
}

impl Report {
    fn figure(&mut self, name: &str, value: f64, unit: &str, most: f64) {
        let ratio = value / most;
        let verdict = if ratio <= 1.0 { "met" } else { "MISSED" };
        println!("figure {name} {value:.1} {unit}");
        println!("ratio {name} {ratio:.2} 1 {verdict}");
        self.missed |= ratio > 1.0;
    }
}

fn main() -> ExitCode {
    let mut report = Report { missed: false };
    browse_with("bench-100000", &MEMORY, async |server, page| {
        hundred_thousand(server, page, &mut report).await
    });
    browse_with("bench-dense", &MEMORY, async |server, page| dense(server, page, &mut report).await);
    browse_with("bench-live", &MEMORY, async |server, page| live(server, page, &mut report).await);
    browse_with("bench-million", &MEMORY, async |server, page| million(server, page, &mut report).await);
    ExitCode::from(u8::from(report.missed))
}

async fn hundred_thousand(server: &Server, page: &Page, report: &mut Report) {
    send_many(server, "many", 100_000, NAMES);
    page.open("context=empty").await;
    page.until("document.querySelector('#notice:not([hidden])') !== null").await;
    let empty = memory(page).await;
    opened(page, ROWS_45).await;
    report.figure("page_scripts_and_styles", own_files(page).await / 1000.0, "kB", 30.0);
    report.figure("100000_paint_after_data", paint_after_data(page).await, "ms", 170.0);
    report.figure("100000_navigation_to_bars", painted(page).await, "ms", 400.0);
    report.figure("100000_bytes_per_event", column_bytes(page).await / 100_000.0, "bytes", 7.0);
    report.figure("100000_memory", (memory(page).await - empty) / 1e6, "MB", 8.0);
    for (rows, height) in [(45, ROWS_45), (215, ROWS_215)] {
        page.resize(WIDTH, height).await;
        for (kind, step) in [("zoom", ZOOM), ("pan", PAN), ("scroll", SCROLL)] {
            let (frame, work) = frames(page, step).await;
            report.figure(&format!("100000_{kind}_{rows}_rows_frame_p95"), frame, "ms", 18.0);
            report.figure(&format!("100000_{kind}_{rows}_rows_main_thread"), work, "ms", 5.0);
        }
    }
}

async fn dense(server: &Server, page: &Page, report: &mut Report) {
    send_many(server, "many", 96_000, 200);
    opened(page, ROWS_215).await;
    let (frame, _) = frames(page, ZOOM).await;
    report.figure("96000_visible_frame_p95", frame, "ms", 33.0);
}

async fn million(server: &Server, page: &Page, report: &mut Report) {
    send_many(server, "many", 1_000_000, NAMES);
    page.open("context=empty").await;
    let empty = memory(page).await;
    opened(page, ROWS_45).await;
    report.figure("1000000_paint_after_data", paint_after_data(page).await, "ms", 250.0);
    report.figure("1000000_memory", (memory(page).await - empty) / 1e6, "MB", 40.0);
    let (frame, _) = frames(page, ZOOM).await;
    report.figure("1000000_zoom_frame_p95", frame, "ms", 20.0);
}

/// While 5,000 events come in a second.
async fn live(server: &Server, page: &Page, report: &mut Report) {
    send_many(server, "many", 10_000, NAMES);
    opened(page, ROWS_45).await;
    let ends = Arc::new(AtomicBool::new(false));
    let sender = thread::spawn({
        let (url, ends) = (server.url.clone(), Arc::clone(&ends));
        move || send_until(&url, &ends)
    });
    page.until("document.querySelector('.counts').textContent.includes('12,')").await;
    let (frame, _) = frames(page, ZOOM).await;
    ends.store(true, Ordering::Relaxed);
    sender.join().expect("the sender");
    report.figure("live_5000_per_second_frame_p95", frame, "ms", 20.0);
}

fn send_until(url: &str, ends: &AtomicBool) {
    let base = 1_795_000_700_000_000_000_i64;
    for turn in 0_i64.. {
        let began = Instant::now();
        if ends.load(Ordering::Relaxed) {
            return;
        }
        let events: Vec<Value> =
            (0..LIVE_BATCH).map(|event| live_event(base, turn * LIVE_BATCH + event)).collect();
        send_to(url, &events);
        thread::sleep(LIVE_EVERY.saturating_sub(began.elapsed()));
    }
}

fn live_event(base: i64, number: i64) -> Value {
    let start = base + number * 200_000;
    json!({"context": "many", "timeline": "1", "name": format!("live.step{}", number % 100), "id": number + 1,
        "type": "end", "started": start, "time": start + 50_000_000})
}

async fn opened(page: &Page, height: u32) {
    page.resize(WIDTH, height).await;
    page.open("context=many&timeline=1").await;
    page.until("performance.getEntriesByName('upto-painted').length > 0").await;
}

async fn number(page: &Page, expression: &str) -> f64 {
    page.value(expression).await.as_f64().expect(expression)
}

const COLUMNS: &str =
    "performance.getEntriesByType('resource').find((entry) => /[/]columns($|[?])/.test(entry.name))";

async fn painted(page: &Page) -> f64 {
    number(page, "performance.getEntriesByName('upto-painted')[0].startTime").await
}

async fn paint_after_data(page: &Page) -> f64 {
    painted(page).await - number(page, &format!("{COLUMNS}.responseEnd")).await
}

/// What the columns took on the wire, compressed as the browser likes it.
async fn column_bytes(page: &Page) -> f64 {
    number(page, &format!("{COLUMNS}.encodedBodySize")).await
}

/// Scripts and styles as they came, compressed.
async fn own_files(page: &Page) -> f64 {
    let files = "performance.getEntriesByType('resource').filter((entry) => /[.](js|css)$/.test(entry.name))";
    number(page, &format!("{files}.reduce((sum, entry) => sum + entry.encodedBodySize, 0)")).await
}

/// Heap and buffers, in bytes, after what is not used was thrown away.
async fn memory(page: &Page) -> f64 {
    page.cdp("HeapProfiler.collectGarbage", json!({})).await;
    let usage = page.cdp("Runtime.getHeapUsage", json!({})).await;
    let part = |name: &str| usage[name].as_f64().unwrap_or_default();
    part("usedSize") + part("backingStorageSize")
}

/// Does something in each of some frames; answers the 95th percentile of how long frames took, and how long the main
/// thread worked in one on the average, in milliseconds.
async fn frames(page: &Page, step: &str) -> (f64, f64) {
    page.cdp("Performance.enable", json!({})).await;
    let before = busy(page).await;
    let script = format!(
        "const done = arguments[0];
         const bars = document.querySelector('#bars');
         const box = bars.getBoundingClientRect();
         const at = {{clientX: box.left + box.width / 3, clientY: box.top + 100, bubbles: true, cancelable: true}};
         const step = {step};
         const took = [];
         let last = 0;
         const frame = (now) => {{
             if (last > 0) took.push(now - last);
             last = now;
             if (took.length === {FRAMES}) return done(took.sort((a, b) => a - b));
             step(took.length);
             requestAnimationFrame(frame);
         }};
         requestAnimationFrame(frame);"
    );
    let took = page.run(&script, vec![]).await;
    let frame = took[FRAMES * 95 / 100].as_f64().expect("a frame");
    (frame, (busy(page).await - before) / FRAMES_F * 1000.0)
}

/// For how long the main thread has worked, in seconds.
async fn busy(page: &Page) -> f64 {
    let metrics = page.cdp("Performance.getMetrics", json!({})).await;
    let metrics = metrics["metrics"].as_array().expect("metrics");
    let task = metrics.iter().find(|metric| metric["name"] == "TaskDuration").expect("its time");
    task["value"].as_f64().expect("seconds")
}
