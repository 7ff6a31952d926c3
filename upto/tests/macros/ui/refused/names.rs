struct Unknown;

const NUMBER: u32 = 3;

#[upto::event(name = unit)]
fn typed(unit: Unknown) {
    let _ = unit;
}

#[upto::event(name = NUMBER)]
fn numbered() {}

#[upto::event(name = 3 + 4)]
fn summed() {}

fn main() {
    typed(Unknown);
    numbered();
    summed();
    let unit = Unknown;
    let _ = upto::scope!(unit, n = 1);
    let _ = upto::scope!(NUMBER, n = 1);
}
