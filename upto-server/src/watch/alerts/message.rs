//! What is sent: one alert, or several as one.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::notice::{Notice, Source, Turn};
use super::super::time;

/// Alerts of a message that its text names.
const NAMED: usize = 20;

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The same each time that the same alerts are sent.
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) notices: Vec<Notice>,
}

/// A message as a request tells it.
#[derive(Serialize)]
struct Told<'a> {
    key: &'a str,
    title: &'a str,
    text: &'a str,
    alerts: Vec<ToldNotice<'a>>,
}

#[derive(Serialize)]
struct ToldNotice<'a> {
    id: &'a str,
    incident: &'a str,
    source: Source,
    turn: Turn,
    subject: &'a str,
    title: &'a str,
    text: &'a str,
    time: String,
}

impl Message {
    /// One message of all these; none of nothing.
    pub(crate) fn of(mut notices: Vec<Notice>) -> Option<Self> {
        notices.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        let first = notices.first()?;
        let key = key_of(notices.iter().map(|notice| notice.id.as_str()));
        let (title, text) = match notices.len() {
            1 => (first.title.clone(), format!("{}\n{}\n", first.text, time(first.time))),
            count => (title_of(&notices, count), text_of(&notices)),
        };
        Some(Message { key, title, text, notices })
    }

    /// Everything there is.
    pub(crate) fn json(&self) -> Value {
        let alerts = self.notices.iter().map(ToldNotice::of).collect();
        let told = Told { key: &self.key, title: &self.title, text: &self.text, alerts };
        // There is nothing in it that can't be written.
        serde_json::to_value(told).unwrap_or_default()
    }

    /// A template with `{title}`, `{text}` and `{key}` in its texts filled in.
    pub(crate) fn fill(&self, template: &Value) -> Value {
        match template {
            Value::String(text) => Value::String(self.fill_text(text)),
            Value::Array(values) => values.iter().map(|value| self.fill(value)).collect(),
            Value::Object(entries) => {
                entries.iter().map(|(key, value)| (key.clone(), self.fill(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// In one go: what is filled in is not looked at again, whatever it contains.
    fn fill_text(&self, template: &str) -> String {
        let places = [("{title}", &self.title), ("{text}", &self.text), ("{key}", &self.key)];
        let (mut filled, mut rest) = (String::new(), template);
        while let Some(start) = rest.find('{') {
            let (before, behind) = rest.split_at(start);
            filled.push_str(before);
            let place = places.iter().find(|(place, _)| behind.starts_with(place));
            let (text, length) = place.map_or(("{", 1), |(place, value)| (value.as_str(), place.len()));
            filled.push_str(text);
            rest = behind.get(length..).unwrap_or_default();
        }
        filled + rest
    }
}

impl<'a> ToldNotice<'a> {
    fn of(notice: &'a Notice) -> Self {
        let Notice { id, incident, source, turn, subject, title, text, .. } = notice;
        ToldNotice {
            id,
            incident,
            source: *source,
            turn: *turn,
            subject,
            title,
            text,
            time: time(notice.time),
        }
    }
}

/// The id of a single alert; of several, what no others have.
fn key_of<'a>(ids: impl Iterator<Item = &'a str> + Clone) -> String {
    if let (Some(id), 1) = (ids.clone().next(), ids.clone().count()) {
        return id.to_owned();
    }
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    let mut hash = Sha256::new();
    for id in ids {
        hash.update((id.len() as u64).to_be_bytes());
        hash.update(id);
    }
    hash.finalize().iter().take(16).fold(String::from("group/"), |mut key, byte| {
        // Writing into a String can't fail.
        let _ = write!(key, "{byte:02x}");
        key
    })
}

fn title_of(notices: &[Notice], count: usize) -> String {
    let problems = notices.iter().filter(|notice| notice.turn != Turn::Resolved).count();
    match count - problems {
        0 => format!("{count} alerts"),
        resolved => format!("{problems} alerts, {resolved} resolved"),
    }
}

fn text_of(notices: &[Notice]) -> String {
    let mut text = String::new();
    for notice in notices.iter().take(NAMED) {
        let _ = writeln!(text, "{} {} - {}", time(notice.time), notice.title, notice.text);
    }
    if notices.len() > NAMED {
        let _ = writeln!(text, "and {} more", notices.len() - NAMED);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn notice(number: i64, turn: Turn) -> Notice {
        let notice = Notice::of_line(format!("s{number}"), 3, "{title} broke".into(), number, 7);
        Notice { turn, ..notice }
    }

    #[test]
    fn the_key_is_of_what_is_sent_and_not_of_its_order() {
        let (one, two) = (notice(1, Turn::Once), notice(2, Turn::Problem));
        let of =
            |notices: &[&Notice]| Message::of(notices.iter().copied().cloned().collect()).expect("some").key;
        assert_eq!(of(&[&one]), one.id);
        assert_eq!(of(&[&one, &two]), of(&[&two, &one]));
        assert_ne!(of(&[&one, &two]), of(&[&one, &one]));
        assert_eq!(Message::of(Vec::new()), None);
    }

    #[test]
    fn many_are_counted_and_the_first_of_them_named() {
        let notices =
            (0..50).map(|number| notice(number, if number < 30 { Turn::Problem } else { Turn::Resolved }));
        let message = Message::of(notices.collect()).expect("a message");
        assert_eq!(message.title, "30 alerts, 20 resolved");
        assert!(
            message.text.lines().count() == 21 && message.text.ends_with("and 30 more\n"),
            "{}",
            message.text
        );
        assert_eq!(message.json()["alerts"].as_array().map(Vec::len), Some(50));
    }

    #[test]
    fn a_template_is_filled_in_once() {
        let message = Message::of(vec![notice(1, Turn::Once)]).expect("a message");
        let template = json!({"a": ["{title}", 7, {"b": "<{key}> {nothing} {"}], "{title}": "{text}"});
        let filled = message.fill(&template);
        assert_eq!(
            filled["a"],
            json!(["s1: {title} broke", 7, {"b": format!("<{}> {{nothing}} {{", message.key)}])
        );
        assert!(
            filled["{title}"].as_str().is_some_and(|text| text.starts_with("{title} broke\n")),
            "{filled}"
        );
    }
}
