use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use proptest::prelude::*;
use prost::Message as _;
use upto::wire::{Kind, Status as Outcome, Value};

use super::*;
use crate::decode::draft::batch;

fn attribute(key: &str, value: Any) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Any::StringValue(value.to_owned()))
}

fn span() -> Span {
    Span {
        trace_id: (1..=16).collect(),
        span_id: vec![0, 0, 0, 0, 0, 0, 1, 2],
        name: "GET /v1.0/users".to_owned(),
        start_time_unix_nano: 1_000,
        end_time_unix_nano: 3_000,
        ..Span::default()
    }
}

fn request(resource: Vec<KeyValue>, spans: Vec<Span>) -> Vec<u8> {
    let scope =
        InstrumentationScope { name: "lib".to_owned(), version: "1.2".to_owned(), ..Default::default() };
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, ..ScopeSpans::default() }];
    let resource = Some(Resource { attributes: resource, ..Resource::default() });
    let resource_spans = vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

/// The id of the spans' trace, in hexadecimal.
const TRACE: &str = "0102030405060708090a0b0c0d0e0f10";

#[test]
fn a_span_is_one_end_with_its_start() {
    let rules = OtlpRules::default();
    let list = Any::ArrayValue(ArrayValue {
        values: vec![
            AnyValue { value: Some(Any::IntValue(1)) },
            AnyValue { value: Some(Any::BoolValue(true)) },
        ],
    });
    let map = Any::KvlistValue(KeyValueList { values: vec![text("k", "v")] });
    let spans = vec![Span {
        parent_span_id: vec![0, 0, 0, 0, 0, 0, 0, 9],
        kind: 3,
        attributes: vec![attribute("n", Any::IntValue(-5)), attribute("list", list), attribute("map", map)],
        status: Some(Status { code: 2, message: "broken".to_owned() }),
        events: vec![Event { time_unix_nano: 2_000, name: "log".to_owned(), ..Event::default() }],
        links: vec![Link { span_id: vec![0, 0, 0, 0, 0, 0, 1, 0], ..Link::default() }],
        ..span()
    }];
    let body = request(vec![text("service.name", "shop"), text("host.name", "web-1")], spans);
    let decoded = protobuf(&body, &rules, None).expect("a request");
    assert_eq!((decoded.drafts.len(), decoded.rejected), (2, 0));
    let batch = batch(&decoded.drafts);
    let [end, point] = &batch.messages[..] else { panic!("{batch:?}") };
    assert_eq!((end.context, end.timeline, end.host), ("shop", TRACE, "web-1"));
    assert_eq!((end.kind, end.time, end.started), (Kind::End, Some(3_000), Some(1_000)));
    assert_eq!((end.name, end.id, end.parent), (r"GET /v1\.0/users", 0x102, 9));
    assert_eq!((end.status, end.text), (Outcome::Failed, "broken"));
    let expected = [
        ("n", Value::Int(-5)),
        ("list", Value::Text("[1,true]")),
        ("map", Value::Text(r#"{"k":"v"}"#)),
        ("span.kind", Value::Text("client")),
        ("follows", Value::Text("256")),
        ("otel.scope.name", Value::Text("lib")),
        ("otel.scope.version", Value::Text("1.2")),
    ];
    assert_eq!(batch.attributes_of(end), expected);
    assert_eq!((point.kind, point.name, point.time, point.parent), (Kind::Point, "log", Some(2_000), 0x102));
}

#[test]
fn json_says_the_same() {
    let rules = OtlpRules::default();
    let body = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"scope":{{"name":"lib"}},"spans":[{{
            "traceId":"{TRACE}","spanId":"0000000000000102","parentSpanId":"","name":"work","kind":"SPAN_KIND_SERVER",
            "startTimeUnixNano":"1000","endTimeUnixNano":3000,"unknown":[[{{}}]],"flags":257,
            "attributes":[{{"key":"i","value":{{"intValue":"7"}}}},{{"key":"j","value":{{"intValue":8}}}},
                {{"key":"nan","value":{{"doubleValue":"NaN"}}}},{{"key":"d","value":{{"doubleValue":1.5}}}},
                {{"key":"none","value":{{}}}},{{"key":"bytes","value":{{"bytesValue":"aGk="}}}},
                {{"key":"list","value":{{"arrayValue":{{"values":[{{"stringValue":"x"}},{{"doubleValue":"-Infinity"}}]}}}}}}],
            "status":{{"code":"STATUS_CODE_ERROR"}},"events":null}}]}}],
            "resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"shop"}}}},
                {{"key":"region","value":{{"stringValue":"north"}}}}]}}}}]}}"#
    );
    let decoded = json(body.as_bytes(), &rules, None).expect("a request");
    let batch = batch(&decoded.drafts);
    let [end] = &batch.messages[..] else { panic!("{decoded:?}") };
    assert_eq!((end.context, end.timeline, end.id), ("shop", TRACE, 0x102));
    assert_eq!((end.time, end.started, end.status), (Some(3_000), Some(1_000), Outcome::Failed));
    let expected = [
        ("i", Value::Int(7)),
        ("j", Value::Int(8)),
        ("nan", Value::Float(f64::NAN)),
        ("d", Value::Float(1.5)),
        ("bytes", Value::Text("aGk=")),
        ("list", Value::Text(r#"["x","-Infinity"]"#)),
        ("span.kind", Value::Text("server")),
        ("otel.scope.name", Value::Text("lib")),
        ("region", Value::Text("north")),
    ];
    assert_eq!(batch.attributes_of(end), expected);
}

#[test]
fn rules_say_where_spans_go_and_what_dots_are() {
    let rules =
        OtlpRules { timeline: OtlpTimeline::Active, context: "default".into(), dots_are_levels: true };
    let body = request(Vec::new(), vec![span()]);
    let decoded = protobuf(&body, &rules, None).expect("a request");
    let draft = &decoded.drafts[0];
    assert_eq!((&*draft.context, &*draft.timeline, &*draft.name), ("default", "", "GET /v1.0/users"));
    assert_eq!(batch(&decoded.drafts).attributes[0], ("trace_id", Value::Text(TRACE)));
    let there = Destination { context: "c", timeline: "t" };
    let decoded = protobuf(&body, &rules, Some(there)).expect("a request");
    assert_eq!((&*decoded.drafts[0].context, &*decoded.drafts[0].timeline), ("c", "t"));
}

#[test]
fn what_is_not_finished_or_not_known_stays_so() {
    let rules = OtlpRules::default();
    let times = |start, end| Span { start_time_unix_nano: start, end_time_unix_nano: end, ..span() };
    let spans = vec![times(5, 0), times(0, 7), times(9, 4)];
    let body = request(Vec::new(), spans);
    let decoded = protobuf(&body, &rules, None).expect("a request");
    let told: Vec<_> = decoded.drafts.iter().map(|draft| (draft.kind, draft.time, draft.started)).collect();
    assert_eq!(told, [(Kind::Start, 5, None), (Kind::End, 7, None), (Kind::End, 4, Some(9))]);
}

#[test]
fn bad_spans_are_rejected_and_the_others_taken() {
    let rules = OtlpRules::default();
    for (bad, reason) in [
        (Span { trace_id: vec![], ..span() }, "the trace id of a span is not 16 bytes long"),
        (Span { trace_id: vec![0; 16], ..span() }, "all zeros"),
        (Span { span_id: vec![1], ..span() }, "the id of a span is not 8 bytes long"),
        (Span { span_id: vec![0; 8], ..span() }, "all zeros"),
        (Span { start_time_unix_nano: 0, end_time_unix_nano: 0, ..span() }, "neither a start nor an end"),
        (Span { end_time_unix_nano: u64::MAX, ..span() }, "after the year 2262"),
        (Span { name: "x".repeat(20_000), ..span() }, "its name is over"),
    ] {
        let body = request(Vec::new(), vec![bad, span()]);
        let decoded = protobuf(&body, &rules, None).expect("a request");
        assert_eq!((decoded.drafts.len(), decoded.rejected), (1, 1), "{reason}");
        assert!(decoded.reason.contains(reason), "{}", decoded.reason);
    }
}

#[test]
fn a_span_without_a_name_has_one_that_says_so() {
    let body = request(Vec::new(), vec![Span { name: String::new(), ..span() }]);
    assert_eq!(protobuf(&body, &OtlpRules::default(), None).expect("a request").drafts[0].name, "unnamed");
}

#[test]
fn what_is_over_a_limit_is_left_out_and_said() {
    let rules = OtlpRules::default();
    let attributes = vec![attribute("k", Any::BoolValue(true)); 1_000_000];
    let body = request(Vec::new(), vec![Span { attributes, ..span() }]);
    let decoded = protobuf(&body, &rules, None).expect("a request");
    let cut = batch(&decoded.drafts);
    assert!(cut.messages[0].truncated && cut.attributes.len() == upto::wire::limits::ATTRIBUTES);

    let events = (0..5_000).map(|_| Event { time_unix_nano: 1, ..Event::default() }).collect();
    let body = request(Vec::new(), vec![Span { events, ..span() }]);
    let decoded = protobuf(&body, &rules, None).expect("a request");
    assert_eq!(decoded.drafts.len(), 1 + span::EVENTS);
    assert!(batch(&decoded.drafts).messages[0].truncated);

    let many = r#"{"key":"k","value":{"intValue":1}},"#.repeat(1_000);
    let body = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{TRACE}","spanId":"0000000000000102","name":"n",
        "startTimeUnixNano":1,"attributes":[{}]}}]}}]}}]}}"#,
        many.trim_end_matches(',')
    );
    let decoded = json(body.as_bytes(), &rules, None).expect("a request");
    let batch = batch(&decoded.drafts);
    assert!(batch.messages[0].truncated && batch.attributes.len() == upto::wire::limits::ATTRIBUTES);

    let body = request(Vec::new(), vec![span(); MESSAGES + 3]);
    let decoded = protobuf(&body, &rules, None).expect("a request");
    assert_eq!((decoded.drafts.len(), decoded.rejected), (MESSAGES, 3));
}

