#[upto::event]
const fn at_compile_time() -> u32 {
    3
}

trait Work {
    #[upto::event]
    fn without_body(&self);
}

#[upto::event]
struct Structure {
    number: u32,
}

#[upto::event]
impl Structure {
    fn method(&self) {}
}

#[upto::event]
pub const NUMBER: u32 = 3;

#[upto::event]
mod module {}

// Each is still there, so that the errors above are the only ones.
fn main() {
    const _: u32 = at_compile_time() + NUMBER;
    let structure = Structure { number: 3 };
    structure.method();
    let _ = structure.number;
}
