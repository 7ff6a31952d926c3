//! Links between pages.

use std::fs;
use std::path::Path;

use super::{all_pages, root};

/// Where the links of a page lead, without those to other sites.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let own =
        targets.filter(|target| !target.contains("://") && !target.starts_with('#') && !target.contains(' '));
    own.map(|target| target.split('#').next().unwrap_or(target)).collect()
}

/// The page without its blocks of code.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

#[test]
fn links_lead_to_files() {
    for page in all_pages() {
        let text = prose(&fs::read_to_string(&page).expect("a page"));
        for link in links(&text) {
            let target = page.parent().expect("a folder").join(link);
            assert!(target.exists(), "{}: {link}", page.display());
        }
    }
}

#[test]
fn links_to_headings_lead_to_headings() {
    for page in all_pages() {
        let text = prose(&fs::read_to_string(&page).expect("a page"));
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let Some((file, heading)) = target.split_once('#').filter(|_| !target.contains("://")) else {
                continue;
            };
            let file =
                if file.is_empty() { page.clone() } else { page.parent().expect("a folder").join(file) };
            // Into sources, GitHub counts lines.
            if file.extension().is_some_and(|kind| kind == "md") {
                let text = fs::read_to_string(&file).expect("a page");
                assert!(headings(&text).contains(&heading.to_owned()), "{}: {target}", page.display());
            }
        }
    }
}

/// The addresses of a page's headings, as GitHub and mdBook make them.
fn headings(text: &str) -> Vec<String> {
    let titles =
        text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |character: char| match character {
        ' ' => Some('-'),
        '-' | '_' => Some(character),
        _ if character.is_alphanumeric() => Some(character),
        _ => None,
    };
    titles.map(|title| title.to_lowercase().chars().filter_map(kept).collect()).collect()
}

#[test]
fn the_book_has_all_chapters_and_all_of_them_are_there() {
    let docs = root().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).expect("the summary");
    let chapters = links(&summary);
    for chapter in &chapters {
        assert!(docs.join(chapter).is_file(), "{chapter}");
    }
    for page in fs::read_dir(&docs).expect("a folder").map(|entry| entry.expect("a file").file_name()) {
        let page = page.to_string_lossy().into_owned();
        let is_page = Path::new(&page).extension().is_some_and(|kind| kind == "md") && page != "SUMMARY.md";
        assert!(!is_page || chapters.contains(&page.as_str()), "{page} is in no chapter of docs/SUMMARY.md");
    }
}

/// Chapters that are other files of the repository.
#[test]
fn what_chapters_include_is_there() {
    for page in all_pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for included in text.split("{{#include ").skip(1).filter_map(|rest| rest.split("}}").next()) {
            let file = included.split(':').next().unwrap_or(included);
            assert!(page.parent().expect("a folder").join(file).is_file(), "{}: {included}", page.display());
        }
    }
}
