//! Consent as its registrant registered it, and by which delivery it is cited. Must not know: whom it is
//! about; that is with the registrant. Nothing here is the same for two registrations of one consent.

/// One registration.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct ConsentRecord {
    /// The agreement it is for.
    #[prost(string, tag = "1")]
    pub agreement_hash: String,
    /// The clause it is for.
    #[prost(string, tag = "2")]
    pub clause: String,
    /// Who consented, one for each person.
    #[prost(message, repeated, tag = "3")]
    pub acts: Vec<ConsentActRecord>,
    /// From when, hours since the epoch.
    #[prost(uint32, tag = "4")]
    pub from_hour: u32,
    /// The first hour after it.
    #[prost(uint32, tag = "5")]
    pub until_hour: u32,
    /// Whether the registrant attested that no acting representative is a suspect.
    #[prost(bool, tag = "6")]
    pub attested: bool,
    /// When it was taken back, hub time, UTC milliseconds; 0 while it was not.
    #[prost(uint64, tag = "7")]
    pub withdrawn_ms: u64,
}

/// That one person consented.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct ConsentActRecord {
    /// Age rule of the catalogue.
    #[prost(string, tag = "1")]
    pub age_rule: String,
    /// Age band then.
    #[prost(string, tag = "2")]
    pub age_band: String,
    /// Whether the person could weigh the matter.
    #[prost(bool, tag = "3")]
    pub capable: bool,
    /// In what quality who acted did so.
    #[prost(string, repeated, tag = "4")]
    pub by: Vec<String>,
    /// How strong the evidence is.
    #[prost(string, tag = "5")]
    pub evidence_level: String,
    /// A blinded hash of it, 32 bytes.
    #[prost(bytes = "vec", tag = "6")]
    pub evidence: Vec<u8>,
    /// The version of the notice.
    #[prost(uint32, tag = "7")]
    pub notice_version: u32,
}

/// By which delivery a consent is cited.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct CitationRecord {
    /// The delivery, 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub delivery_id: Vec<u8>,
    /// When its recipient acknowledged the withdrawal, hub time, UTC milliseconds; 0 while it did not.
    #[prost(uint64, tag = "2")]
    pub acknowledged_ms: u64,
}

super::plain_record!(ConsentRecord, CitationRecord);
