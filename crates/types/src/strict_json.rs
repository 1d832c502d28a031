//! Reads I-JSON (RFC 7493) and nothing looser.
//!
//! Owns: the rules by which signed JSON is read, so that two parties never see different content in
//! the same bytes: no name twice in an object, no number that a double cannot hold, no lone
//! surrogate or noncharacter, nothing after the value, a bounded depth.
//! Must not know: what any document means.
//!
//! Written by hand because `serde_json` keeps the last of two equal names and, with arbitrary
//! precision, hands a number to a visitor in the shape of an object.

use crate::ParseError;
use serde_json::{Map, Number, Value};
use std::str::Chars;

/// Deepest nesting of arrays and objects that is read.
pub const MAX_DEPTH: usize = 64;
/// Largest whole number a double holds without a gap: 2^53 - 1 (RFC 7493 section 2.2).
const MAX_INTEGER: f64 = 9_007_199_254_740_991.0;
/// Names that `serde_json` reads as a number or raw text when a value is converted.
const RESERVED_NAME: &str = "$serde_json::private::";

const fn refuse(rule: &'static str) -> ParseError {
    ParseError::new("json", rule)
}

/// Reads one I-JSON value from `bytes`, in UTF-8 without byte order mark.
///
/// Numbers come out in their plain form: `1.0` and `1e0` are both `1`, as RFC 8785 writes them.
/// The error names the rule that is broken and never repeats the text.
pub fn parse(bytes: &[u8]) -> Result<Value, ParseError> {
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("the text is not UTF-8"))?;
    let mut reader = Reader { rest: text.chars() };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.rest.next().is_some() {
        return Err(refuse("there is text after the value"));
    }
    Ok(value)
}

struct Reader<'a> {
    rest: Chars<'a>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.rest.next();
        }
        found
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.rest.next();
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, ParseError> {
        if depth > MAX_DEPTH {
            return Err(refuse("arrays and objects are nested too deep"));
        }
        self.skip_space();
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"') => self.string().map(Value::String),
            Some('-' | '0'..='9') => self.number().map(Value::Number),
            Some('t') => self.literal("true", Value::Bool(true)),
            Some('f') => self.literal("false", Value::Bool(false)),
            Some('n') => self.literal("null", Value::Null),
            _ => Err(refuse("a value is expected")),
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, ParseError> {
        if word.chars().all(|c| self.take(c)) {
            Ok(value)
        } else {
            Err(refuse("a value is expected"))
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.rest.next();
        let mut members = Map::new();
        self.skip_space();
        if self.take('}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            let name = self.string()?;
            if name.starts_with(RESERVED_NAME) {
                return Err(refuse("a name is reserved"));
            }
            self.skip_space();
            if !self.take(':') {
                return Err(refuse("a colon is expected after a name"));
            }
            let value = self.value(depth + 1)?;
            if members.insert(name, value).is_some() {
                return Err(refuse("a name occurs twice in one object"));
            }
            self.skip_space();
            if self.take('}') {
                return Ok(Value::Object(members));
            }
            if !self.take(',') {
                return Err(refuse("a comma or closing brace is expected"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.rest.next();
        let mut items = Vec::new();
        self.skip_space();
        if self.take(']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take(']') {
                return Ok(Value::Array(items));
            }
            if !self.take(',') {
                return Err(refuse("a comma or closing bracket is expected"));
            }
        }
    }

    fn string(&mut self) -> Result<String, ParseError> {
        if !self.take('"') {
            return Err(refuse("a string is expected"));
        }
        let mut text = String::new();
        loop {
            let next = self.rest.next().ok_or(refuse("a string does not end"))?;
            let c = match next {
                '"' => return Ok(text),
                '\\' => self.escape()?,
                c if c < ' ' => return Err(refuse("a control character must be escaped")),
                c => c,
            };
            if is_noncharacter(c) {
                return Err(refuse("a string holds a Unicode noncharacter"));
            }
            text.push(c);
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        Ok(match self.rest.next() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode_escape(),
            _ => return Err(refuse("an escape is not one of JSON's")),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, ParseError> {
        let lone = refuse("a string holds a lone surrogate");
        let first = self.hex4()?;
        let scalar = match first {
            0xD800..=0xDBFF => {
                if !(self.take('\\') && self.take('u')) {
                    return Err(lone);
                }
                let second = self.hex4()?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    return Err(lone);
                }
                0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            other => other,
        };
        char::from_u32(scalar).ok_or(lone)
    }

    fn hex4(&mut self) -> Result<u32, ParseError> {
        (0..4).try_fold(0, |value, _| {
            let digit = self.rest.next().and_then(|c| c.to_digit(16));
            digit
                .map(|d| value * 16 + d)
                .ok_or(refuse("an escape needs four hexadecimal digits"))
        })
    }

    fn number(&mut self) -> Result<Number, ParseError> {
        let mut text = String::new();
        while let Some(c @ ('0'..='9' | '-' | '+' | '.' | 'e' | 'E')) = self.peek() {
            text.push(c);
            self.rest.next();
        }
        // `serde_json` judges the grammar (no leading zero, digits after the point); the range is
        // judged here.
        let malformed = refuse("a number is not of JSON's form");
        text.parse::<Number>().map_err(|_| malformed.clone())?;
        let double: f64 = text.parse().map_err(|_| malformed)?;
        let range = refuse("a number is outside the range of RFC 7493");
        let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
        if double == 0.0 && mantissa.contains(|c: char| matches!(c, '1'..='9')) {
            return Err(range);
        }
        if double.fract() != 0.0 {
            return Number::from_f64(double).ok_or(range);
        }
        if double.is_nan() || double.abs() > MAX_INTEGER {
            return Err(range);
        }
        format!("{double:.0}")
            .parse::<i64>()
            .map(Number::from)
            .map_err(|_| range)
    }
}

/// Whether `c` is one of the 66 code points Unicode never assigns.
fn is_noncharacter(c: char) -> bool {
    let point = u32::from(c);
    (0xFDD0..=0xFDEF).contains(&point) || point & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests;
