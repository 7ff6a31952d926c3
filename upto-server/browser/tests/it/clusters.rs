//! Clusters that the server watches.

use tempfile::TempDir;
use upto_server_browser::browse_with;

/// Two clusters: one that is well, and one whose name would like to be markup and whose program says what is wrong.
const CLUSTERS: &str = r#"clusters:
- {name: orders, connector: command, period: 300ms, command: [printf, '{"queries_per_second": 1234.5, "ranges": 42}']}
- {name: '<b>late</b>', connector: command, period: 300ms, command: [sh, -c, 'echo "<i>slow</i>" >&2; exit 1']}
"#;

#[test]
fn clusters_are_shown_with_their_figures_and_what_is_wrong() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("upto.yaml");
    std::fs::write(&file, CLUSTERS).expect("written");
    browse_with("clusters", &["--config", file.to_str().expect("text")], async |_, page| {
        page.open("page=clusters").await;
        page.until_text("#clusters .card:nth-of-type(2) .badge", "up").await;
        page.until_text("#clusters .card:nth-of-type(2) .tile:nth-of-type(1)", "1,235").await;
        page.until_text("#clusters .card:nth-of-type(2) .tile:nth-of-type(2)", "ranges").await;
        // How it went is fetched once, and goes on.
        page.until("document.querySelectorAll('#clusters .card:nth-of-type(2) .tile:nth-of-type(1) .run').length > 3")
            .await;
        page.until_text("#clusters .card:nth-of-type(1) .badge", "degraded").await;
        page.until_text("#clusters .card:nth-of-type(1) .problem", "<i>slow</i>").await;
        page.until_text("#clusters .card:nth-of-type(1) h3", "<b>late</b>").await;
        page.click("#clusters .card:nth-of-type(2) summary").await;
        page.until_text("#clusters .card:nth-of-type(2) pre", "\"queries_per_second\": 1234.5").await;
        page.type_into("#clusters .search", "ORD").await;
        page.until("document.querySelectorAll('#clusters .card').length === 1").await;
    });
}

#[test]
fn without_clusters_that_is_said() {
    browse_with("no-clusters", &[], async |_, page| {
        page.open("page=clusters").await;
        page.until_text("#clusters .empty", "No clusters are watched").await;
    });
}
