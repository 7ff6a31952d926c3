//! The examples of `WIRE.md` are true: each decodes to the fields beside it, and encodes to its bytes.

use serde_json::{Map, Value as Json, json};
use upto::wire::{
    Batch, Closing, Decoder, Kind, Message, PacketDefaults, PacketWriter, Pushed, SessionInfo, Status, Value,
    limits,
};

use super::sent::{Data, Sent};

const DOCUMENT: &str = include_str!("../../WIRE.md");

/// A fenced block of hex, with the block of JSON behind it.
struct Example {
    /// `single`, `packet`, `accepted` (decoded only) or `refused` (its title is the reason).
    form: &'static str,
    title: &'static str,
    bytes: Vec<u8>,
    fields: Json,
}

fn examples() -> Vec<Example> {
    let mut blocks = fences(DOCUMENT).into_iter().peekable();
    let mut examples = Vec::new();
    while let Some((info, body)) = blocks.next() {
        let Some(tag) = info.strip_prefix("hex ") else { continue };
        let (form, title) = tag.split_once(": ").expect("```hex FORM: TITLE");
        let fields =
            blocks.next_if(|(info, _)| *info == "json").map(|(_, body)| serde_json::from_str(body).unwrap());
        examples.push(Example { form, title, bytes: bytes(body), fields: fields.unwrap_or(Json::Null) });
    }
    examples
}

/// The fenced blocks: what stands behind the opening fence, and what is between the fences.
fn fences(document: &'static str) -> Vec<(&'static str, &'static str)> {
    let parts = document.split("\n```").skip(1).step_by(2);
    parts.map(|block| block.split_once('\n').expect("a line behind the fence")).collect()
}

/// Hex digits in pairs; `78*260` repeats a byte, `#` begins a comment.
fn bytes(hex: &str) -> Vec<u8> {
    let code = hex.lines().map(|line| line.split('#').next().unwrap());
    code.flat_map(str::split_whitespace)
        .flat_map(|word| {
            let (digits, times) = word.split_once('*').unwrap_or((word, "1"));
            assert_eq!(digits.len(), 2, "{word}");
            vec![u8::from_str_radix(digits, 16).unwrap(); times.parse().unwrap()]
        })
        .collect()
}

fn json_of_value(data: &Data) -> Json {
    match data {
        Data::Bool(value) => json!(value),
        Data::Int(value) => json!(value),
        Data::Uint(value) => json!(value),
        Data::Float(bits) => json!(f64::from_bits(*bits)),
        Data::Text(value) => json!(value),
    }
}

/// The fields of a message that do not have their defaults.
fn json_of(message: &Sent) -> Json {
    let mut fields = Map::new();
    fields.insert("type".into(), json!(message.kind.word()));
    fields.insert("time".into(), json!(message.time));
    let mut add = |key: &str, value: Json, default: Json| {
        if value != default {
            fields.insert(key.into(), value);
        }
    };
    add("context", json!(message.context), json!(""));
    add("timeline", json!(message.timeline), json!(""));
    add("name", json!(message.name), json!(""));
    add("host", json!(message.host), json!(""));
    add("autoIP", json!(message.auto_ip), json!(false));
    add("id", json!(message.id), json!(0));
    add("parent", json!(message.parent), json!(0));
    add("started", json!(message.started), Json::Null);
    add("status", json!(message.status.word()), json!("ok"));
    add("text", json!(message.text), json!(""));
    add("truncated", json!(message.truncated), json!(false));
    let attributes = message.attributes.iter().map(|(key, data)| (key.clone(), json_of_value(data)));
    add("attrs", Json::Object(attributes.collect()), json!({}));
    Json::Object(fields)
}

fn check_message(example: &Example, again: bool) {
    let mut decoder = Decoder::new();
    let batch = decoder.decode(&example.bytes).unwrap();
    assert_eq!(batch.session, None);
    let [message] = &Sent::all_of(&batch)[..] else { panic!("one message") };
    assert_eq!(json_of(message), example.fields, "{}", example.title);
    if again {
        assert_eq!(message.single(), example.bytes, "{}", example.title);
    }
}

fn check_packet(example: &Example) {
    let batch_bytes = &example.bytes;
    let mut decoder = Decoder::new();
    let batch = decoder.decode(batch_bytes).unwrap();
    let session = batch.session.unwrap();
    let mut fields = example.fields.clone();
    let header = fields.as_object_mut().unwrap().remove("header").unwrap();
    let mut expected = json!({
        "session": session.session, "sequence": session.sequence, "sent": session.sent, "dropped": session.dropped,
        "messages": Sent::all_of(&batch).iter().map(json_of).collect::<Vec<_>>(),
    });
    let optional = [
        ("packets", session.packets.map(u128::from)),
        ("age_milliseconds", session.age.map(|age| age.as_millis())),
        ("messages_before", session.messages_before.map(u128::from)),
    ];
    for (key, number) in optional.into_iter().filter_map(|(key, number)| Some((key, number?))) {
        expected[key] = json!(number);
    }
    assert_eq!(expected, fields, "{}", example.title);
    assert_eq!(&encode_packet(&batch, &header), batch_bytes, "{}", example.title);
}

