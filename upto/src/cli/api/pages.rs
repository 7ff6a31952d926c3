//! Lists, which come in pages.

use std::vec::IntoIter;

use serde::Deserialize;
use serde_json::Value;

use super::{Api, Failure, Links};

/// The items of a list; each page is asked for when the one before has been taken.
#[derive(Debug)]
pub(in crate::cli) struct Pages<'a> {
    api: &'a Api,
    items: IntoIter<Value>,
    /// Where the next page is; `None`: there is none.
    next: Option<Result<String, Failure>>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(rename = "_embedded")]
    embedded: Items,
    #[serde(flatten)]
    links: Links,
}

#[derive(Deserialize)]
struct Items {
    item: Vec<Value>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(api: &'a Api, first: Result<String, Failure>) -> Self {
        Pages { api, items: Vec::new().into_iter(), next: Some(first) }
    }

    fn turn(&mut self, address: Result<String, Failure>) -> Result<(), Failure> {
        let page: Page = self.api.parse(&self.api.text(&address?)?)?;
        self.next = page.links.href("next").map(|_| self.api.address(&page.links, "next"));
        self.items = page.embedded.item.into_iter();
        Ok(())
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Value, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            let address = self.next.take()?;
            if let Err(failure) = self.turn(address) {
                return Some(Err(failure));
            }
        }
    }
}
