//! The text page of Prometheus, and of OpenMetrics: samples out of lines, and series picked from them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// One line of a page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample<'p> {
    pub(crate) name: &'p str,
    pub(crate) labels: Labels<'p>,
    pub(crate) value: f64,
}

type Labels<'p> = Vec<(&'p str, Cow<'p, str>)>;

/// The samples of a page. Lines that are none are left out: one that can't be read must not cost the others.
pub(crate) fn samples(page: &str) -> impl Iterator<Item = Sample<'_>> {
    page.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).filter_map(sample)
}

fn sample(line: &str) -> Option<Sample<'_>> {
    let (name, labels, rest) = series(line)?;
    // Behind the value may stand a time and an exemplar.
    let value = rest.split_whitespace().next()?;
    Some(Sample { name, labels, value: number(value)? })
}

/// A name, its labels, and what is behind them.
fn series(text: &str) -> Option<(&str, Labels<'_>, &str)> {
    let end = text.find(|character: char| !is_of_name(character)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    match rest.trim_start().strip_prefix('{') {
        Some(inside) => labels(inside).map(|(labels, rest)| (name, labels, rest)),
        None => Some((name, Vec::new(), rest)),
    }
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | ':')
}

/// The labels up to the closing brace, and what is behind that.
fn labels(mut text: &str) -> Option<(Labels<'_>, &str)> {
    let mut found = Vec::new();
    loop {
        text = text.trim_start().trim_start_matches(',').trim_start();
        if let Some(rest) = text.strip_prefix('}') {
            return Some((found, rest));
        }
        let (name, rest) = text.split_once('=')?;
        let (value, rest) = quoted(rest.trim_start().strip_prefix('"')?)?;
        found.push((name.trim(), value));
        text = rest;
    }
}

/// What stands before the closing quote, and what is behind it.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text.find(['"', '\\'])?;
    if text.as_bytes().get(end) == Some(&b'"') {
        return Some((Cow::Borrowed(text.get(..end)?), text.get(end + 1..)?));
    }
    let (mut value, mut characters) = (String::new(), text.chars());
    loop {
        match characters.next()? {
            '"' => return Some((Cow::Owned(value), characters.as_str())),
            '\\' => value.push(match characters.next()? {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
}

/// A value as Prometheus writes it.
fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        text => text.parse().ok(),
    }
}

/// How one number is made of several samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Take {
    /// All together.
    #[default]
    Sum,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The mean.
    Mean,
    /// How many there are.
    Count,
}

/// Which samples of a page are meant: a name, and labels that they have to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    name: String,
    labels: Vec<(String, String)>,
}

/// It is no selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSelector;

impl fmt::Display for NoSelector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("expected a series such as node_load1 or node_cpu_seconds_total{mode=\"idle\"}")
    }
}

impl FromStr for Selector {
    type Err = NoSelector;

    fn from_str(text: &str) -> Result<Self, NoSelector> {
        let (name, labels, rest) = series(text.trim()).ok_or(NoSelector)?;
        if !rest.trim().is_empty() {
            return Err(NoSelector);
        }
        let labels = labels.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned()));
        Ok(Selector { name: name.to_owned(), labels: labels.collect() })
    }
}

impl Selector {
    fn takes(&self, sample: &Sample<'_>) -> bool {
        let has = |(name, value): &(String, String)| {
            sample.labels.iter().any(|(other, theirs)| *other == name && *theirs == value.as_str())
        };
        sample.name == self.name && self.labels.iter().all(has)
    }

    /// One number of all samples that are meant; `None`: there are none. Those that are no numbers are left out.
    pub(crate) fn of(&self, samples: &[Sample<'_>], take: Take) -> Option<f64> {
        let values = samples.iter().filter(|sample| self.takes(sample)).map(|sample| sample.value);
        combined(values.filter(|value| !value.is_nan()), take)
    }
}

fn combined(values: impl Iterator<Item = f64>, take: Take) -> Option<f64> {
    let (mut count, mut sum, mut min, mut max) = (0_u32, 0.0, f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        count += 1;
        sum += value;
        (min, max) = (value.min(min), value.max(max));
    }
    (count > 0).then(|| match take {
        Take::Sum => sum,
        Take::Min => min,
        Take::Max => max,
        Take::Mean => sum / f64::from(count),
        Take::Count => f64::from(count),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# HELP up Whether it is.\n# TYPE up gauge\nup 1\n\n\
        rpc_total{code=\"200\", method=\"get\"} 1027 1395066363000\n\
        rpc_total{method=\"post\",code=\"200\",} 3e1\n\
        text{path=\"C:\\\\DIR\\n\",say=\"\\\"a}\\\"\"} -0.5\n\
        bucket{le=\"+Inf\"} 2 # {trace=\"x\"} 0.67\nodd NaN\nmost +Inf\nleast -Inf\n# EOF\n";

    #[test]
    fn samples_are_read_as_they_are_documented() {
        let samples: Vec<_> = samples(PAGE).collect();
        assert_eq!(samples.len(), 8);
        assert_eq!((samples[0].name, samples[0].value), ("up", 1.0));
        assert_eq!(samples[1].labels, [("code", "200".into()), ("method", "get".into())]);
        assert_eq!((samples[2].value, samples[2].labels.len()), (30.0, 2));
        assert_eq!(samples[3].labels, [("path", "C:\\DIR\n".into()), ("say", "\"a}\"".into())]);
        assert_eq!((samples[4].name, samples[4].value), ("bucket", 2.0));
        assert!(samples[5].value.is_nan() && samples[6].value > 0.0 && samples[7].value < 0.0);
    }

    #[test]
    fn a_line_that_is_none_costs_no_other() {
        let page =
            "good 1\n1bad 2\nbad{ 3\nbad{a=\"b} 4\nbad{a=b} 5\nbad one\nbad\n=\n{a=\"b\"} 6\nalso_good 2.5\n";
        let read: Vec<_> = samples(page).map(|sample| (sample.name, sample.value)).collect();
        assert_eq!(read, [("good", 1.0), ("also_good", 2.5)]);
    }

    #[test]
    fn series_are_picked_by_name_and_labels() {
        let samples: Vec<_> = samples(PAGE).collect();
        let of = |text: &str, take| text.parse::<Selector>().expect("a selector").of(&samples, take);
        assert_eq!(of("rpc_total", Take::Sum), Some(1057.0));
        assert_eq!(of("rpc_total{code=\"200\"}", Take::Max), Some(1027.0));
        assert_eq!(of("rpc_total{method=\"post\"}", Take::Sum), Some(30.0));
        assert_eq!((of("rpc_total", Take::Min), of("rpc_total", Take::Mean)), (Some(30.0), Some(528.5)));
        assert_eq!((of("rpc_total", Take::Count), of("odd", Take::Count)), (Some(2.0), None));
        assert_eq!(of("rpc_total{code=\"500\"}", Take::Sum), None);
        for text in ["", "1a", "a b", "a{", "a{b}", "a{b=\"c\"} 1"] {
            assert_eq!(text.parse::<Selector>(), Err(NoSelector), "{text}");
        }
    }
}
