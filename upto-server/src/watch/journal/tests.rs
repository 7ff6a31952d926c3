use super::entry::MESSAGE_BYTES;
use super::query::FilterFault;
use super::*;
use crate::clock::ManualClock;
use crate::store::MemoryStore;

/// 15 January 2026, noon.
const NOON: i64 = 1_768_478_400_000_000_000;
const HOUR: Duration = Duration::from_secs(3_600);

fn journal() -> (Journal, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(NOON));
    (Journal::new(Arc::new(MemoryStore::new(clock.clone())), clock.clone()), clock)
}

async fn add(journal: &Journal, service: &str, level: i32, message: &str) {
    journal.add(service, level, message, false).expect("room");
    journal.store_waiting().await.expect("stored");
}

async fn messages(journal: &Journal, filter: &Filter) -> Vec<String> {
    let page = journal.newest(filter, None, 100).await.expect("read");
    page.entries.into_iter().map(|(_, entry)| entry.message).collect()
}

/// Five lines, two hours apart each.
async fn filled() -> (Journal, Arc<ManualClock>) {
    let (journal, clock) = journal();
    for (number, service) in ["web", "db", "web-2", "db", "Cache"].iter().enumerate() {
        add(&journal, service, i32::try_from(number).expect("small"), &format!("line {number}")).await;
        clock.advance(2 * HOUR);
    }
    (journal, clock)
}

#[tokio::test]
async fn lines_are_found_by_what_they_say_the_newest_first() {
    let (journal, _) = filled().await;
    let all = messages(&journal, &Filter::default()).await;
    assert_eq!(all, ["line 4", "line 3", "line 2", "line 1", "line 0"]);
    let web = Filter::new("^WEB", "").expect("a filter");
    assert_eq!(messages(&journal, &web).await, ["line 2", "line 0"]);
    let odd = Filter::new("", "[13]$").expect("a filter");
    assert_eq!(messages(&journal, &odd).await, ["line 3", "line 1"]);
    let grave = Filter::default().at_least(Some(3));
    assert_eq!(messages(&journal, &grave).await, ["line 4", "line 3"]);
}

#[tokio::test]
async fn times_include_their_ends() {
    let (journal, _) = filled().await;
    let at = |hours: i64| Some(NOON + hours * 3_600_000_000_000);
    let middle = Filter::default().within(at(2), at(6));
    assert_eq!(messages(&journal, &middle).await, ["line 3", "line 2", "line 1"]);
    let none = Filter::default().within(at(6), at(2));
    assert_eq!(messages(&journal, &none).await, Vec::<String>::new());
}

#[tokio::test]
async fn pages_follow_one_another_without_a_gap() {
    let (journal, _) = journal();
    for number in 0..7 {
        journal.add("s", 0, &number.to_string(), false).expect("room");
        if number % 3 == 2 {
            journal.store_waiting().await.expect("stored");
        }
    }
    journal.store_waiting().await.expect("stored");
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = journal.newest(&Filter::default(), before, 2).await.expect("read");
        seen.extend(page.entries.into_iter().map(|(_, entry)| entry.message));
        before = page.next;
        if before.is_none() {
            break;
        }
        let text = before.expect("a place").to_string();
        assert_eq!(text.parse().ok(), before);
    }
    assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"]);
}

#[tokio::test]
async fn what_is_too_old_or_too_much_is_dropped_by_the_hour() {
    let (journal, _) = filled().await;
    let kept = Kept { age: 9 * HOUR, bytes: u64::MAX };
    assert_eq!(journal.sweep(kept).await.expect("swept"), 1);
    assert_eq!(messages(&journal, &Filter::default()).await, ["line 4", "line 3", "line 2", "line 1"]);
    journal.note_sizes().await.expect("noted");
    let sizes = journal.list_hours().await.expect("listed");
    let newest = sizes.last_key_value().expect("an hour").1.bytes;
    let kept = Kept { age: Duration::MAX, bytes: newest };
    assert_eq!(journal.sweep(kept).await.expect("swept"), 3);
    assert_eq!(messages(&journal, &Filter::default()).await, ["line 4"]);
}

#[tokio::test]
async fn who_follows_is_told_each_line_once_also_over_the_hours() {
    let (journal, clock) = journal();
    add(&journal, "s", 0, "before").await;
    let mut follower = journal.follow(None).await.expect("following");
    let mut told = Vec::new();
    for number in 0..3 {
        add(&journal, "s", 0, &number.to_string()).await;
        clock.advance(HOUR);
        for _ in 0..2 {
            told.extend(
                journal.added(&mut follower).await.expect("read").into_iter().flat_map(|told| told.entries),
            );
        }
    }
    assert_eq!(told.iter().map(|entry| entry.message.as_str()).collect::<Vec<_>>(), ["0", "1", "2"]);
    add(&journal, "s", 0, "3").await;
    let mut again = journal.follow(Some(follower.position())).await.expect("following");
    let told = journal.added(&mut again).await.expect("read");
    assert_eq!(told[0].entries[0].message, "3");
}

#[test]
fn what_is_no_filter_is_refused() {
    assert!(matches!(Filter::new("(", ""), Err(FilterFault::Pattern { field: "service", .. })));
    assert!(matches!(Filter::new("", &"x".repeat(2_000)), Err(FilterFault::Long { field: "message" })));
    assert!(matches!(Filter::new("(a{1000}){1000}", ""), Err(FilterFault::Pattern { .. })));
}

#[test]
fn what_is_no_line_is_refused() {
    assert_eq!(Entry::check("s", ""), Err(EntryFault::NoMessage));
    assert_eq!(Entry::check("s", &"m".repeat(MESSAGE_BYTES + 1)), Err(EntryFault::LongMessage));
    assert!(matches!(Entry::check("", "m"), Err(EntryFault::Service(_))));
    assert_eq!(Entry::check("a;b", "\"quoted\"; and\nmore"), Ok(()));
}

#[test]
fn what_waits_is_bounded() {
    let (journal, _) = journal();
    let line = "m".repeat(MESSAGE_BYTES);
    let taken = (0..1_000).take_while(|_| journal.add("s", 0, &line, false).is_some()).count();
    assert!((400..600).contains(&taken), "{taken}");
}
