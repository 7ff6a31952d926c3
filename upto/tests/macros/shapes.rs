//! Annotated functions of every shape, under lints that are stricter than most: what the attribute adds gives no
//! cause for complaint, with the feature `enabled` on and off. `cargo clippy --all-targets` checks it.
#![deny(unused, missing_docs, unsafe_code, rust_2018_idioms)]
#![warn(clippy::all, clippy::pedantic, clippy::nursery)]
// What is here does nothing much, may fail the test, and is no part of a library.
#![allow(
    clippy::redundant_pub_crate,
    clippy::boxed_local,
    clippy::missing_const_for_fn,
    clippy::unused_async,
    clippy::future_not_send,
    clippy::unwrap_used
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;

use crate::polling::{finish, poll};

#[upto::event]
fn nothing() {}

#[upto::event]
fn items_first(number: u32) -> u32 {
    const STEP: u32 = 1;
    fn next(number: u32) -> u32 {
        number + STEP
    }
    next(number)
}

#[upto::event]
#[must_use]
fn inner_attributes(number: u32) -> Option<()> {
    #![allow(clippy::let_unit_value)]
    let unit = nothing();
    (number > 0).then_some(unit)
}

#[upto::event(fields(?value, text = %value))]
fn generic<T, const N: usize>(value: T, other: impl Into<String>) -> ([T; N], String)
where
    T: Debug + Display + Copy,
{
    ([value; N], other.into())
}

#[upto::event]
fn longest<'a>(one: &'a str, other: &'a str) -> &'a str {
    if one.len() > other.len() {
        return one;
    }
    other
}

#[upto::event(err)]
fn boxed_error(text: &str) -> Result<u32, Box<dyn Error>> {
    if text.is_empty() {
        Err("empty")?;
    }
    Ok(text.parse()?)
}

#[upto::event(err, ret)]
fn alias(text: &[u8]) -> io::Result<String> {
    String::from_utf8(text.to_vec()).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[upto::event(err, ret)]
fn reborrowed(map: &mut BTreeMap<u32, String>, key: u32) -> Result<&mut String, String> {
    map.get_mut(&key).ok_or_else(|| format!("no {key}"))
}

#[upto::event(ret)]
fn elided(text: &mut String) -> &str {
    text.push('x');
    text
}

#[upto::event(ret)]
fn opaque(number: u32) -> impl Debug + Display + PartialEq<u32> {
    if number > 3 {
        return number;
    }
    number + 1
}

#[upto::event(err)]
fn opaque_or_error(number: u32) -> Result<impl Iterator<Item = u32>, String> {
    if number > 3 {
        return Err("many".to_owned());
    }
    Ok(0..number)
}

#[upto::event(ret)]
fn unit(number: u32) {
    if number > 1 {
        return;
    }
    nothing();
}

#[upto::event]
fn never() -> ! {
    std::panic::resume_unwind(Box::new("on purpose"));
}

#[upto::event(ret)]
extern "C" fn foreign(number: i32) -> i32 {
    number
}

#[derive(Clone, Debug, Default)]
struct List<T> {
    count: u32,
    list: Vec<T>,
}

impl<T: Clone + Debug> List<T> {
    #[upto::event]
    fn new(list: &[T]) -> Self {
        Self { count: 0, list: list.to_vec() }
    }

    #[upto::event(fields(count = self.count, ?self), skip(self))]
    fn by_reference(&self, index: usize) -> Option<&T> {
        self.list.get(index)
    }

    #[upto::event(ret)]
    fn by_mutable(&mut self, index: usize) -> Option<&mut T> {
        self.list.get_mut(index)
    }

    #[upto::event(err)]
    fn by_value(mut self) -> Result<Vec<T>, String> {
        self.count += 1;
        if self.count > 3 {
            return Err("many".to_owned());
        }
        Ok(self.list)
    }

    #[upto::event(ret)]
    fn boxed(self: Box<Self>) -> Vec<T> {
        self.list
    }

    #[upto::event]
    fn counted(self: Rc<Self>) -> u32 {
        self.count
    }

    #[upto::event]
    async fn shared(self: &Arc<Self>) -> u32 {
        self.count
    }

    #[upto::event(ret)]
    async fn pinned(self: Pin<&mut Self>, number: u32) -> u32 {
        self.count + number
    }

    #[upto::event(err)]
    async fn later_by_mutable(&mut self, index: usize) -> Result<&mut T, String> {
        self.count += 1;
        self.list.get_mut(index).ok_or_else(|| "none".to_owned())
    }

    #[upto::event]
    async fn later_by_reference(&self, index: usize) -> &T {
        &self.list[index]
    }
}

#[upto::event]
async fn only_awaits() {
    std::future::ready(()).await;
}

#[upto::event]
async fn gives_what_it_awaits() -> u32 {
    std::future::ready(3).await
}

#[upto::event(err, fields(%url))]
async fn fetch(url: String, mut tries: u32) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    while tries > 0 {
        tries -= 1;
        only_awaits().await;
    }
    if url.is_empty() {
        return Err("empty".into());
    }
    let number: u32 = url.parse()?;
    Ok(vec![u8::try_from(number)?])
}

#[upto::event]
async fn never_done() -> ! {
    only_awaits().await;
    never()
}

