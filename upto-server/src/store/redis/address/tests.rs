use super::*;

fn parsed(text: &str) -> RedisUrl {
    RedisUrl::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"))
}

fn problem(text: &str) -> String {
    RedisUrl::parse(text).expect_err(text)
}

#[test]
fn what_is_not_said_has_its_default() {
    let url = parsed("redis://db.example");
    assert_eq!(url.nodes, [("db.example".to_owned(), 6379)]);
    assert_eq!((url.database, url.prefix.as_str(), url.relaxed), (0, "upto", false));
    assert!(!url.tls && !url.cluster && url.user.is_none() && url.password.is_none());
    assert_eq!(url.to_string(), "redis://db.example:6379/0");
}

#[test]
fn every_form_reads_back_as_it_is_written() {
    for text in [
        "redis://localhost:7000/3",
        "rediss://[::1]:6379/0?prefix=ci&durability=relaxed",
        "redis+cluster://a:1?node=b%3A2&node=%5B%3A%3A1%5D%3A3",
        "rediss+cluster://a:1?ca=%2Fetc%2Fca.pem",
    ] {
        assert_eq!(parsed(text).to_string(), text);
        assert_eq!(parsed(&parsed(text).to_string()), parsed(text));
    }
}

#[test]
fn credentials_are_decoded_and_never_shown() {
    let url = parsed("redis://me:p%40ss%2Fword@localhost");
    assert_eq!((url.user.as_deref(), url.password.as_deref()), (Some("me"), Some("p@ss/word")));
    assert_eq!(format!("{url} {url:?}"), "redis://localhost:6379/0 RedisUrl(redis://localhost:6379/0)");
    assert_eq!(parsed("redis://:secret@localhost").user, None);
}

#[test]
fn what_is_wrong_is_told_without_what_may_be_secret() {
    for (text, problem_begins) in [
        ("redis://me:secret@", "the Redis URL can't be read"),
        ("redis:secret", "a Redis URL needs a host"),
        ("redis://me:secret@h:99999", "the Redis URL can't be read"),
        ("redis://me:secret@h/x", "a Redis database is a number"),
        ("redis+cluster://me:secret@h/1", "a Redis Cluster has no databases"),
        ("redis://me:secret@h?wait=1", "a Redis URL has no option \"wait\""),
        ("redis://me:secret@h?durability=much", "durability is strict or relaxed"),
        ("redis://me:secret@h?prefix={a}", "a prefix is"),
        ("redis://me:secret@h?ca=x", "ca needs TLS"),
        ("redis://me:secret@h?node=a:1", "node is for a cluster"),
        ("redis+cluster://h?node=me:secret@a:1", "a node is HOST:PORT"),
        ("redis://me:%ff@h", "the password in the Redis URL is not UTF-8"),
    ] {
        let problem = problem(text);
        assert!(problem.starts_with(problem_begins), "{text}: {problem}");
        assert!(!problem.contains("secret"), "{text}: {problem}");
    }
}
