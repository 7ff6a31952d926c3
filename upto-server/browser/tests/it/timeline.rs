//! The picture: rows, folding, filters, zooming, marks, details.

use serde_json::json;
use upto_server_browser::{browse, send_history, send_many, send_states};

const ROWS: &str = "[...document.querySelectorAll('#tree .row:not([hidden])')]";
const BUILD: &str = "context=build&timeline=30";

/// How many rows there are.
fn count(rows: usize) -> String {
    format!("{ROWS}.length === {rows}")
}

/// A point of the bars of the row with this segment, a part of the whole width from the left.
fn place_of(segment: &str, part: f64) -> String {
    format!(
        "(() => {{ const row = {ROWS}.find((row) => row.querySelector('.name bdi').textContent === {segment});
           const [at, bars] = [row, document.querySelector('#bars')].map((each) => each.getBoundingClientRect());
           return [bars.left + bars.width * {part}, at.top + at.height / 2]; }})()",
        segment = json!(segment)
    )
}

fn point(value: &serde_json::Value) -> (f64, f64) {
    (value[0].as_f64().expect("x"), value[1].as_f64().expect("y"))
}

#[test]
fn every_name_has_a_row_and_bars_have_colours() {
    browse("timeline", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        // The root, three stages, `compile`, nine steps.
        page.until(&count(14)).await;
        page.until("document.title.includes('30') && document.title.includes('build')").await;
        page.until_text(".badge", "done").await;
        let painted = "(() => { const canvas = document.querySelector('#bars');
            const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            const seen = new Set();
            for (let at = 0; at < pixels.length; at += 4) seen.add(pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2]);
            return seen.size > 5; })()";
        page.until(painted).await;
    });
}

#[test]
fn names_fold_by_click_by_level_and_by_key() {
    browse("folding", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        page.click("#tree .row .twisty").await;
        page.until(&count(1)).await;
        page.until_address("fold=release").await;
        page.click("#tree .row .twisty").await;
        page.until(&count(14)).await;
        page.choose("#toolbar select", "2").await;
        page.until(&count(4)).await;
        // Within a list, keys choose from it.
        page.value("document.activeElement.blur()").await;
        page.press(&["]"]).await;
        page.until(&count(12)).await;
        page.press(&["[", "["]).await;
        page.until(&count(1)).await;
        page.until_address("level=1").await;
    });
}

#[test]
fn filters_by_name_and_by_duration_leave_what_matches() {
    browse("filter", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        page.press(&["/"]).await;
        page.type_into(".filter", "SERVER").await;
        // With its three ancestors.
        page.until(&count(4)).await;
        page.type_into(".filter", "nothing").await;
        page.until_text("#notice", "No name contains").await;
        page.click("#notice button").await;
        page.until(&count(14)).await;
        page.choose("#toolbar label:nth-of-type(2) select", "60").await;
        page.until_address("least=60").await;
        page.until(&format!("{ROWS}.length < 14 && {ROWS}.length > 3")).await;
    });
}

#[test]
fn hosts_are_a_second_grouping() {
    browse("hosts", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        page.choose("#toolbar label:nth-of-type(3) select", "host").await;
        page.until(&format!(
            "{ROWS}.filter((row) => row.ariaLevel === '1').map((row) => row.querySelector('.name bdi').textContent)
               .join() === 'ci-01,ci-02,web-01'"
        ))
        .await;
        // Below each of the nine steps, and below the root, a row for the host.
        page.choose("#toolbar label:nth-of-type(3) select", "below").await;
        page.until(&count(24)).await;
        page.until(&format!(
            "{ROWS}.filter((row) => row.querySelector('.name bdi').textContent === '@ci-02').length === 3"
        ))
        .await;
        page.choose("#toolbar label:nth-of-type(3) select", "").await;
        page.until(&count(14)).await;
    });
}

#[test]
fn of_very_many_events_attributes_come_when_one_is_chosen() {
    browse("details-many", async |server, page| {
        send_many(server, "many", 21_000, 100);
        let start = 1_795_000_000_123_456_789_i64;
        server.send(&[json!({"context": "many", "timeline": "1", "name": "one.of.them", "host": "h1", "id": 7,
            "type": "end", "started": start, "time": start + 5, "attrs": {"colour": "red"}, "text": "it was so"})]);
        page.open_timeline("context=many&timeline=1&row=one.of.them&show=details").await;
        page.until_text("#pane-body .about", "colour").await;
        page.until_text("#pane-body .about", "it was so").await;
        page.until("!document.querySelector('#pane-body').textContent.includes('Asking for')").await;
    });
}

