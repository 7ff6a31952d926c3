//! The answers on the picture, and the walk of somebody who sees it for the first time.

use upto_server_browser::{Build, Server, browse, send_history};

const BUILD: &str = "context=build&timeline=30";

#[test]
fn which_step_got_slower_and_since_when_in_three_clicks() {
    browse("walk-3", async |server, page| {
        send_history(server);
        page.open("page=contexts").await;
        page.until_text("#contexts tbody", "build").await;
        page.shot("walk-0").await;
        // One: the newest timeline. It says that it is slower, and since when.
        page.click("#contexts tbody td:nth-of-type(2) a").await;
        page.until_text(".verdict-chip", "slower").await;
        page.until_text(".verdict-chip", "since 21").await;
        page.shot("walk-1").await;
        // Two: why. It is compared with the last one before that, and the first cause is the step.
        page.click(".verdict-chip").await;
        page.until_text("#pane-body .summary", "20").await;
        page.until_text("#pane-body tbody tr:first-of-type", "release.build.compile.server").await;
        page.until_text("#pane-body tbody tr:first-of-type", "took longer").await;
        page.shot("walk-2").await;
        // Three: the step itself, lit up in the picture.
        page.click("#pane-body tbody tr:first-of-type button").await;
        page.until("document.querySelector('#tree .row.active .duration.worse') !== null").await;
    });
}

/// Sends more builds like those from 21 on, up to this one.
fn send_more(server: &Server, last: i64) {
    for number in 31..=last {
        let (name, start) = (number.to_string(), (1_795_000_000 + number * 3600) * 1_000_000_000);
        server.send(&Build { name: &name, start, is_slow: true, ended: 9 }.messages());
    }
}

#[test]
fn what_got_slower_is_still_told_when_it_has_become_usual() {
    browse("slower-since", async |server, page| {
        send_history(server);
        send_more(server, 50);
        page.open_timeline("context=build&timeline=50").await;
        page.until_text(".verdict-chip", "as usual, 1").await;
        page.until_text(".verdict-chip", "% slower since 2").await;
        page.click(".verdict-chip").await;
        page.until_text("#pane-body tbody tr:first-of-type", "release.build.compile.server").await;
        page.until_text("#pane-body tbody tr:first-of-type", "took longer").await;
        page.click("#tab-history").await;
        page.until_text("#pane-body .verdict", "usually").await;
        // What only statisticians read is not in the sentence.
        let verdict = page.text("document.querySelector('#pane-body .verdict').textContent").await;
        assert!(!verdict.contains("deviations") && !verdict.contains("percentile"), "{verdict}");
    });
}

#[test]
fn any_timeline_can_be_compared_with() {
    browse("compare-with", async |server, page| {
        send_history(server);
        page.open_timeline(&format!("{BUILD}&show=causes&with=20")).await;
        page.click("[popovertarget=pick-other]").await;
        page.until("document.querySelectorAll('#pick-other li').length > 20").await;
        page.type_into("#pick-other input", "17").await;
        page.until("document.querySelectorAll('#pick-other li').length === 1").await;
        page.press(&["\u{E007}"]).await;
        page.until_address("with=17").await;
        page.until_text("#pane-body .summary", "17").await;
        // The keyboard is where it was.
        page.until("document.activeElement.matches('[popovertarget=pick-other]')").await;
        page.value(
            "document.querySelector('#strip .run:nth-of-type(5)')
               .dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true }))",
        )
        .await;
        page.until_address("with=5").await;
        page.click("#tab-history").await;
        page.click("#pane-body tbody tr:nth-of-type(3) td:last-of-type button").await;
        page.until_address("with=28").await;
        page.until_address("show=causes").await;
        page.open("page=timelines&context=build").await;
        page.click("#timelines tbody tr:nth-of-type(12) .more").await;
        page.click("#timelines .menu:popover-open button:last-of-type").await;
        page.until_text("#pane-body .summary", "19").await;
        page.until_address("timeline=30").await;
    });
}

/// Sends build 31, which began so many seconds ago and of which three steps have ended.
fn send_running(server: &Server, seconds: i64) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time");
    let start = i64::try_from(now.as_nanos()).expect("this century") - seconds * 1_000_000_000;
    server.send(&Build { name: "31", start, is_slow: false, ended: 3 }.messages());
}

#[test]
fn while_one_runs_the_last_one_that_ended_is_told_of() {
    browse("running-verdict", async |server, page| {
        send_history(server);
        send_running(server, 150);
        page.open_timeline("context=build&timeline=31").await;
        page.until_text(".badge", "running").await;
        page.until_text(".verdict-chip:not([hidden])", "30: ").await;
        page.until_text(".verdict-chip", "slower").await;
        page.click(".verdict-chip").await;
        page.until_address("timeline=30").await;
        page.until_text("#pane-body tbody tr:first-of-type", "release.build.compile.server").await;
    });
}

#[test]
fn what_is_stuck_is_seen_without_looking_for_it() {
    browse("stuck", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        assert_eq!(page.text("document.querySelector('#tab-stuck').textContent").await, "Stuck");
        // Its fourth step takes two minutes at most.
        send_running(server, 3000);
        page.open_timeline("context=build&timeline=31").await;
        page.until_text("#header .status button.loss:not([hidden])", "stuck").await;
        page.until_text("#tab-stuck", "Stuck (").await;
        page.click("#header .status button.loss").await;
        page.until_text("#pane-body tbody", "release").await;
        page.click("#pane-body tbody tr:first-of-type button").await;
        page.until_address("row=release").await;
        page.until_address("id=").await;
    });
}

