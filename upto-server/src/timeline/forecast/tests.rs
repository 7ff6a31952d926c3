use super::*;

const SECOND: i64 = 1_000_000_000;

/// A run whose steps are these: name, begin and end in seconds; an end of `None` is open.
fn run(steps: &[(&str, i64, Option<i64>)]) -> Digest {
    let step = |&(name, first, last): &(&str, i64, Option<i64>)| {
        let span = last.map_or(0, |last| last - first) * SECOND;
        Step {
            name: name.into(),
            count: 1,
            total: span,
            longest: span,
            first: first * SECOND,
            last: last.unwrap_or(first) * SECOND,
            open: u64::from(last.is_none()),
            failed: 0,
            is_leaf: true,
        }
    };
    let mut steps: Vec<Step> = steps.iter().map(step).collect();
    steps.sort_by(|a, b| a.name.cmp(&b.name));
    let is_open = steps.iter().any(|step| step.open > 0);
    let outcome = if is_open { Outcome::Running } else { Outcome::Done };
    let duration = steps.iter().map(|step| step.last).max().unwrap_or(0);
    Digest { start: 0, duration, outcome, steps, left_out: 0 }
}

fn earlier() -> Vec<Digest> {
    [(10, 20), (12, 22), (11, 30)]
        .map(|(compiled, tested)| {
            run(&[
                ("compile", 0, Some(compiled)),
                ("docs", 1, Some(4)),
                ("test", compiled + 1, Some(compiled + tested)),
            ])
        })
        .to_vec()
}

#[test]
fn what_is_to_come_follows_as_it_always_did() {
    let running = run(&[("compile", 0, None), ("docs", 1, Some(4))]);
    let forecast = forecast(&running, 5 * SECOND, &earlier()).expect("runs");
    assert_eq!(forecast.runs, 3);
    assert_eq!((forecast.left_p50, forecast.left_p90), (Some(29 * SECOND), Some(36 * SECOND)));
    let stages: Vec<_> = forecast.steps.iter().map(|step| (&*step.name, step.stage)).collect();
    assert_eq!(stages, [("compile", Stage::Running), ("docs", Stage::Done), ("test", Stage::ToCome)]);
    let test = &forecast.steps[2];
    assert_eq!((test.begins, test.ends), (12 * SECOND, Some(34 * SECOND)));
    assert_eq!((test.usual, test.usual_p90), (21 * SECOND, 29 * SECOND));
}

#[test]
fn a_step_that_is_late_moves_all_that_comes_after_it() {
    let running = run(&[("compile", 0, Some(40)), ("docs", 1, Some(4))]);
    let forecast = forecast(&running, 40 * SECOND, &earlier()).expect("runs");
    assert_eq!(forecast.left_p50, Some(22 * SECOND), "one second between them, and 21");
}

#[test]
fn what_runs_for_longer_than_ever_has_no_end_that_anybody_knows() {
    let running = run(&[("compile", 0, None)]);
    let forecast = forecast(&running, 13 * SECOND, &earlier()).expect("runs");
    assert_eq!((forecast.left_p50, forecast.part), (None, None));
    assert_eq!(forecast.steps[0].stage, Stage::Overdue);
    assert_eq!(forecast.steps[0].ends, None);
}

#[test]
fn longer_than_in_some_runs_is_like_the_others() {
    let running = run(&[("compile", 0, Some(10)), ("docs", 1, Some(4)), ("test", 11, None)]);
    let forecast = forecast(&running, 35 * SECOND, &earlier()).expect("runs");
    assert_eq!(forecast.left_p50, Some(5 * SECOND), "only one run was so long: 29 seconds");
}

#[test]
fn nothing_is_said_without_runs_and_what_is_new_is_shown() {
    let running = run(&[("compile", 0, None), ("sign", 0, Some(1))]);
    assert_eq!(forecast(&running, 0, &earlier()[..2]), None);
    let forecast = forecast(&running, 2 * SECOND, &earlier()).expect("runs");
    assert!(forecast.steps.iter().any(|step| &*step.name == "sign" && step.stage == Stage::Done));
}

#[test]
fn it_is_never_all_done_while_it_runs() {
    let running =
        run(&[("compile", 0, Some(10)), ("docs", 1, Some(4)), ("test", 11, Some(31)), ("extra", 31, None)]);
    let forecast = forecast(&running, 5_000 * SECOND, &earlier()).expect("runs");
    assert_eq!(forecast.part, None, "what was never heard of is open: {forecast:?}");
}

/// Ten steps, one after the other, each with a duration of its own that varies by a fifth. Every run is forecast from those
/// before it, at every tenth of its way; the errors are parts of what it took.
#[test]
fn runs_of_one_step_after_the_other_are_forecast_within_a_tenth() {
    let mut random = fastrand::Rng::with_seed(7);
    let names: Vec<String> = (0..10).map(|number| format!("step {number}")).collect();
    let mut runs: Vec<Vec<(i64, i64)>> = Vec::new();
    for _ in 0..30 {
        let mut at = 0;
        let run = (0..10).map(|number| {
            let first = at;
            at += (10 + 5 * number) * random.i64(800..1_200);
            (first, at)
        });
        runs.push(run.collect());
    }
    let digest = |run: &[(i64, i64)], now: i64| {
        let seen = run.iter().zip(&names).filter(|((first, _), _)| *first <= now);
        let steps: Vec<(&str, i64, Option<i64>)> = seen
            .map(|((first, last), name)| (name.as_str(), *first, Some(*last).filter(|last| *last <= now)))
            .collect();
        self::run(&steps)
    };
    let (mut errors, mut count) = (0.0, 0.0);
    for place in 10..runs.len() {
        let earlier: Vec<Digest> = runs[..place].iter().map(|run| digest(run, i64::MAX)).collect();
        let total = runs[place].last().expect("steps").1;
        for tenth in 0..10 {
            let now = total * tenth / 10;
            let forecast = forecast(&digest(&runs[place], now), now * SECOND, &earlier).expect("runs");
            let Some(left) = forecast.left_p50 else { continue };
            errors += ((now + left / SECOND - total).abs() as f64) / total as f64;
            count += 1.0;
        }
    }
    assert!(count > 150.0, "most can be forecast: {count}");
    assert!(errors / count < 0.1, "{}", errors / count);
}
