//! What the features weigh: one table for passwords, which people choose, and one for keys, which machines make.
//!
//! A table is a sum of small trees of depth two, as boosting gives them; the sum is the logarithm of the odds that the
//! candidate is a credential. These weights were set by hand, on lines made for the purpose and on what false alarms real
//! packages gave. A table that is fitted to labelled lines takes their place here and nowhere else.

use super::features::{Feature, Features};

/// Goes to one side below the threshold, and to the other from it on.
#[derive(Clone, Copy, Debug)]
struct Split {
    feature: Feature,
    threshold: f32,
}

impl Split {
    fn is_above(self, row: &Features) -> bool {
        row.get(self.feature) >= self.threshold
    }
}

/// A first split, one for each of its sides, and what the four ends weigh: below-below, below-above, above-below,
/// above-above.
#[derive(Clone, Copy, Debug)]
struct Tree {
    first: Split,
    below: Split,
    above: Split,
    ends: [f32; 4],
}

impl Tree {
    fn weigh(&self, row: &Features) -> f32 {
        let is_above = self.first.is_above(row);
        let second = if is_above { self.above } else { self.below };
        self.ends[usize::from(is_above) * 2 + usize::from(second.is_above(row))]
    }
}

/// A table: where the sum begins, and what is added to it.
#[derive(Debug)]
pub(super) struct Table {
    start: f32,
    trees: &'static [Tree],
}

impl Table {
    /// The logarithm of the odds.
    pub(super) fn weigh(&self, row: &Features) -> f32 {
        self.start + self.trees.iter().map(|tree| tree.weigh(row)).sum::<f32>()
    }
}

/// Adds `weight` from a threshold on.
const fn from(feature: Feature, threshold: f32, weight: f32) -> Tree {
    let split = Split { feature, threshold };
    Tree { first: split, below: split, above: split, ends: [0.0, 0.0, weight, weight] }
}

/// Adds `weight` where a flag is set.
const fn where_(feature: Feature, weight: f32) -> Tree {
    from(feature, 0.5, weight)
}

/// Adds `weight` where both reach their thresholds.
const fn both(one: (Feature, f32), other: (Feature, f32), weight: f32) -> Tree {
    let (first, second) = (Split { feature: one.0, threshold: one.1 }, Split { feature: other.0, threshold: other.1 });
    Tree { first, below: second, above: second, ends: [0.0, 0.0, 0.0, weight] }
}

/// Adds `weight` where the first reaches its threshold and the other does not.
const fn only(one: (Feature, f32), without: (Feature, f32), weight: f32) -> Tree {
    let (first, second) =
        (Split { feature: one.0, threshold: one.1 }, Split { feature: without.0, threshold: without.1 });
    Tree { first, below: second, above: second, ends: [0.0, 0.0, weight, 0.0] }
}

use Feature as F;

pub(super) const PASSWORD: Table = Table {
    start: 0.0,
    trees: &[
        // The name.
        where_(F::NamePassword, 1.0),
        where_(F::NamePass, 0.9),
        from(F::NameStrange, 1.0, -0.8),
        from(F::NameStrange, 2.0, -0.8),
        where_(F::NameTrial, -1.0),
        // What no word of a text or a program has.
        from(F::Digits, 0.01, 1.0),
        both((F::Digits, 0.01), (F::Letters, 0.3), 0.8),
        only((F::Special, 0.01), (F::IsIdentifier, 0.5), 0.6),
        from(F::Classes, 3.0, 0.8),
        from(F::Changes, 0.3, 0.5),
        from(F::Surprise, 4.7, 1.0),
        from(F::Surprise, 5.4, 0.8),
        from(F::Length, 8.0, 0.4),
        from(F::Length, 6.0, 0.6),
        from(F::Length, 40.0, -0.8),
        from(F::Length, 80.0, -1.5),
        // What may be a word of either.
        where_(F::IsIdentifier, -1.0),
        both((F::IsIdentifier, 0.5), (F::Digits, 0.01), 1.4),
        only((F::IsIdentifier, 0.5), (F::IsWord, 0.5), -0.8),
        both((F::IsIdentifier, 0.5), (F::Code, 0.5), -0.8),
        both((F::IsIdentifier, 0.5), (F::Length, 24.0), -1.2),
        both((F::IsWord, 0.5), (F::Worded, 0.9), -1.0),
        from(F::Blanks, 0.01, -1.8),
        where_(F::IsCommon, -3.0),
        where_(F::HoldsTrial, -0.8),
        where_(F::HoldsTelling, -1.2),
        both((F::IsIdentifier, 0.5), (F::HoldsTelling, 0.5), -1.0),
        where_(F::IsNumber, -0.4),
        where_(F::EndsSentence, -0.8),
        where_(F::IsUuid, -1.0),
        where_(F::IsSum, -1.2),
        from(F::Slashes, 0.05, -0.6),
        // How it is written.
        where_(F::Compare, -1.0),
        where_(F::Comma, -0.6),
        where_(F::List, -2.2),
        where_(F::Call, -0.3),
        where_(F::Space, -0.6),
        where_(F::Element, -0.2),
        where_(F::Backtick, -0.6),
        where_(F::Prose, -0.8),
        where_(F::Comment, -0.6),
        both((F::Embedded, 0.5), (F::IsIdentifier, 0.5), -1.5),
        where_(F::LongLine, -1.5),
        where_(F::LocalePath, -3.0),
        where_(F::SumPath, -2.0),
        where_(F::Settings, 0.6),
        both((F::Bare, 0.5), (F::Settings, 0.5), 1.0),
        both((F::Bare, 0.5), (F::Shell, 0.5), -0.3),
    ],
};

