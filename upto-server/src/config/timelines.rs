//! The list `timelines` of the section `watch`, as it is written and checked.

use serde::Deserialize;

use super::age;
use crate::watch::TimelineRule;

/// A rule as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TimelineLayer {
    context: String,
    #[serde(default)]
    stuck_after: Option<String>,
    #[serde(default)]
    by_history: Option<bool>,
    #[serde(default)]
    regressed: Option<bool>,
}

/// Checks all rules; mistakes are added to `problems`.
pub(super) fn rules(layers: &[TimelineLayer], problems: &mut Vec<String>) -> Vec<TimelineRule> {
    layers.iter().map(|layer| layer.rule(problems)).collect()
}

impl TimelineLayer {
    fn rule(&self, problems: &mut Vec<String>) -> TimelineRule {
        let usual = TimelineRule::new(&self.context);
        let stuck_after = self.stuck_after.as_deref().map(|given| age("watch.timelines.stuck-after", given));
        let stuck_after = stuck_after.transpose().unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let by_history = self.by_history.unwrap_or(usual.by_history);
        let regressed = self.regressed.unwrap_or(usual.regressed);
        if self.stuck_after.is_none() && !by_history && !regressed {
            problems.push(format!("watch.timelines {:?}: there is nothing to be told of it", self.context));
        }
        TimelineRule { stuck_after, by_history, regressed, ..usual }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str) -> (Vec<TimelineRule>, Vec<String>) {
        let layers: Vec<TimelineLayer> = serde_saphyr::from_str(text).expect("a list");
        let mut problems = Vec::new();
        (rules(&layers, &mut problems), problems)
    }

    #[test]
    fn what_is_left_out_is_told_of() {
        let (rules, problems) =
            read("[{context: \"nightly*\", stuck-after: 30m, regressed: false}, {context: ci}]");
        assert!(problems.is_empty(), "{problems:?}");
        let stuck_after = Some(Duration::from_secs(1_800));
        let first = TimelineRule { stuck_after, regressed: false, ..TimelineRule::new("nightly*") };
        assert_eq!(rules, [first, TimelineRule::new("ci")]);
    }

    #[test]
    fn all_mistakes_are_told() {
        let (_, problems) =
            read("[{context: a, stuck-after: soon}, {context: b, by-history: false, regressed: false}]");
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("stuck-after") && problems[1].contains("\"b\""));
    }
}
