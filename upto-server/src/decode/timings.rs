//! What `cargo build --timings` writes: the units of a build, from the page's `UNIT_DATA`, or that list alone.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::draft::{Destination, Draft, DraftValue, derived_id, segment};
use super::few::FewOf;
use super::json::refused;
use super::{BodyError, MESSAGES};

/// How often units may wait for others, in all.
const WAITS: usize = 1 << 19;
/// What comes before the units in the page.
const UNITS: &str = "const UNIT_DATA = ";
/// What comes before the time of the build's start in the page, and after it.
const START: (&str, &str) = ("<td>Build start:</td><td>", "</td>");

#[derive(Deserialize)]
struct Unit<'a> {
    i: u64,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
    /// `todo` for what is built; else what is done instead.
    #[serde(borrow, default)]
    mode: Cow<'a, str>,
    /// Empty for a library.
    #[serde(borrow, default)]
    target: Cow<'a, str>,
    // Lists are read when it is their turn, so that not all of them are in memory at once.
    #[serde(borrow, default)]
    features: Option<&'a RawValue>,
    /// Seconds since the start of the build.
    start: f64,
    duration: f64,
    /// Those that could begin when this one was done.
    #[serde(borrow, default)]
    unblocked_units: Option<&'a RawValue>,
    #[serde(borrow, default)]
    unblocked_rmeta_units: Option<&'a RawValue>,
    #[serde(borrow, default)]
    sections: Option<&'a RawValue>,
}

/// A part of a unit, in seconds since the unit's start.
#[derive(Deserialize)]
struct Section {
    start: f64,
    end: f64,
}

/// The messages for the units and their sections. The build began at `start`, in nanoseconds since the epoch, unless the
/// page says when.
///
/// # Errors
/// It is neither such a page nor such a list, or nobody says when the build began.
pub(crate) fn read<'a>(
    body: &'a [u8],
    start: Option<i64>,
    to: Destination<'a>,
) -> Result<Vec<Draft<'a>>, BodyError> {
    let text = std::str::from_utf8(body).map_err(|error| BodyError::Syntax(error.to_string()))?;
    let units = units(text)?;
    let start = start.or_else(|| start_in(text)).ok_or_else(|| {
        BodyError::Meaning("nothing says when the build began; add &start= and an RFC 3339 time".to_owned())
    })?;
    let wrong = |unit: &Unit<'_>, problem| BodyError::Meaning(format!("unit {}: {problem}", unit.i));
    let unblocked = unblocked(&units).map_err(|(unit, problem)| wrong(unit, problem))?;
    let mut drafts = Vec::new();
    for unit in &units {
        let follows = unblocked.get(&unit.i).map_or(&[][..], Vec::as_slice);
        add(unit, start, follows, to, &mut drafts).map_err(|problem| wrong(unit, problem))?;
        if drafts.len() > MESSAGES {
            return Err(BodyError::TooMany);
        }
    }
    Ok(drafts)
}

/// The ids of those that each unit waited for, by its number.
fn unblocked<'u, 'a>(units: &'u [Unit<'a>]) -> Result<HashMap<u64, Vec<u64>>, (&'u Unit<'a>, String)> {
    let (mut unblocked, mut count) = (HashMap::<u64, Vec<u64>>::new(), 0);
    for unit in units {
        for raw in [unit.unblocked_units, unit.unblocked_rmeta_units] {
            let later: Vec<u64> = list(raw).map_err(|problem| (unit, problem))?;
            count += later.len();
            if count > WAITS {
                return Err((unit, format!("until here, over {WAITS} units are waited for")));
            }
            later.into_iter().for_each(|later| unblocked.entry(later).or_default().push(id(unit.i)));
        }
    }
    Ok(unblocked)
}

/// What a list has in it; nothing if there is none.
fn list<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Result<Vec<T>, String> {
    let list = raw.map(|raw| serde_json::from_str::<FewOf<T, MESSAGES>>(raw.get()));
    list.transpose().map(|list| list.map_or_else(Vec::new, |list| list.0)).map_err(|error| error.to_string())
}