#[test]
fn deep_values_are_cut() {
    let rules = OtlpRules::default();
    let mut value = AnyValue { value: Some(Any::IntValue(1)) };
    for _ in 0..60 {
        value = AnyValue { value: Some(Any::ArrayValue(ArrayValue { values: vec![value] })) };
    }
    let deep = KeyValue { key: "deep".into(), value: Some(value), ..KeyValue::default() };
    let body = request(Vec::new(), vec![Span { attributes: vec![deep], ..span() }]);
    let decoded = protobuf(&body, &rules, None).expect("a request");
    let batch = batch(&decoded.drafts);
    assert!(batch.messages[0].truncated);
    assert!(matches!(batch.attributes[0], ("deep", Value::Text(text)) if text.contains("null")));

    let nested = r#"{"arrayValue":{"values":["#.repeat(50_000);
    let body = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{TRACE}","spanId":"0000000000000102","name":"n",
        "startTimeUnixNano":1,"attributes":[{{"key":"k","value":{nested}{}}}]}}]}}]}}]}}"#,
        "]}}".repeat(50_000)
    );
    let decoded = json(body.as_bytes(), &rules, None);
    assert!(decoded.is_err() || decoded.is_ok_and(|decoded| decoded.drafts.len() == 1));
    let unclosed = "[".repeat(1_000_000);
    assert!(json(unclosed.as_bytes(), &rules, None).is_err());
}

