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

    /// Each four blocks, with one number for each of their stands, drawn.
    pub(super) fn fours(stands: &[Vec<Vec<usize>>], random: &mut SplitMix) -> Vec<Self> {
        let columns: Vec<(usize, Vec<usize>)> = stands
            .iter()
            .map(|stands| stands.iter().filter_map(|one| random.one(one)).collect())
            .enumerate()
            .collect();
        let mut sheets = Vec::new();
        for (a, first) in columns.iter().enumerate() {
            for (b, second) in columns.iter().enumerate().skip(a + 1) {
                for (c, third) in columns.iter().enumerate().skip(b + 1) {
                    for fourth in columns.iter().skip(c + 1) {
                        sheets.push(Self::new(
                            [first, second, third, fourth].map(Clone::clone).into(),
                        ));
                    }
                }
            }
        }
        sheets
    }

    /// All blocks at once, each with two numbers, drawn; of two stands, where it has as many.
    pub(super) fn twos(stands: &[Vec<Vec<usize>>], random: &mut SplitMix) -> Self {
        let columns = stands.iter().enumerate().map(|(block, stands)| {
            let places: Vec<usize> = (0..stands.len()).collect();
            let first = random.one(&places);
            let others: Vec<usize> = places.into_iter().filter(|at| Some(*at) != first).collect();
            let both = [first, random.one(&others)].into_iter().flatten();
            let numbers = both.filter_map(|at| random.one(stands.get(at)?));
            (block, numbers.collect())
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

    #[test]
    fn four_blocks_stand_in_every_way_and_all_blocks_in_two() {
        // Blocks of two, three, two, two and two stands.
        let block = |stands: usize| (0..stands).map(|at| vec![at * 10, at * 10 + 1]).collect();
        let stands: Vec<Vec<Vec<usize>>> = [2, 3, 2, 2, 2].map(block).into();
        let mut random = SplitMix(1);
        let fours = Sheet::fours(&stands, &mut random);
        let all: usize = fours.iter().map(Sheet::size).sum();
        assert_eq!((fours.len(), all), (5, 4 * 24 + 16));
        let twos = Sheet::twos(&stands, &mut random);
        assert_eq!((twos.len(), twos.size()), (5, 32));
        for (_, numbers) in &twos.columns {
            let stands: std::collections::BTreeSet<usize> =
                numbers.iter().map(|n| n / 10).collect();
            assert_eq!(stands.len(), 2, "two stands, not two values of one");
        }
    }
}
