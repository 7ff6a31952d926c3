//! What CI systems tell of the build that runs, in variables.

/// A build of a CI system.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Build {
    /// The CI system.
    pub(super) system: &'static str,
    /// Unique among the system's builds.
    pub(super) name: String,
    /// Where people look at it; empty: it is not known, as below.
    pub(super) url: String,
    pub(super) commit: String,
}

/// The variables of a CI system: the first one is there if it is this system; then the parts of a build's name, where to
/// look at it, and the commit.
struct System {
    name: &'static str,
    sign: &'static str,
    build: &'static [&'static str],
    url: Address,
    commit: &'static str,
}

enum Address {
    Variable(&'static str),
    /// Put together from the server, the repository and the run.
    GitHub,
}

const SYSTEMS: [System; 6] = [
    System {
        name: "GitHub Actions",
        sign: "GITHUB_ACTIONS",
        build: &["GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"],
        url: Address::GitHub,
        commit: "GITHUB_SHA",
    },
    System {
        name: "GitLab",
        sign: "GITLAB_CI",
        build: &["CI_PIPELINE_ID"],
        url: Address::Variable("CI_PIPELINE_URL"),
        commit: "CI_COMMIT_SHA",
    },
    System {
        name: "Buildkite",
        sign: "BUILDKITE",
        build: &["BUILDKITE_BUILD_ID"],
        url: Address::Variable("BUILDKITE_BUILD_URL"),
        commit: "BUILDKITE_COMMIT",
    },
    System {
        name: "CircleCI",
        sign: "CIRCLECI",
        build: &["CIRCLE_WORKFLOW_ID"],
        url: Address::Variable("CIRCLE_BUILD_URL"),
        commit: "CIRCLE_SHA1",
    },
    System {
        name: "Jenkins",
        sign: "JENKINS_URL",
        build: &["BUILD_TAG"],
        url: Address::Variable("BUILD_URL"),
        commit: "GIT_COMMIT",
    },
    System {
        name: "Travis",
        sign: "TRAVIS",
        build: &["TRAVIS_BUILD_ID"],
        url: Address::Variable("TRAVIS_BUILD_WEB_URL"),
        commit: "TRAVIS_COMMIT",
    },
];

/// The build that this is part of, if a CI system runs it.
pub(super) fn build(variable: impl Fn(&str) -> Option<String>) -> Option<Build> {
    let value = |name: &str| variable(name).unwrap_or_default();
    let system = SYSTEMS.iter().find(|system| !value(system.sign).is_empty())?;
    let parts = system.build.iter().map(|name| value(name)).filter(|part| !part.is_empty());
    let name = parts.collect::<Vec<_>>().join(".");
    let url = match system.url {
        Address::Variable(name) => value(name),
        Address::GitHub => address_on_github(value),
    };
    (!name.is_empty()).then(|| Build { system: system.name, name, url, commit: value(system.commit) })
}

fn address_on_github(value: impl Fn(&str) -> String) -> String {
    let parts = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"].map(value);
    match parts {
        [server, repository, run] if !server.is_empty() && !repository.is_empty() => {
            format!("{server}/{repository}/actions/runs/{run}")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Option<Build> {
        build(|name| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()))
    }

    fn is(variables: &[(&str, &str)], system: &'static str, name: &str, url: &str) {
        let expected = Build { system, name: name.into(), url: url.into(), commit: "c0ffee".into() };
        assert_eq!(found(variables), Some(expected));
    }

    #[test]
    fn each_system_is_known_by_its_variables() {
        let actions = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_RUN_ATTEMPT", "2"),
            ("GITHUB_SERVER_URL", "https://h"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_SHA", "c0ffee"),
        ];
        is(&actions, "GitHub Actions", "77.2", "https://h/o/r/actions/runs/77");
        for (system, sign, name, url, commit) in [
            ("GitLab", "GITLAB_CI", "CI_PIPELINE_ID", "CI_PIPELINE_URL", "CI_COMMIT_SHA"),
            ("Buildkite", "BUILDKITE", "BUILDKITE_BUILD_ID", "BUILDKITE_BUILD_URL", "BUILDKITE_COMMIT"),
            ("CircleCI", "CIRCLECI", "CIRCLE_WORKFLOW_ID", "CIRCLE_BUILD_URL", "CIRCLE_SHA1"),
            ("Jenkins", "JENKINS_URL", "BUILD_TAG", "BUILD_URL", "GIT_COMMIT"),
            ("Travis", "TRAVIS", "TRAVIS_BUILD_ID", "TRAVIS_BUILD_WEB_URL", "TRAVIS_COMMIT"),
        ] {
            is(&[(sign, "true"), (name, "77"), (url, "u"), (commit, "c0ffee")], system, "77", "u");
        }
    }

    #[test]
    fn without_a_system_or_a_name_there_is_no_build() {
        assert_eq!(found(&[("CI", "true")]), None);
        assert_eq!(found(&[("GITLAB_CI", "true")]), None);
        assert_eq!(found(&[("GITLAB_CI", ""), ("CI_PIPELINE_ID", "7")]), None);
    }
}
