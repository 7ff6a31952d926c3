//! Each test is run with every order in which its threads can take their steps.

mod open;
mod ring;

/// Checks every order in which threads interrupt one another at most so often. More than twice finds nothing new
/// in practice, and takes hours.
fn check_orders(interruptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(interruptions);
    builder.check(model);
}
