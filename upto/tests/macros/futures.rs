//! Functions that return futures without being `async`, among them what `#[async_trait]` leaves.

use std::pin::Pin;

use async_trait::async_trait;

use crate::polling::{finish, pause};
use crate::sent::{find, sent_by};

#[upto::event(name = "eager")]
fn eager(log: &mut Vec<&'static str>, number: u32) -> impl Future<Output = u32> {
    log.push("called");
    async move {
        log.push("polled");
        number + 1
    }
}

#[upto::event(name = "either")]
fn either(is_quick: bool) -> Pin<Box<dyn Future<Output = &'static str> + Send>> {
    if is_quick {
        return Box::pin(std::future::ready("quick"));
    }
    Box::pin(async {
        pause().await;
        "slow"
    })
}

type BoxFuture<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;

#[upto::event(name = "aliased", err)]
fn aliased(text: &str) -> BoxFuture<'_, Result<usize, String>> {
    Box::pin(async move {
        pause().await;
        Err(text.to_owned())
    })
}

#[async_trait]
trait Service: Sync {
    async fn call(&self, number: u32, name: &str) -> Result<String, String>;

    #[upto::event(name = "twice", err)]
    async fn twice(&self, number: u32, (first, second): (&str, &str)) -> Result<String, String> {
        let first = self.call(number, first).await?;
        pause().await;
        Ok(first + &self.call(number + 1, second).await?)
    }
}

struct Numbered {
    calls: u32,
}

#[async_trait]
impl Service for Numbered {
    #[upto::event(name = "call", err, fields(calls = self.calls, name))]
    async fn call(&self, number: u32, name: &str) -> Result<String, String> {
        pause().await;
        if number > 3 {
            return Err(format!("{number} is too many"));
        }
        Ok(format!("{name}{number}"))
    }
}

trait Native {
    #[upto::event(name = "native")]
    fn size(&self) -> impl Future<Output = usize> + Send
    where
        Self: Sync,
    {
        async { 7 }
    }

    #[upto::event(name = "twice", ret)]
    async fn twice_as_large(&self) -> usize
    where
        Self: Sync,
    {
        2 * self.size().await
    }
}

impl Native for Numbered {}

#[test]
fn the_function_runs_when_it_is_called_and_the_event_starts_when_its_future_is_polled() {
    let mut log = Vec::new();
    let events = sent_by(|| {
        let future = eager(&mut log, 3);
        let outer = upto::event("outer");
        assert_eq!(finish(future), 4);
        outer.end();
    });
    assert_eq!(log, ["called", "polled"]);
    assert_eq!(find(&events, "outer.eager").attribute("number"), Some(&3.into()));
}

#[test]
fn boxed_futures_are_events_whichever_return_they_come_from() {
    let mut events = sent_by(|| {
        assert_eq!(finish(either(true)), "quick");
        assert_eq!(finish(either(false)), "slow");
        assert!(finish(aliased("told")).is_err());
    });
    assert_eq!(events.pop().map(|event| event.text).as_deref(), Some("told"));
    let quick: Vec<_> = events.iter().map(|event| event.attribute("is_quick").cloned()).collect();
    assert_eq!(quick, [Some(true.into()), Some(false.into())]);
}

#[test]
fn methods_of_async_trait_nest_and_fail_like_others() {
    let service = Numbered { calls: 5 };
    let mut answers = Vec::new();
    let events = sent_by(|| {
        answers.push(finish(service.twice(1, ("a", "b"))));
        answers.push(finish(service.twice(3, ("c", "d"))));
    });
    assert_eq!(answers, [Ok("a1b2".to_owned()), Err("4 is too many".to_owned())]);
    let told: Vec<_> = events.iter().map(|event| (event.name.as_str(), event.text.as_str())).collect();
    let (twice, call, problem) = ("twice", "twice.call", "4 is too many");
    assert_eq!(told, [(twice, ""), (call, ""), (call, ""), (twice, problem), (call, ""), (call, problem)]);
    assert_eq!(events[1].attribute("calls"), Some(&5.into()));
    assert_eq!(events[1].attribute("name"), Some(&"a".into()));
    assert_eq!(events[1].attribute("number"), Some(&1.into()));
}

#[test]
fn default_methods_of_traits_may_be_or_return_futures() {
    let events = sent_by(|| assert_eq!(finish(Numbered { calls: 0 }.twice_as_large()), 14));
    assert!(find(&events, "twice").spans(find(&events, "twice.native")), "{events:#?}");
}