#[test]
fn what_is_no_request_is_told() {
    let rules = OtlpRules::default();
    let whole = request(vec![text("service.name", "shop")], vec![span()]);
    for end in 1..whole.len() {
        // Protobuf has no end: some beginnings are requests with less in them.
        if let Err(error) = protobuf(&whole[..end], &rules, None) {
            assert!(matches!(error, BodyError::Syntax(_)), "{error}");
        }
    }
    assert!(protobuf(&whole[..whole.len() - 1], &rules, None).is_err());
    for (body, expected) in [
        ("[", "EOF"),
        ("{", "EOF"),
        (r#"{"resourceSpans":7}"#, "invalid type"),
        (r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":5}]}]}]}"#, "invalid type"),
        (
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"253402300799000000000"}]}]}]}"#,
            "not the number",
        ),
    ] {
        let error = json(body.as_bytes(), &rules, None).expect_err(body).to_string();
        assert!(error.contains(expected), "{body}: {error}");
    }
    assert_eq!(json(b"{}", &rules, None), Ok(Decoded::default()));
    assert_eq!(protobuf(b"", &rules, None), Ok(Decoded::default()));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let rules = OtlpRules::default();
        let _ = protobuf(&bytes, &rules, None);
        let _ = json(&bytes, &rules, None);
    }

    #[test]
    fn no_change_of_a_request_makes_it_panic(place in 0_usize..200, byte in any::<u8>()) {
        let rules = OtlpRules::default();
        let mut body = request(vec![text("service.name", "shop")], vec![span(), span()]);
        let place = place % body.len();
        body[place] = byte;
        let _ = protobuf(&body, &rules, None);
    }
}
