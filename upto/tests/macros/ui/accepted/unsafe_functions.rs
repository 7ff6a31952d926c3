//! `unsafe fn` stays one, and its body may do what it might.
#![allow(unsafe_op_in_unsafe_fn, improper_ctypes_definitions)]

#[upto::event]
unsafe fn read(place: *const u32) -> u32 {
    *place
}

#[upto::event(ret)]
unsafe fn read_and_tell(place: *const u32) -> u32 {
    *place
}

#[upto::event(err)]
async unsafe fn read_later(place: *const u32) -> Result<u32, String> {
    Ok(*place)
}

#[upto::event(err)]
unsafe extern "C" fn foreign(place: *const u32) -> Result<u32, String> {
    if place.is_null() { Err("null".to_owned()) } else { Ok(*place) }
}

fn main() {
    let number = 7;
    let place = &raw const number;
    // SAFETY: the number is there.
    let read = unsafe { (read(place), read_and_tell(place), foreign(place).is_ok()) };
    assert_eq!(read, (7, 7, true));
    // SAFETY: it is not even polled.
    drop(unsafe { read_later(place) });
}