#[test]
fn what_a_sender_left_out_is_told() {
    browse("truncated", async |server, page| {
        server.send(&[
            json!({"context": "cut", "name": "long", "id": 1, "type": "end", "started": 1_795_000_000_000_000_000_i64,
                "time": 1_795_000_010_000_000_000_i64, "truncated": true}),
        ]);
        page.open_timeline("context=cut&row=long&show=details").await;
        page.until_text("#pane-body .about", "truncated").await;
        page.until_text("#pane-body .about", "left out").await;
    });
}

#[test]
fn all_of_a_long_output_is_told_and_its_end_first() {
    browse("details-long", async |server, page| {
        let output: Vec<String> = (0..200).map(|line| format!("line {line} of what it said")).collect();
        let mut attributes: serde_json::Map<String, serde_json::Value> =
            (0..40).map(|number| (format!("key{number:02}"), json!(number))).collect();
        attributes.insert("run_url".to_owned(), json!("https://ci.example/run/7?a=1"));
        attributes.insert("script".to_owned(), json!("javascript:alert(1)"));
        server.send(&[json!({"context": "long", "name": "job", "id": 1, "type": "end", "status": "failed",
            "started": 1_795_000_000_000_000_000_i64, "time": 1_795_000_010_000_000_000_i64,
            "text": output.join("\n"), "attrs": attributes})]);
        page.open_timeline("context=long&row=job&show=details").await;
        page.until_text("#pane-body .about", "line 199 of").await;
        page.until_text("#pane-body .about", "line 0 of").await;
        page.until_text("#pane-body .about", "key39").await;
        let long = "document.querySelector('#pane-body .long')";
        page.until(&format!(
            "{long}.scrollTop > 0 && {long}.scrollTop + {long}.clientHeight + 2 > {long}.scrollHeight"
        ))
        .await;
        page.until(
            "[...document.querySelectorAll('#pane-body dd a')].map((a) => `${a.getAttribute('href')} ${a.rel}`).join()
               === 'https://ci.example/run/7?a=1 noopener noreferrer'",
        )
        .await;
    });
}

#[test]
fn one_of_several_occurrences_is_chosen_by_keys() {
    browse("occurrences", async |server, page| {
        let start = 1_795_000_000_000_000_000_i64;
        let events = (1..=3).map(|id| {
            let begin = start + id * 2_000_000_000;
            json!({"context": "several", "name": "job", "id": id, "type": "end", "started": begin,
                "time": begin + 1_000_000_000})
        });
        server.send(&events.collect::<Vec<_>>());
        page.open_timeline("context=several").await;
        page.press(&["t"]).await;
        page.until_address("row=job").await;
        page.press(&["."]).await;
        page.until_address("id=1").await;
        page.until_text("#pane-body .steps", "1 of 3").await;
        page.press(&["."]).await;
        page.until_address("id=2").await;
        page.press(&[","]).await;
        page.until_address("id=1").await;
        // The same with buttons, which stay under the keyboard.
        page.click("#pane-body [data-by='1']").await;
        page.until_address("id=2").await;
        page.press(&["\u{E007}"]).await;
        page.until_address("id=3").await;
        page.until("document.querySelector(\"#pane-body [data-by='1']\").disabled").await;
        page.click("#tab-table").await;
        page.click("#pane-body tbody tr:first-of-type button").await;
        page.until_address("id=1").await;
    });
}

#[test]
fn a_double_click_shows_all_and_chooses_nothing() {
    browse("double-click", async |server, page| {
        send_history(server);
        page.open_timeline(&format!("{BUILD}&from=100&to=300")).await;
        let bar = point(&page.value(&place_of("server", 0.3)).await);
        page.double_click_at(bar).await;
        page.until("!location.hash.includes('from=')").await;
        assert_eq!(page.value("document.querySelector('#pane-body').hidden").await, true);
        assert_eq!(page.value("location.hash.includes('row=')").await, false);
        // One click does.
        page.click_at(point(&page.value(&place_of("server", 0.37)).await)).await;
        page.until_address("row=release.build.compile.server").await;
        page.until_address("show=details").await;
    });
}