pub(super) const KEY: Table = Table {
    start: -3.0,
    trees: &[
        // The name.
        where_(F::NameSecretKey, 2.4),
        where_(F::NameSecret, 2.2),
        where_(F::NameToken, 1.8),
        where_(F::NameCredential, 1.2),
        where_(F::NameAuth, 0.8),
        where_(F::NameKey, 0.3),
        from(F::NameStrange, 1.0, -0.8),
        from(F::NameStrange, 2.0, -0.8),
        where_(F::NameTrial, -0.8),
        where_(F::NamePassing, -2.0),
        // What noise has, and no word.
        from(F::Digits, 0.06, 1.2),
        from(F::Digits, 0.12, 0.6),
        only((F::Digits, 0.7), (F::IsHex, 0.5), -1.0),
        from(F::Surprise, 4.6, 0.8),
        from(F::Surprise, 5.4, 0.8),
        // Secrets are chosen by people, too.
        both((F::NameSecret, 0.5), (F::Surprise, 4.7), 1.2),
        from(F::Changes, 0.25, 0.6),
        from(F::Changes, 0.4, 0.5),
        from(F::EntropyShare, 0.8, 0.6),
        from(F::Classes, 3.0, 0.5),
        from(F::Length, 16.0, 1.0),
        from(F::Length, 20.0, 0.6),
        from(F::Length, 30.0, 0.4),
        from(F::Length, 200.0, -0.6),
        both((F::IsHex, 0.5), (F::Length, 24.0), 0.8),
        where_(F::IsPadded, 0.4),
        only((F::Special, 0.01), (F::IsBase64, 0.5), -0.8),
        only((F::Special, 0.2), (F::IsBase64, 0.5), 2.4),
        // What words have.
        from(F::Worded, 0.3, -0.8),
        from(F::Worded, 0.5, -1.6),
        from(F::LongestLetters, 12.0, -0.2),
        from(F::Rows, 0.25, -1.5),
        from(F::Joints, 0.08, -0.6),
        both((F::Joints, 0.05), (F::Worded, 0.2), -0.8),
        from(F::Slashes, 0.06, -0.6),
        where_(F::HoldsTrial, -0.8),
        where_(F::HoldsTelling, -0.4),
        where_(F::IsCommon, -2.0),
        where_(F::IsUuid, -0.4),
        both((F::IsSum, 0.5), (F::NameKey, 0.5), -1.0),
        both((F::IsHex, 0.5), (F::NameKey, 0.5), -0.6),
        // How it is written.
        where_(F::Compare, -1.0),
        where_(F::Comma, -0.8),
        where_(F::List, -2.2),
        where_(F::Call, -0.3),
        where_(F::Backtick, -0.8),
        where_(F::Embedded, -0.6),
        both((F::Embedded, 0.5), (F::Prose, 0.5), -1.2),
        where_(F::Prose, -0.4),
        where_(F::Comment, -0.5),
        where_(F::LongLine, -1.5),
        where_(F::LocalePath, -1.0),
        where_(F::SumPath, -3.0),
        where_(F::Settings, 0.4),
    ],
};
