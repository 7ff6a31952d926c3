//! The fleet's page: hosts, what they measure, and a check over time.

use upto_server_browser::{browse, browse_with};

#[test]
fn hosts_are_shown_with_colours_and_a_check_over_time() {
    browse_with("fleet", &["--fleet"], async |_, page| {
        page.open("page=fleet").await;
        page.until_text("#fleet .summary", "1 of 1 hosts are there").await;
        page.until("document.querySelectorAll('#fleet thead th').length === 9").await;
        page.until("document.querySelectorAll('#fleet tbody td.standing.ok').length >= 6").await;
        page.until("document.querySelector('#fleet [data-check=memory_used] polyline') !== null").await;
        page.until_text("#fleet [data-check=memory_used]", "%").await;
        page.click("#fleet thead th:nth-of-type(4) button").await;
        page.until_text("#fleet .fleet-chart h3", "memory_used").await;
        page.until("document.querySelector('#fleet .fleet-chart canvas') !== null").await;
        page.type_into("#fleet .search", "no such host").await;
        page.until_text("#fleet .empty", "No host matches").await;
    });
}

#[test]
fn where_the_fleet_is_off_the_page_says_how_to_switch_it_on() {
    browse("fleet-off", async |_, page| {
        page.open("page=fleet").await;
        page.until_text("#fleet .empty", "--fleet").await;
    });
}
