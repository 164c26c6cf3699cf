//! Bytes as text. RFC 5545 §3.1 counts octets, so some producers fold a line inside a character.

/// The text of a body. A fold inside a character moves in front of it, so the character is whole and the unfolded line the
/// same; what is not UTF-8 otherwise is replaced.
pub fn decode(body: &[u8]) -> String {
    match std::str::from_utf8(body) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(&mended(body)).into_owned(),
    }
}

fn mended(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, after)) = rest.split_first() {
        if let Some((character, fold, length)) = split(rest) {
            text.extend_from_slice(fold);
            text.extend_from_slice(&character);
            rest = rest.get(length..).unwrap_or_default();
        } else {
            text.push(*first);
            rest = after;
        }
    }
    text
}

/// A character with one fold inside, at the beginning of `rest`: the character, the fold, and how long both are.
fn split(rest: &[u8]) -> Option<(Vec<u8>, &[u8], usize)> {
    let size: usize = match rest.first()? {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let before = rest.iter().skip(1).take_while(|b| is_continuation(**b)).count() + 1;
    let fold = fold(rest.get(before..)?)?;
    let missing = size.checked_sub(before).filter(|n| *n > 0)?;
    let from = before + fold.len();
    let tail = rest.get(from..from + missing)?;
    let character = [rest.get(..before)?, tail].concat();
    std::str::from_utf8(&character).ok()?;
    Some((character, fold, from + missing))
}

/// A fold at the beginning of `rest`. Inside XML its first half may be written as a reference.
fn fold(rest: &[u8]) -> Option<&[u8]> {
    let ends: [&[u8]; 5] = [b"\r\n", b"\n", b"&#13;\n", b"&#xD;\n", b"&#xd;\n"];
    let end = ends.into_iter().find(|end| rest.starts_with(end))?;
    matches!(rest.get(end.len()), Some(b' ' | b'\t')).then_some(())?;
    rest.get(..=end.len())
}

const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn a_character_that_a_fold_went_through_is_whole_again() {
        for text in ["Grüße", "日本語", "👋🏽 hi", "naïve"] {
            let bytes = text.as_bytes();
            for fold in ["\r\n ", "\n\t", "&#13;\n "] {
                for at in 1..bytes.len() {
                    let (head, tail) = bytes.split_at(at);
                    let folded = [head, fold.as_bytes(), tail].concat();
                    assert_eq!(decode(&folded).replacen(fold, "", 1), text, "{fold:?} after {at} bytes");
                }
            }
        }
    }

    #[test]
    fn what_is_no_text_is_replaced_and_its_neighbours_stay() {
        assert_eq!(decode(b"a\xFFb"), "a\u{FFFD}b");
        assert_eq!(decode(b"caf\xC3\r\nNEXT:1"), "caf\u{FFFD}\r\nNEXT:1");
        assert_eq!(decode(b"\xE2\x82"), "\u{FFFD}");
    }
}
