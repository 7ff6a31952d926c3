use super::*;

fn config(given: &Layer) -> Result<Config, String> {
    check(given, &|_| None).map_err(|error| error.to_string())
}

#[test]
fn the_defaults_are_loopback_on_both_families() {
    let config = config(&Layer::default()).expect("the defaults are good");
    assert_eq!(config.udp, loopback(8123));
    assert_eq!(config.http, loopback(8080));
    assert_eq!(config.store.to_string(), "redb:./upto-data");
    assert_eq!((config.memory_bytes, config.doors), (256 << 20, DoorSettings::default()));
}

#[test]
fn ports_and_addresses_are_read() {
    for (given, expected) in [("0", loopback(0)), (":7", loopback(7)), ("localhost:7", loopback(7))] {
        assert_eq!(addresses("udp", Some(given), 1), Ok(expected));
    }
    for given in ["127.0.0.1:9", "[::1]:9", "10.0.0.1:0"] {
        assert_eq!(addresses("udp", Some(given), 1), Ok(vec![given.parse().expect("an address")]));
    }
    assert_eq!(addresses("udp", Some("::1"), 5), Ok(vec!["[::1]:5".parse().expect("an address")]));
}

#[test]
fn all_mistakes_are_told_together() {
    let given = Layer {
        udp: Some("nowhere".into()),
        http: Some("99999".into()),
        store: Some("floppy:".into()),
        memory: Some(0),
        ..Layer::default()
    };
    let problems = config(&given).expect_err("four mistakes");
    for problem in ["udp \"nowhere\"", "http \"99999\": a port is", "store \"floppy:\"", "memory 0"] {
        assert!(problems.contains(problem), "{problems}");
    }
}

#[test]
fn what_is_kept_is_read() {
    let hours = |hours: u64| Some(Duration::from_secs(hours * 3_600));
    for (text, expected) in [("30d", hours(720)), ("2w", hours(336)), ("12h", hours(12)), ("PT1H", hours(1))]
    {
        assert_eq!(age("retain-age", text).ok(), expected, "{text}");
    }
    for text in ["", "30", "-1d", "0s", "1 month", "soon"] {
        assert!(age("retain-age", text).is_err_and(|problem| problem.contains("retain-age")), "{text}");
    }
    let given = Layer { retain_count: Some(3), retain_size: Some(5), ..Layer::default() };
    let expected = Retention { age: None, count: Some(3), bytes: Some(5 << 20) };
    assert_eq!(config(&given).map(|config| config.retention), Ok(expected));
    let nothing = Layer { retain_count: Some(0), retain_size: Some(0), ..Layer::default() };
    let problems = config(&nothing).expect_err("two mistakes");
    assert!(problems.contains("retain-count 0") && problems.contains("retain-size 0"), "{problems}");
    assert!(config(&Layer::default()).is_ok_and(|config| config.retention.is_unlimited()));
}

#[test]
fn rules_for_otlp_are_read() {
    let given = Layer {
        otlp_timeline: Some("active".into()),
        otlp_context: Some("shop".into()),
        otlp_levels: Some(true),
        ..Layer::default()
    };
    let expected =
        OtlpRules { timeline: OtlpTimeline::Active, context: "shop".into(), dots_are_levels: true };
    assert_eq!(config(&given).map(|config| config.otlp), Ok(expected));
    assert_eq!(config(&Layer::default()).map(|config| config.otlp), Ok(OtlpRules::default()));
    let wrong = Layer { otlp_timeline: Some("span".into()), ..Layer::default() };
    assert!(config(&wrong).is_err_and(|problem| problem.contains("otlp-timeline \"span\"")));
    let empty = Layer { otlp_context: Some(String::new()), ..Layer::default() };
    assert!(config(&empty).is_err_and(|problem| problem.contains("otlp-context")));
}

#[test]
fn a_password_is_shown_nowhere() {
    let url = "postgres://me:secret@host:port/db";
    let layer = Layer { store: Some(url.into()), ..Layer::default() };
    let arguments = PlaceArguments { store: Some(url.into()), ..PlaceArguments::default() };
    let problem = arguments.clone().store(&|_| None).expect_err("the port is none");
    let variables = |name: &str| (name == "UPTO_SERVER_STORE").then(|| OsString::from(url));
    let other = PlaceArguments::default().store(&variables).expect_err("the same");
    let shown = format!("{layer:?} {arguments:?} {problem} {problem:?} {other}");
    assert!(!shown.contains("secret"), "{shown}");
    assert!(shown.contains("postgres:…"), "{shown}");
}

#[test]
fn flags_win_over_variables_and_those_over_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("upto.yaml");
    std::fs::write(&file, "udp: 9\nhttp: 127.0.0.1:10\nmemory: 5\nstore: 'floppy:'\n").expect("written");
    let settings = Layer { udp: Some("1".into()), store: Some("memory:".into()), ..Layer::default() };
    let variables = |name: &str| match name {
        "UPTO_SERVER_UDP" | "UPTO_SERVER_HTTP" => Some("2".into()),
        "UPTO_SERVER_DATA" => Some("elsewhere".into()),
        "UPTO_SERVER_CONFIG" => Some(file.clone().into_os_string()),
        _ => None,
    };
    let config = Config::from_arguments(ServeArguments { settings, config: None }, &variables).expect("good");
    assert_eq!((config.udp, config.http), (loopback(1), loopback(2)));
    assert_eq!((config.store, config.memory_bytes), (StoreUrl::Memory, 5 << 20));
}
