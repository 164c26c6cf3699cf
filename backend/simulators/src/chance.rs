//! Texts nobody can guess.

/// Letters and digits that cannot be guessed.
pub(crate) fn secret(length: usize) -> String {
    from_alphabet(
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        length,
    )
}

/// Letters of an alphabet.
pub(crate) fn from_alphabet(alphabet: &[u8], length: usize) -> String {
    use rand::RngExt as _;
    let mut chance = rand::rng();
    (0..length)
        .map(|_| {
            let at = chance.random_range(0..alphabet.len());
            char::from(alphabet.get(at).copied().unwrap_or(b'0'))
        })
        .collect()
}

/// A random UUID as text.
pub(crate) fn uuid() -> String {
    let hex = from_alphabet(b"0123456789abcdef", 32);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-4{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}