#[upto::event]
async fn never_ends() -> ! {
    loop {
        std::future::pending::<()>().await;
    }
}

#[upto::event]
async fn later_opaque(number: u32) -> impl Iterator<Item = u32> {
    if number > 7 {
        return 0..7;
    }
    0..number
}

#[upto::event]
async fn coerced(number: u32) -> Box<dyn Fn(u32) -> u32 + Send> {
    if number > 7 {
        return Box::new(|other| other);
    }
    Box::new(move |other| other + number)
}

#[upto::event]
async fn recursive(number: u32) -> u32 {
    if number == 0 {
        return 0;
    }
    Box::pin(recursive(number - 1)).await + 1
}

#[upto::event(err)]
fn borrows(list: &mut Vec<u32>) -> impl Future<Output = Result<(), String>> {
    list.push(1);
    push(list)
}

#[upto::event(fields(length = list.len()))]
fn push(list: &mut Vec<u32>) -> impl Future<Output = Result<(), String>> + use<'_> {
    list.push(2);
    std::future::ready(Ok(()))
}

#[upto::event(err)]
fn local(text: &str) -> Pin<Box<dyn Future<Output = io::Result<()>> + '_>> {
    Box::pin(async move { if text.is_empty() { Err(io::Error::other("empty")) } else { Ok(()) } })
}

/// Nothing is asked of the arguments but by the options.
#[upto::event(name = name, context = context, when = is_wanted || level > 7, fields(label, shown = %level, list = ?list))]
fn only_told(
    name: &'static str,
    context: &str,
    is_wanted: bool,
    label: String,
    level: u32,
    list: Vec<u32>,
    number: u64,
) {
}

#[upto::event(timeline = timeline.to_string(), fields(label))]
async fn only_told_later(timeline: u32, label: String, number: u64) {}

#[upto::event(fields(label))]
fn only_told_by_future(label: &str, number: u64) -> impl Future<Output = ()> {
    std::future::ready(())
}

fn only_told_by_scope(name: &str, label: &str, is_wanted: bool) {
    let _scope = upto::scope!(when = is_wanted, name, label);
}

fn use_what_is_only_told() {
    only_told("told", "c", true, "label".to_owned(), 1, vec![2], 3);
    finish(only_told_later(1, "label".to_owned(), 2));
    finish(only_told_by_future("label", 1));
    only_told_by_scope("scope", "label", true);
}

fn use_scopes() {
    let (text, number, list) = ("text".to_owned(), 3_u64, vec![1]);
    let scope = upto::scope!("scope", text, %number, length = text.len(), sum = number + 1, shown = %number + 1, ?list);
    let inner = upto::scope!(
        parent = &scope,
        host = &text,
        when = number > 3 || text.is_empty(),
        text.clone(),
        number
    );
    drop((inner, scope, list));
}

fn use_functions() {
    assert_eq!(items_first(1), 2);
    assert!(inner_attributes(1).is_some());
    assert_eq!(generic::<_, 2>(1, "text"), ([1, 1], "text".to_owned()));
    assert_eq!(longest("one", "other"), "other");
    assert!(boxed_error("").is_err() && boxed_error("7").is_ok());
    assert!(alias(b"text").is_ok());
    let mut map = BTreeMap::from([(1, String::new())]);
    reborrowed(&mut map, 1).unwrap().push('x');
    assert_eq!(elided(map.get_mut(&1).unwrap()), "xx");
    assert!(opaque(3) == 4);
    assert_eq!(opaque_or_error(2).unwrap().count(), 2);
    unit(1);
    assert_eq!(foreign(3), 3);
}

fn use_methods() {
    let mut list = List::new(&[1, 2, 3]);
    assert_eq!(list.by_reference(0), Some(&1));
    *list.by_mutable(0).unwrap() = 4;
    *finish(list.later_by_mutable(1)).unwrap() = 5;
    assert_eq!(finish(list.later_by_reference(1)), &5);
    assert_eq!(finish(Pin::new(&mut list).pinned(1)), 2);
    assert_eq!(Box::new(list.clone()).boxed(), [4, 5, 3]);
    assert_eq!(Rc::new(list.clone()).counted(), 1);
    assert_eq!(finish(Arc::new(list.clone()).shared()), 1);
    assert_eq!(list.by_value().unwrap(), [4, 5, 3]);
}

fn use_futures() {
    assert_eq!(finish(gives_what_it_awaits()), 3);
    assert_eq!(finish(fetch("7".to_owned(), 2)).unwrap(), [7]);
    assert_eq!(finish(later_opaque(9)).count(), 7);
    assert_eq!(finish(coerced(2))(3), 5);
    assert_eq!(finish(recursive(3)), 3);
    let mut list = Vec::new();
    finish(borrows(&mut list)).unwrap();
    assert_eq!(list, [1, 2]);
    assert!(finish(local("")).is_err());
    assert!(std::panic::catch_unwind(|| finish(never_done())).is_err());
    assert!(poll(pin!(never_ends())).is_pending());
}

/// Calls them all.
pub(crate) fn use_all() {
    for work in [use_scopes, use_what_is_only_told, use_functions, use_methods, use_futures] {
        work();
    }
}