fn encode_packet(batch: &Batch<'_>, header: &Json) -> Vec<u8> {
    let session = batch.session.unwrap();
    let name = |key: &str| header[key].as_str().unwrap_or_default().to_owned();
    let defaults = PacketDefaults {
        context: name("context"),
        timeline: name("timeline"),
        host: name("host"),
        id_base: header["id_base"].as_u64().unwrap_or_default(),
        auto_ip: header["autoIP"].as_bool().unwrap_or_default(),
    };
    let mut writer = PacketWriter::new(session.session, defaults, limits::PACKET_BYTES);
    for message in &batch.messages {
        assert_eq!(writer.push(message, batch.attributes_of(message)), Pushed::Added);
    }
    let SessionInfo { sequence, sent, age, dropped, packets, messages_before: messages, .. } = session;
    writer.finish(&Closing { sequence, sent: sent.unwrap(), age, dropped, packets, messages }).to_vec()
}

#[test]
fn every_example_is_true() {
    let mut forms = Vec::new();
    for example in examples() {
        match example.form {
            "single" => check_message(&example, true),
            "accepted" => check_message(&example, false),
            "packet" => check_packet(&example),
            "refused" => {
                let error = Decoder::new().decode(&example.bytes).unwrap_err();
                assert_eq!(error.reason.label(), example.title);
            }
            other => panic!("an unknown form of example: {other}"),
        }
        forms.push(example.form);
    }
    let count = |form| forms.iter().filter(|it| **it == form).count();
    assert_eq!(["single", "accepted", "packet", "refused"].map(count), [4, 6, 3, 4]);
}

#[test]
fn the_original_client_s_datagram_is_the_recorded_one() {
    const RECORDED: &str = "86a7636f6e74657874a3637478a46e616d65a0a47479706503a474696d65\
                            c70c05fffffff1886e090000000000a4686f7374a0a66175746f4950c2";
    let example =
        examples().into_iter().find(|example| example.title == "the original client's new").unwrap();
    let hex: String = example.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((hex.as_str(), example.bytes.len()), (RECORDED, 59));
}

#[test]
fn the_document_names_every_reason_and_limit() {
    let reasons = "empty not_a_message truncated trailing_bytes wrong_type invalid_text unknown_version unknown_type \
                   unknown_status time_out_of_range unknown_reference missing_context missing_name missing_type \
                   name_too_long key_too_long too_many_attributes too_many_records too_many_strings too_deep";
    for reason in reasons.split_whitespace() {
        assert!(DOCUMENT.contains(&format!("| `{reason}` |")), "{reason}");
    }
    let with_separators = |number: usize| {
        let digits = number.to_string();
        let split = digits.len().saturating_sub(3);
        if split == 0 { digits } else { format!("{},{}", &digits[..split], &digits[split..]) }
    };
    let limits = [
        (limits::NAME_BYTES, "a name has at most {} bytes"),
        (limits::KEY_BYTES, "an attribute's key has at most {} bytes"),
        (limits::ATTRIBUTES, "a message has at most {} attributes"),
        (limits::RECORDS, "a packet has at most {} records"),
        (limits::STRINGS, "a packet has at most {} numbered strings"),
        (limits::DEPTH, "maps and arrays stand at most {} deep"),
        (limits::PACKET_BYTES, "A packet has at most {} bytes"),
        (limits::DATAGRAM_BYTES, "up to {} bytes"),
    ];
    for (limit, sentence) in limits {
        let sentence = sentence.replace("{}", &with_separators(limit));
        assert!(DOCUMENT.contains(&sentence), "{sentence}");
    }
}

#[test]
fn numbers_of_types_and_states_are_those_of_the_document() {
    let marks = [Kind::Start, Kind::End, Kind::Point, Kind::New];
    for kind in marks.into_iter().chain([Kind::Pulse, Kind::Cancel, Kind::Log]) {
        assert!(DOCUMENT.contains(&format!("| {} | {} |", kind.number(), kind.word())), "{kind:?}");
    }
    for (status, word) in [(Status::Ok, "well"), (Status::Cancelled, "cancelled"), (Status::Failed, "failed")]
    {
        let listed = format!("{} {word} (`{}`)", status.number(), status.word());
        assert!(DOCUMENT.contains(&listed), "{status:?}");
    }
}

#[test]
fn a_value_of_the_document_s_range_is_kept() {
    let ends = [("a", Value::Int(i64::MIN)), ("b", Value::from(u64::MAX)), ("c", Value::from(1_u64 << 63))];
    let mut datagram = Vec::new();
    let message = Message { context: "c", name: "n", ..Message::default() };
    upto::wire::encode_single(&message, &ends, &mut datagram);
    let batch = Decoder::new().decode(&datagram).unwrap();
    assert_eq!(batch.attributes_of(&batch.messages[0]), ends);
}
