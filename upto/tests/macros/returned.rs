//! What annotated functions give back: what they would without the attribute, of the size that it would have.

use crate::sent::{sent_by, without_client};
use crate::shapes::use_all;

#[test]
fn annotated_functions_give_what_they_would_without() {
    without_client(use_all);
    assert!(!sent_by(use_all).is_empty());
}

#[test]
fn futures_can_be_sent_and_grow_no_faster_than_what_they_hold() {
    async fn plain(bytes: [u8; 256]) -> u8 {
        std::future::ready(()).await;
        bytes[0]
    }
    #[upto::event]
    async fn one(bytes: [u8; 256]) -> u8 {
        plain(bytes).await
    }
    #[upto::event]
    async fn two(bytes: [u8; 256]) -> u8 {
        one(bytes).await
    }
    #[upto::event]
    async fn three(bytes: [u8; 256]) -> u8 {
        two(bytes).await
    }
    fn size<F: Future + Send>(_: &F) -> usize {
        size_of::<F>()
    }
    // Each keeps its argument, hands it to the next one, and has its own state.
    let grown = [size(&one([0; 256])), size(&two([0; 256])), size(&three([0; 256]))];
    assert!(grown[1] - grown[0] < 1_024 && grown[2] - grown[1] < 1_024, "{grown:?}");
}

#[test]
fn an_event_adds_little_to_a_future() {
    async fn plain(number: u32) -> u32 {
        std::future::ready(number).await
    }
    #[upto::event(skip_all)]
    async fn annotated(number: u32) -> u32 {
        std::future::ready(number).await
    }
    // Five words of the event, two that lend the body to it, its own copy of the arguments, and how far each of both is.
    let added = size_of_val(&annotated(1)) - size_of_val(&plain(1));
    assert!(added <= 9 * size_of::<u64>(), "{added} bytes");
}