#[test]
fn what_is_printed_has_all_rows_dark_on_light() {
    browse("print", async |server, page| {
        send_history(server);
        page.prefer(upto_server_browser::Scheme::Dark).await;
        page.open_timeline(&format!("{BUILD}&show=causes&with=20")).await;
        page.until_text("#pane-body .summary", "20").await;
        // As soon as what puts it on paper is there.
        page.until(
            "(dispatchEvent(new Event('beforeprint')), document.querySelector('#paper svg') !== null)",
        )
        .await;
        let print =
            json!({"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]});
        page.cdp("Emulation.setEmulatedMedia", print).await;
        page.until("getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)'").await;
        page.until("document.querySelector('#paper').offsetHeight > 200").await;
        let rows = "[...document.querySelectorAll('#paper svg text')].filter((text) =>
            ['checkout', 'server', 'restart'].includes(text.textContent) && text.getBoundingClientRect().height > 4)";
        page.until(&format!("{rows}.length === 3")).await;
        page.until_text("#paper svg", "build  ·  30").await;
        // All causes, not only those that the panel has room for.
        page.until("document.querySelector('#pane-body').scrollHeight <= document.querySelector('#pane-body').offsetHeight")
            .await;
        page.shot("printed").await;
        page.value("dispatchEvent(new Event('afterprint'))").await;
        page.cdp("Emulation.setEmulatedMedia", json!({"media": ""})).await;
        page.until("document.querySelector('#paper') === null && document.querySelector('#scroller').offsetHeight > 0")
            .await;
        // The browser itself says when it prints.
        page.value(
            "(addEventListener('beforeprint', () => {
                window.printed = document.querySelectorAll('#paper svg text').length; }), true)",
        )
        .await;
        page.cdp("Page.printToPDF", json!({})).await;
        page.until("window.printed > 14 && document.querySelector('#paper') === null").await;
    });
}

#[test]
fn names_with_control_characters_can_be_exported() {
    browse("export-control", async |server, page| {
        server.send(&[
            json!({"context": "a\u{1}b", "timeline": "t", "name": "c\u{3}d.\u{1b}[0m", "id": 1, "type": "end",
            "started": 1_795_000_000_000_000_000_i64, "time": 1_795_000_010_000_000_000_i64}),
        ]);
        page.open_timeline("context=a%01b&timeline=t").await;
        page.value("(URL.createObjectURL = (blob) => { window.saved = blob; return '#saved'; }, true)").await;
        page.click(".export").await;
        page.click("#export button:nth-of-type(2)").await;
        page.until("window.saved?.type === 'image/png' && window.saved.size > 1000").await;
        page.click(".export").await;
        page.click("#export button:nth-of-type(1)").await;
        page.until("window.saved?.type === 'image/svg+xml'").await;
        let text = page.run("const done = arguments[0]; window.saved.text().then(done);", vec![]).await;
        let text = text.as_str().expect("a picture");
        assert!(text.contains("a\u{fffd}b  ·  t  ·  ") && text.contains("c\u{fffd}d"), "{text}");
        // What fails is told.
        page.value(
            "(OffscreenCanvas.prototype.convertToBlob = () => Promise.reject(new Error('no memory')), true)",
        )
        .await;
        page.click(".export").await;
        page.click("#export button:nth-of-type(2)").await;
        page.until_text(".menu-holder [role=alert]", "no memory").await;
    });
}