fn units(text: &str) -> Result<Vec<Unit<'_>>, BodyError> {
    let list = match text.split_once(UNITS) {
        Some((_, list)) => list,
        None if text.trim_start().starts_with('[') => text,
        None => return Err(BodyError::Syntax("there is no list of units (UNIT_DATA) in it".to_owned())),
    };
    let mut values = serde_json::Deserializer::from_str(list).into_iter::<FewOf<Unit<'_>, MESSAGES>>();
    let first = values.next().map_or_else(|| Ok(Vec::new()), |units| units.map(|units| units.0));
    first.map_err(|error| refused(&error))
}

fn start_in(text: &str) -> Option<i64> {
    let (_, behind) = text.split_once(START.0)?;
    let (time, _) = behind.split_once(START.1)?;
    let time: jiff::Timestamp = time.trim().parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok()
}

/// Ids are numbers above 0.
fn id(number: u64) -> u64 {
    number.saturating_add(1)
}

fn add<'a>(
    unit: &Unit<'_>,
    start: i64,
    follows: &[u64],
    to: Destination<'a>,
    drafts: &mut Vec<Draft<'a>>,
) -> Result<(), String> {
    let begin = after(start, unit.start)?;
    let mut draft = Draft {
        context: to.context.into(),
        timeline: to.timeline.into(),
        name: name(unit).into(),
        id: id(unit.i),
        ..Draft::default()
    };
    draft.set_times(Some(begin), Some(after(begin, unit.duration)?), false);
    let ids = follows.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
    let mode = if unit.mode == "todo" { "" } else { &unit.mode };
    let features = list::<String>(unit.features)?.join(",");
    for (key, value) in [("mode", mode), ("features", &features), ("follows", &ids)] {
        if !value.is_empty() {
            draft.attributes.add(key, DraftValue::Text(value.to_owned().into()));
        }
    }
    draft.fault().map_or(Ok(()), Err)?;
    let mut sections = Vec::new();
    for (number, (name, Section { start, end })) in (0..).zip(list::<(String, Section)>(unit.sections)?) {
        let mut section = Draft {
            name: format!("{}.{}", draft.name, segment(name.into())).into(),
            id: derived_id(&[draft.id, number]),
            parent: draft.id,
            attributes: Default::default(),
            ..draft.clone()
        };
        section.set_times(Some(after(begin, start)?), Some(after(begin, end)?), false);
        section.fault().map_or(Ok(()), Err)?;
        sections.push(section);
    }
    drafts.push(draft);
    drafts.extend(sections);
    Ok(())
}

/// The package, and below it what of it was done.
fn name(unit: &Unit<'_>) -> String {
    let package = format!("{} {}", unit.name, unit.version);
    let what = match (unit.target.trim(), &*unit.mode) {
        ("", "" | "todo") => "lib",
        ("", mode) => mode,
        (target, _) => target,
    };
    format!("{}.{}", segment(package.into()), segment(what.into()))
}

