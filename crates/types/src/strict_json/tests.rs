//! What is read, what is refused, and agreement with a looser reader on what is read.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn rule(text: &str) -> &'static str {
    match parse(text.as_bytes()) {
        Ok(value) => panic!("{text} was read as {value}"),
        Err(error) => error.rule,
    }
}

#[test]
fn plain_documents_are_read() {
    let text = " {\"a\" : [1, -2.5, true, false, null, \"\\u00e9\\n\\ud83d\\ude00\"], \"b\":{}} \n";
    let value = parse(text.as_bytes()).unwrap();
    assert_eq!(
        value,
        json!({"a": [1, -2.5, true, false, null, "é\n😀"], "b": {}})
    );
    assert_eq!(parse(b"[]").unwrap(), json!([]));
}

#[test]
fn names_that_occur_twice_are_refused_at_any_depth() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"x":[{"y":{"a":1,"b":2,"a":3}}]}"#,
        r#"{"a":1,"\u0061":2}"#,
    ] {
        assert_eq!(rule(text), "a name occurs twice in one object");
    }
    assert!(parse(br#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
}

#[test]
fn numbers_outside_a_double_are_refused() {
    for text in [
        "9007199254740992",
        "-9007199254740992",
        "9007199254740993",
        "1e16",
        "1e400",
        "-1e400",
        "1e-400",
        "0.00001e-400",
        "123456789012345678901234567890",
    ] {
        assert_eq!(
            rule(text),
            "a number is outside the range of RFC 7493",
            "{text}"
        );
    }
    for (text, value) in [
        ("9007199254740991", json!(9_007_199_254_740_991_i64)),
        ("-9007199254740991", json!(-9_007_199_254_740_991_i64)),
        ("1.0", json!(1)),
        ("1e3", json!(1000)),
        ("-0", json!(0)),
        ("0e-400", json!(0)),
        ("0.1", json!(0.1)),
    ] {
        assert_eq!(parse(text.as_bytes()).unwrap(), value, "{text}");
    }
}

#[test]
fn malformed_text_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "[1 2]",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "--1",
        "NaN",
        "Infinity",
        "tru",
        "nulL",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\u{1}\"",
        "[1]]",
        "1 2",
        "{}{}",
        "\u{feff}{}",
        "{\"a\":1}\u{0}",
        "/**/1",
    ] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
    assert_eq!(
        parse(b"\"\xff\"").unwrap_err().rule,
        "the text is not UTF-8"
    );
}

#[test]
fn surrogates_and_noncharacters_are_refused() {
    for text in [
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\ud800\u0041""#,
        r#""\ud800x""#,
    ] {
        assert_eq!(rule(text), "a string holds a lone surrogate", "{text}");
    }
    for text in [
        "\"\u{fffe}\"",
        "\"\u{fdd0}\"",
        r#""\uffff""#,
        r#""\ud83f\udffe""#,
    ] {
        assert_eq!(
            rule(text),
            "a string holds a Unicode noncharacter",
            "{text}"
        );
    }
}

#[test]
fn names_that_convert_into_numbers_are_refused() {
    let disguised = r#"{"\u0024serde_json::private::Number":"1"}"#;
    assert_eq!(rule(disguised), "a name is reserved");
}

#[test]
fn depth_is_bounded() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(
        rule(&nested(MAX_DEPTH + 2)),
        "arrays and objects are nested too deep"
    );
    assert_eq!(
        rule(&"[".repeat(1_000_000)),
        "arrays and objects are nested too deep"
    );
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        any::<f32>().prop_filter_map("fraction", |x| {
            (x.fract() != 0.0).then(|| Value::from(f64::from(x)))
        }),
        "[a-zé😀\\\\\"\n\u{1}]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{0,3}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_json_writes_is_read_back(value in any_value()) {
        let bytes = serde_json::to_vec(&value).unwrap();
        prop_assert_eq!(parse(&bytes).unwrap(), value);
    }

    #[test]
    fn whatever_is_read_serde_json_reads_too(value in any_value(), at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let mut bytes = serde_json::to_vec(&value).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if parse(&bytes).is_ok() {
            prop_assert!(serde_json::from_slice::<Value>(&bytes).is_ok());
        }
    }
}
