//! Functions that `macro_rules` makes, with parts of every kind.

macro_rules! functions {
    ($($visibility:vis fn $name:ident($argument:ident: $written:ty) -> $returned:ty $body:block)*) => {
        $(
            #[upto::event(err, fields(doubled = 2 * $argument))]
            $visibility fn $name($argument: $written) -> $returned $body
        )*
    };
}

functions! {
    fn first(number: u32) -> Result<u32, String> { Ok(number) }
    pub(crate) fn second(number: &u64) -> Result<u64, String> { Ok(*number) }
}

macro_rules! with_hygiene {
    ($name:ident, $event:ident) => {
        #[upto::event(skip(hidden), ret)]
        fn $name($event: u32, hidden: u32) -> u32 {
            let output = $event + hidden;
            output
        }
    };
}

with_hygiene!(third, event);

fn main() {
    assert_eq!(first(1), Ok(1));
    assert_eq!(second(&2), Ok(2));
    assert_eq!(third(1, 2), 3);
}