#[test]
fn wheel_drags_and_keys_move_through_time() {
    browse("zoom", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        let middle = page.place("#bars", 0.5, 0.3).await;
        page.wheel(middle, -400, true).await;
        page.until_address("from=").await;
        let from = "new URLSearchParams(location.hash.slice(1)).get('from')";
        let zoomed = page.text(from).await;
        page.drag(middle, page.place("#bars", 0.2, 0.3).await).await;
        page.until(&format!("Number({from}) > {zoomed}")).await;
        page.double_click_at(middle).await;
        page.until(&format!("{from} === null")).await;
        page.drag(page.place("#axis", 0.25, 0.5).await, page.place("#axis", 0.5, 0.5).await).await;
        page.until(&format!("Number({from}) > 50")).await;
        page.press(&["f"]).await;
        page.until(&format!("{from} === null")).await;
        page.drag(page.place("#minimap", 0.5, 0.5).await, page.place("#minimap", 0.75, 0.5).await).await;
        page.until(&format!("Number({from}) > 150")).await;
        let before = page.text(from).await;
        page.drag(page.place("#minimap", 0.6, 0.5).await, page.place("#minimap", 0.4, 0.5).await).await;
        page.until(&format!("Number({from}) < {before}")).await;
        for (keys, moves) in [(["d"], ">"), (["a"], "<"), (["w"], ">"), (["s"], "<")] {
            let before = page.text(from).await;
            page.press(&keys).await;
            page.until(&format!("Number({from}) {moves} {before}")).await;
        }
    });
}

#[test]
fn arrows_signs_and_the_wheel_move_what_is_seen() {
    browse("arrows", async |server, page| {
        send_history(server);
        page.resize(1000, 420).await;
        page.open_timeline(&format!("{BUILD}&from=100&to=300")).await;
        let part = |name: &str| format!("Number(new URLSearchParams(location.hash.slice(1)).get('{name}'))");
        let (from, length) = (part("from"), format!("({} - {})", part("to"), part("from")));
        let (left, up, right, down) = ("\u{E012}", "\u{E013}", "\u{E014}", "\u{E015}");
        for (key, value, moves) in
            [(right, &from, ">"), (left, &from, "<"), ("+", &length, "<"), ("-", &length, ">")]
        {
            let before = page.value(value).await;
            page.press(&[key]).await;
            page.until(&format!("{value} {moves} {before}")).await;
        }
        let scrolled = "document.querySelector('#scroller').scrollTop";
        page.press(&[down]).await;
        page.until(&format!("{scrolled} > 0")).await;
        page.press(&[up]).await;
        page.until(&format!("{scrolled} === 0")).await;
        page.wheel(page.place("#bars", 0.5, 0.5).await, 120, false).await;
        page.until(&format!("{scrolled} > 0")).await;
    });
}

#[test]
fn tables_are_copied_for_spreadsheets() {
    browse("copy", async |server, page| {
        send_history(server);
        page.open_timeline(&format!("{BUILD}&show=blame")).await;
        page.until("document.querySelectorAll('#pane-body tbody tr').length > 0").await;
        page.value("(navigator.clipboard.writeText = async (text) => { window.copied = text; }, true)").await;
        page.click("#pane-body .bar > button").await;
        page.until("window.copied?.split('\\n')[0].split('\\t').includes('Self')").await;
        page.until("window.copied.includes('release.build.compile.server\\t')").await;
        page.until_text("#pane-body .bar > button", "Copied").await;
        page.until_text("#pane-body .bar > button", "Copy table").await;
    });
}

#[test]
fn what_is_done_before_the_hands_are_there_is_done() {
    browse("early", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        // At once, so that nothing can have been fetched in between.
        let drag = "(() => { const { left, width, top } = axis.getBoundingClientRect();
            for (const [kind, part] of [['pointerdown', 0.25], ['pointermove', 0.4], ['pointerup', 0.5]])
              axis.dispatchEvent(new PointerEvent(kind, { clientX: left + width * part, clientY: top + 5, bubbles: true }));
            tree.dispatchEvent(new FocusEvent('focus'));
            const key = new KeyboardEvent('keydown', { code: 'ArrowDown', bubbles: true, cancelable: true });
            return tree.dispatchEvent(key); })()";
        assert_eq!(page.value(drag).await, false, "the tree takes the key");
        page.until_address("from=").await;
        page.until_address("row=release.build").await;
        page.until("document.querySelectorAll('#tree .row.active:not([hidden])').length === 1").await;
    });
}

#[test]
fn the_back_button_leads_through_what_was_looked_at() {
    browse("back", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        page.choose("#toolbar select", "2").await;
        page.until_address("level=2").await;
        page.click("#tab-blame").await;
        page.until_address("show=blame").await;
        page.value("history.back()").await;
        page.until("!location.hash.includes('show=')").await;
        page.until(&count(4)).await;
        page.value("history.back()").await;
        page.until(&count(14)).await;
    });
}

