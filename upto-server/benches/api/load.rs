//! The events: requests of three steps, one after the other in each of 64 workers.

use std::fmt::Write;

/// When the first event begins, in nanoseconds since the epoch.
pub(crate) const BEGIN: i64 = 1_795_229_259_000_000_000;
const WORKERS: usize = 64;
const STEPS: u32 = 48;
/// Nanoseconds of a burst.
const BURST: i64 = 10_000_000;
/// Nanoseconds of a request, on average.
const REQUEST: i64 = 1_100_000;

/// An event as it is sent, when it has ended.
pub(crate) struct Ended {
    name: String,
    host: usize,
    id: usize,
    parent: usize,
    start: i64,
    end: i64,
}

/// About so long is a timeline of a million events, or else of ten thousand.
pub(crate) fn span(is_large: bool) -> i64 {
    let requests = if is_large { 250_000 } else { 2_500 };
    requests / 64 * REQUEST
}

/// So many events, of which each step takes longer by the part `late`.
pub(crate) fn events(count: usize, late: f64) -> Vec<Ended> {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut at, mut events) = ([BEGIN; WORKERS], Vec::with_capacity(count + 3));
    for request in 0..count.div_ceil(4) {
        let (worker, id) = (request % WORKERS, 4 * request + 1);
        let began = at[worker] + about(&mut random, 100_000.0);
        let (host, mut end) = (worker % 4, began);
        for part in 1..4 {
            let start = end + about(&mut random, 10_000.0);
            end = start + about(&mut random, 300_000.0 * (1.0 + late));
            let name = format!("service.request.step_{:02}", random.u32(0..STEPS));
            events.push(Ended { name, host, id: id + part, parent: id, start, end });
        }
        at[worker] = end + 1_000;
        events.push(Ended {
            name: "service.request".into(),
            host,
            id,
            parent: 0,
            start: began,
            end: at[worker],
        });
    }
    events.truncate(count);
    events
}

/// In each of 30 rows 30 bursts with pauses between them: more events make the bursts denser, and the picture stays as it is.
pub(crate) fn bursts(count: usize) -> Vec<Ended> {
    const ROWS: usize = 30;
    const BURSTS: usize = 30;
    let mut random = fastrand::Rng::with_seed(5);
    let each = count / (ROWS * BURSTS);
    let length = BURST / i64::try_from(each).expect("small");
    let event = |number: usize| {
        let (burst, row, place) = (number / each / ROWS, number / each % ROWS, number % each);
        let at = i64::try_from(burst).expect("small") * 2 * BURST;
        let start = BEGIN + at + i64::try_from(place).expect("small") * length;
        let end = start + 1 + random.i64(0..length);
        Ended { name: format!("part_{row:02}"), host: 0, id: number + 1, parent: 0, start, end }
    };
    (0..each * ROWS * BURSTS).map(event).collect()
}

/// About so long is a timeline of bursts.
pub(crate) const BURSTS_SPAN: i64 = 59 * BURST;

/// One more event, of another number each time.
pub(crate) fn another(number: usize) -> Ended {
    let end = BEGIN + 1_000_000;
    Ended { name: "service.more".into(), host: 0, id: 10_000_000 + number, parent: 0, start: BEGIN, end }
}

/// As a request's body.
pub(crate) fn json(context: &str, timeline: &str, events: &[Ended]) -> String {
    let mut body = String::from("[");
    for (number, Ended { name, host, id, parent, start, end }) in events.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(
            body,
            r#"{comma}{{"context":"{context}","timeline":"{timeline}","name":"{name}","host":"ci-{host}","id":{id},"parent":{parent},"type":"end","time":{end},"started":{start}}}"#
        );
    }
    body.push(']');
    body
}

/// Exponentially distributed, in nanoseconds.
#[allow(clippy::cast_possible_truncation)]
fn about(random: &mut fastrand::Rng, mean: f64) -> i64 {
    (-(1.0 - random.f64()).ln() * mean) as i64 + 1
}
