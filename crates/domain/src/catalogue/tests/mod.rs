//! Tests of the catalogue: the shipped one, each fault, the hash, and field values.

mod ages;
mod drawn;
mod faults;
mod faults_more;
mod faults_type;
mod hash;
mod law;
pub(crate) mod shipped;
mod standing;
mod tell;
mod values;

use super::{Catalogue, Fault};

/// A whole catalogue of the smallest size, in one file each kind can be broken in.
pub(super) const SMALL: &str = r#"
edition = 2

[[law]]
name = "Wpg"
id = "BWBR0022463"
label = { nl = "Wet politiegegevens", en = "Police Data Act" }

[[role]]
code = "politie"
label = { nl = "Politie", en = "Police" }

[[role]]
code = "veilig-thuis"
label = { nl = "Veilig Thuis", en = "Veilig Thuis" }

[[subject_role]]
code = "child"
visibility = "subject"
label = { nl = "Kind", en = "Child" }

[[region]]
code = "kennemerland"
label = { nl = "Kennemerland", en = "Kennemerland" }

[[purpose]]
code = "P-REPORT"
label = { nl = "Melden", en = "Report" }
law = [{ law = "Wpg", article = "18(1)", version = "2025-07-01", source_checked = true }]

[[basis]]
code = "POL-VT"
kind = "provide"
label = { nl = "Politie aan Veilig Thuis", en = "Police to Veilig Thuis" }
law = [{ law = "Wpg", article = "18(1)", version = "2025-07-01", source_checked = true }]
from = ["politie"]
to = ["veilig-thuis"]
purposes = ["P-REPORT"]
regime = "WPG"
wpg_articles = ["8"]
verified = true
onward = "none"
[basis.secrecy]
law = { law = "Wpg", article = "7(2)", version = "2025-07-01", source_checked = true }
reminder = { nl = "Geheim", en = "Secret" }

[[basis]]
code = "VT-TASK"
kind = "receive"
label = { nl = "Taak", en = "Task" }
law = [{ law = "Wpg", article = "1", version = "2025-07-01", source_checked = true }]
to = ["veilig-thuis"]
purposes = ["P-REPORT"]
verified = true

[[basis]]
code = "VT-SPECIAL"
kind = "special"
label = { nl = "Bijzonder", en = "Special" }
law = [{ law = "Wpg", article = "5", version = "2025-07-01", source_checked = true }]
to = ["veilig-thuis"]
covers = ["criminal"]
verified = true

[[list]]
name = "nature"
label = { nl = "Aard", en = "Nature" }
code = [
  { code = "physical", official = "01", label = { nl = "Lichamelijk", en = "Physical" } },
  { code = "psychological", label = { nl = "Psychisch", en = "Psychological" } },
]

[[field]]
name = "nature"
kind = "enum-set"
list = "nature"
max = 2
special = "criminal"
label = { nl = "Aard", en = "Nature" }

[[field]]
name = "count"
kind = "int"
min = 0
max = 20
label = { nl = "Aantal", en = "Count" }

[[field]]
name = "ref"
kind = "opaque"
label = { nl = "Verwijzing", en = "Reference" }

[[urgency]]
code = "U1"
acknowledge_minutes = 15
label = { nl = "Nu", en = "Now" }

[[retention]]
code = "R0"
after = "acknowledged"
hours = 24
cap_hours = 168
label = { nl = "Dag", en = "Day" }

[[type]]
code = "INC_HOME"
version = 1
label = { nl = "Geweld in huis", en = "Violence at home" }
fields = ["nature", "count", "ref"]
minimum = ["nature"]
max_subjects = 6
subjects = { child = 4 }
urgency = "U1"
retention = "R0"
acknowledge = "opened"
[[type.direction]]
from = "politie"
to = "veilig-thuis"
purposes = ["P-REPORT"]
"#;

/// The lists every catalogue must have.
pub(super) fn required_lists() -> String {
    super::REQUIRED_LISTS
        .iter()
        .map(|name| {
            format!(
                "[[list]]\nname = \"{name}\"\nlabel = {{ nl = \"x\", en = \"x\" }}\n\
                 [[list.code]]\ncode = \"none\"\nlabel = {{ nl = \"x\", en = \"x\" }}\n"
            )
        })
        .collect()
}

pub(super) fn load(small: &str) -> Result<Catalogue, Vec<Fault>> {
    Catalogue::load(&[
        ("small.toml".to_owned(), small.to_owned()),
        ("lists.toml".to_owned(), required_lists()),
    ])
}

/// `SMALL` with `from` (which must be there once) written as `to`.
pub(super) fn edited(from: &str, to: &str) -> String {
    assert_eq!(
        SMALL.matches(from).count(),
        1,
        "`{from}` must be there once"
    );
    SMALL.replacen(from, to, 1)
}