#[test]
fn two_marks_tell_the_time_between_them() {
    browse("marks", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        page.hover(page.place("#bars", 0.2, 0.5).await).await;
        page.press(&["m"]).await;
        page.until("location.hash.split('mark=').length === 2").await;
        page.hover(page.place("#bars", 0.6, 0.5).await).await;
        page.press(&["m"]).await;
        page.until("location.hash.split('mark=').length === 3").await;
        page.shot("marks-two").await;
        page.press(&["\u{E00C}", "\u{E00C}"]).await;
        page.until("!location.hash.includes('mark=')").await;
    });
}

#[test]
fn a_bar_tells_all_that_is_known_of_it() {
    browse("details", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        // `compile.server` takes a fifth of the time, and its middle is at 37 % of it.
        let bar = point(&page.value(&place_of("server", 0.37)).await);
        page.hover(bar).await;
        page.until_text("#tooltip:not([hidden])", "release.build.compile.server").await;
        page.click_at(bar).await;
        page.until_text("#pane-body h2", "release.build.compile.server").await;
        page.until_text("#pane-body .about", "step").await;
        page.until_text("#pane-body .about", "start (UTC)").await;
        page.until_text("#pane-body .verdict", "Slower").await;
        page.until_text("#pane-body .beside", "Since 2").await;
        page.click("#pane-body summary").await;
        page.until("JSON.parse(document.querySelector('#pane-body pre').textContent).id === '5'").await;
        page.until_address("row=release.build.compile.server").await;
    });
}

#[test]
fn states_differ_in_shape_and_are_told_in_words() {
    browse("states", async |server, page| {
        send_states(server);
        page.open_timeline("context=states").await;
        page.until(&count(7)).await;
        for (state, rows) in [("open", 2), ("failed", 2), ("unknown_start", 2)] {
            page.until(&format!(
                "{ROWS}.filter((row) => !row.querySelector('.marks .{state}').hidden).length === {rows}"
            ))
            .await;
        }
        page.press(&["?"]).await;
        page.until_text("dialog[open]", "start unknown").await;
        page.click("dialog[open] > button").await;
        page.click("#tab-table").await;
        page.until("document.querySelectorAll('#pane-body tbody tr').length === 6").await;
        page.until_text("#pane-body tbody", "cancelled").await;
        page.prefer(upto_server_browser::Scheme::Dark).await;
        page.shot("states-dark").await;
    });
}

#[test]
fn the_picture_can_be_taken_elsewhere() {
    browse("export", async |server, page| {
        send_history(server);
        page.open_timeline(BUILD).await;
        page.value("(URL.createObjectURL = (blob) => { window.saved = blob; return '#saved'; }, true)").await;
        page.click(".export").await;
        page.click("#export button:nth-of-type(1)").await;
        page.until("window.saved?.type === 'image/svg+xml'").await;
        let text = page.run("const done = arguments[0]; window.saved.text().then(done);", vec![]).await;
        let text = text.as_str().expect("a picture");
        assert!(text.starts_with("<svg") && text.contains(">checkout<"), "{text}");
        page.click(".export").await;
        page.click("#export button:nth-of-type(2)").await;
        page.until("window.saved?.type === 'image/png' && window.saved.size > 1000").await;
        page.until("document.querySelector('#export a').href.includes('format=chrome')").await;
    });
}

#[test]
fn a_phone_shows_all_of_it_without_scrolling_sideways() {
    browse("phone", async |server, page| {
        send_history(server);
        page.resize(390, 780).await;
        for fragment in [
            BUILD,
            "context=build&timeline=30&show=causes&with=20",
            "page=contexts",
            "page=timelines&context=build",
        ] {
            page.open(fragment).await;
            page.until(&format!(
                "{ROWS}.length > 3 || document.querySelectorAll('.page tbody tr').length > 0"
            ))
            .await;
            page.until("document.documentElement.scrollWidth <= 390").await;
            // Whatever is wider than the window can be scrolled within itself.
            let lost = "[...document.querySelectorAll('#header button:not([popover] *), #toolbar label, [role=tab]')]
                .filter((each) => each.offsetParent && each.getBoundingClientRect().left > 390
                    && !each.closest('[role=tablist]')).length";
            assert_eq!(page.value(lost).await, 0, "{fragment}");
        }
    });
}
