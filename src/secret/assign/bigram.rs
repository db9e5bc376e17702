//! How likely letters follow each other in the words of programs and their documentation.
//!
//! Counted in the sources and texts of a dozen Python packages, each word by the root of how often it occurs.

/// For every pair of letters, how surprising the second is after the first: eighths of a bit.
#[rustfmt::skip]
const SURPRISE: [[u8; 26]; 26] = [
    [68, 37, 31, 36, 74, 61, 40, 82, 38, 79, 55, 25, 34, 26, 98, 37, 77, 25, 30, 20, 43, 51, 57, 60, 48, 67],
    [23, 55, 44, 50, 25, 58, 61, 77, 30, 40, 69, 18, 56, 58, 25, 53, 71, 37, 33, 54, 27, 72, 99, 82, 44, 99],
    [26, 78, 44, 67, 24, 68, 73, 26, 38, 99, 31, 33, 59, 67, 18, 58, 82, 38, 50, 23, 39, 73, 78, 99, 53, 99],
    [29, 49, 63, 39, 12, 58, 47, 66, 20, 51, 81, 44, 51, 51, 30, 55, 80, 44, 33, 54, 35, 58, 64, 78, 51, 88],
    [37, 58, 31, 25, 47, 43, 48, 71, 55, 85, 79, 33, 40, 25, 60, 43, 53, 20, 23, 32, 69, 48, 54, 38, 55, 83],
    [25, 82, 58, 62, 26, 32, 70, 99, 15, 69, 72, 34, 65, 65, 21, 70, 64, 32, 43, 39, 33, 99, 99, 73, 43, 99],
    [34, 75, 65, 70, 14, 61, 38, 34, 26, 99, 78, 40, 47, 33, 34, 53, 99, 23, 30, 53, 37, 66, 81, 74, 66, 75],
    [18, 62, 61, 58, 14, 74, 82, 87, 25, 80, 71, 54, 47, 58, 21, 61, 78, 39, 45, 32, 42, 66, 83, 99, 52, 99],
    [40, 44, 31, 37, 37, 43, 38, 98, 80, 90, 67, 34, 36, 16, 26, 44, 73, 40, 30, 27, 79, 42, 97, 52, 99, 48],
    [19, 63, 88, 64, 15, 88, 66, 88, 38, 88, 48, 55, 88, 88, 21, 51, 68, 88, 24, 63, 23, 55, 88, 88, 68, 88],
    [36, 54, 65, 51, 9, 53, 48, 77, 24, 99, 77, 41, 60, 41, 46, 54, 66, 53, 25, 48, 41, 75, 40, 49, 61, 78],
    [25, 56, 60, 40, 17, 46, 61, 79, 21, 83, 65, 27, 62, 66, 25, 56, 99, 67, 36, 37, 37, 57, 77, 94, 34, 89],
    [19, 42, 64, 55, 15, 72, 73, 91, 26, 95, 66, 43, 39, 61, 27, 23, 81, 69, 38, 52, 39, 88, 85, 88, 56, 85],
    [30, 62, 31, 28, 26, 44, 22, 68, 35, 72, 52, 54, 61, 42, 34, 61, 86, 66, 26, 20, 46, 47, 85, 77, 57, 81],
    [50, 47, 36, 33, 60, 55, 47, 75, 49, 67, 49, 34, 32, 16, 40, 36, 92, 21, 37, 36, 32, 45, 40, 58, 69, 80],
    [22, 70, 55, 55, 22, 62, 65, 40, 37, 99, 63, 26, 72, 66, 25, 34, 94, 23, 39, 31, 39, 80, 69, 99, 39, 99],
    [48, 89, 45, 54, 50, 66, 62, 49, 89, 89, 68, 35, 58, 52, 59, 66, 51, 59, 44, 66, 3, 89, 68, 66, 48, 89],
    [24, 60, 46, 43, 15, 58, 44, 75, 25, 93, 50, 52, 41, 41, 28, 55, 99, 41, 31, 32, 44, 49, 64, 87, 40, 99],
    [39, 72, 38, 61, 18, 58, 59, 36, 27, 91, 52, 50, 54, 58, 35, 35, 63, 61, 27, 17, 32, 69, 54, 94, 47, 98],
    [27, 74, 47, 59, 17, 65, 76, 29, 19, 99, 82, 50, 58, 66, 31, 49, 96, 28, 33, 39, 41, 73, 52, 73, 39, 77],
    [39, 34, 38, 45, 31, 55, 43, 99, 38, 99, 90, 28, 32, 23, 58, 32, 99, 25, 27, 23, 68, 85, 99, 63, 98, 83],
    [18, 66, 59, 66, 8, 74, 63, 65, 20, 99, 84, 74, 57, 65, 39, 52, 68, 65, 70, 68, 82, 51, 83, 83, 74, 79],
    [19, 99, 81, 48, 23, 64, 67, 28, 20, 99, 54, 53, 65, 32, 24, 61, 82, 31, 31, 66, 63, 99, 46, 69, 81, 99],
    [33, 64, 25, 49, 25, 46, 69, 55, 24, 68, 97, 52, 35, 70, 68, 20, 97, 71, 48, 17, 65, 64, 97, 49, 39, 97],
    [40, 45, 40, 42, 32, 55, 51, 77, 33, 71, 66, 34, 33, 30, 37, 18, 99, 46, 24, 25, 58, 57, 48, 65, 58, 56],
    [25, 86, 86, 55, 7, 67, 66, 66, 29, 86, 86, 58, 45, 66, 24, 86, 86, 86, 46, 86, 56, 86, 66, 58, 39, 40],
];

/// How surprising the letters of a text are on average, in bits for each pair of neighbours; `None` where there is no pair.
/// A capital after a small letter begins a word and makes no pair with it.
///
/// Ordinary words have 3 to 4.5, random letters 6 to 8.
pub(super) fn surprise(text: &[u8]) -> Option<f32> {
    let (mut sum, mut pairs) = (0_u32, 0_u16);
    for pair in text.windows(2) {
        let is_hump = pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
        if pair[0].is_ascii_alphabetic() && pair[1].is_ascii_alphabetic() && !is_hump {
            let index = |byte: u8| usize::from(byte.to_ascii_lowercase() - b'a');
            sum += u32::from(SURPRISE[index(pair[0])][index(pair[1])]);
            pairs = pairs.saturating_add(1);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a sum of a few hundred small numbers")]
    let sum = sum as f32;
    (pairs > 0).then(|| sum / 8.0 / f32::from(pairs))
}

#[cfg(test)]
mod tests {
    use super::surprise;

    #[test]
    fn words_are_less_surprising_than_noise() {
        for word in ["password", "getAccessToken", "sunflower", "application"] {
            assert!(surprise(word.as_bytes()).is_some_and(|bits| bits < 4.5), "{word}");
        }
        for noise in ["jxwaqvnphc", "XqZvKjWp", "dltyafwcgt"] {
            assert!(surprise(noise.as_bytes()).is_some_and(|bits| bits > 5.5), "{noise}");
        }
        assert_eq!(surprise(b"1a2b3c"), None);
    }
}
