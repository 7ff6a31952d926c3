//! A stream of server-sent events.

use std::io::{self, BufRead, BufReader, Read};
use std::time::Duration;

use serde::Deserialize;

use super::{Event, Timeline};

/// After so long a silence the connection is taken for dead: the server says something every 15 s.
pub(super) const SILENCE: Duration = Duration::from_secs(40);
/// Bytes of one server-sent event at most.
const EVENT_BYTES: u64 = 64 << 20;

/// What happened in a timeline.
#[derive(Debug)]
pub(in crate::cli) enum News {
    /// The timeline itself changed, or is told for the first time.
    Timeline(Box<Timeline>),
    /// These events are new or changed.
    Events(Vec<Event>),
    /// More changed than is told: the events have to be fetched again.
    Reset,
}

/// What a server tells, as it happens.
pub(in crate::cli) struct LiveStream {
    lines: BufReader<ureq::BodyReader<'static>>,
}

#[derive(Deserialize)]
struct Events {
    events: Vec<Event>,
}

impl LiveStream {
    pub(super) fn new(body: ureq::Body) -> Self {
        LiveStream { lines: BufReader::new(body.into_with_config().limit(u64::MAX).reader()) }
    }

    /// Waits for what comes next.
    ///
    /// # Errors
    /// The stream has ended, or says what is none of its events.
    pub(in crate::cli) fn next(&mut self) -> io::Result<News> {
        next(&mut self.lines)
    }
}

/// The next one that this command knows; the format is that of the WHATWG's HTML standard, section 9.2.
fn next(lines: &mut impl BufRead) -> io::Result<News> {
    let (mut kind, mut data) = (String::new(), String::new());
    let mut left = EVENT_BYTES;
    loop {
        let line = line(lines, &mut left)?;
        match line
            .split_once(':')
            .map_or((line.as_str(), ""), |(field, value)| (field, value.strip_prefix(' ').unwrap_or(value)))
        {
            ("", "") if line.is_empty() => {
                if let Some(news) = news(&kind, &data)? {
                    return Ok(news);
                }
                (kind, data, left) = (String::new(), String::new(), EVENT_BYTES);
            }
            ("event", value) => value.clone_into(&mut kind),
            // The server has each on one line.
            ("data", value) => data.push_str(value),
            // A comment, or what a later version says.
            _ => {}
        }
    }
}

fn line(lines: &mut impl BufRead, left: &mut u64) -> io::Result<String> {
    let mut line = String::new();
    let read = lines.take(*left).read_line(&mut line)?;
    *left = left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
    match line.strip_suffix('\n') {
        Some(whole) => Ok(whole.strip_suffix('\r').unwrap_or(whole).to_owned()),
        None if *left == 0 => Err(io::Error::new(io::ErrorKind::InvalidData, "an event is too long")),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn news(kind: &str, data: &str) -> io::Result<Option<News>> {
    Ok(match kind {
        "timeline" => Some(News::Timeline(serde_json::from_str(data)?)),
        "events" => Some(News::Events(serde_json::from_str::<Events>(data)?.events)),
        "reset" => Some(News::Reset),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMELINE: &str = r#"{"context":"c","name":"t","state":"running"}"#;
    const EVENT: &str = r#"{"events":[{"name":"a","id":1,"state":"open"}]}"#;

    fn told(stream: &str) -> Vec<String> {
        let mut lines = stream.as_bytes();
        let mut told = Vec::new();
        loop {
            match next(&mut lines) {
                Ok(News::Timeline(timeline)) => told.push(timeline.name),
                Ok(News::Events(events)) => told.extend(events.into_iter().map(|event| event.name)),
                Ok(News::Reset) => told.push("reset".to_owned()),
                Err(error) => {
                    told.push(error.kind().to_string());
                    return told;
                }
            }
        }
    }

    #[test]
    fn events_are_read_and_comments_are_not() {
        let stream = format!(
            "event: timeline\ndata: {TIMELINE}\n\n:\n\nevent:events\r\ndata:{EVENT}\r\n\r\nevent: later\ndata: 1\n\nevent: reset\ndata: {{}}\n\n"
        );
        assert_eq!(told(&stream), ["t", "a", "reset", "unexpected end of file"]);
    }

    #[test]
    fn what_is_none_of_the_events_is_an_error() {
        assert_eq!(told("event: timeline\ndata: {}\n\n"), ["invalid data"]);
        assert_eq!(told("event: timeline\ndata: {\"context\""), ["unexpected end of file"]);
    }
}
