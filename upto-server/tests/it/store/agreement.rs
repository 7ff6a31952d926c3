//! Any sequence of operations gives the same on a back end as on memory, which is simple enough to
//! be believed.

mod player;
mod step;

use proptest::collection::vec;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;

use self::player::Player;
use self::step::Step;
use super::backend::{Backend, Memory, Subject};

pub(super) fn any_sequence_of_operations_gives_what_memory_gives<B: Backend>() {
    let runtime = Runtime::new().expect("a runtime");
    let config = Config { cases: 32, failure_persistence: None, ..Config::default() };
    let sequence = vec(step::any(), 1..60);
    let result =
        TestRunner::new(config).run(&sequence, |steps| runtime.block_on(compare(&B::fresh(), &steps)));
    if let Err(difference) = result {
        panic!("{difference}");
    }
}

async fn compare(backend: &impl Backend, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut memory = Player::new(Subject::open(&Memory).await);
    let mut other = Player::new(Subject::open(backend).await);
    for (number, step) in steps.iter().enumerate() {
        let (expected, found) = (memory.play(step).await, other.play(step).await);
        proptest::prop_assert_eq!(expected, found, "step {}: {:?}", number, step);
    }
    Ok(())
}
