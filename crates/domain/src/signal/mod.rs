//! A signal as its source sends it: route, header, source, and what a type allows of them.
//!
//! Owns: the typed leaves of an envelope, their bytes, and the checks of form against the catalogue.
//! Must not know: values of sealed fields, who may send what (that is policy).

mod break_glass;
mod check;
mod codec;
mod leaf;
mod rectification;

pub use break_glass::{
    BREAK_GLASS_REASONS, BreakGlass, BreakGlassStanding, CALL_AGE_MS, CALLED_FUNCTIONS, Call,
    LONGEST_BOX_HOURS,
};
pub use check::{Invalid, check_codes, check_event_time, check_header, required_special};
pub use codec::{
    decode_article, decode_header, decode_kind, decode_rectification, decode_regime,
    decode_restriction, decode_route, decode_source, encode_article, encode_break_glass,
    encode_header, encode_kind, encode_rectification, encode_regime, encode_restriction,
    encode_route, encode_source,
};
pub use leaf::{
    ConsentCited, Header, IdKind, Origin, PriorCall, Regime, Restriction, Route, SecondApproval,
    Source, SourceShield, SubjectHead, WpgArticle,
};
pub use rectification::{REASONS, Rectification, RectificationKind};