fn after(time: i64, seconds: f64) -> Result<i64, String> {
    let wrong = || format!("{seconds} is no number of seconds after the start of a build");
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?;
    let nanoseconds = i64::try_from(duration.as_nanos()).map_err(|_| wrong())?;
    time.checked_add(nanoseconds).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::draft::batch;

    const TO: Destination<'static> = Destination { context: "build", timeline: "1" };

    /// In the form of what cargo 1.95 writes.
    const PAGE: &str = r#"<html><body><table>
<tr>
<td>Build start:</td><td>2026-11-21T13:13:34.5Z</td>
</tr>
</table><script>
DURATION = 2;
const UNIT_DATA = [
  {"i": 1, "name": "leaf", "version": "0.1.0", "mode": "todo", "target": " build-script", "features": [],
   "start": 0.5, "duration": 0.25, "unblocked_units": [0], "unblocked_rmeta_units": [], "sections": null},
  {"i": 0, "name": "leaf", "version": "0.1.0", "mode": "todo", "target": "", "features": ["std", "alloc"],
   "start": 0.75, "duration": 1.0, "unblocked_units": [], "unblocked_rmeta_units": [],
   "sections": [["frontend", {"start": 0.0, "end": 0.25}], ["codegen", {"start": 0.25, "end": 1.0}]]},
  {"i": 2, "name": "leaf", "version": "0.1.0", "mode": "run-custom-build", "target": " build-script (run)",
   "features": [], "start": 0.5, "duration": 0.0, "unblocked_units": [], "unblocked_rmeta_units": []}
];
const CONCURRENCY_DATA = [];
</script></body></html>"#;

    #[test]
    fn units_and_their_sections_are_events() {
        let drafts = read(PAGE.as_bytes(), None, TO).expect("a page");
        let start = 1_795_266_814_500_000_000;
        let told: Vec<_> = drafts.iter().map(|draft| (&*draft.name, draft.started, draft.time)).collect();
        assert_eq!(
            told,
            [
                (r"leaf 0\.1\.0.build-script", Some(start + 500_000_000), start + 750_000_000),
                (r"leaf 0\.1\.0.lib", Some(start + 750_000_000), start + 1_750_000_000),
                (r"leaf 0\.1\.0.lib.frontend", Some(start + 750_000_000), start + 1_000_000_000),
                (r"leaf 0\.1\.0.lib.codegen", Some(start + 1_000_000_000), start + 1_750_000_000),
                (r"leaf 0\.1\.0.build-script (run)", Some(start + 500_000_000), start + 500_000_000),
            ]
        );
        assert_eq!((drafts[1].id, drafts[2].parent), (1, 1));
        let batch = batch(&drafts);
        let attributes = batch.attributes_of(&batch.messages[1]);
        let text = upto::wire::Value::Text;
        assert_eq!(attributes, [("features", text("std,alloc")), ("follows", text("2"))]);
    }

    #[test]
    fn a_list_alone_needs_a_start() {
        let list = r#"[{"i":0,"name":"a","version":"1","start":0.5,"duration":1}]"#;
        let drafts = read(list.as_bytes(), Some(0), TO).expect("a list");
        assert_eq!((drafts[0].started, drafts[0].time), (Some(500_000_000), 1_500_000_000));
        let error = read(list.as_bytes(), None, TO).expect_err("no start").to_string();
        assert!(error.contains("&start="), "{error}");
    }

    #[test]
    fn what_is_no_such_page_is_told() {
        for (body, expected) in [
            ("<html></html>", "no list of units"),
            ("const UNIT_DATA = [{", "EOF"),
            (r#"[{"i":0}]"#, "missing field"),
            (r#"[{"i":0,"name":"a","version":"1","start":-1,"duration":1}]"#, "-1 is no number of seconds"),
            (r#"[{"i":0,"name":"a","version":"1","start":1e30,"duration":1}]"#, "is no number of seconds"),
        ] {
            let error = read(body.as_bytes(), Some(0), TO).expect_err(body).to_string();
            assert!(error.contains(expected), "{body}: {error}");
        }
        assert!(read(b"\xff", Some(0), TO).is_err());
    }

    #[test]
    fn what_is_too_much_is_refused_before_it_takes_memory() {
        let unit =
            |lists: &str| format!(r#"{{"i":0,"name":"a","version":"1","start":0,"duration":1{lists}}}"#);
        let told = |body: String| read(body.as_bytes(), Some(0), TO).expect_err("too much").to_string();
        let units = vec![unit(""); MESSAGES + 1].join(",");
        assert!(told(format!("[{units}, and so on")).contains("over 65536 entries"));
        let section = r#"["s",{"start":0,"end":1}]"#;
        let sections = unit(&format!(r#","sections":[{}]"#, vec![section; 40_000].join(",")));
        assert_eq!(told(format!("[{sections},{sections}]")), BodyError::TooMany.to_string());
        let many = vec!["7"; 60_000].join(",");
        let waits = unit(&format!(r#","unblocked_units":[{many}],"unblocked_rmeta_units":[{many}]"#));
        assert!(told(format!("[{}]", vec![waits; 5].join(","))).contains("units are waited for"));
    }
}