#[test]
fn causes_add_up_to_the_difference() {
    browse("causes", async |server, page| {
        send_history(server);
        page.open_timeline(&format!("{BUILD}&with=20&show=causes")).await;
        page.until("document.querySelectorAll('#pane-body tbody tr').length > 0").await;
        // A comparison as the API has it; the table shows each of its causes, and its difference.
        let answer =
            "fetch('api/contexts/build/timelines/30/compare?with=20').then((answer) => answer.json())";
        let answer = page.run(&format!("const done = arguments[0]; {answer}.then(done);"), vec![]).await;
        let effects = answer["causes"].as_array().expect("causes");
        let sum: f64 = effects.iter().map(|cause| cause["effect_seconds"].as_f64().expect("seconds")).sum();
        let rest = answer["other_causes"]["effect_seconds"].as_f64().expect("seconds");
        let difference = answer["difference_seconds"].as_f64().expect("seconds");
        assert!((sum + rest - difference).abs() < 1e-6, "{answer}");
        let rows = effects.len();
        page.until(&format!("document.querySelectorAll('#pane-body tbody tr').length === {rows}")).await;
        page.until("[...document.querySelectorAll('#headings .duration')][0].textContent === 'Change'").await;
        page.click("#pane-body label input").await;
        page.until_address("align=row").await;
        page.click("#pane-body .bar > button:last-of-type").await;
        page.until("!location.hash.includes('with=')").await;
    });
}

#[test]
fn the_critical_path_is_listed_with_shares_of_one() {
    browse("path", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        page.click("#tab-path").await;
        page.until_text("#pane-body tfoot tr:last-of-type", "100.0 %").await;
        let shares = "[...document.querySelectorAll('#pane-body tr td:nth-of-type(2)')]
            .slice(0, -1).reduce((sum, cell) => sum + parseFloat(cell.textContent), 0)";
        let sum = page.value(shares).await.as_f64().expect("a sum");
        assert!((sum - 100.0).abs() < 1.0, "{sum}");
        page.until("document.querySelector('#toolbar .check:nth-of-type(5) input').checked").await;
        page.press(&["p"]).await;
        page.until("!location.hash.includes('path=1')").await;
    });
}

#[test]
fn history_is_a_chart_and_a_table() {
    browse("history", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        page.click("#tab-history").await;
        page.until("document.querySelector('#pane-body .chart canvas').width > 100").await;
        page.until("document.querySelectorAll('#pane-body tbody tr').length === 30").await;
        page.until("document.querySelectorAll('#strip .run').length === 30").await;
        page.until("document.querySelector('#strip .run.change').title.startsWith('21 ')").await;
        page.click("#strip .run:nth-of-type(25)").await;
        page.until_address("timeline=25").await;
        page.until_text("#pane-body .verdict", "lower").await;
    });
}

#[test]
fn a_forecast_has_rows_for_what_is_to_come() {
    browse("forecast", async |server, page| {
        send_history(server);
        send_running(server, 150);
        page.open_timeline("context=build&timeline=31&show=forecast").await;
        page.until_text("#pane-body .summary", "% done").await;
        page.until_text("#pane-body tbody", "release.deploy.restart").await;
        page.until_text("#tree", "to come").await;
        page.click("#tab-stuck").await;
        page.until("document.querySelector('#pane-body').textContent.trim() !== ''").await;
    });
}

#[test]
fn blame_can_be_sorted() {
    browse("blame", async |server, page| {
        send_history(server);
        page.open_timeline(&format!("{BUILD}&show=blame")).await;
        page.until_text("#pane-body tbody tr:first-of-type", "release.build.compile.server").await;
        page.click("#pane-body thead th:nth-of-type(1) button").await;
        page.until_text("#pane-body tbody tr:first-of-type td", "release").await;
        page.until("document.querySelector('#pane-body th').ariaSort === 'ascending'").await;
        page.click("#pane-body thead th:nth-of-type(4) button").await;
        page.until("document.querySelectorAll('#pane-body th')[3].ariaSort === 'descending'").await;
    });
}

/// How many pixels of the bars have the colour of another timeline.
const GHOST: &str = "(() => { const canvas = document.querySelector('#bars');
    const probe = document.createElement('i');
    probe.style.color = 'var(--ghost)';
    document.body.append(probe);
    const [red, green, blue] = getComputedStyle(probe).color.match(/[0-9]+/g).map(Number);
    probe.remove();
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let count = 0;
    for (let at = 0; at < pixels.length; at += 4)
        if (pixels[at] === red && pixels[at + 1] === green && pixels[at + 2] === blue) count++;
    return count; })()";

#[test]
fn another_timeline_is_above_or_below_and_there_for_hosts_too() {
    browse("stacked", async |server, page| {
        send_history(server);
        page.open_timeline(&format!("{BUILD}&with=20&show=causes")).await;
        let above = page.until(GHOST).await.as_u64().expect("pixels");
        let height = "document.querySelector('#content').offsetHeight";
        let low = page.value(height).await.as_u64().expect("a height");
        page.click("#pane-body .bar label:nth-of-type(2) input").await;
        page.until_address("layout=stacked").await;
        page.until(&format!("{height} > {low}")).await;
        // A bar below is higher than one above.
        page.until(&format!("{GHOST} > {above}")).await;
        page.shot("stacked-light").await;
        for grouping in ["host", "below"] {
            page.choose("#toolbar label:nth-of-type(3) select", grouping).await;
            page.until_address(&format!("group={grouping}")).await;
            page.until(GHOST).await;
            page.until("[...document.querySelectorAll('#tree .duration.worse')].length > 0").await;
        }
        page.shot("stacked-below").await;
    });
}
