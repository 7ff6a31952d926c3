//! What a client is told at its start, and what it refuses.

use upto::settings::Settings;
use upto::{Client, ClientBuilder, InitError};

use super::{Receiver, turn};

#[test]
fn names_of_settings_that_can_not_be_are_errors() {
    let _turn = turn();
    let (builder, long) = (Client::builder, "n".repeat(16_385));
    for builder in [
        builder().context(""),
        builder().context(&long),
        builder().timeline(&long),
        builder().host(&long),
        builder().parent(&long),
        // No name would fit below it.
        builder().parent("p".repeat(16_383)),
    ] {
        assert!(matches!(builder.init(), Err(InitError::Settings(_))));
    }
    assert!(Client::builder().server("a b:1").is_err());
}

#[test]
fn settings_out_of_their_range_are_refused_all_at_once() {
    let _turn = turn();
    let builder = Client::builder().packet_bytes(9).thread_bytes(1 << 10).total_bytes(1).context("");
    let Err(InitError::Settings(mistakes)) = builder.init() else { panic!("a client") };
    let told: Vec<_> = mistakes.iter().map(|mistake| (mistake.name, mistake.value.as_str())).collect();
    let expected = [("context", ""), ("packet_bytes", "9"), ("thread_bytes", "1024"), ("total_bytes", "1")];
    assert_eq!(told, expected);
    assert!(mistakes[1].problem.contains("512 to 65507"), "{:?}", mistakes[1]);
    assert!(!Client::is_active());
}

#[test]
fn a_client_may_have_its_settings_from_anywhere() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let variable = |name: &str| match name {
        "UPTO_SERVER" => Some(receiver.address()),
        "UPTO_CONTEXT" => Some("of a file".to_owned()),
        _ => None,
    };
    let mut settings = Settings::from_variables(variable).expect("good settings");
    settings.host = "here".to_owned();
    let guard = ClientBuilder::from(settings).timeline("7").init().expect("a client");
    upto::point("told");
    drop(guard);
    let (_, messages) = receiver.session();
    let told = &messages[0];
    assert_eq!(
        (told.context.as_str(), told.timeline.as_str(), told.host.as_str()),
        ("of a file", "7", "here")
    );
}
