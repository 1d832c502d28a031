//! seinpaal
fn main() {}
