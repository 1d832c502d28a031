//! Codes near to one that is nowhere.

/// Edits of one letter that make one of the other, whatever their case.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, a) in one.to_lowercase().chars().enumerate() {
        let mut diagonal = index;
        let mut left = index.saturating_add(1);
        let mut next = vec![left];
        for (b, above) in other.iter().zip(row.iter().skip(1)) {
            let swap = diagonal.saturating_add(usize::from(a != *b));
            left = swap
                .min(left.saturating_add(1))
                .min(above.saturating_add(1));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// At most three of `known` that are a slip of the pen away from `wanted`, all of them equally near.
pub(super) fn nearest(wanted: &str, known: impl Iterator<Item = String>) -> Vec<String> {
    let most = wanted.chars().count().div_euclid(3).max(1);
    let mut found: Vec<(usize, String)> = known
        .map(|code| (distance(wanted, &code), code))
        .filter(|(distance, _)| *distance <= most)
        .collect();
    found.sort();
    found.dedup();
    let least = found.first().map(|(distance, _)| *distance);
    let equally = found.into_iter().filter(|(d, _)| Some(*d) == least);
    equally.take(3).map(|(_, code)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_its_code() {
        let known = || {
            ["INC_HOME", "INC_CHILD", "VT_VTO"]
                .into_iter()
                .map(String::from)
        };
        assert_eq!(nearest("INC_HOM", known()), ["INC_HOME"]);
        assert_eq!(nearest("inc_home", known()), ["INC_HOME"]);
        assert_eq!(nearest("IMC_HOMES", known()), ["INC_HOME"]);
        assert_eq!(nearest("SOMETHING", known()), Vec::<String>::new());
        assert_eq!(
            (
                distance("abc", ""),
                distance("", "abc"),
                distance("abc", "acb")
            ),
            (3, 3, 2)
        );
    }
}
