//! The public API, item by item with its whole signature: what changes one fails to compile here, and is a new version.

use std::fmt::Debug;

use tracing::{Level, Subscriber as AnySubscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{Layer, Registry, reload};
use upto_tracing::{Subscriber, UptoLayer};

/// Has the compiler check that items have these types.
macro_rules! has {
    ($($item:expr => $type:ty),+ $(,)?) => { $(let _: $type = $item;)+ };
}

fn is_shared<T: Clone + Default + Send + Sync + Debug + 'static>() {}
fn is_layer<T: Layer<Registry>>() {}
fn is_subscriber<T: AnySubscriber>() {}

#[test]
fn the_layer_is_as_it_was() {
    has! {
        upto_tracing::layer => fn() -> UptoLayer,
        UptoLayer::with_context => fn(UptoLayer, &'static str) -> UptoLayer,
        UptoLayer::with_context => fn(UptoLayer, String) -> UptoLayer,
        UptoLayer::with_target => fn(UptoLayer, bool) -> UptoLayer,
        UptoLayer::with_busy_time => fn(UptoLayer, bool) -> UptoLayer,
        UptoLayer::with_events => fn(UptoLayer, Level) -> UptoLayer,
    }
    is_shared::<UptoLayer>();
    is_layer::<UptoLayer>();
    is_layer::<reload::Layer<UptoLayer, Registry>>();
    is_layer::<Option<UptoLayer>>();
}

#[test]
fn the_subscriber_is_as_it_was() {
    has! {
        upto_tracing::subscriber => fn() -> Subscriber,
        Subscriber::with_context => fn(Subscriber, &'static str) -> Subscriber,
        Subscriber::with_target => fn(Subscriber, bool) -> Subscriber,
        Subscriber::with_busy_time => fn(Subscriber, bool) -> Subscriber,
        Subscriber::with_events => fn(Subscriber, Level) -> Subscriber,
        Subscriber::with_max_level => fn(Subscriber, Level) -> Subscriber,
        Subscriber::with_max_level => fn(Subscriber, LevelFilter) -> Subscriber,
    }
    is_shared::<Subscriber>();
    is_subscriber::<Subscriber>();
}
