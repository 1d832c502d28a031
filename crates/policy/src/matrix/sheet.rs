//! A sheet: some blocks, each with numbers it takes, and all combinations of these.

/// Blocks with the numbers each takes; the last varies fastest.
#[derive(Debug)]
pub(super) struct Sheet {
    columns: Vec<(usize, Vec<usize>)>,
    size: usize,
}

impl Sheet {
    /// These blocks, each with all of its numbers; larger ones last.
    pub(super) fn whole(blocks: &[(usize, usize)]) -> Self {
        let mut columns: Vec<(usize, Vec<usize>)> = blocks
            .iter()
            .map(|(block, size)| (*block, (0..*size).collect()))
            .collect();
        columns.sort_by_key(|(_, numbers)| numbers.len());
        Self::new(columns)
    }

    /// All blocks, each with one number for each of its stands, drawn.
    pub(super) fn drawn(stands: &[Vec<Vec<usize>>], random: &mut SplitMix) -> Self {
        let columns = stands.iter().enumerate().map(|(block, stands)| {
            let one = |numbers: &Vec<usize>| random.one(numbers);
            (block, stands.iter().filter_map(one).collect())
        });
        Self::new(columns.collect())
    }

    fn new(columns: Vec<(usize, Vec<usize>)>) -> Self {
        let size = columns.iter().map(|(_, numbers)| numbers.len()).product();
        Self { columns, size }
    }

    /// How many combinations.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// How many blocks.
    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Each block with its number in combination `index`.
    pub(super) fn at(&self, index: usize) -> impl Iterator<Item = (usize, usize)> {
        let mut span = self.size.max(1);
        let mut left = index;
        self.columns.iter().filter_map(move |(block, numbers)| {
            span /= numbers.len().max(1);
            let digit = left / span.max(1);
            left %= span.max(1);
            Some((*block, *numbers.get(digit)?))
        })
    }
}

/// SplitMix64: a seeded sequence that is the same everywhere.
#[derive(Debug)]
pub(super) struct SplitMix(pub(super) u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn one(&mut self, of: &[usize]) -> Option<usize> {
        let many = u64::try_from(of.len()).ok().filter(|many| *many > 0)?;
        let place = usize::try_from(self.next() % many).ok()?;
        of.get(place).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_every_combination_once() {
        let sheet = Sheet::whole(&[(0, 3), (1, 4), (2, 2)]);
        let all: std::collections::BTreeSet<Vec<(usize, usize)>> =
            (0..sheet.size()).map(|n| sheet.at(n).collect()).collect();
        assert_eq!((sheet.size(), all.len()), (24, 24));
        assert!(all.iter().all(|one| one.len() == 3));
    }
}
