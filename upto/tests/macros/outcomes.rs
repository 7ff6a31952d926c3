//! How events end.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};

use upto::Value;
use upto::wire::Status;

use crate::polling::{finish, pause, poll};
use crate::sent::{Event, find, sent_by};

fn status_and_text<'e>(events: &'e [Event], name: &str) -> (Status, &'e str) {
    let event = find(events, name);
    assert!(event.end.is_some(), "{event:?} is open");
    (event.status, event.text.as_str())
}

#[upto::event(name = "early")]
fn early(number: u32) -> u32 {
    if number > 1 {
        return number;
    }
    0
}

#[upto::event(name = "parsed", err)]
fn parsed(text: &str) -> Result<u32, std::num::ParseIntError> {
    let number = text.parse()?;
    if number > 7 { Ok(7) } else { Ok(number) }
}

#[upto::event(name = "unasked")]
fn unasked() -> Result<(), String> {
    Err("nobody asked".to_owned())
}

#[upto::event(name = "later", err)]
async fn later(text: &str) -> Result<u32, Box<dyn std::error::Error>> {
    pause().await;
    if text.is_empty() {
        return Err("empty".into());
    }
    Ok(text.parse()?)
}

#[upto::event(name = "future", err)]
fn future(text: &str) -> impl Future<Output = std::io::Result<usize>> {
    let length = text.len();
    async move { if length == 0 { Err(std::io::Error::other("empty")) } else { Ok(length) } }
}

#[upto::event(name = "boxed", err)]
fn boxed(text: &str) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + '_>> {
    if text == "now" {
        return Box::pin(std::future::ready(Err("at once".to_owned())));
    }
    Box::pin(async move { Err(text.to_owned()) })
}

#[test]
fn a_return_in_the_middle_ends_the_event() {
    let events = sent_by(|| assert_eq!(early(3) + early(0), 3));
    assert!(events.iter().all(|event| event.end.is_some() && event.status == Status::Ok), "{events:#?}");
}

#[test]
fn an_error_fails_the_event_if_that_is_asked_for() {
    let events = sent_by(|| {
        assert!(parsed("x").is_err());
        assert!(unasked().is_err());
    });
    assert_eq!(status_and_text(&events, "parsed"), (Status::Failed, "invalid digit found in string"));
    assert_eq!(status_and_text(&events, "unasked"), (Status::Ok, ""));
    let events = sent_by(|| assert_eq!(parsed("9"), Ok(7)));
    assert_eq!(status_and_text(&events, "parsed"), (Status::Ok, ""));
}

#[test]
fn an_error_of_a_future_too_whichever_way_it_is_written() {
    let events = sent_by(|| {
        assert!(finish(later("")).is_err());
        assert!(finish(future("")).is_err());
        assert!(finish(boxed("now")).is_err());
    });
    assert_eq!(status_and_text(&events, "later"), (Status::Failed, "empty"));
    assert_eq!(status_and_text(&events, "future"), (Status::Failed, "empty"));
    assert_eq!(status_and_text(&events, "boxed"), (Status::Failed, "at once"));
    let events = sent_by(|| {
        assert!(finish(later("x")).is_err());
        assert_eq!(finish(future("four")).ok(), Some(4));
        assert!(finish(boxed("later")).is_err());
    });
    assert_eq!(status_and_text(&events, "later"), (Status::Failed, "invalid digit found in string"));
    assert_eq!(status_and_text(&events, "future"), (Status::Ok, ""));
    assert_eq!(status_and_text(&events, "boxed"), (Status::Failed, "later"));
}

