//! The catalogue told to people: lists, one thing explained, and the matrix of roles, in Dutch and
//! English; and the same for machines.
//!
//! Owns: the words. Must not know: files, terminals, any agreement. Nothing here is legal advice.

mod basis;
mod explain;
mod list;
mod matrix;
mod nearest;
mod page;
mod parts;
mod signal;

pub use explain::{Unknown, explain};
pub use list::{What, list};
pub use matrix::{Cell, Matrix, matrix};
pub use page::{Fact, Lang, Page, Row, rows_json, rows_text};