#[test]
fn the_returned_value_is_an_attribute_if_that_is_asked_for() {
    #[upto::event(name = "list", ret)]
    fn list() -> impl IntoIterator<Item = u8> + std::fmt::Debug {
        [1, 2]
    }
    #[upto::event(name = "checked", err, ret)]
    fn checked(is_good: bool) -> Result<&'static str, String> {
        if is_good { Ok("good") } else { Err("bad".to_owned()) }
    }
    #[upto::event(name = "awaited", ret)]
    async fn awaited() -> Option<u8> {
        pause().await;
        Some(3)
    }
    #[upto::event(name = "checked later", err, ret)]
    async fn checked_later() -> Result<u8, String> {
        pause().await;
        Err("late".to_owned())
    }
    let events = sent_by(|| {
        assert_eq!(list().into_iter().count(), 2);
        assert!(checked(false).is_err());
        assert_eq!(finish(awaited()), Some(3));
        assert!(finish(checked_later()).is_err());
    });
    let returned = |name: &str| find(&events, name).attribute("return").cloned();
    assert_eq!(returned("list"), Some(Value::from("[1, 2]")));
    assert_eq!(returned("checked"), Some(Value::from("Err(\"bad\")")));
    assert_eq!(returned("awaited"), Some(Value::from("Some(3)")));
    assert_eq!(returned("checked later"), Some(Value::from("Err(\"late\")")));
    assert_eq!(status_and_text(&events, "checked"), (Status::Failed, "bad"));
    assert_eq!(status_and_text(&events, "checked later"), (Status::Failed, "late"));
}

#[test]
fn a_panic_fails_the_event_and_those_around_it() {
    #[upto::event(name = "outer")]
    fn outer() {
        inner();
    }
    #[upto::event(name = "inner", ret)]
    fn inner() -> u8 {
        resume_unwind(Box::new("on purpose"))
    }
    #[upto::event(name = "awaited")]
    async fn awaited() {
        pause().await;
        outer();
    }
    let events = sent_by(|| assert!(catch_unwind(|| finish(awaited())).is_err()));
    for name in ["awaited", "awaited.outer", "awaited.outer.inner"] {
        assert_eq!(status_and_text(&events, name), (Status::Failed, "panicked"));
    }
}

#[test]
fn a_panic_that_is_caught_leaves_the_current_event_current() {
    #[upto::event(name = "outer")]
    fn outer() {
        assert!(catch_unwind(AssertUnwindSafe(|| finish(inner()))).is_err());
        after();
    }
    #[upto::event(name = "inner")]
    async fn inner() {
        resume_unwind(Box::new("on purpose"))
    }
    #[upto::event(name = "after")]
    fn after() {}
    let events = sent_by(outer);
    assert_eq!(status_and_text(&events, "outer"), (Status::Ok, ""));
    assert_eq!(status_and_text(&events, "outer.inner"), (Status::Failed, "panicked"));
    assert_eq!(status_and_text(&events, "outer.after"), (Status::Ok, ""));
}

#[upto::event(name = "hangs")]
async fn hangs() {
    hangs_inside().await;
}

#[upto::event(name = "inside")]
fn hangs_inside() -> impl Future<Output = ()> + Send {
    pending()
}

#[test]
fn a_future_that_is_dropped_before_it_is_done_is_cancelled_from_the_inside_out() {
    let events = sent_by(|| {
        let mut future = Box::pin(hangs());
        assert!(poll(future.as_mut()).is_pending());
    });
    assert_eq!(status_and_text(&events, "hangs"), (Status::Cancelled, ""));
    assert_eq!(status_and_text(&events, "hangs.inside"), (Status::Cancelled, ""));
    assert!(find(&events, "hangs").spans(find(&events, "hangs.inside")), "{events:#?}");
}

#[test]
fn a_future_that_a_destructor_runs_while_a_panic_unwinds_is_not_what_panicked() {
    struct Hangs;
    impl Drop for Hangs {
        fn drop(&mut self) {
            let mut future = Box::pin(hangs());
            assert!(poll(future.as_mut()).is_pending());
        }
    }
    let events = sent_by(|| {
        let unwound = catch_unwind(|| {
            let _hangs = Hangs;
            resume_unwind(Box::new("on purpose"))
        });
        assert!(unwound.is_err());
    });
    assert_eq!(status_and_text(&events, "hangs"), (Status::Cancelled, ""));
    assert_eq!(status_and_text(&events, "hangs.inside"), (Status::Cancelled, ""));
}

#[test]
fn a_future_that_was_never_polled_is_no_event() {
    let events = sent_by(|| {
        drop(hangs());
        drop(hangs_inside());
        drop(boxed("x"));
    });
    assert!(events.is_empty(), "{events:#?}");
}

#[test]
fn a_future_that_is_done_but_not_dropped_has_ended() {
    #[upto::event(name = "next")]
    fn next() {}
    let events = sent_by(|| {
        let mut future = pin!(later("3"));
        while poll(future.as_mut()).is_pending() {}
        next();
    });
    assert!(find(&events, "later").end < find(&events, "next").start, "{events:#?}");
}
